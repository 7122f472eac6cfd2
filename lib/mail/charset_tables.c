/* SPDX-License-Identifier: BSD-2-Clause */
/* Octets by table: see the header. */
#include "mail/charset_tables.h"

#include "base/utf8.h"
#include "mail/charset_points.h" /* made by cmake/charset_points.c */

enum {
    ESCAPE = 0x1b,
    REPLACEMENT = 0xfffd,
    KANA_FIRST = 0xa1,
    KANA_LAST = 0xdf,
    KANA_POINT = 0xff61,
    FREE_KANA = 1
};

struct charset_table {
    const char *name;
    const uint16_t *points;
    /* of pairs; no pairs: all 0 */
    unsigned char lead_first, lead_last, trail_first, trail_last;
    unsigned char kana; /* octet before a half-width kana; FREE_KANA: none is needed; 0: there are no such */
    bool shifts;        /* escape sequences say what octets mean (RFC 1468) */
};

#define SINGLE(table, charset) static const struct charset_table table = {#table, table##_points};
#define DOUBLE(table, charset, lead_first, lead_last, trail_first, trail_last, kana)                         \
    static const struct charset_table table = {#table,      table##_points, lead_first, lead_last,           \
                                               trail_first, trail_last,     kana};
#define NAME(name, table)
#include "mail/charset_points.def"
#undef SINGLE
#undef DOUBLE
#undef NAME

static const struct charset_table iso_2022_jp = {"iso_2022_jp", euc_jp_points, 0xa1, 0xfe,
                                                 0xa1,          0xfe,          0x8e, true};

static const struct {
    const char *name;
    const struct charset_table *table;
} rows[] = {
#define SINGLE(table, charset)                                                       {#table, &table},
#define DOUBLE(table, charset, lead_first, lead_last, trail_first, trail_last, kana) {#table, &table},
#define NAME(name, table)                                                            {name, &table},
#include "mail/charset_points.def"
    {"iso_2022_jp", &iso_2022_jp},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static char plain(char c)
{
    return c == '_' ? '-' : char_lower(c);
}

static bool is_name(struct str name, struct str of)
{
    size_t i = 0;
    while (i < name.len && i < of.len && plain(name.at[i]) == plain(of.at[i]))
        i++;
    return i == name.len && i == of.len;
}

const struct charset_table *charset_table_named(struct str name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (is_name(name, str_of(rows[i].name)))
            return rows[i].table;
    return NULL;
}

/* --- octets --- */

static unsigned char octet_at(struct str text, size_t at)
{
    return at < text.len ? (unsigned char)text.at[at] : 0;
}

static uint32_t kana_of(unsigned char octet)
{
    return octet >= KANA_FIRST && octet <= KANA_LAST ? KANA_POINT + octet - KANA_FIRST : 0;
}

static uint32_t pair_of(const struct charset_table *table, unsigned char lead, unsigned char trail)
{
    if (lead < table->lead_first || lead > table->lead_last || trail < table->trail_first ||
        trail > table->trail_last)
        return 0;
    size_t row = (size_t)(table->trail_last - table->trail_first) + 1;
    return table->points[(lead - table->lead_first) * row + (trail - table->trail_first)];
}

/* One character; *used: the octets it took. 0: those octets mean nothing. */
static uint32_t take_point(const struct charset_table *table, struct str text, size_t *used)
{
    unsigned char first = octet_at(text, 0), second = octet_at(text, 1);
    uint32_t point = 0;
    *used = 1;
    if (first < 0x80)
        return first ? first : REPLACEMENT;
    if (!table->lead_last)
        return table->points[first - 0x80];
    if (table->kana == FREE_KANA)
        point = kana_of(first);
    if (point)
        return point;
    *used = 2;
    point = first == table->kana ? kana_of(second) : pair_of(table, first, second);
    if (!point)
        *used = 1;
    return point;
}

/* RFC 1468: what ESC stands before says what follows. Returns the octets of the sequence; 0: it is none. */
static size_t take_shift(struct str text, char *set)
{
    static const char sequences[][4] = {"(B", "(J", "(I", "$@", "$B"};
    static const char sets[] = "aakjj";
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++)
        if (str_starts(str_from(text, 1), str_of(sequences[i]))) {
            *set = sets[i];
            return 3;
        }
    return 0;
}

/* ASCII and kana are single octets, the rest pairs, all without the high bit, which the table's have. */
static void shifted_to_utf8(const struct charset_table *table, struct str text, struct buf *out)
{
    char set = 'a';
    while (text.len && !out->over) {
        unsigned char first = octet_at(text, 0);
        size_t used = first == ESCAPE ? take_shift(text, &set) : 0;
        uint32_t point = first ? first : REPLACEMENT;
        if (used) {
            text = str_from(text, used);
            continue;
        }
        used = 1;
        if (first == '\n')
            set = 'a'; /* lines begin in ASCII */
        else if (set == 'k' && kana_of(first | 0x80))
            point = kana_of(first | 0x80);
        else if (set == 'j' && first > ' ') {
            point = pair_of(table, first | 0x80, octet_at(text, 1) | 0x80);
            used = text.len > 1 && octet_at(text, 1) > ' ' ? 2 : 1;
        }
        utf8_put(out, point && point != ESCAPE && (point < 0x80 || point > 0xff) ? point : REPLACEMENT);
        text = str_from(text, used);
    }
}

void charset_table_to_utf8(const struct charset_table *table, struct str text, struct buf *out)
{
    size_t used;
    if (table->shifts) {
        shifted_to_utf8(table, text, out);
        return;
    }
    while (text.len && !out->over) {
        uint32_t point = take_point(table, text, &used);
        utf8_put(out, point ? point : REPLACEMENT);
        text = str_from(text, used);
    }
}
