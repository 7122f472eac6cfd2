/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines, literals and single octets of a command; the words made of them are in words.c. */
#include "imap/lexer.h"

void imap_lexer_init(struct imap_lexer *lexer, struct stream *stream, struct arena *arena)
{
    *lexer = (struct imap_lexer){.stream = stream, .arena = arena};
}

bool imap_lex_fail(struct imap_lexer *lexer, enum imap_lex_status status, const char *error)
{
    if (lexer->status == IMAP_LEX_OK) {
        lexer->status = status;
        lexer->error = error;
    }
    return false;
}

bool imap_lex_ok(const struct imap_lexer *lexer)
{
    return lexer->status == IMAP_LEX_OK;
}

static bool read_line(struct imap_lexer *lexer)
{
    struct str line;
    lexer->rest = STR("");
    lexer->after_literal = false;
    enum stream_status status = stream_line(lexer->stream, IMAP_LINE_LIMIT, &line);
    if (status == STREAM_TOO_LONG)
        return imap_lex_fail(lexer, IMAP_LEX_TOO_BIG, "Line too long");
    if (status != STREAM_OK) {
        lexer->status = IMAP_LEX_CLOSED;
        return imap_lex_fail(lexer, IMAP_LEX_CLOSED, "closed");
    }
    line = str_without_line_end(line);
    if (line.len > lexer->left)
        return imap_lex_fail(lexer, IMAP_LEX_TOO_BIG, "Command too long");
    lexer->left -= line.len;
    lexer->rest = arena_copy(lexer->arena, line);
    return true;
}

bool imap_lexer_begin(struct imap_lexer *lexer)
{
    imap_lexer_init(lexer, lexer->stream, lexer->arena);
    lexer->left = IMAP_COMMAND_LIMIT;
    return read_line(lexer);
}

/* --- literals --- */

static bool is_number(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!char_is_digit(text.at[i]))
            return false;
    return text.len > 0;
}

/* Reads "{n}" or "{n+}", which must be all of text. A number that is too large for us is INT64_MAX. */
static bool literal_head(struct str text, uint64_t *size, bool *waits)
{
    if (!str_starts(text, STR("{")) || !str_ends(text, STR("}")))
        return false;
    text = str_sub(text, 1, text.len - 2);
    *waits = !str_ends(text, STR("+"));
    if (!*waits)
        text.len--;
    if (!is_number(text))
        return false;
    if (!str_to_u64(text, size) || *size > INT64_MAX)
        *size = INT64_MAX;
    return true;
}

bool imap_lex_literal(struct imap_lexer *lexer, uint64_t *size)
{
    if (!imap_lex_ok(lexer))
        return false;
    if (!literal_head(lexer->rest, size, &lexer->waits))
        return imap_lex_fail(lexer, IMAP_LEX_BAD, "Bad literal");
    lexer->pending = *size;
    lexer->after_literal = true;
    lexer->rest = STR("");
    return true;
}

static void ask_for_literal(struct imap_lexer *lexer)
{
    if (!lexer->waits)
        return;
    lexer->waits = false;
    stream_write(lexer->stream, STR("+ Go ahead\r\n"));
}

/* Waits for octets of the literal; does not take them. */
static bool fill_piece(struct imap_lexer *lexer, struct str *piece)
{
    if (stream_buffered(lexer->stream).len == 0 && stream_fill(lexer->stream, 1) != STREAM_OK) {
        lexer->status = IMAP_LEX_CLOSED;
        return false;
    }
    *piece = stream_buffered(lexer->stream);
    if (piece->len > lexer->pending)
        piece->len = lexer->pending;
    return true;
}

bool imap_lex_literal_piece(struct imap_lexer *lexer, struct str *piece)
{
    if (!imap_lex_ok(lexer))
        return false;
    ask_for_literal(lexer);
    if (lexer->pending == 0) {
        read_line(lexer);
        return false;
    }
    if (!fill_piece(lexer, piece))
        return false;
    lexer->pending -= piece->len;
    stream_take(lexer->stream, piece->len);
    return true;
}

/* Throws the pending octets away, or ends the conversation when they are too many for that. */
static bool skip_literal(struct imap_lexer *lexer)
{
    struct str piece;
    if (lexer->pending > IMAP_SKIP_LIMIT)
        lexer->status = IMAP_LEX_CLOSED;
    if (lexer->status == IMAP_LEX_CLOSED)
        return false;
    while (lexer->pending > 0) {
        if (!fill_piece(lexer, &piece))
            return false;
        lexer->pending -= piece.len;
        stream_take(lexer->stream, piece.len);
    }
    return true;
}

bool imap_lexer_finish(struct imap_lexer *lexer)
{
    while (lexer->status != IMAP_LEX_CLOSED) {
        if (!lexer->after_literal) {
            size_t head = str_find_last(lexer->rest, '{');
            struct str text = head == SIZE_MAX ? STR("") : str_from(lexer->rest, head);
            if (!literal_head(text, &lexer->pending, &lexer->waits))
                return true;
        }
        if (lexer->waits)
            return true; /* refused: the client will not send it */
        if (!skip_literal(lexer))
            return false;
        lexer->left = IMAP_LINE_LIMIT;
        arena_reset(lexer->arena);
        read_line(lexer);
    }
    return false;
}

/* --- octets --- */

char imap_lex_peek(const struct imap_lexer *lexer)
{
    return imap_lex_ok(lexer) && lexer->rest.len > 0 ? lexer->rest.at[0] : 0;
}

bool imap_lex_take(struct imap_lexer *lexer, char c)
{
    if (!imap_lex_ok(lexer) || lexer->rest.len == 0 || lexer->rest.at[0] != c)
        return false;
    lexer->rest = str_from(lexer->rest, 1);
    return true;
}

bool imap_lex_char(struct imap_lexer *lexer, char c)
{
    return imap_lex_take(lexer, c) || imap_lex_fail(lexer, IMAP_LEX_BAD, "Syntax error");
}

bool imap_lex_space(struct imap_lexer *lexer)
{
    return imap_lex_take(lexer, ' ') || imap_lex_fail(lexer, IMAP_LEX_BAD, "Missing argument");
}

bool imap_lex_end(struct imap_lexer *lexer)
{
    if (!imap_lex_ok(lexer))
        return false;
    return lexer->rest.len == 0 || imap_lex_fail(lexer, IMAP_LEX_BAD, "Too many arguments");
}
