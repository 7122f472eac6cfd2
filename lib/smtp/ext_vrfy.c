/* SPDX-License-Identifier: BSD-2-Clause */
/* VRFY, RFC 5321 3.5.2: advertised where the administrator has it on. */
#include "smtp/extension.h"

static bool offer_vrfy(const struct smtp_offer *offer, struct buf *out)
{
    (void)out;
    return offer->vrfy;
}

const struct smtp_extension smtp_ext_vrfy = {.keyword = "VRFY", .offer = offer_vrfy};
