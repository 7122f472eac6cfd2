/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LIST and LSUB: which mailboxes, and what is said of each (RFC 3501 6.3.8, RFC 5258, RFC 5819, RFC 6154).
 */
#ifndef IMAPD_LIST_H
#define IMAPD_LIST_H

#include "imapd/session.h"

enum { IMAP_LIST_PATTERNS = 100 };

struct imap_list {
    struct str *patterns; /* UTF-8, the reference in front; in the command's arena */
    size_t pattern_count;
    bool only_subscribed, only_special, recursive; /* selection options */
    bool show_subscribed;
    unsigned status; /* items of RETURN (STATUS (...)); 0: none */
};

/* The bit of MAILBOX_SPECIAL for "\Sent" and so on; 0 when there is none. */
unsigned imap_special_use_named(struct str name);
/* Adds reference and pattern; one that cannot be a name fits nothing. */
void imap_list_add_pattern(struct imap_session *session, struct imap_list *list, struct str reference,
                           struct str pattern);
bool imap_list_fits(const struct imap_list *list, struct str name);
/* "* LIST (attributes) "/" name"; `word` is LIST or LSUB, `more` comes behind the name. */
void imap_list_send(struct imap_session *session, const char *word, const struct mailbox_entry *entry,
                    bool show_subscribed, const char *more);

#endif
