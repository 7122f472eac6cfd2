/* SPDX-License-Identifier: BSD-2-Clause */
/* CRC-32C, both by the processor's instruction and by the table. The file is taken in whole, for the way that
 * is not this processor's is seen nowhere else. */
#include "base/crc.c" // NOLINT

#include "unit/test.h"

static const char read_command[48] = "\x01\xc0\0\0"
                                     "\0\0\0\0\0\0\0\0\0\0\0\0"
                                     "\x14\0\0\0\0\0\x04\0\0\0\0\x14\0\0\0\x18\x28\0\0\0\0\0\0\0"
                                     "\x02\0\0\0\0\0\0";

static void check(struct str octets, uint32_t wanted)
{
    CHECK_INT(crc32c(0, octets), wanted);
    CHECK_INT((uint32_t)~crc_by_table(~0u, octets), wanted);
}

/* RFC 3720 B.4 */
TEST(the_vectors_of_rfc_3720_hold)
{
    char octets[32];
    memset(octets, 0, sizeof octets);
    check(str_make(octets, 32), 0x8a9136aa);
    memset(octets, 0xff, sizeof octets);
    check(str_make(octets, 32), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        octets[i] = (char)i;
    check(str_make(octets, 32), 0x46dd794e);
    for (int i = 0; i < 32; i++)
        octets[i] = (char)(31 - i);
    check(str_make(octets, 32), 0x113fdb5c);
    check(str_make(read_command, 48), 0xd9963a56);
}

TEST(the_check_value_of_the_catalogue_holds)
{
    check(STR("123456789"), 0xe3069283);
    check(STR(""), 0);
    check(STR("a"), 0xc1d04330);
}

TEST(a_sum_goes_on_at_any_cut_and_from_any_alignment)
{
    char octets[100];
    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (char)(i * 37);
    for (size_t from = 0; from < 9; from++) {
        struct str all = str_make(octets + from, sizeof octets - from);
        uint32_t whole = crc32c(0, all);
        CHECK_INT((uint32_t)~crc_by_table(~0u, all), whole);
        for (size_t cut = 0; cut <= all.len; cut++)
            CHECK_INT(crc32c(crc32c(0, str_sub(all, 0, cut)), str_from(all, cut)), whole);
    }
}

TEST(one_changed_bit_changes_the_sum)
{
    char octets[64] = {0};
    uint32_t whole = crc32c(0, str_make(octets, sizeof octets));
    for (size_t bit = 0; bit < 8 * sizeof octets; bit++) {
        octets[bit / 8] ^= (char)(1 << bit % 8);
        CHECK(crc32c(0, str_make(octets, sizeof octets)) != whole);
        octets[bit / 8] ^= (char)(1 << bit % 8);
    }
}
