/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages between programs, and the envelope on disk, from one list. NAME.def holds rows
 *
 *     FIELD(number, data_size, "octets of header and body")     uint64_t data_size;
 *     FIELD(flag,   smtputf8,  "needs RFC 6531")                 bool smtputf8;
 *     FIELD(text,   sender,    "reverse-path, no brackets")      struct str sender;
 *     FIELD(texts,  forward,   "addresses")                      struct texts { struct str *at; size_t count;
 * } LIST (recipient, rcpts,  "whom it is for")                 struct recipient *rcpts; size_t rcpts_count;
 *
 * and the build makes NAME.h with `struct NAME` and `extern const struct wire_message NAME_message` from it.
 * Both ends use the same rows, so they cannot disagree.
 *
 * Encoding: for each field that is not zero or empty, in the order of the rows: varint field number (its row,
 * from 1), varint length, value (number: shortest little-endian, flag: one octet 1, text: octets, texts:
 * counted texts, list: counted messages). A decoder refuses fields it does not know, out of order, repeated
 * or not in the shortest form: every message has exactly one encoding.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct texts {
    struct str *at;
    size_t count;
};

typedef uint64_t wire_number;
typedef bool wire_flag;
typedef struct str wire_text;
typedef struct texts wire_texts;

enum wire_type { WIRE_NUMBER, WIRE_FLAG, WIRE_TEXT, WIRE_TEXTS, WIRE_LIST };

struct wire_message;
struct wire_field {
    const char *name;
    enum wire_type type;
    size_t offset;                 /* in the struct */
    size_t count_offset;           /* WIRE_LIST: of NAME_count */
    const struct wire_message *of; /* WIRE_LIST: the records */
    const char *help;
};

struct wire_message {
    const char *name;
    size_t size; /* sizeof (struct NAME) */
    const struct wire_field *fields;
    size_t count;
};

/* Appends the encoding; false when the buffer's limit is passed. */
bool wire_encode(const struct wire_message *message, const void *object, struct buf *out);
/* Fills *object (all of message->size octets). Texts are borrowed from bytes, arrays come from the arena
 * within its limit. False when bytes are not exactly one encoding. Nesting is bounded by the .def files. */
bool wire_decode(const struct wire_message *message, struct str bytes, struct arena *arena, void *object);
/* As text, "name=value" a line, for logs of last resort and postcat. */
void wire_print(const struct wire_message *message, const void *object, struct buf *out);

#endif
