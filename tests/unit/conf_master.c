/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading master.cf. */
#include "conf/master_cf.h"

#include <stdio.h>
#include <string.h>

#include "unit/test.h"

struct reading {
    struct arena *arena;
    struct complaints complaints;
    struct services services;
};

static void read_text(struct reading *reading, const char *text)
{
    reading->arena = arena_create(1 << 24);
    complaints_init(&reading->complaints, reading->arena);
    master_cf_read("master.cf", str_of(text), reading->arena, &reading->complaints, &reading->services);
}

static size_t refusals(const char *text)
{
    struct reading reading;
    read_text(&reading, text);
    size_t count = reading.complaints.fatal_count;
    arena_destroy(reading.arena);
    return count;
}

TEST(a_service_has_eight_fields_with_defaults)
{
    struct reading reading;
    read_text(&reading, "smtp inet n - y - - smtpd\nqmgr unix - - n 300 1 qmgr\n");
    CHECK(reading.services.count == 2 && reading.complaints.fatal_count == 0);
    const struct service *smtp = &reading.services.at[0], *qmgr = &reading.services.at[1];
    CHECK_STR(smtp->name, "smtp");
    CHECK(smtp->type == SERVICE_INET && !smtp->private && smtp->maxproc == -1 && smtp->line == 1);
    CHECK(qmgr->type == SERVICE_UNIX && qmgr->private && qmgr->maxproc == 1);
    arena_destroy(reading.arena);
}

TEST(options_go_over_continued_lines_and_may_have_blanks_in_braces)
{
    struct reading reading;
    read_text(&reading, "submission inet n - n - - smtpd\n  -o a=b\n# note\n  -o { c = d e }\n  -of=g -v\n");
    CHECK(reading.services.count == 1 && reading.complaints.fatal_count == 0);
    const struct service *service = &reading.services.at[0];
    CHECK(service->option_count == 3);
    CHECK_STR(service->options[0].value, "b");
    CHECK_STR(service->options[1].name, "c");
    CHECK_STR(service->options[1].value, "d e");
    CHECK_STR(service->options[2].name, "f");
    arena_destroy(reading.arena);
}

TEST(a_later_service_of_the_same_name_and_type_replaces_the_earlier)
{
    struct reading reading;
    read_text(&reading, "smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\nsmtp inet n - n - 5 smtpd\n");
    CHECK(reading.services.count == 2 && reading.complaints.fatal_count == 0 && reading.complaints.first);
    CHECK(reading.services.at[0].maxproc == 5);
    arena_destroy(reading.arena);
}

TEST(what_is_wrong_is_said_all_at_once)
{
    CHECK(refusals("smtp inet n - n - - smtpd\n") == 0);
    CHECK(refusals("smtp inet n - n -\n") == 1);
    CHECK(refusals("smtp tcp n - n - - smtpd\nx unix maybe - n - - smtp\n") == 2);
    CHECK(refusals("smtp inet y - n - - smtpd\n") == 1);
    CHECK(refusals("smtp inet n - n - many smtpd\n") == 1);
    CHECK(refusals("smtp inet n - n - - smtpd -o nothing\n") == 1);
    CHECK(refusals("smtp inet n - n - - smtpd -o\n") == 1);
}

TEST(arguments_behind_the_options_are_kept_as_they_are)
{
    struct reading reading;
    read_text(&reading, "uucp unix - n n - - pipe -o a=b\n  flags=F user=u argv=uux -o x=y ($recipient)\n");
    CHECK(reading.services.count == 1 && !reading.complaints.first);
    const struct service *service = &reading.services.at[0];
    CHECK(service->option_count == 1);
    CHECK_STR(service->arguments, "flags=F user=u argv=uux -o x=y ($recipient)");
    arena_destroy(reading.arena);
}

TEST(every_type_of_postfix_is_known)
{
    static const char *const names[] = {"inet", "unix", "pass", "fifo", "unix-dgram"};
    for (size_t i = 0; i < 5; i++) {
        struct reading reading;
        char line[60];
        snprintf(line, sizeof line, "x %s n - n - 1 postlogd\n", names[i]);
        read_text(&reading, line);
        CHECK(reading.services.count == 1 && !reading.complaints.first);
        CHECK(strcmp(service_type_name(reading.services.at[0].type), names[i]) == 0);
        arena_destroy(reading.arena);
    }
}

TEST(of_two_options_for_a_name_the_last_counts)
{
    struct reading reading;
    read_text(&reading, "smtp inet n - n - - smtpd -o a=1 -o b=2 -o a=3\n");
    const struct service *service = &reading.services.at[0];
    CHECK(service_option(service, STR("a")) && service_option(service, STR("b")));
    CHECK_STR(*service_option(service, STR("a")), "3");
    CHECK(!service_option(service, STR("c")));
    arena_destroy(reading.arena);
}
