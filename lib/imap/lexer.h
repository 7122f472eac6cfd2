/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The words of an IMAP command (RFC 3501 9), taken one by one from the stream: a command is a line, or
 * several with literals between them. A literal that the client waits with ({n}) is asked for only when the
 * parser has come to it and found all before it good, so a wrong command is refused before its data are sent;
 * {n+} (RFC 7888) comes unasked and is skipped when nobody wants it.
 *
 * After a failure every further call fails at once, so a parser reads straight down and looks once. Words
 * live in the arena.
 */
#ifndef IMAP_LEXER_H
#define IMAP_LEXER_H

#include "base/arena.h"
#include "base/buf.h"
#include "io/stream.h"

enum {
    IMAP_LINE_LIMIT = 64 * 1024,     /* octets of one line with its ending */
    IMAP_LITERAL_LIMIT = 64 * 1024,  /* octets of a literal that is a word */
    IMAP_COMMAND_LIMIT = 256 * 1024, /* octets of a command, but for what is streamed */
    IMAP_SKIP_LIMIT =
        1 << 30, /* octets of a {n+} that nobody wants, up to which they are read all the same */
};

enum imap_lex_status {
    IMAP_LEX_OK,
    IMAP_LEX_BAD,     /* against the grammar: error says how */
    IMAP_LEX_TOO_BIG, /* over a limit: error says which */
    IMAP_LEX_CLOSED,  /* the stream failed or ended */
};

struct imap_lexer {
    struct stream *stream; /* borrowed */
    struct arena *arena;   /* borrowed; the caller resets it between commands */
    enum imap_lex_status status;
    const char *error;
    struct str rest;    /* what of the present line was not taken */
    size_t left;        /* octets that the command may still take */
    uint64_t pending;   /* octets of a literal whose head was taken, not yet read */
    bool waits;         /* the client waits to be asked for them */
    bool after_literal; /* the line that follows the literal was not read yet */
};

void imap_lexer_init(struct imap_lexer *lexer, struct stream *stream, struct arena *arena);
/* Waits for the first line of the next command. False: closed, or a line that is too long (which is gone). */
bool imap_lexer_begin(struct imap_lexer *lexer);
/* Reads up to the end of the command what of it has been sent and not taken; the next imap_lexer_begin finds
 * the next command. False when the stream failed, or a literal is `pending` that is over IMAP_SKIP_LIMIT. */
bool imap_lexer_finish(struct imap_lexer *lexer);

/* Notes a failure (the first one counts); returns false. */
bool imap_lex_fail(struct imap_lexer *lexer, enum imap_lex_status status, const char *error);
bool imap_lex_ok(const struct imap_lexer *lexer);

/* The next octet; 0 at the end of the line. A literal shows as '{'. */
char imap_lex_peek(const struct imap_lexer *lexer);
/* Takes c when it is next; false (no failure) when it is not. */
bool imap_lex_take(struct imap_lexer *lexer, char c);
/* c, or one blank, must be next. */
bool imap_lex_char(struct imap_lexer *lexer, char c);
bool imap_lex_space(struct imap_lexer *lexer);
/* The command must end here. */
bool imap_lex_end(struct imap_lexer *lexer);

bool imap_lex_tag(struct imap_lexer *lexer, struct str *tag);
bool imap_lex_atom(struct imap_lexer *lexer, struct str *atom);
/* Letters, digits, '.', '-' and '_': names of FETCH items, which may have a '[' behind them. */
bool imap_lex_name(struct imap_lexer *lexer, struct str *name);
bool imap_lex_number(struct imap_lexer *lexer, uint32_t *number);
bool imap_lex_number64(struct imap_lexer *lexer, uint64_t *number);
/* Quoted or literal. */
bool imap_lex_string(struct imap_lexer *lexer, struct str *string);
/* *string is empty with at == NULL for NIL. */
bool imap_lex_nstring(struct imap_lexer *lexer, struct str *string);
bool imap_lex_astring(struct imap_lexer *lexer, struct str *string);
bool imap_lex_list_mailbox(struct imap_lexer *lexer, struct str *pattern);
/* An atom, perhaps with a backslash in front, which is part of *flag. */
bool imap_lex_flag(struct imap_lexer *lexer, struct str *flag);

/* --- a literal that is too large for a word (APPEND) --- */

/* Takes the head "{n}" or "{n+}"; the octets are then `pending`. */
bool imap_lex_literal(struct imap_lexer *lexer, uint64_t *size);
/* The next of the pending octets, valid until the next reading call; asks the client for them when it waits.
 * False at the end of the literal, and when the stream failed (imap_lex_ok tells). */
bool imap_lex_literal_piece(struct imap_lexer *lexer, struct str *piece);

#endif
