/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking resolver. A failure of the DNS is always temporary (DNS_TEMPORARY), never an absence: who asks
 * answers 4yz. A few connections are kept; each carries one question at a time.
 */
#ifndef DNS_LOOKUP_H
#define DNS_LOOKUP_H

#include "base/arena.h"
#include "base/str.h"
#include "dns/dns_answer.h"

struct dns_client;

enum dns_status {
    DNS_FOUND = 1,
    DNS_NO_DATA = 2, /* the name is there, without records of this type */
    DNS_NO_NAME = 3, /* there is no such name (NXDOMAIN) */
    DNS_TEMPORARY = 4,
};
enum dns_type {
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_TLSA = 52
};

/* Packet kinds on resolver's socket. */
enum dns_kind { DNS_QUERY = 1, DNS_ANSWER = 2 };

/* socket: path of resolver's service; borrowed. */
struct dns_client *dns_client_create(const char *socket);
void dns_client_destroy(struct dns_client *client); /* NULL is fine */

/* Waits for the answer, at most timeout_ms. Records live in the arena; they are there with DNS_FOUND only. */
enum dns_status dns_lookup(struct dns_client *client, struct str name, enum dns_type type, int64_t timeout_ms,
                           struct arena *arena, struct dns_answer *answer);

/* The host name of an address, verified: its PTR's name must have the address among its own (as Postfix's
 * smtpd_client does). False, without a name, when there is none or the DNS does not answer in time. */
bool dns_verified_name(struct dns_client *client, struct str ip, int64_t timeout_ms, struct arena *arena,
                       struct str *name);

#endif
