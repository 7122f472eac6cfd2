/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32C: by instruction on x86-64 with SSE 4.2 and on aarch64 with CRC, else by a table of four bits. */
#include "base/crc.h"

#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc_by_instruction(uint32_t crc, struct str octets)
{
    uint64_t sum = crc;
    size_t at = 0;
    for (; at + 8 <= octets.len; at += 8) {
        uint64_t word;
        memcpy(&word, octets.at + at, sizeof word);
        sum = _mm_crc32_u64(sum, word);
    }
    for (; at < octets.len; at++)
        sum = _mm_crc32_u8((uint32_t)sum, (uint8_t)octets.at[at]);
    return (uint32_t)sum;
}

static bool has_instruction(void)
{
    return __builtin_cpu_supports("sse4.2");
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t crc_by_instruction(uint32_t crc, struct str octets)
{
    size_t at = 0;
    for (; at + 8 <= octets.len; at += 8) {
        uint64_t word;
        memcpy(&word, octets.at + at, sizeof word);
        crc = __crc32cd(crc, word);
    }
    for (; at < octets.len; at++)
        crc = __crc32cb(crc, (uint8_t)octets.at[at]);
    return crc;
}

static bool has_instruction(void)
{
    return true;
}
#else
static uint32_t crc_by_instruction(uint32_t crc, struct str octets)
{
    (void)octets;
    return crc;
}

static bool has_instruction(void)
{
    return false;
}
#endif

/* Remainders of the sixteen nibbles by the reflected polynomial 0x82f63b78. */
static const uint32_t nibbles[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

static uint32_t crc_by_table(uint32_t crc, struct str octets)
{
    for (size_t at = 0; at < octets.len; at++) {
        crc ^= (uint8_t)octets.at[at];
        crc = nibbles[crc & 15] ^ crc >> 4;
        crc = nibbles[crc & 15] ^ crc >> 4;
    }
    return crc;
}

uint32_t crc32c(uint32_t crc, struct str octets)
{
    uint32_t sum = ~crc;
    return ~(has_instruction() ? crc_by_instruction(sum, octets) : crc_by_table(sum, octets));
}
