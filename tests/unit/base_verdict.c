/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts. */
#include "unit/test.h"

#include "base/verdict.h"

TEST(a_peers_enhanced_code_is_taken_when_it_agrees)
{
    struct verdict verdict;
    char status[12];
    verdict_from_reply(&verdict, 550, STR("5.1.1 no such user"));
    CHECK_STR(str_of(verdict_status(&verdict, status)), "5.1.1");
    CHECK_STR(str_of(verdict.text), "no such user");
    verdict_from_reply(&verdict, 450, STR("5.1.1 odd"));
    CHECK_STR(str_of(verdict_status(&verdict, status)), "4.0.0");
    CHECK_STR(str_of(verdict.text), "5.1.1 odd");
    verdict_from_reply(&verdict, 250, STR("1.2.3.4 is no status"));
    CHECK_STR(str_of(verdict_status(&verdict, status)), "2.0.0");
}

TEST(control_characters_do_not_survive)
{
    struct verdict verdict;
    CHECK(!verdict_set(&verdict, 451, "3.0", "a\r\nb\x7f"));
    CHECK_STR(str_of(verdict.text), "a??b?");
    CHECK_INT(verdict.class, VERDICT_DEFER);
}
