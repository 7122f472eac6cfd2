/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parser of paths and mailboxes: one pass from left to right over what the grammar of RFC 5321 4.1.2
 * allows, so that what follows a path in a command is found without looking for its end first.
 */
#include "mail/address.h"

#include <string.h>

#include "base/utf8.h"

/* RFC 5322 3.2.3 atext, with RFC 6531 3.3's UTF-8. */
static bool is_atext(char c)
{
    return char_is_alnum(c) || (c && strchr("!#$%&'*+-/=?^_`{|}~", c)) || (c & 0x80);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct scan {
    struct str rest;
    char local[ADDRESS_LOCAL_LIMIT];
    size_t local_len;
    struct str domain;
    bool has_domain;
    const char *wrong; /* why it is refused */
};

static bool refuse(struct scan *scan, const char *why)
{
    if (!scan->wrong)
        scan->wrong = why;
    return false;
}

static bool next_is(const struct scan *scan, char c)
{
    return scan->rest.len && scan->rest.at[0] == c;
}

static bool take(struct scan *scan, char c)
{
    if (!next_is(scan, c))
        return false;
    scan->rest = str_from(scan->rest, 1);
    return true;
}

static bool add_local(struct scan *scan, char c)
{
    if (scan->local_len == ADDRESS_LOCAL_LIMIT)
        return refuse(scan, "local part over 64 octets");
    scan->local[scan->local_len++] = c;
    scan->rest = str_from(scan->rest, 1);
    return true;
}

/* Quoted-string: qtextSMTP and quoted-pairSMTP; no control characters. */
static bool scan_quoted(struct scan *scan)
{
    take(scan, '"');
    while (scan->rest.len && !next_is(scan, '"')) {
        take(scan, '\\');
        if (!scan->rest.len)
            break;
        char c = scan->rest.at[0];
        if (!char_is_print(c) && !(c & 0x80))
            return refuse(scan, "control character in a quoted local part");
        if (!add_local(scan, c))
            return false;
    }
    return take(scan, '"') || refuse(scan, "quoted local part without end");
}

/* Dot-string: atoms between single dots. */
static bool scan_dots(struct scan *scan)
{
    do {
        size_t before = scan->local_len;
        while (scan->rest.len && is_atext(scan->rest.at[0]))
            if (!add_local(scan, scan->rest.at[0]))
                return false;
        if (scan->local_len == before)
            return refuse(scan, before ? "empty atom in the local part" : "no local part");
        if (!next_is(scan, '.'))
            return true;
    } while (add_local(scan, '.'));
    return false;
}

static bool scan_domain(struct scan *scan, struct str *domain)
{
    size_t len = 0;
    if (next_is(scan, '[')) {
        size_t close = str_find(scan->rest, ']');
        if (close == SIZE_MAX)
            return refuse(scan, "address literal without end");
        len = close + 1;
    } else {
        while (len < scan->rest.len &&
               (char_is_alnum(scan->rest.at[len]) || scan->rest.at[len] == '-' || scan->rest.at[len] == '_' ||
                scan->rest.at[len] == '.' || (scan->rest.at[len] & 0x80)))
            len++;
    }
    *domain = str_sub(scan->rest, 0, len);
    scan->rest = str_from(scan->rest, len);
    return len > 0 || refuse(scan, "no domain");
}

/* A-d-l of a source route: "@a,@b:", to be accepted and ignored (RFC 5321 4.1.1.3, appendix C). */
static bool scan_route(struct scan *scan)
{
    struct str domain;
    enum address_domain_kind kind;
    do {
        if (!take(scan, '@') || !scan_domain(scan, &domain))
            return refuse(scan, "malformed source route");
        if (!address_domain_is_name(domain, true) && !address_domain_is_literal(domain, &kind))
            return refuse(scan, "malformed source route");
    } while (take(scan, ','));
    return take(scan, ':') || refuse(scan, "malformed source route");
}

static bool scan_mailbox(struct scan *scan)
{
    if (!(next_is(scan, '"') ? scan_quoted(scan) : scan_dots(scan)))
        return false;
    scan->has_domain = take(scan, '@');
    return !scan->has_domain || scan_domain(scan, &scan->domain);
}

static struct str scanned_local(const struct scan *scan)
{
    return str_make(scan->local, scan->local_len);
}

/* --- from a scan to parts --- */

static bool settle_literal(struct scan *scan, struct arena *arena, struct address_parts *parts)
{
    char text[64];
    if (!address_domain_is_literal(scan->domain, &parts->kind))
        return refuse(scan, "malformed address literal");
    size_t len = address_literal_print(scan->domain, text);
    return arena_try_copy(arena, str_make(text, len), &parts->domain) || refuse(scan, "too much at once");
}

static bool settle_name(struct scan *scan, struct arena *arena, struct address_parts *parts)
{
    struct buf canonical;
    bool utf8 = !utf8_is_ascii(scan->domain);
    if (scan->domain.len > ADDRESS_DOMAIN_LIMIT)
        return refuse(scan, "domain over 255 octets");
    if (!address_domain_is_name(scan->domain, utf8))
        return refuse(scan, "malformed domain");
    parts->kind = ADDRESS_NAME;
    buf_init(&canonical, ADDRESS_DOMAIN_LIMIT);
    bool kept = true;
    if (utf8)
        kept = address_domain_canonical(scan->domain, &canonical) || refuse(scan, "malformed domain");
    else
        for (size_t i = 0; i < scan->domain.len; i++)
            buf_add_char(&canonical, char_lower(scan->domain.at[i]));
    kept = kept &&
           (arena_try_copy(arena, buf_str(&canonical), &parts->domain) || refuse(scan, "too much at once"));
    buf_finish(&canonical);
    return kept;
}

static bool settle_lone_local(struct scan *scan, unsigned rules)
{
    struct str local = scanned_local(scan);
    if ((rules & ADDRESS_TAKE_POSTMASTER) && str_eq_nocase(local, STR("postmaster")))
        return true;
    if ((rules & ADDRESS_TAKE_LOCAL) && local.len)
        return true;
    return refuse(scan, "a domain is needed");
}

/* Canonical length: RFC 5321 4.5.3.1.3 counts the path as it is written. */
static bool is_short_enough(const struct address_parts *parts)
{
    struct buf text;
    buf_init(&text, ADDRESS_LIMIT);
    bool fits = address_print(parts, &text);
    buf_finish(&text);
    return fits;
}

static bool settle(struct scan *scan, unsigned rules, struct arena *arena, struct address_parts *parts)
{
    *parts = (struct address_parts){.utf8 = !utf8_is_ascii(scanned_local(scan))};
    if (!utf8_valid(scanned_local(scan)))
        return refuse(scan, "local part is not UTF-8");
    if (!scan->has_domain && !settle_lone_local(scan, rules))
        return false;
    if (scan->has_domain &&
        !(scan->domain.at[0] == '[' ? settle_literal(scan, arena, parts) : settle_name(scan, arena, parts)))
        return false;
    parts->utf8 = parts->utf8 || !utf8_is_ascii(parts->domain);
    if (!arena_try_copy(arena, scanned_local(scan), &parts->local))
        return refuse(scan, "too much at once");
    return is_short_enough(parts) || refuse(scan, "over 254 octets");
}

static bool refused(const struct scan *scan, unsigned rules, struct verdict *verdict)
{
    bool sender = rules & ADDRESS_IS_SENDER;
    return verdict_set(verdict, 501, sender ? "1.7" : "1.3", "Bad %s address syntax: %s",
                       sender ? "sender" : "recipient", scan->wrong ? scan->wrong : "not an address");
}

/* RFC 6531 3.5: 553 or 550 with X.6.7 when the client did not ask for SMTPUTF8. */
static bool utf8_is_allowed(const struct scan *scan, unsigned rules, struct verdict *verdict)
{
    if ((rules & ADDRESS_UTF8) || (utf8_is_ascii(scanned_local(scan)) && utf8_is_ascii(scan->domain)))
        return true;
    return verdict_set(verdict, 553, "6.7", "Non-ASCII address without SMTPUTF8");
}

static bool scan_path(struct scan *scan, unsigned rules, bool *null)
{
    *null = false;
    if (!take(scan, '<')) {
        if (!(rules & ADDRESS_TAKE_UNBRACKETED))
            return refuse(scan, "no angle brackets");
        if (!scan_mailbox(scan))
            return false;
        return !scan->rest.len || is_blank(scan->rest.at[0]) || refuse(scan, "unexpected character");
    }
    if (take(scan, '>')) {
        *null = true;
        return (rules & ADDRESS_TAKE_NULL) || refuse(scan, "null path");
    }
    if (next_is(scan, '@') && !scan_route(scan))
        return false;
    return scan_mailbox(scan) && (take(scan, '>') || refuse(scan, "unexpected character"));
}

bool address_take_path(struct str *rest, unsigned rules, struct arena *arena, struct address_parts *parts,
                       struct verdict *verdict)
{
    struct scan scan = {.rest = *rest};
    bool null;
    *parts = (struct address_parts){0};
    if (!scan_path(&scan, rules, &null))
        return refused(&scan, rules, verdict);
    parts->null = null;
    if (!null && !utf8_is_allowed(&scan, rules, verdict))
        return false;
    if (!null && !settle(&scan, rules, arena, parts))
        return refused(&scan, rules, verdict);
    *rest = scan.rest;
    return true;
}

bool address_parse(struct str text, unsigned rules, struct arena *arena, struct address_parts *parts,
                   struct verdict *verdict)
{
    struct scan scan = {.rest = text};
    *parts = (struct address_parts){.null = text.len == 0};
    if (parts->null)
        return (rules & ADDRESS_TAKE_NULL) || refused(&scan, rules, verdict);
    if ((next_is(&scan, '@') && !scan_route(&scan)) || !scan_mailbox(&scan) ||
        (scan.rest.len && !refuse(&scan, "unexpected character")))
        return refused(&scan, rules, verdict);
    if (!utf8_is_allowed(&scan, rules, verdict))
        return false;
    return settle(&scan, rules, arena, parts) || refused(&scan, rules, verdict);
}

/* --- printing --- */

static bool is_dot_string(struct str local)
{
    bool after_dot = true;
    for (size_t i = 0; i < local.len; i++) {
        bool dot = local.at[i] == '.';
        if (dot ? after_dot : !is_atext(local.at[i]))
            return false;
        after_dot = dot;
    }
    return !after_dot;
}

bool address_print_local(struct str local, struct buf *out)
{
    if (is_dot_string(local))
        return buf_add(out, local);
    buf_add_char(out, '"');
    for (size_t i = 0; i < local.len; i++) {
        if (local.at[i] == '"' || local.at[i] == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, local.at[i]);
    }
    buf_add_char(out, '"');
    return !out->over;
}

bool address_print(const struct address_parts *parts, struct buf *out)
{
    if (parts->null)
        return !out->over;
    address_print_local(parts->local, out);
    if (parts->domain.len) {
        buf_add_char(out, '@');
        buf_add(out, parts->domain);
    }
    return !out->over;
}

struct str address_text(const struct address_parts *parts, struct arena *arena)
{
    struct buf text;
    buf_init(&text, ADDRESS_LIMIT);
    address_print(parts, &text);
    struct str copy = arena_copy(arena, buf_str(&text));
    buf_finish(&text);
    return copy;
}

/* --- taking apart --- */

void address_cut(struct str text, struct str *local, struct str *domain)
{
    size_t at = str_ends(text, STR("\"")) ? SIZE_MAX : str_find_last(text, '@');
    *local = at == SIZE_MAX ? text : str_sub(text, 0, at);
    *domain = at == SIZE_MAX ? (struct str){"", 0} : str_from(text, at + 1);
}

static bool is_never_divided(struct str local, struct str delimiters)
{
    if (str_eq_nocase(local, STR("postmaster")) || str_eq_nocase(local, STR("mailer-daemon")) ||
        str_eq_nocase(local, STR("double-bounce")))
        return true;
    return str_contains(delimiters, '-') &&
           (str_starts_nocase(local, STR("owner-")) || str_ends_nocase(local, STR("-request")));
}

bool address_split_extension(struct str local, struct str delimiters, struct str *user, struct str *extension)
{
    *user = local;
    *extension = (struct str){"", 0};
    if (is_never_divided(local, delimiters))
        return false;
    size_t at = 0;
    while (at < local.len && !str_contains(delimiters, local.at[at]))
        at++;
    if (at == 0 || at == local.len)
        return false;
    *user = str_sub(local, 0, at);
    *extension = str_from(local, at + 1);
    return true;
}
