/* SPDX-License-Identifier: BSD-2-Clause */
/* The octets of DNS records: whatever comes of a name can stand in a command and in a line of the log. */
#include "fuzz/fuzz.h"
#include "resolver/rdata.h"

enum { MEMORY = 1 << 17 };

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    static const enum dns_type types[] = {DNS_A, DNS_CNAME, DNS_PTR, DNS_MX, DNS_TXT, DNS_AAAA, DNS_TLSA};
    struct str input = str_make(octets, size);
    enum dns_type type = types[fuzz_choice(&input) % (sizeof types / sizeof types[0])];
    struct arena *arena = arena_create(MEMORY);
    struct dns_record record;
    if (rdata_read(type, input, arena, &record) && type != DNS_TXT && type != DNS_TLSA) {
        assert(record.data.len <= 255);
        for (size_t i = 0; i < record.data.len; i++)
            assert(char_is_print(record.data.at[i]) && record.data.at[i] != ' ');
    }
    arena_destroy(arena);
    return 0;
}
