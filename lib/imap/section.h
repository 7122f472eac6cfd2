/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which part of a message: "[1.2.HEADER.FIELDS (DATE)]<0.100>" (RFC 3501 6.4.5, section and partial of its
 * grammar), read from a command and printed in the answer.
 */
#ifndef IMAP_SECTION_H
#define IMAP_SECTION_H

#include "base/buf.h"
#include "imap/lexer.h"

enum { IMAP_SECTION_DEPTH = 100, IMAP_SECTION_FIELDS = 1000 };

enum imap_section_text {
    IMAP_SECTION_ALL, /* [] or [1.2] */
    IMAP_SECTION_HEADER,
    IMAP_SECTION_FIELDS_ONLY, /* HEADER.FIELDS */
    IMAP_SECTION_FIELDS_NOT,
    IMAP_SECTION_TEXT,
    IMAP_SECTION_MIME,
};

struct imap_section {
    uint32_t *numbers; /* in the arena */
    size_t depth;      /* of them */
    enum imap_section_text text;
    struct str *fields; /* names as given; in the arena */
    size_t field_count;
    bool partial;
    uint32_t offset, length; /* of a partial fetch; length is not 0 */
};

/* From '[' on. */
bool imap_lex_section(struct imap_lexer *lexer, struct imap_section *section);
/* "[...]" and, of a partial fetch, "<offset>" (RFC 3501 7.4.2). */
void imap_section_print(const struct imap_section *section, struct buf *out);
/* Is this field among those asked for? */
bool imap_section_has_field(const struct imap_section *section, struct str name);

#endif
