/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32C: the processor's instruction where there is one, a table of half octets elsewhere. */
#include "store/checksum.h"

#include <string.h>

static uint32_t over_table(uint32_t crc, const unsigned char *at, size_t len)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
        0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    for (size_t i = 0; i < len; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t over_instruction(uint32_t crc, const unsigned char *at,
                                                                   size_t len)
{
    uint64_t wide = crc, eight;
    for (; len >= 8; at += 8, len -= 8) {
        memcpy(&eight, at, 8);
        wide = __builtin_ia32_crc32di(wide, eight);
    }
    crc = (uint32_t)wide;
    for (; len; at++, len--)
        crc = __builtin_ia32_crc32qi(crc, *at);
    return crc;
}
#endif

uint32_t checksum_more(uint32_t before, struct str bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.at;
    uint32_t crc = ~before;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2"))
        return ~over_instruction(crc, at, bytes.len);
#endif
    return ~over_table(crc, at, bytes.len);
}

uint32_t checksum(struct str bytes)
{
    return checksum_more(0, bytes);
}
