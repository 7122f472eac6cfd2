/* SPDX-License-Identifier: BSD-2-Clause */
/* The start of a conversation proper. */
#include "smtpd/hello.h"

#include <string.h>

#include "smtp/reply.h"
#include "smtpd/access.h"
#include "smtpd/server.h"

/* RFC 5321 4.1.1.1 wants a domain or an address literal; many clients send less. What could not be logged or
 * written into a header field is refused. */
static bool name_is_sound(struct str name)
{
    if (name.len == 0 || name.len > HELO_LIMIT)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] <= 0x20 || name.at[i] == 0x7f || strchr("<>()\"\\;,", name.at[i]))
            return false;
    return true;
}

static void reply_with_extensions(struct session *session)
{
    struct smtp_offer offer = session_offer(session);
    struct buf lines;
    buf_init(&lines, 4096);
    buf_add(&lines, session->server->conf->myhostname);
    buf_add_char(&lines, '\n');
    smtp_extensions_offer(&offer, &lines);
    struct str text = buf_str(&lines);
    text.len--; /* the last line's end */
    smtp_reply_write(session->stream, 250, NULL, text);
    buf_finish(&lines);
}

void hello_run(struct session *session, struct str name, enum hello hello)
{
    if ((hello == HELLO_LHLO) != session->server->lmtp) {
        session_reply(session, 500, "5.1",
                      session->server->lmtp ? "This is LMTP: send LHLO" : "This is not LMTP");
        return;
    }
    if (!name_is_sound(name)) {
        session_reply(session, 501, "5.4", "Syntax: a hello is followed by a host name");
        return;
    }
    struct access_request request = {
        .session = session, .subject = SUBJECT_HELO, .stage = "HELO", .helo = name};
    struct verdict verdict;
    if (!session->server->params->delay_reject &&
        !access_decide(session->server->access.helo, &request, &verdict)) {
        session_refuse(session, "HELO", STR(""), &verdict);
        return; /* RFC 5321 4.1.4: all stays as it was */
    }
    memcpy(session->helo_octets, name.at, name.len);
    session->helo = str_make(session->helo_octets, name.len);
    session->esmtp = hello != HELLO_HELO;
    session_enter(session, READY);
    if (hello == HELLO_HELO)
        smtp_reply_write(session->stream, 250, NULL, session->server->conf->myhostname);
    else
        reply_with_extensions(session);
}
