/* SPDX-License-Identifier: BSD-2-Clause */
/* What COPY and MOVE share. */
#ifndef IMAPD_COPIED_H
#define IMAPD_COPIED_H

#include "imapd/session.h"

typedef enum store_result imap_copy_call(struct mailbox *mailbox, struct uid_ranges uids, struct str to,
                                         struct uid_pairs *pairs, struct verdict *verdict);
/* Reads "set mailbox", calls, and appends "COPYUID ..." to the empty session->out (nothing when no message
 * was meant). False when a reply was set. */
bool imap_copy_messages(struct imap_session *session, imap_copy_call *call);

#endif
