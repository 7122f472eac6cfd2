/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes and patterns of LIST and LSUB. */
#include "imapd/list.h"

#include "imap/pattern.h"
#include "store/name.h"

static const struct attribute {
    const char *name;
    unsigned bit;
} attributes[] = {
    {"\\NonExistent", MAILBOX_NONEXISTENT},
    {"\\Noselect", MAILBOX_NOSELECT},
    {"\\HasChildren", MAILBOX_HAS_CHILDREN},
    {"\\Drafts", MAILBOX_DRAFTS},
    {"\\Sent", MAILBOX_SENT},
    {"\\Trash", MAILBOX_TRASH},
    {"\\Junk", MAILBOX_JUNK},
    {"\\Archive", MAILBOX_ARCHIVE},
    {"\\Subscribed", MAILBOX_SUBSCRIBED},
};
enum { ATTRIBUTES = sizeof attributes / sizeof attributes[0] };

unsigned imap_special_use_named(struct str name)
{
    for (size_t i = 0; i < ATTRIBUTES; i++)
        if (attributes[i].bit & MAILBOX_SPECIAL && str_eq_nocase(name, str_of(attributes[i].name)))
            return attributes[i].bit;
    return 0;
}

void imap_list_add_pattern(struct imap_session *session, struct imap_list *list, struct str reference,
                           struct str pattern)
{
    struct buf utf8;
    struct str wire = arena_printf(session->arena, STR_FMT STR_FMT, STR_ARG(reference), STR_ARG(pattern));
    buf_init(&utf8, 4 * MAILBOX_NAME_LIMIT); /* longer than any name: fits none */
    if (mailbox_name_decode(wire, &utf8))
        list->patterns[list->pattern_count++] = arena_copy(session->arena, buf_str(&utf8));
    buf_finish(&utf8);
}

bool imap_list_fits(const struct imap_list *list, struct str name)
{
    for (size_t i = 0; i < list->pattern_count; i++)
        if (imap_pattern_fits(list->patterns[i], name, '/'))
            return true;
    return false;
}

void imap_list_send(struct imap_session *session, const char *word, const struct mailbox_entry *entry,
                    bool show_subscribed, const char *more)
{
    struct buf *out = &session->out;
    const char *before = "";
    unsigned shown = show_subscribed ? entry->attributes : entry->attributes & ~(unsigned)MAILBOX_SUBSCRIBED;
    buf_clear(out);
    buf_printf(out, "* %s (", word);
    for (size_t i = 0; i < ATTRIBUTES; i++)
        if (shown & attributes[i].bit) {
            buf_printf(out, "%s%s", before, attributes[i].name);
            before = " ";
        }
    if (!(shown & (MAILBOX_HAS_CHILDREN | MAILBOX_NONEXISTENT)))
        buf_printf(out, "%s\\HasNoChildren", before);
    buf_add_text(out, ") \"/\" ");
    imap_put_mailbox(out, entry->name);
    buf_printf(out, "%s\r\n", more);
    stream_write(session->stream, buf_str(out));
}
