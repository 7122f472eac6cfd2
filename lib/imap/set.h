/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of message numbers or UIDs: "sequence-set" of RFC 3501 9, and "$" of RFC 5182. */
#ifndef IMAP_SET_H
#define IMAP_SET_H

#include "base/buf.h"
#include "imap/lexer.h"

enum { IMAP_STAR = 0 }; /* "*" in a range as it was written */

struct imap_range {
    uint32_t first, last;
};

struct imap_set {
    struct imap_range *at; /* in the arena */
    size_t count;
};

/* As written: in any order, '*' as IMAP_STAR, 3:1 not yet turned round. */
bool imap_lex_set(struct imap_lexer *lexer, struct imap_set *set);
/* The same from text alone; false when it is not a set. */
bool imap_set_parse(struct str text, struct arena *arena, struct imap_set *set);
/* Puts `star` in place of '*', turns ranges round, sorts and joins them: ascending, disjoint, not adjacent.
 */
void imap_set_resolve(struct imap_set *set, uint32_t star);
/* Resolved sets only. */
bool imap_set_contains(const struct imap_set *set, uint32_t number);
/* Appends the text of ranges ("1:3,7"). */
void imap_set_print(const struct imap_set *set, struct buf *out);
/* Appends a number to a set's text, given in ascending order, joining ranges: for COPYUID, ESEARCH and such.
 * Zero-initialise; imap_set_writer_end writes the last range. */
struct imap_set_writer {
    struct buf *out; /* borrowed */
    uint32_t first, last;
    bool any;
};
void imap_set_writer_add(struct imap_set_writer *writer, uint32_t number);
void imap_set_writer_end(struct imap_set_writer *writer);

#endif
