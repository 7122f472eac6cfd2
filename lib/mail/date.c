/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates as header fields write them: see the header. */
#include "mail/date.h"

#include <time.h>

#include "mail/cfws.h"

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char day_names[] = "SunMonTueWedThuFriSat";

/* Years run from March here, so that the leap day is the last of its year. */
int64_t calendar_days(int64_t year, unsigned month, unsigned day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    unsigned year_of_era = (unsigned)(y - era * 400);
    unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

void calendar_date(int64_t days, int64_t *year, unsigned *month, unsigned *day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    unsigned of_era = (unsigned)(z - era * 146097);
    unsigned y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    unsigned of_year = of_era - (365 * y + y / 4 - y / 100);
    unsigned shifted = (5 * of_year + 2) / 153;
    *day = of_year - (153 * shifted + 2) / 5 + 1;
    *month = shifted < 10 ? shifted + 3 : shifted - 9;
    *year = (int64_t)y + era * 400 + (*month <= 2);
}

static unsigned days_of_month(int64_t year, unsigned month)
{
    return (unsigned)(calendar_days(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1, 1) -
                      calendar_days(year, month, 1));
}

/* --- reading --- */

static bool take_digits(struct str *s, size_t least, size_t most, unsigned *value, size_t *digits)
{
    size_t len = 0;
    cfws_skip(s);
    *value = 0;
    while (len < s->len && len < most && char_is_digit(s->at[len]))
        *value = *value * 10 + (unsigned)(s->at[len++] - '0');
    if (len < least || (len < s->len && char_is_digit(s->at[len])))
        return false;
    *s = str_from(*s, len);
    *digits = len;
    return true;
}

static struct str take_letters(struct str *s)
{
    size_t len = 0;
    cfws_skip(s);
    while (len < s->len && char_is_alpha(s->at[len]))
        len++;
    struct str letters = str_sub(*s, 0, len);
    *s = str_from(*s, len);
    return letters;
}

/* The place of a name of three letters in a row of such names, or `count`. */
static unsigned name_index(struct str name, const char *names, unsigned count)
{
    for (unsigned i = 0; name.len == 3 && i < count; i++)
        if (str_eq_nocase(name, str_make(names + (size_t)i * 3, 3)))
            return i;
    return count;
}

/* RFC 5322 4.3: two digits below 50 are of this century, other two and three digits of the last one's count.
 */
static bool take_year(struct str *s, int64_t *year)
{
    unsigned value;
    size_t digits;
    if (!take_digits(s, 2, 4, &value, &digits))
        return false;
    *year = digits == 4 ? value : digits == 2 && value < 50 ? 2000 + (int64_t)value : 1900 + (int64_t)value;
    return *year >= 1900 || digits == 4;
}

/* RFC 5322 4.3: other letters mean that the zone is not known. */
static int named_zone(struct str name)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
                 {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (str_eq_nocase(name, str_of(zones[i].name)))
            return zones[i].hours * 60;
    return 0;
}

static bool take_zone(struct str *s, int *minutes)
{
    unsigned value;
    size_t digits;
    bool west = cfws_take(s, '-');
    *minutes = 0;
    if (!west && !cfws_take(s, '+')) {
        *minutes = named_zone(take_letters(s));
        return true;
    }
    if (!take_digits(s, 4, 4, &value, &digits) || value % 100 > 59 || value / 100 > 23)
        return false;
    *minutes = (int)(value / 100 * 60 + value % 100) * (west ? -1 : 1);
    return true;
}

static bool take_time(struct str *s, int64_t *seconds)
{
    unsigned hour, minute, second = 0;
    size_t digits;
    if (!take_digits(s, 1, 2, &hour, &digits) || !cfws_take(s, ':') ||
        !take_digits(s, 2, 2, &minute, &digits))
        return false;
    if (cfws_take(s, ':') && !take_digits(s, 2, 2, &second, &digits))
        return false;
    *seconds = (int64_t)hour * 3600 + minute * 60 + second;
    return hour < 24 && minute < 60 && second <= 60;
}

bool mail_date_parse(struct str value, struct mail_date *date)
{
    struct str s = value;
    unsigned day;
    size_t digits;
    int64_t year, seconds;
    if (take_letters(&s).len)
        cfws_take(&s, ',');
    if (!take_digits(&s, 1, 2, &day, &digits))
        return false;
    unsigned month = name_index(take_letters(&s), month_names, 12) + 1;
    if (month > 12 || !take_year(&s, &year) || day < 1 || day > days_of_month(year, month))
        return false;
    if (!take_time(&s, &seconds) || !take_zone(&s, &date->zone_minutes))
        return false;
    date->seconds = calendar_days(year, month, day) * 86400 + seconds - (int64_t)date->zone_minutes * 60;
    return true;
}

/* --- writing --- */

bool mail_date_print(const struct mail_date *date, struct buf *out)
{
    int64_t local = date->seconds + (int64_t)date->zone_minutes * 60;
    int64_t days = local / 86400 - (local % 86400 < 0);
    unsigned rest = (unsigned)(local - days * 86400);
    unsigned zone = (unsigned)(date->zone_minutes < 0 ? -date->zone_minutes : date->zone_minutes);
    unsigned weekday = (unsigned)(((days + 4) % 7 + 7) % 7);
    int64_t year;
    unsigned month, day;
    calendar_date(days, &year, &month, &day);
    return buf_printf(out, "%.3s, %u %.3s %04lld %02u:%02u:%02u %c%02u%02u", day_names + weekday * 3, day,
                      month_names + (month - 1) * 3, (long long)year, rest / 3600, rest / 60 % 60, rest % 60,
                      date->zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
}

struct mail_date mail_date_here(int64_t seconds)
{
    struct tm tm = {0};
    time_t moment = (time_t)seconds;
    localtime_r(&moment, &tm);
    return (struct mail_date){.seconds = seconds, .zone_minutes = (int)(tm.tm_gmtoff / 60)};
}
