/* SPDX-License-Identifier: BSD-2-Clause */
/* 8BITMIME, RFC 6152: the body may have octets over 127. */
#include "smtp/extension.h"

static bool read_body(struct str value, struct arena *arena, struct smtp_mail *mail, struct verdict *verdict)
{
    (void)arena;
    mail->body_given = true;
    mail->eight_bit = str_eq_nocase(value, STR("8BITMIME"));
    if (!mail->eight_bit && !str_eq_nocase(value, STR("7BIT")))
        return verdict_set(verdict, 501, "5.4", "BODY is 7BIT or 8BITMIME");
    return true;
}

static void write_body(const struct smtp_mail *mail, struct buf *out)
{
    if (mail->eight_bit)
        buf_add_text(out, " BODY=8BITMIME");
}

static const struct smtp_mail_param mail_params[] = {{"BODY", read_body, write_body}, {NULL, NULL, NULL}};

const struct smtp_extension smtp_ext_eightbitmime = {.keyword = "8BITMIME", .mail_params = mail_params};
