/* SPDX-License-Identifier: BSD-2-Clause */
/* Counts by name. */
#include "unit/test.h"

#include "base/tally.h"

TEST(each_name_has_a_count_of_its_own)
{
    struct tally *tally = tally_create();
    CHECK(tally_add(tally, STR("192.0.2.1")) == 1);
    CHECK(tally_add(tally, STR("192.0.2.1")) == 2);
    CHECK(tally_add(tally, STR("192.0.2.2")) == 1);
    tally_drop(tally, STR("192.0.2.1"));
    CHECK(tally_add(tally, STR("192.0.2.1")) == 2);
    tally_destroy(tally);
}

TEST(what_went_down_to_nothing_begins_anew)
{
    struct tally *tally = tally_create();
    CHECK(tally_add(tally, STR("a")) == 1);
    tally_drop(tally, STR("a"));
    CHECK(tally_add(tally, STR("a")) == 1);
    tally_destroy(tally);
    tally_destroy(NULL);
}
