/* SPDX-License-Identifier: BSD-2-Clause */
/* The domain of an address: names (RFC 5321 4.1.2), literals (4.1.3), and the two spellings of international
 * ones (RFC 5890, by libidn2). */
#include "mail/address.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { LABEL_LIMIT = 63, IDN_RULES = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES };

static bool is_let_dig(char c)
{
    return char_is_alnum(c) || c == '_';
}

static bool is_label(struct str label)
{
    if (label.len == 0 || label.len > LABEL_LIMIT || !is_let_dig(label.at[0]) ||
        !is_let_dig(label.at[label.len - 1]))
        return false;
    for (size_t i = 0; i < label.len; i++)
        if (!is_let_dig(label.at[i]) && label.at[i] != '-')
            return false;
    return true;
}

static bool is_number(struct str label)
{
    for (size_t i = 0; i < label.len; i++)
        if (!char_is_digit(label.at[i]))
            return false;
    return true;
}

static bool is_ascii_name(struct str domain)
{
    struct str rest = domain, label = domain;
    if (domain.len == 0 || domain.len > ADDRESS_DOMAIN_LIMIT)
        return false;
    while (str_cut(&rest, '.', &label))
        if (!is_label(label))
            return false;
    return !is_number(label);
}

/* libidn2 wants NUL-terminated text; a domain has no NUL. */
static bool as_cstr(struct str domain, char out[ADDRESS_DOMAIN_LIMIT + 1])
{
    if (domain.len > ADDRESS_DOMAIN_LIMIT || str_contains(domain, '\0'))
        return false;
    if (domain.len)
        memcpy(out, domain.at, domain.len);
    out[domain.len] = '\0';
    return true;
}

bool address_domain_ascii(struct str domain, struct buf *out)
{
    char text[ADDRESS_DOMAIN_LIMIT + 1];
    char *ascii = NULL;
    if (utf8_is_ascii(domain))
        return buf_add(out, domain);
    if (!as_cstr(domain, text) || idn2_to_ascii_8z(text, &ascii, IDN_RULES) != IDN2_OK)
        return false;
    bool added = is_ascii_name(str_of(ascii)) && buf_add_text(out, ascii);
    idn2_free(ascii);
    return added;
}

bool address_domain_unicode(struct str domain, struct buf *out)
{
    struct str rest = domain, label;
    const char *dot = "";
    while (str_cut(&rest, '.', &label)) {
        char text[ADDRESS_DOMAIN_LIMIT + 1];
        char *shown = NULL;
        buf_add_text(out, dot);
        dot = ".";
        bool known = str_starts_nocase(label, STR("xn--")) && as_cstr(label, text) &&
                     idn2_to_unicode_8z8z(text, &shown, IDN2_NONTRANSITIONAL) == IDN2_OK;
        buf_add(out, known ? str_of(shown) : label);
        idn2_free(shown);
    }
    return !out->over;
}

bool address_domain_canonical(struct str domain, struct buf *out)
{
    struct buf ascii;
    buf_init(&ascii, ADDRESS_DOMAIN_LIMIT);
    bool made = address_domain_ascii(domain, &ascii) && address_domain_unicode(buf_str(&ascii), out);
    buf_finish(&ascii);
    return made;
}

bool address_domain_is_name(struct str domain, bool utf8)
{
    struct buf ascii;
    if (utf8_is_ascii(domain))
        return is_ascii_name(domain);
    if (!utf8)
        return false;
    buf_init(&ascii, ADDRESS_DOMAIN_LIMIT);
    bool sound = address_domain_ascii(domain, &ascii);
    buf_finish(&ascii);
    return sound;
}

/* Reads the literal into its binary form: 4 or 16 octets. */
static bool read_literal(struct str domain, enum address_domain_kind *kind, unsigned char binary[16])
{
    char text[64];
    if (domain.len < 3 || domain.len >= sizeof text || domain.at[0] != '[' ||
        domain.at[domain.len - 1] != ']' || str_contains(domain, '\0'))
        return false;
    struct str inner = str_sub(domain, 1, domain.len - 2);
    bool six = str_starts_nocase(inner, STR("IPv6:"));
    inner = str_from(inner, six ? 5 : 0);
    snprintf(text, sizeof text, STR_FMT, STR_ARG(inner));
    *kind = six ? ADDRESS_IPV6 : ADDRESS_IPV4;
    return inet_pton(six ? AF_INET6 : AF_INET, text, binary) == 1;
}

bool address_domain_is_literal(struct str domain, enum address_domain_kind *kind)
{
    unsigned char binary[16];
    return read_literal(domain, kind, binary);
}

size_t address_literal_print(struct str domain, char out[64])
{
    unsigned char binary[16];
    enum address_domain_kind kind;
    char text[INET6_ADDRSTRLEN] = "";
    if (!read_literal(domain, &kind, binary))
        return 0;
    inet_ntop(kind == ADDRESS_IPV6 ? AF_INET6 : AF_INET, binary, text, sizeof text);
    return (size_t)snprintf(out, 64, "[%s%s]", kind == ADDRESS_IPV6 ? "IPv6:" : "", text);
}
