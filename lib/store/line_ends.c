/* SPDX-License-Identifier: BSD-2-Clause */
/* LF to CRLF: see the header. */
#include "store/line_ends.h"

/* Length up to and without the next bare LF; SIZE_MAX when there is none. */
static size_t bare_lf(struct str piece, bool after_cr)
{
    size_t from = 0;
    for (;;) {
        size_t hit = str_find(str_from(piece, from), '\n');
        if (hit == SIZE_MAX)
            return SIZE_MAX;
        hit += from;
        if (hit == 0 ? !after_cr : piece.at[hit - 1] != '\r')
            return hit;
        from = hit + 1;
    }
}

void line_ends_to_crlf(struct line_ends *ends, struct str piece, struct buf *out)
{
    size_t hit;
    while ((hit = bare_lf(piece, ends->after_cr)) != SIZE_MAX) {
        buf_add(out, str_sub(piece, 0, hit));
        buf_add(out, STR("\r\n"));
        piece = str_from(piece, hit + 1);
        ends->after_cr = false;
    }
    buf_add(out, piece);
    if (piece.len)
        ends->after_cr = piece.at[piece.len - 1] == '\r';
}

uint64_t line_ends_size(struct line_ends *ends, struct str piece)
{
    uint64_t size = piece.len;
    size_t hit;
    while ((hit = bare_lf(piece, ends->after_cr)) != SIZE_MAX) {
        size++;
        piece = str_from(piece, hit + 1);
        ends->after_cr = false;
    }
    if (piece.len)
        ends->after_cr = piece.at[piece.len - 1] == '\r';
    return size;
}
