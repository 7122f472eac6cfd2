/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys of SEARCH: a table of names and what follows each. */
#include "imap/search.h"

#include "imap/datetime.h"

enum argument { NO_ARGUMENT, TEXT, KEYWORD, DATE, NUMBER, FIELD_TEXT, SET, KEY, TWO_KEYS, MODSEQ };

static const struct key_row {
    const char *name;
    enum imap_search_kind kind;
    enum argument argument;
    bool negated;
    const char *text; /* flag, or header field */
} key_rows[] = {
    {"ALL", IMAP_SEARCH_AND, NO_ARGUMENT, false, NULL},
    {"ANSWERED", IMAP_SEARCH_FLAG, NO_ARGUMENT, false, "\\Answered"},
    {"BCC", IMAP_SEARCH_HEADER, TEXT, false, "Bcc"},
    {"BEFORE", IMAP_SEARCH_BEFORE, DATE, false, NULL},
    {"BODY", IMAP_SEARCH_BODY, TEXT, false, NULL},
    {"CC", IMAP_SEARCH_HEADER, TEXT, false, "Cc"},
    {"DELETED", IMAP_SEARCH_FLAG, NO_ARGUMENT, false, "\\Deleted"},
    {"DRAFT", IMAP_SEARCH_FLAG, NO_ARGUMENT, false, "\\Draft"},
    {"FLAGGED", IMAP_SEARCH_FLAG, NO_ARGUMENT, false, "\\Flagged"},
    {"FROM", IMAP_SEARCH_HEADER, TEXT, false, "From"},
    {"HEADER", IMAP_SEARCH_HEADER, FIELD_TEXT, false, NULL},
    {"KEYWORD", IMAP_SEARCH_KEYWORD, KEYWORD, false, NULL},
    {"LARGER", IMAP_SEARCH_LARGER, NUMBER, false, NULL},
    {"MODSEQ", IMAP_SEARCH_MODSEQ, MODSEQ, false, NULL},
    {"NOT", IMAP_SEARCH_AND, KEY, true, NULL},
    {"OLD", IMAP_SEARCH_RECENT, NO_ARGUMENT, true, NULL},
    {"OLDER", IMAP_SEARCH_OLDER, NUMBER, false, NULL},
    {"ON", IMAP_SEARCH_ON, DATE, false, NULL},
    {"OR", IMAP_SEARCH_OR, TWO_KEYS, false, NULL},
    {"RECENT", IMAP_SEARCH_RECENT, NO_ARGUMENT, false, NULL},
    {"SEEN", IMAP_SEARCH_FLAG, NO_ARGUMENT, false, "\\Seen"},
    {"SENTBEFORE", IMAP_SEARCH_SENT_BEFORE, DATE, false, NULL},
    {"SENTON", IMAP_SEARCH_SENT_ON, DATE, false, NULL},
    {"SENTSINCE", IMAP_SEARCH_SENT_SINCE, DATE, false, NULL},
    {"SINCE", IMAP_SEARCH_SINCE, DATE, false, NULL},
    {"SMALLER", IMAP_SEARCH_SMALLER, NUMBER, false, NULL},
    {"SUBJECT", IMAP_SEARCH_HEADER, TEXT, false, "Subject"},
    {"TEXT", IMAP_SEARCH_TEXT, TEXT, false, NULL},
    {"TO", IMAP_SEARCH_HEADER, TEXT, false, "To"},
    {"UID", IMAP_SEARCH_UID, SET, false, NULL},
    {"UNANSWERED", IMAP_SEARCH_FLAG, NO_ARGUMENT, true, "\\Answered"},
    {"UNDELETED", IMAP_SEARCH_FLAG, NO_ARGUMENT, true, "\\Deleted"},
    {"UNDRAFT", IMAP_SEARCH_FLAG, NO_ARGUMENT, true, "\\Draft"},
    {"UNFLAGGED", IMAP_SEARCH_FLAG, NO_ARGUMENT, true, "\\Flagged"},
    {"UNKEYWORD", IMAP_SEARCH_KEYWORD, KEYWORD, true, NULL},
    {"UNSEEN", IMAP_SEARCH_FLAG, NO_ARGUMENT, true, "\\Seen"},
    {"YOUNGER", IMAP_SEARCH_YOUNGER, NUMBER, false, NULL},
};

struct parser {
    struct imap_lexer *lexer;
    size_t keys;
};

static bool parse_key(struct parser *parser, unsigned depth, struct imap_search **key);

static struct imap_search *new_key(struct parser *parser, enum imap_search_kind kind)
{
    if (++parser->keys > IMAP_SEARCH_KEYS) {
        imap_lex_fail(parser->lexer, IMAP_LEX_TOO_BIG, "Too many search keys");
        return NULL;
    }
    struct imap_search *key = arena_get(parser->lexer->arena, sizeof *key);
    key->kind = kind;
    return key;
}

/* Keys with a blank between, until the end or ')'. */
static bool parse_keys(struct parser *parser, unsigned depth, struct imap_search **first)
{
    struct imap_search **end = first;
    do {
        if (!parse_key(parser, depth, end))
            return false;
        end = &(*end)->next;
    } while (imap_lex_take(parser->lexer, ' '));
    return imap_lex_ok(parser->lexer);
}

/* "1-Feb-1994", with or without quotes. */
static bool parse_date(struct imap_lexer *lexer, int64_t *days)
{
    struct str text;
    if (!imap_lex_astring(lexer, &text))
        return false;
    return imap_date_parse(text, days) || imap_lex_fail(lexer, IMAP_LEX_BAD, "Bad date");
}

/* RFC 7162 3.1.5: MODSEQ ["/flags/\\Seen" all|priv|shared] number; which entry is meant makes no difference.
 */
static bool parse_modseq(struct imap_lexer *lexer, int64_t *number)
{
    struct str entry, type;
    uint64_t wide = 0;
    if (imap_lex_peek(lexer) == '"' && !(imap_lex_string(lexer, &entry) && imap_lex_space(lexer) &&
                                         imap_lex_atom(lexer, &type) && imap_lex_space(lexer)))
        return false;
    if (!imap_lex_number64(lexer, &wide))
        return false;
    *number = (int64_t)wide;
    return wide <= INT64_MAX || imap_lex_fail(lexer, IMAP_LEX_BAD, "Number too large");
}

static bool parse_number(struct imap_lexer *lexer, int64_t *number)
{
    uint64_t wide = 0;
    if (!imap_lex_number64(lexer, &wide))
        return false;
    *number = (int64_t)wide;
    return wide <= INT64_MAX || imap_lex_fail(lexer, IMAP_LEX_BAD, "Number too large");
}

static bool parse_argument(struct parser *parser, enum argument argument, unsigned depth,
                           struct imap_search *key)
{
    struct imap_lexer *lexer = parser->lexer;
    if (argument == NO_ARGUMENT)
        return true;
    if (!imap_lex_space(lexer))
        return false;
    switch (argument) {
    case TEXT:
        return imap_lex_astring(lexer, &key->text);
    case KEYWORD:
        return imap_lex_flag(lexer, &key->text);
    case FIELD_TEXT:
        return imap_lex_astring(lexer, &key->field) && imap_lex_space(lexer) &&
               imap_lex_astring(lexer, &key->text);
    case DATE:
        return parse_date(lexer, &key->number);
    case NUMBER:
        return parse_number(lexer, &key->number);
    case MODSEQ:
        return parse_modseq(lexer, &key->number);
    case SET:
        return imap_lex_set(lexer, &key->set);
    case KEY:
        return parse_key(parser, depth + 1, &key->first);
    case TWO_KEYS:
        return parse_key(parser, depth + 1, &key->first) && imap_lex_space(lexer) &&
               parse_key(parser, depth + 1, &key->first->next);
    case NO_ARGUMENT:
        break;
    }
    return true;
}

static bool parse_named(struct parser *parser, unsigned depth, struct imap_search **key)
{
    struct str name;
    if (!imap_lex_atom(parser->lexer, &name))
        return false;
    const struct key_row *row = NULL;
    if (str_eq_nocase(name, STR("NEW"))) { /* RECENT UNSEEN */
        if (!(*key = new_key(parser, IMAP_SEARCH_AND)) ||
            !((*key)->first = new_key(parser, IMAP_SEARCH_RECENT)) ||
            !((*key)->first->next = new_key(parser, IMAP_SEARCH_FLAG)))
            return false;
        (*key)->first->next->negated = true;
        (*key)->first->next->text = STR("\\Seen");
        return true;
    }
    for (size_t i = 0; i < sizeof key_rows / sizeof key_rows[0] && !row; i++)
        if (str_eq_nocase(name, str_of(key_rows[i].name)))
            row = &key_rows[i];
    if (!row)
        return imap_lex_fail(parser->lexer, IMAP_LEX_BAD, "Unknown search key");
    if (!(*key = new_key(parser, row->kind)))
        return false;
    (*key)->negated = row->negated;
    if (row->kind == IMAP_SEARCH_HEADER)
        (*key)->field = str_of(row->text);
    else
        (*key)->text = str_of(row->text);
    return parse_argument(parser, row->argument, depth, *key);
}

static bool parse_key(struct parser *parser, unsigned depth, struct imap_search **key)
{
    struct imap_lexer *lexer = parser->lexer;
    if (depth > IMAP_SEARCH_DEPTH)
        return imap_lex_fail(lexer, IMAP_LEX_TOO_BIG, "Search too deep");
    char c = imap_lex_peek(lexer);
    if (c == '(') {
        imap_lex_take(lexer, c);
        return (*key = new_key(parser, IMAP_SEARCH_AND)) && parse_keys(parser, depth + 1, &(*key)->first) &&
               imap_lex_char(lexer, ')');
    }
    if (c == '$') {
        imap_lex_take(lexer, c);
        return (*key = new_key(parser, IMAP_SEARCH_SAVED));
    }
    if (c == '*' || char_is_digit(c))
        return (*key = new_key(parser, IMAP_SEARCH_SEQUENCE)) && imap_lex_set(lexer, &(*key)->set);
    return parse_named(parser, depth, key);
}

bool imap_lex_search(struct imap_lexer *lexer, struct imap_search **root)
{
    struct parser parser = {.lexer = lexer};
    *root = new_key(&parser, IMAP_SEARCH_AND);
    return parse_keys(&parser, 0, &(*root)->first) && imap_lex_end(lexer);
}
