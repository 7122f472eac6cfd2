/* SPDX-License-Identifier: BSD-2-Clause */
/* Transfer encodings, encoded-words and charsets. */
#include "unit/test.h"

#include "base/utf8.h"
#include "mail/decode.h"

/* Decodes in pieces of `step` octets. */
static void decode(enum mime_encoding encoding, struct str text, size_t step, struct buf *out)
{
    struct mime_decoder decoder;
    buf_clear(out);
    mime_decoder_init(&decoder, encoding);
    for (size_t at = 0; at < text.len; at += step)
        mime_decode(&decoder, str_sub(text, at, step), out);
    mime_decode_end(&decoder, out);
}

static void check_decoded(int line, enum mime_encoding encoding, const char *text, const char *wanted)
{
    struct buf out;
    buf_init(&out, 10000);
    for (size_t step = 1; step <= strlen(text) + 1; step++) {
        decode(encoding, str_of(text), step, &out);
        test_check_str(__FILE__, line, buf_str(&out), str_of(wanted));
    }
    buf_finish(&out);
}
#define QP(text, wanted)     check_decoded(__LINE__, MIME_QUOTED_PRINTABLE, text, wanted)
#define BASE64(text, wanted) check_decoded(__LINE__, MIME_BASE64, text, wanted)

TEST(quoted_printable_is_decoded_in_pieces_of_any_size)
{
    QP("Now's the time =\r\nfor all folk to come=\r\n to the aid.",
       "Now's the time for all folk to come to the aid.");
    QP("a=3D=C3=A4=c3=a4", "a=\xc3\xa4\xc3\xa4");
    QP("blank at the end \t \r\nnext", "blank at the end\r\nnext");
    QP("soft = \t\r\nbreak", "soft break");
    QP("a =\nb", "a b");
    QP("bad =XY =4 =", "bad =XY =4 ");
    QP("a\rb", "a\rb");
    QP("end =3", "end =3");
    QP("", "");
}

TEST(base64_is_decoded_in_pieces_of_any_size)
{
    BASE64("SGVsbG8=", "Hello");
    BASE64("SGVs\r\nbG8h", "Hello!");
    BASE64("SGVsbA==", "Hell");
    BASE64("SGVsbA", "Hell");
    BASE64("S*G-V s!", "Hel");
    BASE64("SGk=SGk=", "HiHi");
    BASE64("=", "");
}

TEST(encodings_are_known_by_name)
{
    enum mime_encoding encoding;
    CHECK(mime_encoding_named(STR("Quoted-Printable"), &encoding) && encoding == MIME_QUOTED_PRINTABLE);
    CHECK(mime_encoding_named(STR("8BIT"), &encoding) && encoding == MIME_IDENTITY);
    CHECK(!mime_encoding_named(STR("x-uue"), &encoding) && encoding == MIME_IDENTITY);
}

static void check_words(int line, const char *text, const char *wanted)
{
    struct buf out;
    buf_init(&out, 10000);
    CHECK(encoded_words_decode(str_of(text), &out));
    test_check_str(__FILE__, line, buf_str(&out), str_of(wanted));
    buf_finish(&out);
}
#define WORDS(text, wanted) check_words(__LINE__, text, wanted)

TEST(the_examples_of_RFC_2047_8_are_decoded)
{
    WORDS("=?ISO-8859-1?Q?a?=", "a");
    WORDS("=?ISO-8859-1?Q?a?= b", "a b");
    WORDS("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab");
    WORDS("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab");
    WORDS("=?ISO-8859-1?Q?a_b?=", "a b");
    WORDS("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b");
    WORDS("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>");
    WORDS("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\t=?ISO-8859-2?B?"
          "dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
          "If you can read this you understand the example.");
    WORDS("=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?=", "Patrik F\xc3\xa4ltstr\xc3\xb6m");
}

TEST(what_is_no_encoded_word_stays)
{
    WORDS("=?", "=?");
    WORDS("=?utf-8?q?a", "=?utf-8?q?a");
    WORDS("=?utf-8?x?a?=", "=?utf-8?x?a?=");
    WORDS("=?utf-8?q?a b?=", "=?utf-8?q?a b?=");
    WORDS("a = b ?= c", "a = b ?= c");
    WORDS("=?=?utf-8?q?a?=", "=?a");
    WORDS("=?no-such-charset?q?a?=", "a");
}

TEST(a_character_cut_between_two_words_is_joined)
{
    WORDS("=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "\xc3\xa4");
    WORDS("=?utf-8*de?b?w6Q=?=", "\xc3\xa4");
}

TEST(octets_without_meaning_become_the_replacement_character)
{
    struct buf out;
    buf_init(&out, 100);
    CHECK(charset_to_utf8(STR("UTF-8"), STR("a\xff"), &out));
    CHECK_STR(buf_str(&out), "a\xef\xbf\xbd");
    buf_clear(&out);
    CHECK(charset_to_utf8(STR("windows-1252"), STR("\x80\x81\xe4"), &out));
    CHECK_STR(buf_str(&out), "\xe2\x82\xac\xef\xbf\xbd\xc3\xa4");
    buf_clear(&out);
    CHECK(!charset_to_utf8(STR("utf-8//TRANSLIT"), STR("a"), &out));
    CHECK(!charset_to_utf8(STR(""), STR("a"), &out));
    buf_finish(&out);
}

static void check_charset(const char *charset, const char *text, const char *wanted)
{
    struct buf out;
    buf_init(&out, 200);
    CHECK(charset_to_utf8(str_of(charset), str_of(text), &out));
    CHECK_STR(buf_str(&out), wanted);
    buf_finish(&out);
}

TEST(charsets_of_the_world_are_built_in)
{
    check_charset("koi8-r", "\xd0\xd2\xc9", "\u043f\u0440\u0438");
    check_charset("Windows-1251", "\xef\xf0\xe8", "\u043f\u0440\u0438");
    check_charset("ISO_8859-2", "\xbe\x41", "\u017eA");
    check_charset("iso-8859-15", "\xa4", "\u20ac");
    check_charset("gb2312", "\xd6\xd0\xb9\xfa x", "\u4e2d\u56fd x");
    check_charset("big5", "\xa4\xa4", "\u4e2d");
    check_charset("euc-kr", "\xc7\xd1", "\ud55c");
    check_charset("euc-jp", "\xc6\xfc\x8e\xb1", "\u65e5\uff71");
    check_charset("Shift_JIS", "\x93\xfa\xb1", "\u65e5\uff71");
    check_charset("iso-2022-jp", "a\x1b$BF|K\\\x1b(Bb\n", "a\u65e5\u672cb\n");
    /* what is cut, or means nothing */
    check_charset("gb2312", "\xd6", "\xef\xbf\xbd");
    check_charset("gb2312", "\xff\xffz", "\xef\xbf\xbd\xef\xbf\xbdz");
    check_charset("euc-jp", "\x8f\xa1", "\xef\xbf\xbd\xef\xbf\xbd");
    check_charset("iso-2022-jp", "\x1b$BF\n\x1b", "\xef\xbf\xbd\n\xef\xbf\xbd");
}

TEST(any_octets_in_any_charset_become_utf8)
{
    static const char *const charsets[] = {"koi8-u", "gb18030",   "big5",       "euc-kr",
                                           "euc-jp", "shift_jis", "iso-2022-jp"};
    static const char pieces[] = "\x1b$B\x1b(I\x1b(B\x1b$@\x1b(J\x1b";
    struct buf out;
    char text[64];
    unsigned seed = 1;
    buf_init(&out, 4096);
    for (size_t round = 0; round < 20000; round++) {
        size_t len = round % sizeof text;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1103515245 + 12345;
            text[i] = round & 1 ? pieces[(seed >> 16) % sizeof pieces] : (char)(seed >> 16);
        }
        buf_clear(&out);
        CHECK(charset_to_utf8(str_of(charsets[round % 7]), str_make(text, len), &out));
        CHECK(utf8_valid(buf_str(&out)));
    }
    buf_finish(&out);
}

TEST(what_was_encoded_is_decoded_to_the_same)
{
    struct buf text, words, back;
    buf_init(&text, 1000);
    buf_init(&words, 4000);
    buf_init(&back, 1000);
    for (int i = 0; i < 60; i++) {
        buf_add_text(&text, i % 3 ? "\xc3\xa4" : i % 2 ? "x" : "\xf0\x9f\x93\xac");
        buf_clear(&words);
        buf_clear(&back);
        CHECK(encoded_words_encode(buf_str(&text), &words));
        struct str rest = buf_str(&words), word;
        while (str_cut(&rest, ' ', &word))
            CHECK(word.len <= 75);
        CHECK(encoded_words_decode(buf_str(&words), &back));
        CHECK(str_eq(buf_str(&back), buf_str(&text)));
    }
    buf_finish(&text);
    buf_finish(&words);
    buf_finish(&back);
}
