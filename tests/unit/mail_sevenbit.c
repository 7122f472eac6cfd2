/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages for hosts that take 7-bit octets or short lines only (RFC 6152 3, RFC 2045, RFC 5321 4.5.3.1.6):
 * what they become, and that decoding gives what they were. */
#include "mail/sevenbit.h"

#include "base/random.h"
#include "fuzz/sevenbit.h"
#include "mail/encode.h"
#include "unit/test.h"

/* "\n" stands for CRLF in what a test writes and compares. */
static void with_crlf(const char *text, struct buf *out)
{
    struct str rest = str_of(text), line;
    buf_init(out, SEVENBIT_OUT_LIMIT);
    while (str_cut(&rest, '\n', &line)) {
        buf_add(out, line);
        if (rest.at)
            buf_add_text(out, "\r\n");
    }
}

/* The octets alone. */
static void check_converts(const char *message, bool seven, size_t limit, const char *wanted)
{
    struct buf before, after, should;
    with_crlf(message, &before);
    with_crlf(wanted, &should);
    buf_init(&after, SEVENBIT_OUT_LIMIT);
    CHECK_INT(sevenbit_convert(buf_str(&before), seven, limit, &after), SEVENBIT_OK);
    CHECK_STR(buf_str(&after), buf_cstr(&should));
    buf_finish(&before);
    buf_finish(&after);
    buf_finish(&should);
}

/* And that nothing is lost. */
static void check_becomes(const char *message, bool seven, size_t limit, const char *wanted)
{
    struct buf before, after;
    with_crlf(message, &before);
    with_crlf(wanted, &after);
    check_converts(message, seven, limit, wanted);
    const char *problem = sevenbit_problem(buf_str(&before), seven, buf_str(&after));
    CHECK_STR(str_of(problem ? problem : "none"), "none");
    buf_finish(&before);
    buf_finish(&after);
}

static void check_stays(const char *message, bool seven, size_t limit)
{
    check_becomes(message, seven, limit, message);
}

static void check_impossible(const char *message)
{
    struct buf before, after;
    with_crlf(message, &before);
    buf_init(&after, SEVENBIT_OUT_LIMIT);
    CHECK_INT(sevenbit_convert(buf_str(&before), true, 0, &after), SEVENBIT_IMPOSSIBLE);
    CHECK_INT(after.len, 0);
    buf_finish(&before);
    buf_finish(&after);
}

/* --- 8 bit --- */

TEST(what_is_seven_bit_stays_as_it_is)
{
    check_stays("Subject: x\n\nHello = \n", true, 998);
    check_stays("", true, 998);
    check_stays("Subject: x\n", true, 998);
    check_stays("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\npre\n--b\n\none\n--b--\nepi",
                true, 998);
}

TEST(text_becomes_quoted_printable)
{
    check_becomes(
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n"
        "Subject: x\n\nGr\xc3\xbc\xc3\x9f"
        "e = \ttab\t\nend \n",
        true, 998,
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: "
        "quoted-printable\nSubject: x\n\nGr=C3=BC=C3=9Fe =3D \ttab=09\nend=20\n");
}

TEST(a_message_without_mime_gets_it)
{
    check_becomes("Subject: x\n\n\xe9\n", true, 998,
                  "Subject: x\nMIME-Version: 1.0\nContent-Type: text/plain; charset=unknown-8bit\n"
                  "Content-Transfer-Encoding: quoted-printable\n\n=E9\n");
    check_becomes(
        "MIME-Version: 1.0\nContent-Type: text/html\n\n\xe9\n", true, 998,
        "MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n=E9\n");
}

TEST(what_is_mostly_wide_becomes_base64)
{
    check_becomes(
        "MIME-Version: 1.0\nContent-Transfer-Encoding: binary\nContent-Type: image/x\n\n"
        "\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc"
        "\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc"
        "\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\xff\xfe\xfd\xfc\n",
        true, 998,
        "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\nContent-Type: image/x\n\n"
        "//79/P/+/fz//v38//79/P/+/fz//v38//79/P/+/fz//v38//79/P/+/fz//v38//79/P/+/fz/\n/v38//79/A0K\n");
}

TEST(soft_line_breaks_keep_escapes_whole_and_lines_short)
{
    check_becomes(
        "MIME-Version: 1.0\n\n0123456789012345678901234567890123456789012345678901234567890123456789012"
        "\xc3\xa9 and more\n",
        true, 998,
        "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n"
        "0123456789012345678901234567890123456789012345678901234567890123456789012=\n=C3=A9 and more\n");
}

TEST(parts_are_encoded_each_for_itself)
{
    check_becomes(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\n"
        "pre\xe9\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\n\xe9\xe9 "
        "one\n--b\n\ntwo\n--b\n"
        "Content-Type: text/html\n\n\xfc three\n--b--\nepi\xe9\n",
        true, 998,
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 7bit\n\n"
        "pre?\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n=E9=E9 one\n"
        "--b\n\ntwo\n--b\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n=FC three\n"
        "--b--\nepi?\n");
}

TEST(embedded_messages_are_converted_inside)
{
    check_becomes("MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n"
                  "Subject: in\nMIME-Version: 1.0\nContent-Transfer-Encoding: 8bit\n\n\xe9 in\n",
                  true, 998,
                  "MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\n"
                  "Subject: in\nMIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n=E9 in\n");
}

TEST(signed_messages_are_converted_too)
{
    check_becomes("MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=s\n\n--s\n\n\xe9 text\n--s\n"
                  "Content-Type: application/pgp-signature\n\nsig\n--s--\n",
                  true, 998,
                  "MIME-Version: 1.0\nContent-Type: multipart/signed; boundary=s\n\n--s\n"
                  "Content-Transfer-Encoding: quoted-printable\n\n=E9 text\n--s\n"
                  "Content-Type: application/pgp-signature\n\nsig\n--s--\n");
}

TEST(header_fields_with_raw_octets_stay)
{
    check_stays("Subject: \xe9\n\nplain\n", true, 998);
    struct str message = STR("Subject: \xe9\r\n\r\nplain\r\n");
    struct sevenbit_source source = {sevenbit_read_memory, &message, message.len};
    struct arena *arena = arena_create(SEVENBIT_ARENA);
    struct sevenbit *plan;
    CHECK_INT(sevenbit_plan(&source, false, 0, arena, &plan), SEVENBIT_OK);
    CHECK(sevenbit_header_is_wide(plan));
    sevenbit_free(plan);
    message = STR("Subject: e\r\n\r\n\xe9\r\n");
    source.size = message.len;
    CHECK_INT(sevenbit_plan(&source, false, 0, arena, &plan), SEVENBIT_OK);
    CHECK(!sevenbit_header_is_wide(plan));
    sevenbit_free(plan);
    arena_destroy(arena);
}

TEST(what_says_it_is_encoded_and_is_not_is_mended)
{
    check_becomes(
        "MIME-Version: 1.0\nContent-Transfer-Encoding: Quoted-Printable\n\na=20\xe9=\n b=3D \t\n=ZZ\n", true,
        998, "MIME-Version: 1.0\nContent-Transfer-Encoding: Quoted-Printable\n\na=20=E9=\n b=3D\n=ZZ\n");
    check_becomes("MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nSGVs\xe9"
                  "bG8=\n",
                  true, 998, "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\nSGVsbG8=\n");
}

TEST(what_cannot_be_encoded_is_impossible)
{
    check_impossible("MIME-Version: 1.0\nContent-Transfer-Encoding: x-uuencode\n\n\xe9\n");
    check_impossible("MIME-Version: 1.0\nContent-Type: message/partial; id=a; number=1\n\n\xe9\n");
    check_impossible("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\xe9\n");
    check_impossible(
        "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"\xe9\"\n\n--\xe9\n\none\n--\xe9--\n");
    check_impossible("MIME-Version: 1.0\nContent-Type: message/rfc822\nContent-Transfer-Encoding: "
                     "base64\n\nA: b\n\n\xe9\n");
}

TEST(what_lies_too_deep_is_impossible)
{
    struct buf text;
    buf_init(&text, SEVENBIT_OUT_LIMIT);
    for (int i = 0; i < MIME_DEPTH_LIMIT + 5; i++)
        buf_add_text(&text, "Content-Type: message/rfc822\n\n");
    buf_add_text(&text, "\n\xe9\n");
    check_impossible(buf_cstr(&text));
    buf_finish(&text);
}

TEST(delivery_reports_of_rfc_6533_may_be_encoded)
{
    check_becomes(
        "MIME-Version: 1.0\nContent-Type: message/global-delivery-status\n\nX: \xc3\xa9\n", true, 998,
        "MIME-Version: 1.0\nContent-Type: message/global-delivery-status\nContent-Transfer-Encoding: "
        "quoted-printable\n\nX: =C3=A9\n");
}

/* --- long lines --- */

TEST(long_lines_of_text_become_soft_breaks)
{
    check_becomes(
        "MIME-Version: 1.0\n\n0123456789012345678901234567890123456789012345678901234567890123456789"
        "01234567890123456789 \xe9\nshort\n",
        false, 80,
        "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n"
        "012345678901234567890123456789012345678901234567890123456789012345678901234=\n567890123456789 =E9\n"
        "short\n");
    check_stays("Subject: x\n\n01234567890123456789\n", false, 20);
}

TEST(long_lines_of_encoded_text_are_broken_as_their_encoding_has_it)
{
    check_becomes(
        "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n"
        "0123456789012345678901234567890123456789012345678901234567890123456789012=C3=A9345678901234567890\n",
        false, 80,
        "MIME-Version: 1.0\nContent-Transfer-Encoding: quoted-printable\n\n"
        "0123456789012345678901234567890123456789012345678901234567890123456789012=\n=C3="
        "A9345678901234567890\n");
    check_becomes("MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n"
                  "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0NTY3ODk=\n",
                  false, 80,
                  "MIME-Version: 1.0\nContent-Transfer-Encoding: base64\n\n"
                  "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2d3h5ejAxMjM0\nNTY3ODk=\n");
}

TEST(long_header_lines_are_folded_before_a_blank)
{
    check_becomes("Subject: one two three four\nX: 0123456789012345678901234\n\nx\n", false, 20,
                  "Subject: one two\n three four\nX:\n 0123456789012345678\n 901234\n\nx\n");
}

TEST(long_lines_of_what_cannot_be_encoded_are_broken)
{
    check_converts(
        "Content-Type: multipart/mixed; boundary=b\n\n0123456789012345678901234567890123456789012345678901\n"
        "--b\nContent-Transfer-Encoding: "
        "x-new\n\n0123456789012345678901234567890123456789012345678901\n--b--\n",
        false, 50,
        "Content-Type: multipart/mixed; boundary=b\n\n01234567890123456789012345678901234567890123456789\n "
        "01\n"
        "--b\nContent-Transfer-Encoding: x-new\n\n01234567890123456789012345678901234567890123456789\n 01\n"
        "--b--\n");
}

/* --- any message --- */

static bool read_nothing(void *context, void *into, size_t len, uint64_t at)
{
    (void)context, (void)into, (void)len, (void)at;
    errno = EIO;
    return false;
}

TEST(a_message_that_cannot_be_read_says_so)
{
    struct sevenbit_source source = {read_nothing, NULL, 100};
    struct arena *arena = arena_create(SEVENBIT_ARENA);
    struct sevenbit *plan;
    CHECK_INT(sevenbit_plan(&source, true, 998, arena, &plan), SEVENBIT_UNREADABLE);
    CHECK(plan == NULL && errno == EIO);
    arena_destroy(arena);
}

static size_t below(size_t limit)
{
    return random_u32() % limit;
}

static const char *one_of(const char *const *words)
{
    size_t count = 0;
    while (words[count])
        count++;
    return words[below(count)];
}

static void put_text(struct buf *out)
{
    size_t lines = below(6);
    for (size_t i = 0; i < lines; i++) {
        size_t len = below(4) ? below(60) : below(3000), wide = below(3) ? 200 : 1 + below(6);
        for (size_t k = 0; k < len; k++)
            buf_add_char(out, below(wide) ? (char)(' ' + below(95)) : (char)(0x80 + below(128)));
        buf_add_text(out, below(9) ? "\r\n" : " \t\r\n");
    }
}

/* A part with its header and body, of a depth. */
static void put_part(struct buf *out, int depth)
{
    static const char *const encodings[] = {"7bit",   "8bit", "binary", "quoted-printable",
                                            "base64", "8BIT", NULL};
    static const char *const types[] = {"text/plain", "text/html", "image/png", "application/x", NULL};
    size_t kind = depth < 5 ? below(6) : 5;
    if (below(2))
        buf_add_text(out, "Subject: some words that need not be long\r\n");
    if (kind == 0) {
        buf_printf(out, "Content-Type: multipart/mixed; boundary=\"=_%d\"\r\n%s\r\n", depth,
                   below(2) ? "Content-Transfer-Encoding: 8bit\r\n" : "");
        put_text(out);
        for (size_t i = 0, count = 1 + below(4); i < count; i++) {
            buf_printf(out, "\r\n--=_%d\r\n", depth);
            put_part(out, depth + 1);
        }
        if (below(5))
            buf_printf(out, "\r\n--=_%d--\r\n", depth);
        return;
    }
    if (kind == 1) {
        buf_add_text(out, "Content-Type: message/rfc822\r\n\r\n");
        put_part(out, depth + 1);
        return;
    }
    if (below(3))
        buf_printf(out, "Content-Type: %s\r\n", one_of(types));
    if (below(3))
        buf_printf(out, "Content-Transfer-Encoding: %s\r\n", one_of(encodings));
    buf_add_text(out, "\r\n");
    put_text(out);
}

/* Bodies have no line over the limit (headers and delimiters here have none anyway). */
static bool lines_fit(struct str text, size_t limit)
{
    struct str line;
    while (str_cut(&text, '\n', &line))
        if (str_without_line_end(line).len > limit)
            return false;
    return true;
}

TEST(whatever_it_was_decoding_gives_the_same)
{
    for (int i = 0; i < 2000; i++) {
        struct buf before, after;
        bool seven = below(4);
        size_t limit = below(2) ? 998 : 0;
        buf_init(&before, SEVENBIT_OUT_LIMIT);
        buf_init(&after, SEVENBIT_OUT_LIMIT);
        buf_add_text(&before, "MIME-Version: 1.0\r\n");
        put_part(&before, 0);
        enum sevenbit_status status = sevenbit_convert(buf_str(&before), seven, limit, &after);
        CHECK_INT(status, SEVENBIT_OK);
        const char *problem = sevenbit_problem(buf_str(&before), seven, buf_str(&after));
        CHECK_STR(str_of(problem ? problem : "none"), "none");
        CHECK(!limit || lines_fit(buf_str(&after), limit));
        if (problem)
            fprintf(stderr, "---\n%s\n---\n%s\n", buf_cstr(&before), buf_cstr(&after));
        buf_finish(&before);
        buf_finish(&after);
        if (problem)
            return;
    }
}

TEST(where_the_pieces_end_does_not_matter)
{
    for (int i = 0; i < 300; i++) {
        for (int how = RECODE_QUOTED; how <= RECODE_FOLD_HEADER; how++) {
            struct buf text, whole, pieces;
            struct mime_recoder one, two;
            buf_init(&text, SEVENBIT_OUT_LIMIT);
            buf_init(&whole, SEVENBIT_OUT_LIMIT);
            buf_init(&pieces, SEVENBIT_OUT_LIMIT);
            put_text(&text);
            mime_recoder_init(&one, how, 60);
            mime_recoder_init(&two, how, 60);
            mime_recode(&one, buf_str(&text), &whole);
            mime_recode_end(&one, &whole);
            for (size_t at = 0; at < text.len;) {
                size_t len = 1 + below(40);
                mime_recode(&two, str_sub(buf_str(&text), at, len), &pieces);
                at += len;
            }
            mime_recode_end(&two, &pieces);
            CHECK(str_eq(buf_str(&whole), buf_str(&pieces)));
            buf_finish(&text);
            buf_finish(&whole);
            buf_finish(&pieces);
        }
    }
}
