/* SPDX-License-Identifier: BSD-2-Clause */
#include "imapd/session.h"
static void run_search(struct imap_session *session)
{
    imap_no(session, NULL, "later");
}
const struct imap_command cmd_search = {run_search, IMAP_ALSO_UID | IMAP_KEEPS_NUMBERS, NULL};
