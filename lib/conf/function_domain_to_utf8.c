/* SPDX-License-Identifier: BSD-2-Clause */
/* ${domain_to_utf8{...}}: a domain in U-labels (RFC 5890 2.3.2.1), as people write it. */
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "conf/expand.h"

enum { DOMAIN_OCTETS = 1024 };

static bool run(struct expand *expand, struct str domain, struct buf *out)
{
    char from[DOMAIN_OCTETS + 1], *to = NULL;
    if (domain.len > DOMAIN_OCTETS || str_contains(domain, '\0'))
        return expand_fail(expand, "domain_to_utf8: not a domain");
    if (domain.len)
        memcpy(from, domain.at, domain.len);
    from[domain.len] = '\0';
    int status = idn2_to_unicode_8z8z(from, &to, 0);
    if (status != IDN2_OK)
        return expand_fail(expand, "domain_to_utf8: \"%s\": %s", from, idn2_strerror(status));
    bool room = buf_add_text(out, to);
    free(to);
    return room || expand_fail(expand, "value too long");
}

const struct expand_function function_domain_to_utf8 = {"domain_to_utf8", run};
