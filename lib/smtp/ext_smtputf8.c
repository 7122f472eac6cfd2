/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTPUTF8, RFC 6531: addresses and header fields in UTF-8. */
#include "smtp/extension.h"

static bool read_smtputf8(struct str value, struct arena *arena, struct smtp_mail *mail,
                          struct verdict *verdict)
{
    (void)arena;
    if (value.at)
        return verdict_set(verdict, 501, "5.4", "SMTPUTF8 has no value");
    mail->smtputf8 = true;
    return true;
}

static void write_smtputf8(const struct smtp_mail *mail, struct buf *out)
{
    if (mail->smtputf8)
        buf_add_text(out, " SMTPUTF8");
}

static const struct smtp_mail_param mail_params[] = {{"SMTPUTF8", read_smtputf8, write_smtputf8},
                                                     {NULL, NULL, NULL}};

const struct smtp_extension smtp_ext_smtputf8 = {.keyword = "SMTPUTF8", .mail_params = mail_params};
