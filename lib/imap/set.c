/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets as ranges. */
#include "imap/set.h"

#include <stdlib.h>

/* seq-number: a number that is not 0, or '*'. */
static bool parse_number(struct str text, uint32_t *number)
{
    uint64_t wide;
    *number = IMAP_STAR;
    if (str_eq(text, STR("*")))
        return true;
    if (!str_to_u64(text, &wide) || wide == 0 || wide > UINT32_MAX)
        return false;
    *number = (uint32_t)wide;
    return true;
}

bool imap_set_parse(struct str text, struct arena *arena, struct imap_set *set)
{
    struct str part, first;
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == ',';
    set->at = arena_array(arena, count, sizeof set->at[0]);
    set->count = 0;
    while (str_cut(&text, ',', &part)) {
        struct imap_range *range = &set->at[set->count++];
        str_cut(&part, ':', &first);
        if (!parse_number(first, &range->first))
            return false;
        range->last = range->first;
        if (part.at && !parse_number(part, &range->last))
            return false;
    }
    return set->count > 0;
}

static bool is_set_char(char c)
{
    return char_is_digit(c) || c == ':' || c == ',' || c == '*';
}

bool imap_lex_set(struct imap_lexer *lexer, struct imap_set *set)
{
    size_t len = 0;
    if (!imap_lex_ok(lexer))
        return false;
    while (len < lexer->rest.len && is_set_char(lexer->rest.at[len]))
        len++;
    struct str text = str_sub(lexer->rest, 0, len);
    lexer->rest = str_from(lexer->rest, len);
    return imap_set_parse(text, lexer->arena, set) || imap_lex_fail(lexer, IMAP_LEX_BAD, "Bad message set");
}

static int compare_ranges(const void *left, const void *right)
{
    const struct imap_range *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

void imap_set_resolve(struct imap_set *set, uint32_t star)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        struct imap_range *range = &set->at[i];
        uint32_t a = range->first == IMAP_STAR ? star : range->first;
        uint32_t b = range->last == IMAP_STAR ? star : range->last;
        *range = a <= b ? (struct imap_range){a, b} : (struct imap_range){b, a};
    }
    if (set->count > 1)
        qsort(set->at, set->count, sizeof set->at[0], compare_ranges);
    for (size_t i = 0; i < set->count; i++) {
        struct imap_range *last = kept ? &set->at[kept - 1] : NULL;
        struct imap_range next = set->at[i];
        if (last && next.first <= (uint64_t)last->last + 1)
            last->last = next.last > last->last ? next.last : last->last;
        else
            set->at[kept++] = next;
    }
    set->count = kept;
}

bool imap_set_contains(const struct imap_set *set, uint32_t number)
{
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (set->at[middle].last < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < set->count && set->at[low].first <= number;
}

static void print_range(uint32_t first, uint32_t last, bool comma, struct buf *out)
{
    buf_printf(out, "%s%u", comma ? "," : "", first);
    if (last != first)
        buf_printf(out, ":%u", last);
}

void imap_set_print(const struct imap_set *set, struct buf *out)
{
    for (size_t i = 0; i < set->count; i++)
        print_range(set->at[i].first, set->at[i].last, i > 0, out);
}

void imap_set_writer_add(struct imap_set_writer *writer, uint32_t number)
{
    if (writer->first && number == writer->last + 1) {
        writer->last = number;
        return;
    }
    imap_set_writer_end(writer);
    writer->first = writer->last = number;
}

void imap_set_writer_end(struct imap_set_writer *writer)
{
    if (!writer->first)
        return;
    print_range(writer->first, writer->last, writer->any, writer->out);
    writer->any = true;
    writer->first = 0;
}
