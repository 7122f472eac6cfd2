/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of the envelope, domains, xtext: what is taken has one canonical text, which is taken again. */
#include <string.h>

#include "base/xtext.h"
#include "fuzz/fuzz.h"
#include "mail/address.h"

enum { MEMORY = 1 << 20, ALL_RULES = 63 };

static void try_path(struct str input, unsigned rules, struct arena *arena)
{
    struct address_parts parts, again;
    struct verdict verdict;
    struct str rest = input, local, domain, user, extension;
    if (!address_take_path(&rest, rules, arena, &parts, &verdict)) {
        assert(str_eq(rest, input) && verdict.class == VERDICT_REJECT);
        return;
    }
    struct str text = address_text(&parts, arena);
    assert(text.len <= ADDRESS_LIMIT * 2 && !memchr(text.at, '\n', text.len) &&
           !memchr(text.at, '\0', text.len));
    bool parses = address_parse(text, ALL_RULES, arena, &again, &verdict);
    assert(parses && str_eq(text, address_text(&again, arena)));
    assert(str_eq(parts.local, again.local) && str_eq(parts.domain, again.domain) &&
           parts.kind == again.kind);
    address_cut(text, &local, &domain);
    assert(str_eq(domain, parts.domain));
    address_split_extension(local, STR("+-"), &user, &extension);
}

static void try_domain(struct str input)
{
    struct buf ascii, unicode, canonical;
    enum address_domain_kind kind;
    char literal[64];
    buf_init(&ascii, MEMORY);
    buf_init(&unicode, MEMORY);
    buf_init(&canonical, MEMORY);
    bool name = address_domain_is_name(input, true);
    if (name && address_domain_ascii(input, &ascii)) {
        for (size_t i = 0; i < ascii.len; i++)
            assert((unsigned char)ascii.at[i] < 0x80);
        address_domain_unicode(buf_str(&ascii), &unicode);
        address_domain_canonical(input, &canonical);
    }
    if (address_domain_is_literal(input, &kind))
        assert(address_literal_print(input, literal) < sizeof literal);
    buf_finish(&ascii);
    buf_finish(&unicode);
    buf_finish(&canonical);
}

static void try_xtext(struct str input, struct arena *arena)
{
    struct str octets, again;
    struct buf out;
    buf_init(&out, MEMORY);
    xtext_encode(input, &out);
    bool decodes = xtext_decode(buf_str(&out), arena, &octets);
    assert(decodes && str_eq(octets, input));
    if (xtext_decode(input, arena, &octets)) {
        buf_clear(&out);
        xtext_encode(octets, &out); /* not always the input: "+41" is an A (RFC 3461 4) */
        decodes = xtext_decode(buf_str(&out), arena, &again);
        assert(decodes && str_eq(octets, again));
    }
    buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    uint8_t choice = fuzz_choice(&input);
    if (size > MEMORY / 16)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    if (choice < 64)
        try_path(input, choice, arena);
    else if (choice < 128)
        try_domain(input);
    else
        try_xtext(input, arena);
    arena_destroy(arena);
    return 0;
}
