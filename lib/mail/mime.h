/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The MIME structure of a message (RFC 2045, 2046, 2183, 2231, 3282, 2557): a flat array of parts with
 * offsets into the message, parents before children, found in one pass over the lines whatever the boundaries
 * are. It serves IMAP's BODYSTRUCTURE and sections. A message is never refused: what passes a limit belongs
 * to the part it is in, and `cut` says so.
 *
 * A delimiter line is "--", the boundary, perhaps "--", and blanks (RFC 2046 5.1.1); the innermost open
 * multipart is asked first. The line ending before it belongs to it. Lines end in CRLF or LF.
 */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

enum {
    MIME_DEPTH_LIMIT = 100,
    MIME_PART_LIMIT = 10000,
    MIME_BOUNDARY_LIMIT = 2048, /* RFC 2046 says 70 */
    MIME_PARAM_LIMIT = 200,     /* of one field */
};
#define MIME_NONE UINT32_MAX

enum mime_kind {
    MIME_LEAF,
    MIME_MULTIPART, /* may have no children, when no delimiter line was found */
    MIME_MESSAGE,   /* message/rfc822, message/global: one child, the message in it */
};

struct mime_param {
    struct str name;  /* "filename", or "filename*" */
    struct str value; /* quoting undone; of "filename*" as RFC 2231 4 codes it */
};

struct mime_params {
    struct mime_param *at; /* in the arena */
    size_t count;
};

struct mime_part {
    enum mime_kind kind;
    uint32_t parent, first_child, next; /* indexes into parts; MIME_NONE when there is none */
    uint32_t depth;                     /* of the message itself: 0 */
    /* Offsets into the message. The header includes its empty line; header_at + header_size == body_at. */
    size_t header_at, header_size, body_at, body_size;
    size_t body_lines; /* line feeds in the body */

    /* Content fields, borrowed from the message or in the arena; empty when not given. type and subtype are
     * as written; without a usable Content-Type: text/plain, in a multipart/digest message/rfc822. */
    struct str type, subtype;
    struct mime_params params;
    struct str id, description, encoding, md5, location;
    struct str disposition; /* the token */
    struct mime_params disposition_params;
    struct str language; /* the field's value, a list with commas */
};

struct mime {
    struct mime_part *parts; /* owned; parts[0] is the message */
    size_t count;
    bool cut; /* a limit was passed */
};

/* Parses all of a message; the message and the arena must outlive the result. */
void mime_parse(struct mime *mime, struct str message, struct arena *arena);
void mime_finish(struct mime *mime);

/* The same of a message that is not in memory: a line after the other, long ones in pieces. What fields say
 * is copied into the arena, of each header as much as HEADER_LIMIT. */
struct mime_reader;
enum mime_place { MIME_IN_HEADER, MIME_IN_BODY, MIME_ON_DELIMITER };

struct mime_reader *mime_reader_create(struct mime *mime, struct arena *arena);
/* Takes a line with its ending, or the next piece of one; a CRLF is not cut in two. Says where it is: of a
 * header (with the empty line) or a body, *part is whose, the innermost; preamble and epilogue are their
 * multipart's body. */
enum mime_place mime_reader_line(struct mime_reader *reader, struct str piece, uint32_t *part);
/* The end of the message; frees the reader. *mime is then as after mime_parse. */
void mime_reader_end(struct mime_reader *reader);

/* IMAP's part numbers (RFC 3501 6.4.5), as "2.1.3" in numbers: the part they name, NULL when there is none.
 * No numbers: the message. Part 1 of a message that is no multipart is the message's own body. */
const struct mime_part *mime_section(const struct mime *mime, const uint32_t *numbers, size_t count);

/* Reads "type/subtype; params" (RFC 2045 5.1); false when it is no Content-Type. */
bool mime_content_type(struct str value, struct arena *arena, struct str *type, struct str *subtype,
                       struct mime_params *params);
/* Reads "token; params" as Content-Disposition has it (RFC 2183). */
bool mime_disposition(struct str value, struct arena *arena, struct str *token, struct mime_params *params);
/* Makes one parameter of the pieces name*0, name*1 ... (RFC 2231 3); pieces without a first one stay. The two
 * above do it. */
void mime_join_continuations(struct mime_params *params, struct arena *arena);
/* Takes the next language of Content-Language (RFC 3282 2), comments passed by; false at the end. */
bool mime_language(struct str *rest, struct str *language);
/* The first parameter of this name as written; NULL when there is none. */
const struct str *mime_param(const struct mime_params *params, const char *name);
/* The same, or name*, with RFC 2231 undone (percent octets, charset) and as UTF-8. */
bool mime_param_text(const struct mime_params *params, const char *name, struct buf *out);

#endif
