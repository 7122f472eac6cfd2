/* SPDX-License-Identifier: BSD-2-Clause */
/* ENVELOPE and BODYSTRUCTURE, against the examples of RFC 3501. */
#include "imap/bodystructure.h"
#include "imap/envelope.h"
#include "unit/test.h"

static struct str envelope(const char *message)
{
    static struct buf out;
    struct arena *arena = arena_create(16 << 20);
    buf_finish(&out);
    buf_init(&out, 1 << 20);
    imap_put_envelope(&out, str_of(message), arena);
    arena_destroy(arena);
    return buf_str(&out);
}

static struct str structure(const char *message, bool extended)
{
    static struct buf out;
    struct arena *arena = arena_create(16 << 20);
    struct mime mime;
    buf_finish(&out);
    buf_init(&out, 1 << 20);
    mime_parse(&mime, str_of(message), arena);
    imap_put_bodystructure(&out, &mime, str_of(message), extended, arena);
    mime_finish(&mime);
    arena_destroy(arena);
    return buf_str(&out);
}

TEST(the_envelope_of_rfc_3501_section_8)
{
    CHECK_STR(envelope("Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\n"
                       "From: Terry Gray <gray@cac.washington.edu>\r\n"
                       "Subject: IMAP4rev1 WG mtg summary and minutes\r\n"
                       "To: imap@cac.washington.edu\r\n"
                       "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\n"
                       "Message-Id: <B27397-0100000@cac.washington.edu>\r\n"
                       "MIME-Version: 1.0\r\n\r\n"),
              "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev1 WG mtg summary and minutes\" "
              "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
              "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
              "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
              "((NIL NIL \"imap\" \"cac.washington.edu\")) "
              "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) "
              "NIL NIL \"<B27397-0100000@cac.washington.edu>\")");
}

TEST(a_header_without_anything_is_nil)
{
    CHECK_STR(envelope("\r\nbody"), "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
}

TEST(groups_have_a_beginning_and_an_end)
{
    CHECK_STR(
        envelope("To: friends: a@b.example;\r\n\r\n"),
        "(NIL NIL NIL NIL NIL ((NIL NIL \"friends\" NIL)(NIL NIL \"a\" \"b.example\")(NIL NIL NIL NIL)) "
        "NIL NIL NIL NIL)");
}

TEST(a_plain_text_is_what_rfc_3501_7_4_2_shows)
{
    CHECK_STR(structure("Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\nHello\r\nJoe\r\n", false),
              "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7bit\" 12 2)");
    CHECK_STR(structure("Subject: x\r\n\r\nHello\r\n", true),
              "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 7 1 NIL NIL NIL NIL)");
}

TEST(a_multipart_has_its_parts_and_its_subtype)
{
    static const char message[] = "Content-Type: multipart/mixed; boundary=\"x\"\r\n"
                                  "Content-Language: en, fr\r\n"
                                  "\r\n"
                                  "--x\r\n"
                                  "\r\n"
                                  "Hi\r\n"
                                  "--x\r\n"
                                  "Content-Type: TEXT/PLAIN; CHARSET=US-ASCII; NAME=\"cc.diff\"\r\n"
                                  "Content-ID: <960723163407.20117h@cac.washington.edu>\r\n"
                                  "Content-Description: Compiler diff\r\n"
                                  "Content-Transfer-Encoding: BASE64\r\n"
                                  "Content-Disposition: attachment; filename=cc.diff\r\n"
                                  "Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==\r\n"
                                  "Content-Location: http://example.org/\r\n"
                                  "\r\n"
                                  "QQ==\r\n"
                                  "--x--\r\n";
    CHECK_STR(structure(message, false),
              "((\"text\" \"plain\" NIL NIL NIL \"7bit\" 2 0)"
              "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\" \"NAME\" \"cc.diff\") "
              "\"<960723163407.20117h@cac.washington.edu>\" \"Compiler diff\" \"BASE64\" 4 0) \"mixed\")");
    CHECK_STR(structure(message, true),
              "((\"text\" \"plain\" NIL NIL NIL \"7bit\" 2 0 NIL NIL NIL NIL)"
              "(\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\" \"NAME\" \"cc.diff\") "
              "\"<960723163407.20117h@cac.washington.edu>\" \"Compiler diff\" \"BASE64\" 4 0 "
              "\"Q2hlY2sgSW50ZWdyaXR5IQ==\" (\"attachment\" (\"filename\" \"cc.diff\")) NIL "
              "\"http://example.org/\") \"mixed\" (\"boundary\" \"x\") NIL (\"en\" \"fr\") NIL)");
}

TEST(continued_parameters_are_joined_as_rfc_2231_6_asks)
{
    CHECK_STR(structure("Content-Type: text/plain; name*0=\"a \"; name*1=b\r\n"
                        "Content-Disposition: attachment; filename*0*=utf-8''%41; filename*1=b\r\n\r\n",
                        true),
              "(\"text\" \"plain\" (\"name\" \"a b\") NIL NIL \"7bit\" 0 0 NIL "
              "(\"attachment\" (\"filename*\" \"utf-8''%41b\")) NIL NIL)");
}

TEST(comments_are_no_languages)
{
    CHECK_STR(structure("Content-Language: de, en-GB (British, not American), fr\r\n\r\n", true),
              "(\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0 NIL NIL (\"de\" \"en-GB\" \"fr\") NIL)");
}

TEST(a_multipart_without_parts_still_has_one)
{
    CHECK_STR(structure("Content-Type: multipart/mixed; boundary=x\r\n\r\nnothing\r\n", false),
              "((\"text\" \"plain\" NIL NIL NIL \"7bit\" 0 0) \"mixed\")");
}

TEST(a_message_in_an_encoding_is_not_called_a_message)
{
    struct str got =
        structure("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nQQ==\r\n", false);
    /* Either it was looked into, and then has an envelope, or it is called something else. */
    CHECK(str_starts(got, STR("(\"application\" \"octet-stream\"")) ||
          str_find_str(got, STR("\"base64\" 6 (NIL")) != SIZE_MAX);
}
