/* SPDX-License-Identifier: BSD-2-Clause */
/* IP addresses and nets. */
#include "map/net.h"

#include <arpa/inet.h>
#include <string.h>

/* ::ffff:0:0/96 */
static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool parse_octets(struct str text, struct net *net)
{
    char copy[INET6_ADDRSTRLEN + 1];
    if (text.len >= 2 && text.at[0] == '[' && text.at[text.len - 1] == ']')
        text = str_sub(text, 1, text.len - 2);
    if (!text.len || text.len >= sizeof copy || memchr(text.at, 0, text.len))
        return false;
    memcpy(copy, text.at, text.len);
    copy[text.len] = '\0';
    bool six = str_contains(text, ':');
    *net = (struct net){.octets = six ? 16 : 4};
    net->bits = net->octets * 8;
    return inet_pton(six ? AF_INET6 : AF_INET, copy, net->address) == 1;
}

static void unmap(struct net *net)
{
    if (net->octets != 16 || net->bits < 96 || memcmp(net->address, mapped, sizeof mapped) != 0)
        return;
    memmove(net->address, net->address + 12, 4);
    memset(net->address + 4, 0, 12);
    net->octets = 4;
    net->bits -= 96;
}

bool net_parse_address(struct str text, struct net *address)
{
    if (!parse_octets(text, address))
        return false;
    unmap(address);
    return true;
}

static bool bit(const uint8_t *octets, unsigned index)
{
    return octets[index / 8] >> (7 - index % 8) & 1;
}

bool net_parse(struct str text, struct net *net, const char **why)
{
    size_t slash = str_find(text, '/');
    if (!parse_octets(str_sub(text, 0, slash), net)) {
        *why = "not an IP address";
        return false;
    }
    if (slash != SIZE_MAX) {
        uint64_t bits;
        if (!str_to_u64(str_from(text, slash + 1), &bits) || bits > net->octets * 8) {
            *why = "bad prefix length";
            return false;
        }
        net->bits = (unsigned)bits;
    }
    for (unsigned i = net->bits; i < net->octets * 8; i++)
        if (bit(net->address, i)) {
            *why = "the address has bits behind the prefix";
            return false;
        }
    unmap(net);
    return true;
}

bool net_contains(const struct net *net, const struct net *address)
{
    if (net->octets != address->octets)
        return false;
    unsigned whole = net->bits / 8, rest = net->bits % 8;
    if (memcmp(net->address, address->address, whole) != 0)
        return false;
    return rest == 0 || (net->address[whole] ^ address->address[whole]) >> (8 - rest) == 0;
}
