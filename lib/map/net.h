/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IP addresses and nets as text: 192.0.2.1, 192.0.2.0/24, 2001:db8::1, [2001:db8::1], 2001:db8::/32,
 * [2001:db8::]/32. IPv4 in IPv6 (::ffff:192.0.2.1) is IPv4 here.
 */
#ifndef MAP_NET_H
#define MAP_NET_H

#include "base/str.h"

struct net {
    unsigned octets; /* 4 or 16 */
    unsigned bits;   /* of the prefix */
    uint8_t address[16];
};

/* An address is a net with all its bits. Brackets around IPv6 are allowed. */
bool net_parse_address(struct str text, struct net *address);
/* An address or address/bits. False with *why; octets behind the prefix must be zero. */
bool net_parse(struct str text, struct net *net, const char **why);
bool net_contains(const struct net *net, const struct net *address);

#endif
