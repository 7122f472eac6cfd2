/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters of MAIL and RCPT: RFC 1870, 3461, 6152, 6531, and RFC 5321 4.1.1.11 for unknown ones. */
#include "unit/test.h"

#include "smtp/extension.h"

static int mail_code(const char *params, struct arena *arena, struct smtp_mail *mail)
{
    struct smtp_offer offer = {0};
    struct verdict verdict = {.code = 250};
    *mail = (struct smtp_mail){0};
    return smtp_mail_params_read(str_of(params), &offer, arena, mail, &verdict) ? 250 : verdict.code;
}

static int rcpt_code(const char *params, struct arena *arena, struct smtp_rcpt *rcpt)
{
    struct smtp_offer offer = {0};
    struct verdict verdict = {.code = 250};
    *rcpt = (struct smtp_rcpt){0};
    return smtp_rcpt_params_read(str_of(params), &offer, arena, rcpt, &verdict) ? 250 : verdict.code;
}

TEST(mail_parameters_are_read_in_any_case_and_order)
{
    struct arena *arena = arena_create(10000);
    struct smtp_mail mail;
    CHECK_INT(mail_code(" size=1234 ENVID=a+2Bb RET=hdrs BODY=8bitmime SMTPUTF8", arena, &mail), 250);
    CHECK_INT(mail.size, 1234);
    CHECK_STR(mail.envid, "a+b");
    CHECK_INT(mail.ret, 2);
    CHECK(mail.eight_bit && mail.smtputf8);
    arena_destroy(arena);
}

TEST(bad_mail_parameters_are_refused)
{
    struct arena *arena = arena_create(10000);
    struct smtp_mail mail;
    CHECK_INT(mail_code("SIZE=x", arena, &mail), 501);
    CHECK_INT(mail_code("SIZE", arena, &mail), 501);
    CHECK_INT(mail_code("SIZE=1 SIZE=2", arena, &mail), 501);
    CHECK_INT(mail_code("RET=some", arena, &mail), 501);
    CHECK_INT(mail_code("ENVID=+0", arena, &mail), 501);
    CHECK_INT(mail_code("ENVID=a+00b", arena, &mail), 501);
    CHECK_INT(mail_code("BODY=BINARYMIME", arena, &mail), 501);
    CHECK_INT(mail_code("SMTPUTF8=yes", arena, &mail), 501);
    CHECK_INT(mail_code("XYZZY=1", arena, &mail), 555);
    CHECK_INT(mail_code("NOTIFY=NEVER", arena, &mail), 555);
    arena_destroy(arena);
}

TEST(notify_never_stands_alone)
{
    struct arena *arena = arena_create(10000);
    struct smtp_rcpt rcpt;
    CHECK_INT(rcpt_code("NOTIFY=SUCCESS,FAILURE", arena, &rcpt), 250);
    CHECK_INT(rcpt.notify, NOTIFY_SUCCESS | NOTIFY_FAILURE);
    CHECK_INT(rcpt_code("NOTIFY=NEVER", arena, &rcpt), 250);
    CHECK_INT(rcpt_code("NOTIFY=NEVER,DELAY", arena, &rcpt), 501);
    CHECK_INT(rcpt_code("NOTIFY=", arena, &rcpt), 501);
    CHECK_INT(rcpt_code("NOTIFY=SUCCESS,", arena, &rcpt), 501);
    arena_destroy(arena);
}

TEST(orcpt_is_a_type_and_an_address)
{
    struct arena *arena = arena_create(10000);
    struct smtp_rcpt rcpt;
    CHECK_INT(rcpt_code("ORCPT=rfc822;a+2Bb@example.org", arena, &rcpt), 250);
    CHECK_STR(rcpt.orcpt, "rfc822;a+b@example.org");
    CHECK_INT(rcpt_code("ORCPT=rfc822;a+00@example.org", arena, &rcpt), 501);
    CHECK_INT(rcpt_code("ORCPT=;a@example.org", arena, &rcpt), 501);
    CHECK_INT(rcpt_code("ORCPT=a@example.org", arena, &rcpt), 501);
    arena_destroy(arena);
}

TEST(what_a_client_writes_a_server_reads)
{
    struct arena *arena = arena_create(10000);
    struct smtp_peer peer = {0};
    smtp_peer_learn(&peer, STR("DSN"), arena);
    smtp_peer_learn(&peer, STR("size 1000"), arena);
    CHECK_INT(peer.size_limit, 1000);
    struct smtp_mail mail = {.size = 10, .ret = 1, .envid = STR("x=y z"), .smtputf8 = true}, back;
    struct buf out;
    buf_init(&out, 1000);
    smtp_mail_params_write(&peer, &mail, &out);
    CHECK_STR(buf_str(&out), " SIZE=10 RET=FULL ENVID=x+3Dy+20z");
    CHECK_INT(mail_code(buf_cstr(&out), arena, &back), 250);
    CHECK_STR(back.envid, "x=y z");
    buf_finish(&out);
    arena_destroy(arena);
}
