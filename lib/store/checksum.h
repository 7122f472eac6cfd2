/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum of journal records, snapshots and caches. */
#ifndef STORE_CHECKSUM_H
#define STORE_CHECKSUM_H

#include "base/str.h"

uint32_t checksum(struct str bytes);
/* Goes on over more octets: checksum(ab) == checksum_more(checksum(a), b). */
uint32_t checksum_more(uint32_t before, struct str bytes);

#endif
