/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BDAT: RFC 3030 2. A chunk's octets follow whatever the answer, so they are always read; a refused chunk
 * dooms the transaction, and only its end, RSET or the last chunk leads out of it.
 */
#include "smtpd/collect.h"
#include "smtpd/session.h"
#include "smtpd/txn.h"

static bool read_args(struct str args, uint64_t *size, bool *last)
{
    struct str number, word;
    if (!str_word(&args, " ", &number) || !str_to_u64(number, size))
        return false;
    *last = str_word(&args, " ", &word);
    return !*last || (str_eq_nocase(word, STR("LAST")) && str_trim(args).len == 0);
}

static void run_bdat(struct session *session, struct str args)
{
    uint64_t size;
    bool last;
    if (!read_args(args, &size, &last)) {
        /* How many octets follow cannot be known: the conversation is over (RFC 3030 2 asks to stay in step).
         */
        session_reply(session, 501, "5.4", "Syntax: BDAT octets [LAST]");
        session_end(session);
        return;
    }
    collect_chunk(session, size, last);
}

const struct command cmd_bdat = {"BDAT", ANY_STATE | REFUSED, run_bdat};
