/* SPDX-License-Identifier: BSD-2-Clause */
/* From the octets of an answer to records. Everything in them comes from strangers. */
#ifndef RESOLVER_RDATA_H
#define RESOLVER_RDATA_H

#include "base/arena.h"
#include "dns/dns_record.h"
#include "dns/lookup.h"

/* Reads one record's octets (names uncompressed, as libunbound gives them). False for what is not a sound
 * record of its type, or does not fit the arena. */
bool rdata_read(enum dns_type type, struct str octets, struct arena *arena, struct dns_record *record);

#endif
