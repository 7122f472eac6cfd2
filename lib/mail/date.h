/* SPDX-License-Identifier: BSD-2-Clause */
/* Dates of header fields (RFC 5322 3.3, with the obsolete zones and two-digit years of 4.3). No locale, no
 * time zone database. */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include "base/buf.h"
#include "base/str.h"

struct mail_date {
    int64_t seconds;  /* since 1970, UTC */
    int zone_minutes; /* east of UTC, -1439..1439 */
};

/* The value of a Date field; comments and folding are skipped, a missing zone counts as +0000. False when it
 * is no date (a day that its month does not have, an hour 24 ...). */
bool mail_date_parse(struct str value, struct mail_date *date);
/* "Mon, 23 Nov 2026 22:11:00 +0100" */
bool mail_date_print(const struct mail_date *date, struct buf *out);
/* The same moment in the zone of the host, by localtime_r(3). */
struct mail_date mail_date_here(int64_t seconds);
/* Days since 1970 of a day of the Gregorian calendar, and back; month and day count from 1. */
int64_t calendar_days(int64_t year, unsigned month, unsigned day);
void calendar_date(int64_t days, int64_t *year, unsigned *month, unsigned *day);

#endif
