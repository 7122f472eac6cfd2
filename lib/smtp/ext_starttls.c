/* SPDX-License-Identifier: BSD-2-Clause */
/* STARTTLS, RFC 3207: offered while TLS can be had and is not on. */
#include "smtp/extension.h"

static bool offer_starttls(const struct smtp_offer *offer, struct buf *out)
{
    (void)out;
    return offer->tls_possible;
}

const struct smtp_extension smtp_ext_starttls = {.keyword = "STARTTLS", .offer = offer_starttls};
