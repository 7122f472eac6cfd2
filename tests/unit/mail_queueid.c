/* SPDX-License-Identifier: BSD-2-Clause */
/* Queue ids. */
#include "unit/test.h"

#include "mail/queueid.h"

TEST(an_id_has_its_time_in_it)
{
    struct queue_id_maker maker;
    int64_t time_us;
    queue_id_init(&maker, 3, 1000);
    struct queue_id id = queue_id_next(&maker, 1795471920123456);
    CHECK_INT(strlen(id.text), QUEUE_ID_LENGTH);
    CHECK(queue_id_parse(str_of(id.text), &time_us));
    CHECK_INT(time_us, 1795471920123456);
    CHECK(id.text[10] == 'z');
    CHECK(!strpbrk(id.text, "aeiouAEIOU"));
}

TEST(ids_rise_even_when_the_clock_goes_back)
{
    struct queue_id_maker maker;
    queue_id_init(&maker, 50, 0);
    struct queue_id before = queue_id_next(&maker, 1795471920999998);
    static const int64_t clock[] = {1795471920999998, 1795471920999999, 5,
                                    1795471921000000, 1795471920000000, 1795471925000000};
    for (size_t i = 0; i < sizeof clock / sizeof clock[0]; i++) {
        struct queue_id id = queue_id_next(&maker, clock[i]);
        CHECK(strcmp(before.text, id.text) < 0);
        before = id;
    }
}

TEST(processes_and_starts_do_not_meet)
{
    struct queue_id_maker a, b, c;
    queue_id_init(&a, 1, 7);
    queue_id_init(&b, 2, 7);
    queue_id_init(&c, 1, 8);
    struct queue_id x = queue_id_next(&a, 1795471920123456), y = queue_id_next(&b, 1795471920123456);
    struct queue_id z = queue_id_next(&c, 1795471920123456);
    CHECK(strcmp(x.text, y.text) != 0 && strcmp(x.text, z.text) != 0);
}

TEST(only_the_exact_form_is_an_id)
{
    struct queue_id_maker maker;
    queue_id_init(&maker, 1, 7);
    struct queue_id id = queue_id_next(&maker, 1795471920123456);
    for (size_t at = 0; at < QUEUE_ID_LENGTH; at++)
        for (const char *wrong = "/.aeiouAEIOU -\n\xff"; *wrong; wrong++) {
            struct queue_id bad = id;
            bad.text[at] = *wrong;
            CHECK(!queue_id_parse(str_make(bad.text, QUEUE_ID_LENGTH), NULL));
        }
    for (size_t at = 11; at < QUEUE_ID_LENGTH; at++) {
        struct queue_id bad = id;
        bad.text[at] = 'z';
        CHECK(!queue_id_parse(str_of(bad.text), NULL));
        bad.text[at] = '\0';
        CHECK(!queue_id_parse(str_make(bad.text, QUEUE_ID_LENGTH), NULL));
    }
    for (size_t len = 0; len < QUEUE_ID_LENGTH; len++)
        CHECK(!queue_id_parse(str_make(id.text, len), NULL));
    CHECK(!queue_id_parse(STR("3BCDFGzzzzz0000000"), NULL));
}
