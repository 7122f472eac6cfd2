/* SPDX-License-Identifier: BSD-2-Clause */
/* BODY and BODYSTRUCTURE of the open message: what fetch_body.c and fetch_bodystructure.c share. */
#ifndef IMAPD_STRUCTURE_H
#define IMAPD_STRUCTURE_H

#include "imapd/fetch.h"

/* For imap_fetch_put_cached. */
bool imap_make_structure(struct imap_session *session, enum imap_cached kind);

#endif
