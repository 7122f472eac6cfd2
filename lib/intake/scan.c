/* SPDX-License-Identifier: BSD-2-Clause */
/* The one pass, a line piece at a time. */
#include "intake/scan.h"

#include <string.h>

enum { NO_MATCH = 100 };

static bool has_eight_bit(struct str octets)
{
    size_t i = 0;
    uint64_t word, any = 0;
    for (; i + sizeof word <= octets.len; i += sizeof word) {
        memcpy(&word, octets.at + i, sizeof word);
        any |= word;
    }
    for (; i < octets.len; i++)
        any |= (unsigned char)octets.at[i];
    return any & 0x8080808080808080u;
}

/* Follows the start of a header line along "received:". */
static void match_received(struct scan *scan, struct str run)
{
    static const char name[] = "received:";
    for (size_t i = 0; i < run.len && scan->matched < sizeof name - 1; i++)
        scan->matched = char_lower(run.at[i]) == name[scan->matched] ? scan->matched + 1 : NO_MATCH;
    if (scan->matched == sizeof name - 1) {
        scan->hops++;
        scan->matched = NO_MATCH;
    }
}

static void end_line(struct scan *scan, uint64_t length)
{
    if (length > scan->longest_line)
        scan->longest_line = length;
    if (scan->header_size == 0 && length == 0)
        scan->header_size = scan->size;
    scan->line = 0;
    scan->matched = 0;
}

static void scan_run(struct scan *scan, struct str run)
{
    bool ends = run.at[run.len - 1] == '\n';
    if (scan->line == 0 && run.at[0] == '.')
        scan->dot_lines = true;
    if (scan->header_size == 0 && scan->matched < NO_MATCH)
        match_received(scan, run);
    scan->size += run.len;
    scan->line += run.len;
    if (ends)
        end_line(scan, scan->line >= 2 ? scan->line - 2 : 0);
}

void scan_octets(struct scan *scan, struct str octets)
{
    if (!scan->eight_bit)
        scan->eight_bit = has_eight_bit(octets);
    while (octets.len) {
        size_t newline = str_find(octets, '\n');
        struct str run = newline == SIZE_MAX ? octets : str_sub(octets, 0, newline + 1);
        scan_run(scan, run);
        octets = str_from(octets, run.len);
    }
}

void scan_end(struct scan *scan)
{
    if (scan->line > scan->longest_line)
        scan->longest_line = scan->line;
    if (scan->header_size == 0)
        scan->header_size = scan->size;
}
