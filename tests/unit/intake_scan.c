/* SPDX-License-Identifier: BSD-2-Clause */
/* What is learned of a message's octets does not depend on how they were cut. */
#include "unit/test.h"

#include "intake/scan.h"

static struct scan scan_in_pieces(struct str message, size_t piece)
{
    struct scan scan = {0};
    for (size_t at = 0; at < message.len; at += piece)
        scan_octets(&scan, str_sub(message, at, piece));
    scan_end(&scan);
    return scan;
}

TEST(header_hops_lines_and_dots_are_counted_at_any_cut)
{
    struct str message =
        STR("Received: a\r\n\tby b\r\nRECEIVED:c\r\nX-Received: d\r\nSubject: received: e\r\n\r\n"
            "Received: body\r\n.dot\r\nthe longest line of them all, by far\r\n");
    for (size_t piece = 1; piece <= message.len; piece++) {
        struct scan scan = scan_in_pieces(message, piece);
        CHECK_INT(scan.hops, 2);
        CHECK_INT(scan.header_size, str_find_str(message, STR("\r\n\r\n")) + 4);
        CHECK_INT(scan.longest_line, 36);
        CHECK(scan.dot_lines && !scan.eight_bit);
    }
}

TEST(a_message_without_an_empty_line_is_all_header)
{
    struct scan scan = scan_in_pieces(STR("A: b\r\nC: d\r\n"), 3);
    CHECK_INT(scan.header_size, 12);
}

TEST(an_octet_over_127_anywhere_is_seen)
{
    char message[40];
    memset(message, 'a', sizeof message);
    for (size_t at = 0; at < sizeof message; at++) {
        message[at] = '\xe4';
        CHECK(scan_in_pieces(str_make(message, sizeof message), 13).eight_bit);
        message[at] = 'a';
    }
    CHECK(!scan_in_pieces(str_make(message, sizeof message), 13).eight_bit);
}
