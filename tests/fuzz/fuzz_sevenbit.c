/* SPDX-License-Identifier: BSD-2-Clause */
/* The conversion of any message for a host that takes 7-bit octets or short lines only: it is refused, or
 * decoding gives what it was. */
#include "fuzz/fuzz.h"
#include "fuzz/sevenbit.h"

enum { INPUT_LIMIT = 64 * 1024 };

/* A CR or LF alone, which no queue file has, is a line's end for some readers and none for others. */
static bool has_bare(struct str message)
{
    for (size_t i = 0; i < message.len; i++)
        if ((message.at[i] == '\n' && (i == 0 || message.at[i - 1] != '\r')) ||
            (message.at[i] == '\r' && (i + 1 == message.len || message.at[i + 1] != '\n')))
            return true;
    return false;
}

static bool is_cut(struct str message)
{
    struct arena *arena = arena_create(SEVENBIT_ARENA);
    struct mime mime;
    mime_parse(&mime, message, arena);
    bool cut = mime.cut;
    mime_finish(&mime);
    arena_destroy(arena);
    return cut;
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    uint8_t choice = fuzz_choice(&input);
    struct buf out;
    if (size > INPUT_LIMIT)
        return 0;
    buf_init(&out, SEVENBIT_OUT_LIMIT);
    bool seven = choice & 1;
    size_t limit = choice & 2 ? 998 : 0;
    enum sevenbit_status status = sevenbit_convert(input, seven, limit, &out);
    assert(status != SEVENBIT_UNREADABLE);
    assert(seven || status == SEVENBIT_OK);
    if (status == SEVENBIT_OK && !limit && !has_bare(input) && !is_cut(input)) {
        const char *problem = sevenbit_problem(input, seven, buf_str(&out));
        assert(!problem);
    }
    buf_finish(&out);
    return 0;
}
