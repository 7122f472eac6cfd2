/* SPDX-License-Identifier: BSD-2-Clause */
/* How much an alias may stand for: what is accepted can be told to qmgr. */
#include "map/destinations.h"

#include "io/fdpass.h"
#include "unit/test.h"
#include "wire/delivered.h"

/* Adds addresses of so many octets until one is refused; what was accepted fits a packet. */
static size_t fill(size_t octets, struct verdict *verdict)
{
    struct arena *arena = arena_create(4 * 1024 * 1024);
    struct destinations list;
    struct outcome outcome = {.class = VERDICT_OK, .code = 250, .forwarder = STR("list@x.example")};
    struct delivered answer = {.request = 1, .outcomes = &outcome, .outcomes_count = 1};
    struct buf packet;
    char text[400];
    destinations_init(&list, STR("list"), STR("x.example"), arena);
    do
        snprintf(text, sizeof text, "%0*zu@x.example", (int)octets - 10, list.count);
    while (destinations_add(&list, str_of(text), false, verdict));
    size_t count = list.count;
    destinations_share_out(&list, &outcome.forward, &outcome.parts);
    CHECK_INT(outcome.forward.count, count);
    buf_init(&packet, PACKET_LIMIT - 1024);
    CHECK(wire_encode(&delivered_message, &answer, &packet));
    buf_finish(&packet);
    arena_destroy(arena);
    return count;
}

TEST(an_alias_has_a_thousand_destinations_or_as_many_as_a_packet_can_say)
{
    static const size_t octets[] = {20, 40, 60, 80, 200, 320};
    struct verdict verdict;
    for (size_t i = 0; i < sizeof octets / sizeof octets[0]; i++) {
        size_t count = fill(octets[i], &verdict);
        CHECK(count <= DESTINATIONS_LIMIT);
        CHECK(octets[i] > 50 || count == DESTINATIONS_LIMIT);
        CHECK(octets[i] < 60 || count * octets[i] > DESTINATIONS_OCTETS * 9 / 10);
        CHECK_INT(verdict.class, VERDICT_REJECT);
        CHECK(verdict.subject == 4 && verdict.detail == 6);
    }
}
