/* SPDX-License-Identifier: BSD-2-Clause */
/* Random octets. */
#include "base/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void random_octets(void *into, size_t len)
{
    char *at = into;
    while (len) {
        ssize_t got = getrandom(at, len < 256 ? len : 256, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            fprintf(stderr, "fatal: no random octets from the kernel\n");
            abort();
        }
        at += got;
        len -= (size_t)got;
    }
}

uint32_t random_u32(void)
{
    uint32_t value;
    random_octets(&value, sizeof value);
    return value;
}

uint64_t random_u64(void)
{
    uint64_t value;
    random_octets(&value, sizeof value);
    return value;
}

void random_text(char *into, size_t len)
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    unsigned char octets[32];
    for (size_t i = 0, left = 0; i < len;) {
        if (left == 0)
            random_octets(octets, left = sizeof octets);
        unsigned char octet = octets[--left];
        if (octet < 4 * 62) /* the rest would favour some */
            into[i++] = alphabet[octet % 62];
    }
    into[len] = '\0';
}
