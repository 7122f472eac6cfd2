/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs while we are built: prints a table for each row of charset_points.def, the code point of each octet or
 * pair, 0 where there is none, as iconv(3) has it on the building machine. Our programs are confined and
 * could not load iconv's modules.
 */
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned point_of(iconv_t converter, char *octets, size_t count)
{
    unsigned char out[8] = {0};
    char *to = (char *)out;
    size_t room = sizeof out, left = count;
    iconv(converter, NULL, NULL, NULL, NULL);
    if (iconv(converter, &octets, &left, &to, &room) == (size_t)-1)
        return 0;
    iconv(converter, NULL, NULL, &to, &room); /* what may still be combined with what follows */
    return room == sizeof out - 2 ? (unsigned)out[0] << 8 | out[1] : 0;
}

static iconv_t open_charset(const char *charset)
{
    iconv_t converter = iconv_open("UTF-16BE", charset);
    if (converter != (iconv_t)-1)
        return converter;
    fprintf(stderr, "iconv does not know %s; are its modules installed?\n", charset);
    exit(1);
}

static void print_single(const char *table, const char *charset)
{
    iconv_t converter = open_charset(charset);
    printf("static const uint16_t %s_points[128] = {", table);
    for (unsigned octet = 0x80; octet <= 0xff; octet++) {
        char octets[1] = {(char)octet};
        printf("%u,", point_of(converter, octets, 1));
    }
    printf("};\n");
    iconv_close(converter);
}

static void print_double(const char *table, const char *charset, const unsigned limits[4])
{
    iconv_t converter = open_charset(charset);
    printf("static const uint16_t %s_points[] = {", table);
    for (unsigned lead = limits[0]; lead <= limits[1]; lead++)
        for (unsigned trail = limits[2]; trail <= limits[3]; trail++) {
            char octets[2] = {(char)lead, (char)trail};
            printf("%u,", point_of(converter, octets, 2));
        }
    printf("};\n");
    iconv_close(converter);
}

int main(void)
{
#define SINGLE(table, charset) print_single(#table, charset);
#define DOUBLE(table, charset, lead_first, lead_last, trail_first, trail_last, kana)                         \
    print_double(#table, charset, (const unsigned[]){lead_first, lead_last, trail_first, trail_last});
#define NAME(name, table)
#include "mail/charset_points.def"
    return 0;
}
