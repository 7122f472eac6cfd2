/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What FETCH can be asked for (RFC 3501 6.4.5): each kind of item is one file fetch_<name>.c that ends in one
 * `const struct imap_fetch_kind`, and one line in fetch_items.def.
 */
#ifndef IMAPD_FETCH_H
#define IMAPD_FETCH_H

#include "imap/section.h"
#include "imapd/session.h"

enum { IMAP_FETCH_ITEMS = 100 };

struct imap_fetch_item {
    const struct imap_fetch_kind *kind;
    const char *name;            /* as in fetch_items.def */
    bool sectioned;              /* a section was given */
    struct imap_section section; /* of BODY[] and BODY.PEEK[] */
};

struct imap_fetch {
    struct imap_session *session;
    struct imap_fetch_item *items; /* in the command's arena */
    size_t count;
    bool changed_since_given;
    uint64_t changed_since; /* RFC 7162 3.1.4.1 */
    bool streamed;          /* a part of the response went to the client */
    bool failed;            /* some message could not be read */
};

struct imap_fetch_kind {
    /* Reads what follows the name; NULL: nothing does. */
    bool (*lex)(struct imap_session *session, struct imap_fetch_item *item);
    /* Appends "NAME value" to session->out; false with the reply set when the message cannot be read. */
    bool (*put)(struct imap_fetch *fetch, const struct imap_fetch_item *item, size_t index);
    /* Does reading it set \Seen? NULL: never. */
    bool (*sees)(const struct imap_fetch_item *item);
};

/* Reads one item or a list or a macro. */
bool imap_fetch_lex_items(struct imap_fetch *fetch);
bool imap_fetch_has(const struct imap_fetch *fetch, const struct imap_fetch_kind *kind);
/* Adds an item without arguments. */
void imap_fetch_add(struct imap_fetch *fetch, const char *name);
/* Sends the response for one message; flags_too adds FLAGS when it is not among the items. */
void imap_fetch_send(struct imap_fetch *fetch, size_t index, bool flags_too);

/* Appends a string: the section of the message (fetch_section.c). */
bool imap_fetch_put_section(struct imap_fetch *fetch, const struct imap_section *section, size_t index);

/* What the store's cache keeps. */
enum imap_cached { IMAP_CACHED_ENVELOPE = 1, IMAP_CACHED_BODY = 2, IMAP_CACHED_BODYSTRUCTURE = 3 };
/* Appends a text from the cache, or makes it by fn and keeps it. */
bool imap_fetch_put_cached(struct imap_fetch *fetch, enum imap_cached kind, size_t index,
                           bool (*make)(struct imap_session *session, enum imap_cached kind));

extern const struct imap_fetch_kind fetch_flags, fetch_modseq, fetch_uid;

#endif
