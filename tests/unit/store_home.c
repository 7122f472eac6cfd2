/* SPDX-License-Identifier: BSD-2-Clause */
/* Homes of virtual users. */
#include "store/home.h"
#include "unit/test.h"

TEST(homes_cannot_climb)
{
    static const char *const bad[] = {"..", ".x", "a/b", "", "a\nb", "\\a"};
    struct buf home;
    buf_init(&home, 200);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(!home_make(STR("/m/%d/%n"), str_of(bad[i]), STR("d"), &home));
        CHECK(!home_make(STR("/m/%d/%n"), STR("u"), str_of(bad[i]), &home));
    }
    CHECK(!home_make(STR("/m/%d/%n"), STR("a\0b"), STR("d"), &home));
    buf_clear(&home);
    CHECK(home_make(STR("/m/%d/%n/%u%%"), STR("ann"), STR("d.example"), &home));
    CHECK_STR(buf_str(&home), "/m/d.example/ann/ann@d.example%");
    buf_clear(&home);
    CHECK(!home_make(STR("m/%n"), STR("ann"), STR("d.example"), &home));
    buf_finish(&home);
}
