/* SPDX-License-Identifier: BSD-2-Clause */
/* STATUS items (RFC 3501 6.3.10, RFC 7162 3.1.7, RFC 8438): of STATUS and of LIST ... RETURN (STATUS). */
#ifndef IMAPD_STATUS_H
#define IMAPD_STATUS_H

#include "imapd/session.h"

/* "(MESSAGES UNSEEN)" as bits. */
bool imap_lex_status_items(struct imap_session *session, unsigned *items);
/* "* STATUS name (...)" */
enum store_result imap_send_status(struct imap_session *session, struct str name, unsigned items,
                                   struct verdict *verdict);

#endif
