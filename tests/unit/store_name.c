/* SPDX-License-Identifier: BSD-2-Clause */
/* Mailbox names: modified UTF-7 by RFC 3501 5.1.3, and directories that never escape. */
#include "store/name.h"
#include "unit/test.h"

static struct buf out;

static struct str decoded(const char *wire)
{
    buf_finish(&out);
    buf_init(&out, 1000);
    return mailbox_name_decode(str_of(wire), &out) ? buf_str(&out) : STR("(refused)");
}

static struct str encoded(const char *utf8)
{
    buf_finish(&out);
    buf_init(&out, 1000);
    return mailbox_name_encode(str_of(utf8), &out) ? buf_str(&out) : STR("(refused)");
}

static struct str directory_of(const char *name)
{
    buf_finish(&out);
    buf_init(&out, 1000);
    return mailbox_name_to_dir(str_of(name), &out) ? buf_str(&out) : STR("(refused)");
}

static struct str name_of(const char *dir)
{
    buf_finish(&out);
    buf_init(&out, 1000);
    return mailbox_name_from_dir(str_of(dir), &out) ? buf_str(&out) : STR("(refused)");
}

TEST(the_examples_of_rfc_3501_decode_and_encode)
{
    CHECK_STR(decoded("~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
              "~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
    CHECK_STR(encoded("~peter/mail/\xe5\x8f\xb0\xe5\x8c\x97/\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"),
              "~peter/mail/&U,BTFw-/&ZeVnLIqe-");
    CHECK_STR(decoded("&Jjo-!"), "\xe2\x98\xba!");
    CHECK_STR(encoded("A&B"), "A&-B");
    CHECK_STR(decoded("A&-B"), "A&B");
    CHECK_STR(encoded("\xf0\x9f\x93\xac"), "&2D3c7A-");
    CHECK_STR(decoded("&2D3c7A-"), "\xf0\x9f\x93\xac");
    CHECK_STR(encoded("\xc3\xa9&\xc3\xa9"), "&AOkAJgDp-");
    CHECK_STR(decoded("&AOkAJgDp-"), "\xc3\xa9&\xc3\xa9");
}

TEST(what_is_not_canonical_is_refused)
{
    static const char *const bad[] = {
        "&U,BTFw-&ZeVnLIqe-", /* a null shift: RFC 3501's own example */
        "&AGE-",              /* a printable character shifted */
        "&Jjo",               /* no end */
        "&",
        "&Jjp-", /* leftover bits set */
        "&2D0-", /* half a surrogate pair */
        "&3Kw-",
        "\xc3\xa9",
        "a\tb",
        "&AAA/-",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK_STR(decoded(bad[i]), "(refused)");
    CHECK_STR(encoded("\xff"), "(refused)");
    CHECK_STR(encoded("\xc0\x80"), "(refused)");
    CHECK_STR(encoded("\xed\xa0\x80"), "(refused)");
}

TEST(names_that_could_confuse_are_not_valid)
{
    static const char *const bad[] = {"", "/a", "a//b", "a/", "a%", "*", "#news", "a\nb", "a\x7f", "\xff"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CHECK(!mailbox_name_is_valid(str_of(bad[i])));
    char longest[MAILBOX_NAME_LIMIT + 2];
    memset(longest, 'x', sizeof longest);
    CHECK(!mailbox_name_is_valid(str_make(longest, sizeof longest)));
    CHECK(mailbox_name_is_valid(STR("Sent Items/2026")));
    CHECK(mailbox_name_is_valid(STR("..")));
    CHECK(!mailbox_name_is_valid(STR("a\0b")));
}

TEST(inbox_is_the_same_in_any_case)
{
    struct buf name;
    buf_init(&name, 100);
    CHECK(mailbox_name_canonical(STR("inBox"), &name));
    CHECK_STR(buf_str(&name), "INBOX");
    buf_clear(&name);
    CHECK(mailbox_name_canonical(STR("inbox/Work/"), &name));
    CHECK_STR(buf_str(&name), "INBOX/Work");
    buf_clear(&name);
    CHECK(mailbox_name_canonical(STR("inboxes"), &name));
    CHECK_STR(buf_str(&name), "inboxes");
    buf_finish(&name);
}

TEST(directories_never_leave_the_maildir)
{
    CHECK_STR(directory_of("INBOX"), "Maildir");
    CHECK_STR(directory_of("A/B"), "Maildir/.A.B");
    CHECK_STR(directory_of("../x"), "Maildir/.&AC4-&AC4-.x");
    CHECK_STR(directory_of("v1.2"), "Maildir/.v1&AC4-2");
    CHECK_STR(name_of(".v1&AC4-2"), "v1.2");
    CHECK_STR(name_of(".&AC4-&AC4-.x"), "../x");
    CHECK_STR(name_of(".A.B"), "A/B");
    CHECK_STR(name_of(".A..B"), "(refused)");
    CHECK_STR(name_of(".."), "(refused)");
    CHECK_STR(name_of("A"), "(refused)");
    CHECK_STR(name_of(".A/B"), "(refused)");
}
