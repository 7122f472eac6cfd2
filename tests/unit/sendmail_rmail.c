/* SPDX-License-Identifier: BSD-2-Clause */
/* Senders of mail by UUCP. */
#include "tools/sendmail_rmail.h"
#include "unit/test.h"

static void check_sender(const char *message, const char *wanted)
{
    struct arena *arena = arena_create(1 << 16);
    CHECK_STR(rmail_sender(str_of(message), arena), wanted);
    arena_destroy(arena);
}

TEST(the_path_is_the_hosts_that_were_passed)
{
    check_sender("From ann Mon Nov 23 10:00:00 2026 remote from lyon\nSubject: x\n\n", "ann@lyon");
    check_sender("From uucp Mon Nov 23 10:00:00 2026 remote from lyon\n"
                 ">From ann Mon Nov 23 09:00:00 2026 remote from paris\nSubject: x\n\n",
                 "paris!ann@lyon");
    check_sender("From paris!ann Mon Nov 23 10:00:00 2026 remote from lyon\r\n", "paris!ann@lyon");
}

TEST(an_address_stays_as_it_is)
{
    check_sender("From ann@paris.example Mon Nov 23 10:00:00 2026 remote from lyon\n", "ann@paris.example");
    check_sender("From ann Mon Nov 23 10:00:00 2026\n", "ann");
}

TEST(only_lines_in_front_of_the_header_count)
{
    check_sender("Subject: x\n\nFrom ann Mon Nov 23 10:00:00 2026 remote from lyon\n", "");
    check_sender("From: ann remote from lyon\n", "");
    check_sender("", "");
    check_sender("From ", "");
    check_sender("From ann date remote from", "ann");
}
