/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of IMAP commands, with literals; sets, sections, search keys, dates, patterns. */
#include "fuzz/fuzz.h"
#include "imap/datetime.h"
#include "imap/pattern.h"
#include "imap/search.h"
#include "imap/section.h"
#include "imap/set.h"

enum { MEMORY = 8 << 20, INPUT_LIMIT = 300 * 1024, MOST_WORDS = 100000 };

/* One word, of the kind that the octet before it says. */
static bool take_word(struct imap_lexer *lexer, uint8_t kind)
{
    struct str text;
    uint32_t number;
    uint64_t number64;
    struct imap_set set;
    struct imap_section section;
    struct imap_search *search;
    switch (kind % 12) {
    case 0:
        return imap_lex_atom(lexer, &text);
    case 1:
        return imap_lex_astring(lexer, &text);
    case 2:
        return imap_lex_nstring(lexer, &text);
    case 3:
        return imap_lex_number(lexer, &number);
    case 4:
        return imap_lex_number64(lexer, &number64);
    case 5:
        return imap_lex_list_mailbox(lexer, &text);
    case 6:
        return imap_lex_flag(lexer, &text);
    case 7:
        return imap_lex_set(lexer, &set);
    case 8:
        return imap_lex_section(lexer, &section);
    case 9:
        return imap_lex_search(lexer, &search);
    case 10: {
        bool is_literal = imap_lex_literal(lexer, &number64);
        while (is_literal && imap_lex_literal_piece(lexer, &text))
            assert(text.len > 0);
        return is_literal && imap_lex_ok(lexer);
    }
    default:
        return imap_lex_name(lexer, &text);
    }
}

static void try_commands(struct str input, uint8_t kind, struct arena *arena)
{
    struct buf output;
    buf_init(&output, MEMORY);
    struct stream *stream = stream_over_memory(input, 2 * IMAP_LINE_LIMIT, &output);
    struct imap_lexer lexer;
    struct str tag;
    imap_lexer_init(&lexer, stream, arena);
    for (;;) {
        arena_reset(arena);
        if (!imap_lexer_begin(&lexer) && lexer.status == IMAP_LEX_CLOSED)
            break;
        imap_lex_tag(&lexer, &tag);
        for (int i = 0; i < MOST_WORDS && imap_lex_ok(&lexer) && imap_lex_peek(&lexer); i++) {
            imap_lex_take(&lexer, ' ');
            imap_lex_take(&lexer, '(');
            take_word(&lexer, kind++);
            imap_lex_take(&lexer, ')');
        }
        assert(imap_lex_ok(&lexer) || lexer.error || lexer.status == IMAP_LEX_CLOSED);
        if (!imap_lexer_finish(&lexer))
            break;
    }
    stream_destroy(stream);
    buf_finish(&output);
}

static void try_set(struct str input, struct arena *arena)
{
    struct imap_set set, again;
    struct buf out;
    buf_init(&out, MEMORY);
    if (imap_set_parse(input, arena, &set)) {
        imap_set_resolve(&set, 1000);
        for (size_t i = 0; i < set.count; i++)
            assert(set.at[i].first <= set.at[i].last && (i == 0 || set.at[i - 1].last + 1 < set.at[i].first));
        imap_set_print(&set, &out);
        bool parses = imap_set_parse(buf_str(&out), arena, &again);
        assert((parses && again.count == set.count) || set.count == 0);
    }
    buf_finish(&out);
}

static void try_dates_and_patterns(struct str input)
{
    int64_t seconds, again, days;
    struct buf out;
    buf_init(&out, 100);
    if (imap_datetime_parse(input, &seconds)) {
        imap_datetime_print(seconds, &out);
        bool reads = imap_datetime_parse(str_sub(buf_str(&out), 1, out.len - 2), &again);
        assert(reads && again == seconds);
    }
    imap_date_parse(input, &days);
    size_t cut = str_find(input, '\n');
    if (cut != SIZE_MAX)
        imap_pattern_fits(str_sub(input, 0, cut), str_from(input, cut + 1), '/');
    buf_finish(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    uint8_t choice = fuzz_choice(&input);
    if (size > INPUT_LIMIT)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    if (choice < 128)
        try_commands(input, choice, arena);
    else if (choice < 192)
        try_set(input, arena);
    else
        try_dates_and_patterns(input);
    arena_destroy(arena);
    return 0;
}
