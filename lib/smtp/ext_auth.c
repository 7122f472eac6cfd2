/* SPDX-License-Identifier: BSD-2-Clause */
/* AUTH, RFC 4954: the mechanisms offered, and the AUTH parameter of MAIL, which is read and not believed. */
#include "smtp/extension.h"

#include "base/xtext.h"

static bool offer_auth(const struct smtp_offer *offer, struct buf *out)
{
    if (offer->auth.len == 0)
        return false;
    buf_add_char(out, ' ');
    buf_add(out, offer->auth);
    return true;
}

static void learn_auth(struct str value, struct arena *arena, struct smtp_peer *peer)
{
    if (!arena_try_copy(arena, value, &peer->auth))
        peer->auth = STR("");
}

/* RFC 4954 5: AUTH=<> or xtext of the submitter's address. */
static bool read_auth(struct str value, struct arena *arena, struct smtp_mail *mail, struct verdict *verdict)
{
    if (value.len == 0 || value.len > 500 || !xtext_decode(value, arena, &mail->auth))
        return verdict_set(verdict, 501, "5.4", "AUTH is not xtext");
    return true;
}

/* We vouch for nobody towards others. */
static void write_auth(const struct smtp_mail *mail, struct buf *out)
{
    (void)mail, (void)out;
}

static const struct smtp_mail_param mail_params[] = {{"AUTH", read_auth, write_auth}, {NULL, NULL, NULL}};

const struct smtp_extension smtp_ext_auth = {
    .keyword = "AUTH",
    .offer = offer_auth,
    .learn = learn_auth,
    .mail_params = mail_params,
};
