/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32C (Castagnoli, RFC 3720 12.1): the check sum of everything Relais writes to disk. */
#ifndef BASE_CRC_H
#define BASE_CRC_H

#include "base/str.h"

/* Goes on from the sum of what came before; begins with 0. Uses the processor's instruction where there is
 * one. */
uint32_t crc32c(uint32_t crc, struct str octets);

#endif
