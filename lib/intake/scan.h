/* SPDX-License-Identifier: BSD-2-Clause */
/* What senders later need to know about a message's octets, learned in one pass while they come in. */
#ifndef INTAKE_SCAN_H
#define INTAKE_SCAN_H

#include "base/str.h"

struct scan {
    uint64_t size;         /* octets seen */
    uint64_t header_size;  /* with the empty line; 0 while the header has not ended */
    uint64_t longest_line; /* without its line end */
    uint64_t line;         /* octets of the line that is being read */
    unsigned hops;         /* Received fields */
    unsigned matched;      /* octets of "received:" matched at this line's start; past it when it does not */
    bool eight_bit, dot_lines;
};

/* Begins zeroed. Pieces may be cut anywhere. */
void scan_octets(struct scan *scan, struct str octets);
/* At the end: a last line without line end counts, and a message without empty line is all header. */
void scan_end(struct scan *scan);

#endif
