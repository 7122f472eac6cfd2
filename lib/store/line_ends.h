/* SPDX-License-Identifier: BSD-2-Clause */
/* Turning line ends into CRLF, piece by piece. Only a LF without CR before it is changed; a bare CR stays. */
#ifndef STORE_LINE_ENDS_H
#define STORE_LINE_ENDS_H

#include "base/buf.h"

/* Zero-initialise. */
struct line_ends {
    bool after_cr; /* the piece before ended in CR */
};
void line_ends_to_crlf(struct line_ends *ends, struct str piece, struct buf *out);
/* How many octets line_ends_to_crlf would make of the piece. */
uint64_t line_ends_size(struct line_ends *ends, struct str piece);

#endif
