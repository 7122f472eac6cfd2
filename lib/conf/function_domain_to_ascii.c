/* SPDX-License-Identifier: BSD-2-Clause */
/* ${domain_to_ascii{...}}: a domain in A-labels (RFC 5890 2.3.2.1), as the DNS has it. */
#include <idn2.h>
#include <stdlib.h>
#include <string.h>

#include "conf/expand.h"

enum { DOMAIN_OCTETS = 1024 };

static bool run(struct expand *expand, struct str domain, struct buf *out)
{
    char from[DOMAIN_OCTETS + 1], *to = NULL;
    if (domain.len > DOMAIN_OCTETS || str_contains(domain, '\0'))
        return expand_fail(expand, "domain_to_ascii: not a domain");
    if (domain.len)
        memcpy(from, domain.at, domain.len);
    from[domain.len] = '\0';
    int status = idn2_to_ascii_8z(from, &to, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    if (status != IDN2_OK)
        return expand_fail(expand, "domain_to_ascii: \"%s\": %s", from, idn2_strerror(status));
    bool room = buf_add_text(out, to);
    free(to);
    return room || expand_fail(expand, "value too long");
}

const struct expand_function function_domain_to_ascii = {"domain_to_ascii", run};
