/* SPDX-License-Identifier: BSD-2-Clause */
/* SIZE, RFC 1870: the server states its limit, the client announces the size with MAIL. */
#include "smtp/extension.h"

#include <inttypes.h>

static bool offer_size(const struct smtp_offer *offer, struct buf *out)
{
    if (offer->size_limit)
        buf_printf(out, " %" PRIu64, offer->size_limit);
    return true;
}

static void learn_size(struct str value, struct arena *arena, struct smtp_peer *peer)
{
    (void)arena;
    if (!str_to_u64(value, &peer->size_limit))
        peer->size_limit = 0;
}

/* RFC 1870 4: 1*20DIGIT. */
static bool read_size(struct str value, struct arena *arena, struct smtp_mail *mail, struct verdict *verdict)
{
    (void)arena;
    if (!str_to_u64(value, &mail->size))
        return verdict_set(verdict, 501, "5.4", "SIZE wants a number of octets");
    return true;
}

static void write_size(const struct smtp_mail *mail, struct buf *out)
{
    if (mail->size)
        buf_printf(out, " SIZE=%" PRIu64, mail->size);
}

static const struct smtp_mail_param mail_params[] = {{"SIZE", read_size, write_size}, {NULL, NULL, NULL}};

const struct smtp_extension smtp_ext_size = {
    .keyword = "SIZE",
    .offer = offer_size,
    .learn = learn_size,
    .mail_params = mail_params,
};
