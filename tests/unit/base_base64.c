/* SPDX-License-Identifier: BSD-2-Clause */
/* Base 64 by RFC 4648: its vectors, and all that a strict decoder refuses. */
#include "unit/test.h"

#include "base/base64.h"

static void check_both(struct str octets, const char *text)
{
    struct buf out;
    buf_init(&out, 100);
    CHECK(base64_encode(octets, &out));
    CHECK_STR(buf_str(&out), text);
    buf_clear(&out);
    CHECK(base64_decode(str_of(text), &out));
    CHECK(str_eq(buf_str(&out), octets));
    buf_finish(&out);
}

static void check_refused(struct str text)
{
    struct buf out;
    buf_init(&out, 100);
    if (base64_decode(text, &out))
        test_failed(__FILE__, __LINE__, "\"" STR_FMT "\" was taken", STR_ARG(text));
    buf_finish(&out);
}

/* RFC 4648 10 */
TEST(the_vectors_of_rfc_4648_hold)
{
    check_both(STR(""), "");
    check_both(STR("f"), "Zg==");
    check_both(STR("fo"), "Zm8=");
    check_both(STR("foo"), "Zm9v");
    check_both(STR("foob"), "Zm9vYg==");
    check_both(STR("fooba"), "Zm9vYmE=");
    check_both(STR("foobar"), "Zm9vYmFy");
}

TEST(all_octets_and_both_last_letters_of_the_alphabet_are_used)
{
    check_both(STR("\xfb\xff\xbf"), "+/+/");
    check_both(STR("\0"), "AA==");
    check_both(STR("\xff\xff\xff"), "////");
    check_both(STR("\0user\0secret"), "AHVzZXIAc2VjcmV0");
}

TEST(every_octet_survives_at_every_place)
{
    struct buf text, back;
    buf_init(&text, 100);
    buf_init(&back, 100);
    for (unsigned octet = 0; octet < 256; octet++)
        for (size_t place = 0; place < 3; place++) {
            char three[3] = "abc";
            three[place] = (char)octet;
            buf_clear(&text);
            buf_clear(&back);
            CHECK(base64_encode(str_make(three, place + 1), &text) && base64_decode(buf_str(&text), &back));
            CHECK(str_eq(buf_str(&back), str_make(three, place + 1)));
        }
    buf_finish(&text);
    buf_finish(&back);
}

TEST(padding_that_is_missing_wrong_or_in_the_middle_is_refused)
{
    static const char *const bad[] = {
        "Zg",    "Zg=",      "Zg===",    "Z===",     "====",     "=",    "Zm8",
        "Zm9v=", "Zm9v====", "Zg==Zg==", "Zm8=Zm8=", "Zg==Zm9v", "Z=g=", "=Zg="};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_refused(str_of(bad[i]));
}

/* RFC 4648 3.5 */
TEST(bits_set_behind_the_last_octet_are_refused)
{
    check_refused(STR("Zh=="));
    check_refused(STR("Zn=="));
    check_refused(STR("Zm9="));
    check_refused(STR("Zm+="));
    check_refused(STR("//=="));
    check_refused(STR("///="));
}

/* RFC 4648 3.3, and 5 for '-' and '_' */
TEST(characters_outside_of_the_alphabet_are_refused)
{
    for (unsigned octet = 0; octet < 256; octet++) {
        char text[4] = "Zm9v";
        bool known = char_is_alnum((char)octet) || octet == '+' || octet == '/';
        text[1] = (char)octet;
        if (!known)
            check_refused(str_make(text, 4));
    }
    check_refused(STR("Zm9v\r\n"));
    check_refused(STR("Zm9v\r\nZm9v"));
    check_refused(STR(" Zm9v"));
    check_refused(STR("Zm-_"));
    check_refused(STR("Zm9v\0\0\0\0"));
}

TEST(a_full_buffer_refuses_both_ways)
{
    struct buf out;
    buf_init(&out, 7);
    CHECK(!base64_encode(STR("foobar"), &out));
    CHECK(out.over && out.len <= 7);
    buf_finish(&out);
    buf_init(&out, 5);
    CHECK(!base64_decode(STR("Zm9vYmFy"), &out));
    CHECK(out.len <= 5);
    buf_finish(&out);
    buf_init(&out, 6);
    CHECK(base64_decode(STR("Zm9vYmFy"), &out));
    buf_finish(&out);
}
