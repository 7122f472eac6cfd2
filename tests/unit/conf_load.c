/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole configurations: files one over the other, values of services, names that nobody knows. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/params.h"
#include "conf/service_param.h"
#include "io/file.h"
#include "unit/test.h"

static const struct param_set *const sets[] = {&conf_param_set, NULL};

struct place {
    char directory[64];
    struct arena *arena;
    struct complaints complaints;
    struct conf *conf;
};

static void write_file(const struct place *place, const char *name, const char *text)
{
    struct buf path;
    buf_init(&path, 200);
    buf_printf(&path, "%s/%s", place->directory, name);
    CHECK(file_replace(AT_FDCWD, buf_cstr(&path), str_of(text), 0600));
    buf_finish(&path);
}

static void load_with(struct place *place, const struct param_set *const *rows, const char *main_cf,
                      const char *conf_d, const char *master_cf)
{
    struct buf path;
    snprintf(place->directory, sizeof place->directory, "/tmp/relais-conf.XXXXXX");
    CHECK(mkdtemp(place->directory));
    buf_init(&path, 200);
    buf_printf(&path, "%s/conf.d", place->directory);
    CHECK(mkdir(buf_cstr(&path), 0700) == 0);
    buf_finish(&path);
    write_file(place, "main.cf", main_cf);
    write_file(place, "conf.d/10.cf", conf_d);
    write_file(place, "master.cf", master_cf);
    place->arena = arena_create(1 << 24);
    complaints_init(&place->complaints, place->arena);
    place->conf = conf_load(place->directory, rows, place->arena, &place->complaints);
}

static void load(struct place *place, const char *main_cf, const char *conf_d, const char *master_cf)
{
    load_with(place, sets, main_cf, conf_d, master_cf);
}

static void unload(struct place *place)
{
    static const char *const names[] = {"main.cf", "master.cf", "conf.d/10.cf", "conf.d", ""};
    struct buf path;
    conf_free(place->conf);
    arena_destroy(place->arena);
    buf_init(&path, 200);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        buf_clear(&path);
        buf_printf(&path, "%s/%s", place->directory, names[i]);
        CHECK(remove(buf_cstr(&path)) == 0);
    }
    buf_finish(&path);
}

static struct str value(struct place *place, const struct service *service, const char *name)
{
    struct str found;
    CHECK(conf_value(place->conf, service, str_of(name), place->arena, &place->complaints, &found));
    return found;
}

static size_t warnings(const struct place *place, const char *part)
{
    size_t count = 0;
    for (const struct complaint *one = place->complaints.first; one; one = one->next)
        count += str_find_str(one->text, str_of(part)) != SIZE_MAX;
    return count;
}

TEST(a_file_in_conf_d_comes_after_main_cf)
{
    struct place place;
    load(&place, "recipient_delimiter = +\nmyhostname = a.example.org\n", "recipient_delimiter = -\n", "");
    CHECK_STR(value(&place, NULL, "recipient_delimiter"), "-");
    CHECK_STR(value(&place, NULL, "mydomain"), "example.org");
    unload(&place);
}

TEST(a_service_sees_its_own_options_first)
{
    struct place place;
    load(&place, "who = main\nsyslog_name = x/$who\n", "", "smtp inet n - n - - smtpd -o who=service\n");
    const struct services *services = conf_services(place.conf);
    CHECK(services->count == 1);
    CHECK_STR(value(&place, &services->at[0], "syslog_name"), "x/service");
    CHECK_STR(value(&place, NULL, "syslog_name"), "x/main");
    unload(&place);
}

TEST(a_name_that_a_value_uses_is_used_and_another_is_warned_of)
{
    struct place place;
    load(&place, "who = main\nsyslog_name = $who\nmynetwork = x\nbiff = no\n", "", "");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(place.complaints.fatal_count == 0);
    CHECK(warnings(&place, "unused parameter: mynetwork=x") == 1);
    CHECK(warnings(&place, "who") == 0);
    CHECK(warnings(&place, "biff is Postfix's") == 1);
    unload(&place);
}

TEST(every_bad_value_is_complained_of_at_once)
{
    struct place place;
    load(&place, "message_size_limit = many\nmail_base = here\ndefault_process_limit = 0\n", "", "");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(warnings(&place, "message_size_limit") == 1);
    CHECK(warnings(&place, "mail_base") == 1);
    CHECK(warnings(&place, "default_process_limit") == 1);
    CHECK(place.complaints.fatal_count == 3);
    unload(&place);
}

TEST(setting_a_name_twice_is_warned_of_when_the_values_differ)
{
    struct place place;
    load(&place, "a = 1\na = 1\nb = 1\nb = 2\n", "", "");
    CHECK(warnings(&place, "overriding earlier entry: a") == 0);
    CHECK(warnings(&place, "overriding earlier entry: b=1") == 1);
    CHECK_STR(value(&place, NULL, "b"), "2");
    unload(&place);
}

TEST(a_line_without_an_equals_sign_is_refused_with_its_place)
{
    struct place place;
    load(&place, "a = 1\nnonsense\n", "", "");
    CHECK(place.complaints.fatal_count == 1);
    CHECK(warnings(&place, "main.cf, line 2: missing '='") == 1);
    unload(&place);
}

TEST(a_complaint_about_a_value_says_file_and_line)
{
    struct place place;
    load(&place, "\nmessage_size_limit = many\n", "mail_base = here\n",
         "smtp inet n - n - - smtpd -o default_process_limit=0\n");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(warnings(&place, "/main.cf, line 2: message_size_limit") == 1);
    CHECK(warnings(&place, "/conf.d/10.cf, line 1: mail_base") == 1);
    CHECK(warnings(&place, "/master.cf, line 1: default_process_limit") == 1);
    CHECK(place.complaints.fatal_count == 3);
    unload(&place);
}

TEST(a_slip_in_an_option_of_a_service_is_warned_of)
{
    struct place place;
    load(&place, "syslog_name = $used\n", "",
         "smtp inet n - n - - smtpd -o sylog_name=x -o used=1 -o syslog_name=relais/$service_name\n"
         "x unix - - n - - smtp -o biff=no -o service_name=other\n");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(place.complaints.fatal_count == 0);
    CHECK(warnings(&place, "/master.cf, line 1: unused parameter: sylog_name=x") == 1);
    CHECK(warnings(&place, "unused parameter") == 1);
    CHECK(warnings(&place, "/master.cf, line 2: biff is Postfix's") == 1);
    CHECK(warnings(&place, "/master.cf, line 2: service_name cannot be set") == 1);
    CHECK(warnings(&place, "undefined") == 0);
    CHECK_STR(value(&place, &conf_services(place.conf)->at[0], "syslog_name"), "relais/smtp");
    unload(&place);
}

TEST(a_slip_is_told_with_the_name_that_was_meant)
{
    struct place place;
    load(&place, "mydomian = a\nmydestinatio = b\nmyyorigin = c\nbif = no\nquitedifferent = d\n", "", "");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(warnings(&place, "unused parameter: mydomian=a (is mydomain meant?)") == 1);
    CHECK(warnings(&place, "unused parameter: mydestinatio=b (is mydestination meant?)") == 1);
    CHECK(warnings(&place, "unused parameter: myyorigin=c (is myorigin meant?)") == 1);
    CHECK(warnings(&place, "unused parameter: bif=no (is biff meant?)") == 1);
    CHECK(warnings(&place, "meant?") == 4);
    unload(&place);
}

TEST(what_postfix_would_do_anyway_is_not_told)
{
    struct place place;
    load(&place, "biff = yes\nmilter_protocol = 6\nfast_flush_domains = $relay_domains\n", "biff = YES\n",
         "");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(warnings(&place, "would have") == 0);
    unload(&place);
    load(&place, "biff = yes\n", "biff = no\n", "");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(warnings(&place, "biff is Postfix's and does nothing here") == 1);
    unload(&place);
}

TEST(names_are_judged_without_values)
{
    struct place place;
    load(&place, "message_size_limit = soon\nbiff = no\ntypo = 1\n", "", "");
    conf_check_names(place.conf, place.arena, &place.complaints);
    CHECK_INT(place.complaints.fatal_count, 0);
    CHECK(warnings(&place, "") == 1 && warnings(&place, "unused parameter: typo=1") == 1);
    unload(&place);
}

TEST(a_name_that_is_not_defined_is_warned_of_where_a_value_refers_to_it)
{
    struct place place;
    load(&place, "mydestination = $myhostname $myhostnam\nsyslog_name = ${stress?{a}:{b}}\n", "", "");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(warnings(&place, "/main.cf, line 1: undefined parameter: myhostnam") == 1);
    CHECK(warnings(&place, "undefined") == 1);
    CHECK_STR(value(&place, NULL, "syslog_name"), "b");
    unload(&place);
}

TEST(names_of_services_of_restriction_classes_and_of_tables_are_no_slips)
{
    struct place place;
    load(&place,
         "slow_destination_concurrency_limit = 1\nslaw_destination_concurrency_limit = 1\n"
         "smtpd_restriction_classes = strict, lax\nstrict = reject\n"
         "virtual_alias_maps = proxy:ldap:staff hash:/etc/x\nstaff_server_host = h\n",
         "", "slow unix - - n - - smtp\n");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(warnings(&place, "unused parameter: slaw_destination_concurrency_limit=1") == 1);
    CHECK(warnings(&place, "unused parameter") == 1);
    CHECK(warnings(&place, "slow_destination_concurrency_limit is Postfix's") == 1);
    CHECK(conf_service_param(place.conf, STR("slow_time_limit")));
    CHECK(!conf_service_param(place.conf, STR("slow_banner")));
    unload(&place);
}

static const struct param_row pace_rows[] = {
    {"default_destination_rate_delay", PARAM_TIME, PARAM_PLAIN, "0s", 0, 3600, "p", 0}};
static const struct param_set pace_set = {"qmgr", pace_rows, 1, sizeof(int64_t)};
static const struct param_set *const sets_with_pace[] = {&conf_param_set, &pace_set, NULL};

TEST(what_is_set_for_one_service_is_judged_as_the_row_that_it_stands_for)
{
    struct place place;
    struct param_row row;
    load_with(&place, sets_with_pace,
              "slow_destination_rate_delay = 500ms\nquick_destination_rate_delay = soon\n"
              "slaw_destination_rate_delay = 1s\n",
              "",
              "slow unix - - n - - smtp\nquick unix - - n - - smtp\n"
              "qmgr unix - - n - 1 qmgr -o slow_destination_rate_delay=2h\n");
    conf_check(place.conf, place.arena, &place.complaints);
    CHECK(warnings(&place, "/main.cf, line 2: quick_destination_rate_delay: not a time: soon") == 1);
    CHECK(warnings(&place, "line 3: slow_destination_rate_delay: 2h is not between 0s and 3600s") == 1);
    CHECK(warnings(&place, "unused parameter: slaw_destination_rate_delay=1s") == 1);
    CHECK_INT(place.complaints.fatal_count, 2);
    CHECK(conf_service_row(place.conf, STR("slow_destination_rate_delay"), place.arena, &row));
    CHECK(!conf_service_row(place.conf, STR("slow_delivery_slot_cost"), place.arena, &row));
    CHECK_STR(value(&place, NULL, "slow_destination_rate_delay"), "500ms");
    unload(&place);
}

TEST(what_is_not_set_for_one_service_is_what_it_is_for_all)
{
    struct place place;
    load_with(&place, sets_with_pace, "default_destination_rate_delay = 3s\n", "",
              "slow unix - - n - - smtp\n");
    CHECK_STR(value(&place, NULL, "slow_destination_rate_delay"), "3s");
    CHECK_STR(value(&place, NULL, "slow_delivery_slot_cost"), "");
    unload(&place);
}

TEST(a_default_of_postfix_counts_where_a_value_refers_to_it)
{
    struct place place;
    load(&place, "syslog_name = x-$biff\n", "", "");
    CHECK_STR(value(&place, NULL, "syslog_name"), "x-yes");
    unload(&place);
}
