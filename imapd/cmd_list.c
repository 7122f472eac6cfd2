/* SPDX-License-Identifier: BSD-2-Clause */
/* LIST (RFC 3501 6.3.8, RFC 5258, RFC 5819, RFC 6154). */
#include "imapd/list.h"
#include "imapd/status.h"
#include "store/name.h"

static bool lex_selection(struct imap_session *session, struct imap_list *list)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str name;
    if (imap_lex_take(lexer, ')'))
        return imap_lex_space(lexer);
    do {
        if (!imap_lex_atom(lexer, &name))
            return false;
        if (str_eq_nocase(name, STR("SUBSCRIBED")))
            list->only_subscribed = list->show_subscribed = true;
        else if (str_eq_nocase(name, STR("SPECIAL-USE")))
            list->only_special = true;
        else if (str_eq_nocase(name, STR("RECURSIVEMATCH")))
            list->recursive = true;
        else if (!str_eq_nocase(name, STR("REMOTE")))
            return imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown selection option");
    } while (imap_lex_take(lexer, ' '));
    if (list->recursive && !list->only_subscribed && !list->only_special) /* RFC 5258 3.1 */
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "RECURSIVEMATCH needs another option");
    return imap_lex_char(lexer, ')') && imap_lex_space(lexer);
}

static bool lex_return(struct imap_session *session, struct imap_list *list)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str name;
    if (!imap_lex_take(lexer, ' '))
        return imap_lex_end(lexer);
    if (!imap_lex_atom(lexer, &name) || !imap_lex_space(lexer) || !imap_lex_char(lexer, '('))
        return false;
    if (!str_eq_nocase(name, STR("RETURN")))
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "RETURN expected");
    if (imap_lex_take(lexer, ')'))
        return imap_lex_end(lexer);
    do {
        if (!imap_lex_atom(lexer, &name))
            return false;
        if (str_eq_nocase(name, STR("SUBSCRIBED")))
            list->show_subscribed = true;
        else if (str_eq_nocase(name, STR("STATUS"))) {
            if (!imap_lex_space(lexer) || !imap_lex_status_items(session, &list->status))
                return false;
        } else if (!str_eq_nocase(name, STR("CHILDREN")) && !str_eq_nocase(name, STR("SPECIAL-USE")))
            return imap_lex_fail(lexer, IMAP_LEX_BAD, "Unknown return option");
    } while (imap_lex_take(lexer, ' '));
    return imap_lex_char(lexer, ')') && imap_lex_end(lexer);
}

/* One pattern or "(" several ")". *none: an empty one, which asks for the separator. */
static bool lex_patterns(struct imap_session *session, struct imap_list *list, struct str reference,
                         bool *none)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str pattern;
    bool several = imap_lex_take(lexer, '(');
    size_t count = 0;
    do {
        if (count++ == IMAP_LIST_PATTERNS)
            return imap_lex_fail(lexer, IMAP_LEX_TOO_BIG, "Too many patterns");
        if (!imap_lex_list_mailbox(lexer, &pattern))
            return false;
        *none = !several && pattern.len == 0;
        imap_list_add_pattern(session, list, reference, pattern);
    } while (several && imap_lex_take(lexer, ' '));
    return !several || imap_lex_char(lexer, ')');
}

static bool is_selected(const struct imap_list *list, const struct mailbox_entry *entry)
{
    if (list->only_subscribed && !(entry->attributes & MAILBOX_SUBSCRIBED))
        return false;
    if (list->only_special && !(entry->attributes & MAILBOX_SPECIAL))
        return false;
    return list->only_subscribed || !(entry->attributes & MAILBOX_NONEXISTENT);
}

/* RFC 5258 3.5: below the entry is something that the options select and the patterns do not. What is below
 * a name follows it in the list. */
static bool has_selected_child(const struct imap_list *list, const struct mailbox_list *all, size_t index)
{
    struct str name = all->at[index].name;
    for (size_t i = index + 1; i < all->count && mailbox_name_is_below(all->at[i].name, name); i++)
        if (is_selected(list, &all->at[i]) && !imap_list_fits(list, all->at[i].name))
            return true;
    return false;
}

static void send_mailboxes(struct imap_session *session, const struct imap_list *list,
                           const struct mailbox_list *all)
{
    struct verdict verdict;
    for (size_t i = 0; i < all->count; i++) {
        const struct mailbox_entry *entry = &all->at[i];
        if (!imap_list_fits(list, entry->name))
            continue;
        bool above = list->recursive && has_selected_child(list, all, i);
        if (!is_selected(list, entry) && !above)
            continue;
        imap_list_send(session, "LIST", entry, list->show_subscribed,
                       above ? " (\"CHILDINFO\" (\"SUBSCRIBED\"))" : "");
        /* RFC 5819 2: a mailbox whose status cannot be had has none */
        if (list->status && !(entry->attributes & (MAILBOX_NOSELECT | MAILBOX_NONEXISTENT)))
            (void)imap_send_status(session, entry->name, list->status, &verdict);
    }
}

static void run_list(struct imap_session *session)
{
    struct imap_lexer *lexer = &session->lexer;
    struct str reference;
    struct imap_list list = {0};
    struct mailbox_list all;
    struct verdict verdict;
    bool none;
    list.patterns = arena_array(session->arena, IMAP_LIST_PATTERNS, sizeof list.patterns[0]);
    if (!imap_lex_space(lexer) || (imap_lex_take(lexer, '(') && !lex_selection(session, &list)) ||
        !imap_lex_astring(lexer, &reference) || !imap_lex_space(lexer) ||
        !lex_patterns(session, &list, reference, &none) || !lex_return(session, &list))
        return;
    if (none)
        imap_send(session, "LIST (\\Noselect) \"/\" \"\"");
    else if (imap_result(session, store_list(session->store, session->arena, &all, &verdict), &verdict))
        send_mailboxes(session, &list, &all);
    else
        return;
    imap_ok(session, NULL, "Done");
}

const struct imap_command cmd_list = {run_list, 0, "LIST-EXTENDED LIST-STATUS"};
