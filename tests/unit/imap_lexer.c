/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of commands, over memory and over a socket that gives its octets piece by piece. */
#include "imap/lexer.h"

#include <sys/socket.h>
#include <unistd.h>

#include "unit/test.h"

struct fixture {
    struct stream *stream;
    struct arena *arena;
    struct imap_lexer lexer;
    struct buf output;
};

static void setup(struct fixture *fixture, struct str input)
{
    buf_init(&fixture->output, 10000);
    fixture->arena = arena_create(16 << 20);
    fixture->stream = stream_over_memory(input, 128 * 1024, &fixture->output);
    imap_lexer_init(&fixture->lexer, fixture->stream, fixture->arena);
}

static void teardown(struct fixture *fixture)
{
    stream_destroy(fixture->stream);
    arena_destroy(fixture->arena);
    buf_finish(&fixture->output);
}

TEST(a_command_is_words_and_literals)
{
    struct fixture f;
    struct str tag, atom, quoted, literal, nil, flag, pattern;
    uint32_t number;
    setup(&f, STR("a.1 login \"q\\\"\\\\ \" {5+}\r\na\r\nb) NIL 4294967295 (\\Seen) *%]\r\n"));
    CHECK(imap_lexer_begin(&f.lexer));
    CHECK(imap_lex_tag(&f.lexer, &tag) && imap_lex_space(&f.lexer) && imap_lex_atom(&f.lexer, &atom));
    CHECK(imap_lex_space(&f.lexer) && imap_lex_astring(&f.lexer, &quoted));
    CHECK(imap_lex_space(&f.lexer) && imap_lex_astring(&f.lexer, &literal));
    CHECK(imap_lex_space(&f.lexer) && imap_lex_nstring(&f.lexer, &nil) && !nil.at);
    CHECK(imap_lex_space(&f.lexer) && imap_lex_number(&f.lexer, &number));
    CHECK(imap_lex_space(&f.lexer) && imap_lex_char(&f.lexer, '(') && imap_lex_flag(&f.lexer, &flag));
    CHECK(imap_lex_char(&f.lexer, ')') && imap_lex_space(&f.lexer));
    CHECK(imap_lex_list_mailbox(&f.lexer, &pattern) && imap_lex_end(&f.lexer));
    CHECK_STR(tag, "a.1");
    CHECK_STR(atom, "login");
    CHECK_STR(quoted, "q\"\\ ");
    CHECK_STR(literal, "a\r\nb)");
    CHECK_INT(number, UINT32_MAX);
    CHECK_STR(flag, "\\Seen");
    CHECK_STR(pattern, "*%]");
    CHECK_INT(f.output.len, 0);
    teardown(&f);
}

TEST(a_literal_that_waits_is_asked_for_when_it_is_wanted)
{
    struct fixture f;
    struct str word;
    setup(&f, STR("{3}\r\nabc {2}\r\nA2 NOOP\r\n"));
    CHECK(imap_lexer_begin(&f.lexer) && imap_lex_string(&f.lexer, &word));
    CHECK_STR(word, "abc");
    CHECK_STR(buf_str(&f.output), "+ Go ahead\r\n");
    CHECK(imap_lex_space(&f.lexer));
    CHECK(!imap_lex_char(&f.lexer, '('));
    CHECK_INT(f.lexer.status, IMAP_LEX_BAD);
    /* refused: the client does not send it, what follows is the next command */
    CHECK(imap_lexer_finish(&f.lexer) && imap_lexer_begin(&f.lexer) && imap_lex_tag(&f.lexer, &word));
    CHECK_STR(word, "A2");
    CHECK_STR(buf_str(&f.output), "+ Go ahead\r\n");
    teardown(&f);
}

TEST(a_literal_that_nobody_wants_is_skipped)
{
    struct fixture f;
    struct str word;
    setup(&f, STR("bad {4+}\r\nx\r\ny more {1+}\r\nz\r\nA2 NOOP\r\n"));
    CHECK(imap_lexer_begin(&f.lexer));
    CHECK(imap_lexer_finish(&f.lexer) && imap_lexer_begin(&f.lexer) && imap_lex_tag(&f.lexer, &word));
    CHECK_STR(word, "A2");
    CHECK_INT(f.output.len, 0);
    teardown(&f);
}

static bool refuses(const char *text, bool (*lex)(struct imap_lexer *lexer, struct str *word),
                    enum imap_lex_status status)
{
    struct fixture f;
    struct str word;
    setup(&f, str_of(text));
    bool refused = imap_lexer_begin(&f.lexer) && !lex(&f.lexer, &word) && f.lexer.status == status;
    teardown(&f);
    return refused;
}

TEST(what_is_not_in_the_grammar_is_refused)
{
    CHECK(refuses("\r\n", imap_lex_atom, IMAP_LEX_BAD));
    CHECK(refuses("(a\r\n", imap_lex_atom, IMAP_LEX_BAD));
    CHECK(refuses("\x80\r\n", imap_lex_atom, IMAP_LEX_BAD));
    CHECK(refuses("+1\r\n", imap_lex_tag, IMAP_LEX_BAD));
    CHECK(refuses("\"abc\r\n", imap_lex_string, IMAP_LEX_BAD));
    CHECK(refuses("\"abc\\\r\n", imap_lex_string, IMAP_LEX_BAD));
    CHECK(refuses("abc\r\n", imap_lex_string, IMAP_LEX_BAD));
    CHECK(refuses("{3}x\r\n", imap_lex_string, IMAP_LEX_BAD));
    CHECK(refuses("{-3}\r\n", imap_lex_string, IMAP_LEX_BAD));
    CHECK(refuses("{3++}\r\nabc\r\n", imap_lex_string, IMAP_LEX_BAD));
    CHECK(refuses("{99999999999999999999}\r\n", imap_lex_string, IMAP_LEX_TOO_BIG));
    CHECK(refuses("NULL\r\n", imap_lex_nstring, IMAP_LEX_BAD));
    CHECK(refuses("{65537}\r\n", imap_lex_string, IMAP_LEX_TOO_BIG));
    CHECK(refuses("{10}\r\nabc", imap_lex_string, IMAP_LEX_CLOSED));
}

TEST(a_line_over_the_limit_is_thrown_away)
{
    struct fixture f;
    struct str word;
    struct buf input;
    buf_init(&input, 200000);
    memset(buf_room(&input, 70000), 'a', 70000);
    input.len = 70000;
    buf_add_text(&input, "\r\nA2 NOOP\r\n");
    setup(&f, buf_str(&input));
    CHECK(!imap_lexer_begin(&f.lexer));
    CHECK_INT(f.lexer.status, IMAP_LEX_TOO_BIG);
    CHECK(imap_lexer_finish(&f.lexer) && imap_lexer_begin(&f.lexer) && imap_lex_tag(&f.lexer, &word));
    CHECK_STR(word, "A2");
    teardown(&f);
    buf_finish(&input);
}

TEST(a_command_cut_anywhere_is_closed_and_never_more)
{
    static const char text[] = "A1 APPEND \"in\\\"box\" {4+}\r\nabcd {3+}\r\nxyz\r\n";
    for (size_t len = 0; len < sizeof text - 1; len++) {
        struct fixture f;
        struct str tag, name, mailbox, first, second;
        setup(&f, str_make(text, len));
        bool whole = imap_lexer_begin(&f.lexer) && imap_lex_tag(&f.lexer, &tag) && imap_lex_space(&f.lexer) &&
                     imap_lex_atom(&f.lexer, &name) && imap_lex_space(&f.lexer) &&
                     imap_lex_astring(&f.lexer, &mailbox) && imap_lex_space(&f.lexer) &&
                     imap_lex_astring(&f.lexer, &first) && imap_lex_space(&f.lexer) &&
                     imap_lex_astring(&f.lexer, &second) && imap_lex_end(&f.lexer);
        CHECK(!whole);
        CHECK_INT(f.lexer.status, IMAP_LEX_CLOSED);
        teardown(&f);
    }
}

/* Every way to give the octets in two pieces leads to the same words. */
TEST(it_does_not_matter_where_the_octets_are_cut)
{
    static const char text[] = "A1 LOGIN {4+}\r\nab\r\n \"x y\"\r\n";
    size_t size = sizeof text - 1;
    for (size_t cut = 1; cut < size; cut++) {
        struct arena *arena = arena_create(1 << 20);
        struct imap_lexer lexer;
        struct str tag, name, user, password;
        int ends[2];
        CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        struct stream *stream = stream_over_fd(ends[0], 128 * 1024);
        imap_lexer_init(&lexer, stream, arena);
        CHECK(write(ends[1], text, cut) == (ssize_t)cut);
        stream_fill(stream, 1); /* the first piece is in before the second is sent */
        CHECK(write(ends[1], text + cut, size - cut) == (ssize_t)(size - cut));
        CHECK(imap_lexer_begin(&lexer) && imap_lex_tag(&lexer, &tag) && imap_lex_space(&lexer));
        CHECK(imap_lex_atom(&lexer, &name) && imap_lex_space(&lexer) && imap_lex_astring(&lexer, &user));
        CHECK(imap_lex_space(&lexer) && imap_lex_astring(&lexer, &password) && imap_lex_end(&lexer));
        CHECK_STR(user, "ab\r\n");
        CHECK_STR(password, "x y");
        stream_destroy(stream);
        close(ends[1]);
        arena_destroy(arena);
    }
}

TEST(a_large_literal_comes_in_pieces)
{
    struct fixture f;
    struct str piece;
    uint64_t size, got = 0;
    setup(&f, STR("{10}\r\n0123456789)\r\n"));
    CHECK(imap_lexer_begin(&f.lexer) && imap_lex_literal(&f.lexer, &size));
    CHECK_INT(size, 10);
    CHECK_INT(f.output.len, 0);
    while (imap_lex_literal_piece(&f.lexer, &piece))
        got += piece.len;
    CHECK_INT(got, 10);
    CHECK(imap_lex_take(&f.lexer, ')') && imap_lex_end(&f.lexer));
    teardown(&f);
}

TEST(many_small_strings_take_little_room)
{
    struct fixture f;
    struct str word;
    struct buf input;
    size_t count = 20000;
    buf_init(&input, 200000);
    for (size_t i = 0; i < count; i++)
        buf_add_text(&input, "\"\" ");
    buf_add_text(&input, "\r\n");
    setup(&f, buf_str(&input));
    CHECK(imap_lexer_begin(&f.lexer));
    for (size_t i = 0; i < count; i++)
        CHECK(imap_lex_string(&f.lexer, &word) && word.len == 0 && imap_lex_space(&f.lexer));
    CHECK(imap_lex_end(&f.lexer));
    CHECK(arena_used(f.arena) < 1 << 20);
    teardown(&f);
    buf_finish(&input);
}
