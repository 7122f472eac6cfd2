/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates of header fields. */
#include "unit/test.h"

#include "mail/date.h"

static int64_t seconds(const char *text)
{
    struct mail_date date;
    return mail_date_parse(str_of(text), &date) ? date.seconds : -1;
}

TEST(the_dates_of_RFC_5322_are_read)
{
    CHECK_INT(seconds("Fri, 21 Nov 1997 09:55:06 -0600"), 880127706);
    CHECK_INT(seconds("Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n"
                      "               -0330 (Newfoundland Time)"),
              -27723480);
    CHECK_INT(seconds("21 Nov 97 09:55:06 GMT"), 880106106);
    CHECK_INT(seconds("Fri, 21 Nov 1997 09(comment):   55  :  06 -0600"), 880127706);
    CHECK_INT(seconds("1 Jan 1970 00:00:00 +0000"), 0);
    CHECK_INT(seconds("29 Feb 2024 12:00 EST"), 1709226000);
    CHECK_INT(seconds("1 Jan 49 00:00 UT"), 2493072000);
}

TEST(what_is_no_date_is_refused)
{
    static const char *const wrong[] = {"",
                                        "Fri",
                                        "30 Feb 2024 00:00",
                                        "29 Feb 2023 00:00",
                                        "1 Foo 2024 00:00",
                                        "0 Jan 2024 00:00",
                                        "1 Jan 2024",
                                        "1 Jan 2024 24:00",
                                        "1 Jan 2024 00:60",
                                        "1 Jan 2024 1:2",
                                        "1 Jan 2024 00:00 +00",
                                        "1 Jan 2024 00:00 +0060",
                                        "1 Jan 20245 00:00",
                                        "123 Jan 2024 00:00"};
    struct mail_date date;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (mail_date_parse(str_of(wrong[i]), &date))
            test_failed(__FILE__, __LINE__, "taken: %s", wrong[i]);
}

TEST(printing_and_reading_again_changes_nothing)
{
    struct buf out;
    buf_init(&out, 100);
    for (int64_t at = -5000000000; at < 20000000000; at += 98765431) {
        struct mail_date date = {at, (int)(at % 1000)}, again;
        buf_clear(&out);
        mail_date_print(&date, &out);
        CHECK(mail_date_parse(buf_str(&out), &again));
        CHECK_INT(again.seconds, at);
        CHECK_INT(again.zone_minutes, date.zone_minutes);
    }
    buf_clear(&out);
    mail_date_print(&(struct mail_date){880127706, -360}, &out);
    CHECK_STR(buf_str(&out), "Fri, 21 Nov 1997 09:55:06 -0600");
    buf_finish(&out);
}
