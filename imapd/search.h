/* SPDX-License-Identifier: BSD-2-Clause */
/* Which messages fit a tree of SEARCH keys. */
#ifndef IMAPD_SEARCH_H
#define IMAPD_SEARCH_H

#include "imap/search.h"
#include "imapd/session.h"

/* A key made ready for a mailbox. */
struct search_key {
    const struct imap_search *key;
    struct search_key *first, *next; /* children; those that need no look into the message come first */
    bool reads;                      /* needs the octets of the message */
    struct str needle;               /* folded */
    uint8_t flag;
    uint64_t keyword;
    struct imap_spans spans; /* indexes */
};

/* Makes a tree ready, in the command's arena. `charset` is that of its texts. False with the reply set (a
 * charset nobody knows: BADCHARSET), or with the lexer failed (a number too large). */
bool imap_search_prepare(struct imap_session *session, const struct imap_search *root, struct str charset,
                         struct search_key **ready);
/* Does the message with this index fit? What cannot be read does not. */
bool imap_search_fits(struct imap_session *session, const struct search_key *key, size_t index);

/* The parts that look into a message (search_text.c). */
bool imap_search_header(struct imap_session *session, struct str field, struct str needle, size_t index);
/* The bodies of text parts and of messages in it; with_headers: headers too (TEXT). */
bool imap_search_body(struct imap_session *session, struct str needle, bool with_headers, size_t index);
/* Days since 1970 of the Date field, without its time and zone; false when there is none. */
bool imap_search_sent_day(struct imap_session *session, size_t index, int64_t *days);

#endif
