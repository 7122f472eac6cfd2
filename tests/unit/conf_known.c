/* SPDX-License-Identifier: BSD-2-Clause */
/* Postfix's parameters that Relais does not act on. */
#include "conf/installed.h"
#include "conf/known.h"
#include "unit/test.h"

TEST(every_name_of_the_list_is_found_with_its_default_and_its_effect)
{
#define KNOWN(name, standard, would)                                                                         \
    CHECK(conf_known(STR(name)) && str_eq(str_of(conf_known(STR(name))->fallback), STR(standard)) &&         \
          conf_known(STR(name))->effect[0]);
#include "conf/known.def"
#undef KNOWN
}

TEST(a_name_that_nobody_knows_is_not_known)
{
    CHECK(!conf_known(STR("smtpd_baner")));
    CHECK(!conf_known(STR("")));
    CHECK(!conf_known(STR("zzz")));
    CHECK(!conf_known(STR("bif")));
}
