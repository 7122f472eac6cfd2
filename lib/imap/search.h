/* SPDX-License-Identifier: BSD-2-Clause */
/* SEARCH keys (RFC 3501 6.4.4, RFC 5032, RFC 7162 3.1.5) as a tree. Depth and number of keys are bounded. */
#ifndef IMAP_SEARCH_H
#define IMAP_SEARCH_H

#include "imap/lexer.h"
#include "imap/set.h"

enum { IMAP_SEARCH_DEPTH = 50, IMAP_SEARCH_KEYS = 2000 };

enum imap_search_kind {
    IMAP_SEARCH_AND, /* all of the keys from `first` on; none: everything */
    IMAP_SEARCH_OR,  /* the two keys from `first` on */
    IMAP_SEARCH_SEQUENCE,
    IMAP_SEARCH_UID,
    IMAP_SEARCH_SAVED,   /* "$" (RFC 5182) */
    IMAP_SEARCH_FLAG,    /* text: "\Seen" */
    IMAP_SEARCH_KEYWORD, /* text: the name */
    IMAP_SEARCH_RECENT,
    IMAP_SEARCH_HEADER, /* field contains text; any text of a field that is there when text is empty */
    IMAP_SEARCH_BODY,   /* text */
    IMAP_SEARCH_TEXT,
    IMAP_SEARCH_BEFORE, /* INTERNALDATE; number: days since 1970 */
    IMAP_SEARCH_ON,
    IMAP_SEARCH_SINCE,
    IMAP_SEARCH_SENT_BEFORE, /* the Date field, without its time and zone */
    IMAP_SEARCH_SENT_ON,
    IMAP_SEARCH_SENT_SINCE,
    IMAP_SEARCH_LARGER, /* number: octets */
    IMAP_SEARCH_SMALLER,
    IMAP_SEARCH_OLDER, /* number: seconds */
    IMAP_SEARCH_YOUNGER,
    IMAP_SEARCH_MODSEQ, /* number */
};

struct imap_search {
    enum imap_search_kind kind;
    bool negated;
    struct imap_search *first; /* of AND and OR */
    struct imap_search *next;  /* in the list that this key is in */
    struct str field, text;
    int64_t number;
    struct imap_set set; /* as written */
};

/* One key or more, to the end of the command. */
bool imap_lex_search(struct imap_lexer *lexer, struct imap_search **root);

#endif
