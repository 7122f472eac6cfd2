/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates with English month names. */
#include "imap/datetime.h"

#include "mail/date.h"

enum { DAY = 24 * 60 * 60, YEAR_FIRST = 1, YEAR_LAST = 9999 };

static const char month_names[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static bool parse_month(struct str text, unsigned *month)
{
    for (unsigned i = 0; i < 12; i++)
        if (str_eq_nocase(text, str_of(month_names[i]))) {
            *month = i + 1;
            return true;
        }
    return false;
}

/* Exactly `digits` of them (0: one or two), no more than most. */
static bool parse_digits(struct str text, size_t digits, uint64_t most, uint64_t *value)
{
    bool fits = digits ? text.len == digits : text.len == 1 || text.len == 2;
    return fits && str_to_u64(text, value) && *value <= most;
}

bool imap_date_parse(struct str text, int64_t *days)
{
    struct str day, name;
    uint64_t day_number, year;
    unsigned month, month_back, day_back;
    int64_t year_back;
    if (!str_cut(&text, '-', &day) || !str_cut(&text, '-', &name) || !text.at)
        return false;
    if (!parse_digits(day, 0, 31, &day_number) || !parse_month(name, &month))
        return false;
    if (!parse_digits(text, 4, YEAR_LAST, &year) || year < YEAR_FIRST || day_number == 0)
        return false;
    *days = calendar_days((int64_t)year, month, (unsigned)day_number);
    calendar_date(*days, &year_back, &month_back, &day_back);
    return month_back == month; /* the month has this day */
}

static bool parse_time(struct str text, int64_t *seconds)
{
    struct str hour, minute;
    uint64_t h, m, s;
    if (!str_cut(&text, ':', &hour) || !str_cut(&text, ':', &minute) || !text.at)
        return false;
    if (!parse_digits(hour, 2, 23, &h) || !parse_digits(minute, 2, 59, &m) || !parse_digits(text, 2, 60, &s))
        return false;
    *seconds = (int64_t)(h * 3600 + m * 60 + s);
    return true;
}

static bool parse_zone(struct str text, int64_t *seconds)
{
    uint64_t h, m;
    if (text.len != 5 || (text.at[0] != '+' && text.at[0] != '-'))
        return false;
    if (!parse_digits(str_sub(text, 1, 2), 2, 23, &h) || !parse_digits(str_sub(text, 3, 2), 2, 59, &m))
        return false;
    *seconds = (int64_t)(h * 3600 + m * 60) * (text.at[0] == '-' ? -1 : 1);
    return true;
}

bool imap_datetime_parse(struct str text, int64_t *seconds)
{
    struct str date, time;
    int64_t days, of_day, zone;
    if (str_starts(text, STR(" ")))
        text = str_from(text, 1);
    if (!str_cut(&text, ' ', &date) || !str_cut(&text, ' ', &time) || !text.at)
        return false;
    if (!imap_date_parse(date, &days) || !parse_time(time, &of_day) || !parse_zone(text, &zone))
        return false;
    *seconds = days * DAY + of_day - zone;
    return true;
}

void imap_datetime_print(int64_t seconds, struct buf *out)
{
    int64_t days = seconds / DAY, of_day = seconds % DAY, year;
    unsigned month, day;
    if (of_day < 0) {
        of_day += DAY;
        days--;
    }
    calendar_date(days, &year, &month, &day);
    buf_printf(out, "\"%02u-%s-%04d %02d:%02d:%02d +0000\"", day, month_names[month - 1], (int)year,
               (int)(of_day / 3600), (int)(of_day / 60 % 60), (int)(of_day % 60));
}
