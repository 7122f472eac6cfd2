/* SPDX-License-Identifier: BSD-2-Clause */
/* Configurations judged as a whole: what master and relais check find. */
#include "worker/judge.h"

#include <fcntl.h>
#include <unistd.h>

#include "conf/params.h"
#include "io/file.h"
#include "unit/test.h"
#include "worker/endpoint.h"

/* A program with a list of restrictions and a file. */
static const struct param_row gate_rows[] = {{.name = "gate_restrictions",
                                              .type = PARAM_TEXT,
                                              .kind = PARAM_ACCESS,
                                              .fallback = "",
                                              .help = "Who may pass."},
                                             {.name = "gate_key",
                                              .type = PARAM_TEXT,
                                              .kind = PARAM_READABLE,
                                              .fallback = "",
                                              .offset = sizeof(struct str),
                                              .help = "What opens it."}};
static const struct param_set gate = {"gate", gate_rows, 2, 2 * sizeof(struct str)};
static const struct param_set *const sets[] = {&conf_param_set, &gate, NULL};

struct judged {
    struct arena *arena;
    struct complaints complaints;
    struct conf *conf;
};

static void judge(struct judged *judged, const char *main_cf, const char *master_cf)
{
    int directory = open(test_directory(), O_RDONLY | O_DIRECTORY);
    CHECK(file_replace(directory, "main.cf", str_of(main_cf), 0600));
    CHECK(file_replace(directory, "master.cf", str_of(master_cf), 0600));
    close(directory);
    judged->arena = arena_create(1 << 24);
    complaints_init(&judged->complaints, judged->arena);
    judged->conf = conf_load(test_directory(), sets, judged->arena, &judged->complaints);
    judge_configuration(judged->conf, judged->arena, &judged->complaints);
}

static void end(struct judged *judged)
{
    conf_free(judged->conf);
    arena_destroy(judged->arena);
}

static bool says(const struct judged *judged, const char *words)
{
    for (const struct complaint *complaint = judged->complaints.first; complaint; complaint = complaint->next)
        if (complaint->fatal && str_find_str(complaint->text, str_of(words)) != SIZE_MAX)
            return true;
    return false;
}

static size_t said_of(const struct judged *judged, const char *words)
{
    size_t count = 0;
    for (const struct complaint *complaint = judged->complaints.first; complaint; complaint = complaint->next)
        count += str_find_str(complaint->text, str_of(words)) != SIZE_MAX;
    return count;
}

TEST(everything_wrong_is_said_at_once)
{
    struct judged judged;
    judge(&judged,
          "inet_protocols = ipv5\n"
          "virtual_alias_maps = nosuchtype:/x\n"
          "virtual_mailbox_domains = lmdb:/nowhere/at/all\n",
          "nosuchport inet n - n - - smtpd\n"
          "300.1.2.3:25 inet n - n - - smtpd\n"
          "odd unix - - n - - nosuchprogram\n");
    CHECK(says(&judged, "inet_protocols: not one of"));
    CHECK(says(&judged, "main.cf, line 2: virtual_alias_maps: "));
    CHECK(says(&judged, "main.cf, line 3: virtual_mailbox_domains: "));
    CHECK(says(&judged, "master.cf, line 1: service nosuchport: no port: nosuchport"));
    CHECK(says(&judged, "master.cf, line 2: service 300.1.2.3:25: not an address: 300.1.2.3"));
    CHECK(says(&judged, "unknown program: nosuchprogram"));
    end(&judged);
}

TEST(of_a_list_each_item_that_is_wrong_is_named)
{
    struct judged judged;
    judge(&judged,
          "mynetworks = 192.0.2.0/99 !10.0.0.1/8 127.0.0.0/8 lmdb:/nowhere/at/all\n"
          "virtual_alias_maps = inline:{a=b} nosuchtype:/x texthash:/nowhere\n"
          "virtual_alias_domains = inline:{a=b} texthash:/not/there inline:{b=c\n",
          "smtp inet n - n - - smtpd\n  -o virtual_alias_maps=texthash:/never\n");
    CHECK(says(&judged, "main.cf, line 1: mynetworks: \"192.0.2.0/99\""));
    CHECK(says(&judged, "main.cf, line 1: mynetworks: \"10.0.0.1/8\""));
    CHECK(says(&judged, "main.cf, line 1: mynetworks: /nowhere/at/all"));
    CHECK(says(&judged, "main.cf, line 2: virtual_alias_maps: table \"nosuchtype:/x\""));
    CHECK(says(&judged, "main.cf, line 2: virtual_alias_maps: /nowhere: "));
    CHECK(says(&judged, "main.cf, line 3: virtual_alias_domains: /not/there: "));
    CHECK(says(&judged, "main.cf, line 3: virtual_alias_domains: a brace is not closed: inline:{b=c"));
    CHECK(says(&judged, "master.cf, line 1: virtual_alias_maps (service smtp): /never: "));
    CHECK_INT(judged.complaints.fatal_count, 8);
    end(&judged);
}

TEST(lines_that_a_table_passes_over_are_told)
{
    struct judged judged;
    judge(&judged, "virtual_alias_maps = pcre:{ {/a(/ b} {/c/ d} }\n", "smtp inet n - n - - smtpd\n");
    CHECK_INT(said_of(&judged, "main.cf, line 1: virtual_alias_maps: "), 1);
    CHECK(!says(&judged, "virtual_alias_maps"));
    end(&judged);
}

TEST(a_file_that_is_named_must_be_there)
{
    struct judged judged;
    judge(&judged, "gate_key = /nowhere/key\n", "smtp inet n - n - - smtpd\n  -o gate_key=/never/key\n");
    CHECK(says(&judged, "main.cf, line 1: gate_key: /nowhere/key: No such file"));
    CHECK(says(&judged, "master.cf, line 1: gate_key (service smtp): /never/key: No such file"));
    end(&judged);
}

TEST(what_talks_to_our_own_programs_only_is_not_put_on_the_network)
{
    struct judged judged;
    judge(&judged, "inet_protocols = ipv4\n",
          "127.0.0.1:2525 inet n - n - - qmgr\n127.0.0.1:2526 inet n - n - - showq\n");
    CHECK(says(&judged, "master.cf, line 1: qmgr is not for type inet"));
    CHECK(says(&judged, "master.cf, line 2: showq is not for type inet"));
    end(&judged);
}

TEST(complaints_have_nothing_in_them_that_rules_a_terminal)
{
    struct judged judged;
    judge(&judged, "\033[2Jname\a\n", "smtp inet n - n - - smtpd\n");
    CHECK(says(&judged, "main.cf, line 1: "));
    CHECK(!says(&judged, "\033") && !says(&judged, "\a"));
    end(&judged);
}

TEST(the_tables_of_restrictions_must_be_there)
{
    struct judged judged;
    judge(&judged,
          "gate_restrictions = check_client_access lmdb:/nowhere/at/all, check_helo_access inline:{a=OK},\n"
          "  check_sender_access nosuchtype:/x, check_odd_access inline:{a=OK}\n",
          "smtp inet n - n - - smtpd\n");
    CHECK(says(&judged, "gate_restrictions: check_client_access: "));
    CHECK(says(&judged, "gate_restrictions: check_sender_access: "));
    CHECK(says(&judged, "gate_restrictions: unknown restriction: check_odd_access"));
    CHECK(!says(&judged, "check_helo_access"));
    end(&judged);
}

TEST(what_inet_interfaces_has_must_be_addresses)
{
    struct judged judged;
    judge(&judged, "inet_interfaces = 127.0.0.1, mail.example.org\n", "smtp inet n - n - - smtpd\n");
    CHECK(says(&judged, "service smtp: not an address: mail.example.org"));
    end(&judged);
}

TEST(good_services_are_not_complained_of)
{
    struct judged judged;
    judge(&judged, "inet_interfaces = loopback-only\n",
          "smtp inet n - n - - smtpd\n"
          "[::1]:2525 inet n - n - - smtpd\n"
          "127.0.0.1:submission inet n - n - - smtpd\n"
          "qmgr unix - - n - 1 qmgr\n"
          "bounce unix - - n - - bounce\n");
    CHECK_INT(said_of(&judged, "service"), 0);
    end(&judged);
}

TEST(as_root_there_must_be_a_user_for_each_role)
{
    struct judged judged;
    judge(&judged, "mail_owner = no-such-group\n", "smtp inet n - n - - smtpd\n");
    CHECK_INT(said_of(&judged, "there is no group no-such-group"), geteuid() == 0 ? 1 : 0);
    end(&judged);
}

TEST(an_endpoint_is_an_address_and_a_port)
{
    struct conf_params params = {.inet_interfaces = STR("all"), .inet_protocols = STR("all")};
    struct endpoints endpoints;
    struct verdict verdict;
    CHECK(endpoints_read(STR("smtp"), &params, &endpoints, &verdict));
    CHECK_INT(endpoints.count, 2);
    CHECK_STR(str_of(endpoints.at[0].name), "[0.0.0.0]:25");
    CHECK_STR(str_of(endpoints.at[1].name), "[::]:25");
    params.inet_protocols = STR("ipv4");
    CHECK(endpoints_read(STR("10025"), &params, &endpoints, &verdict));
    CHECK_INT(endpoints.count, 1);
    CHECK(endpoints_read(STR("localhost:imaps"), &params, &endpoints, &verdict));
    CHECK_STR(str_of(endpoints.at[0].name), "[127.0.0.1]:993");
    CHECK(!endpoints_read(STR("127.0.0.1:0"), &params, &endpoints, &verdict));
    CHECK(!endpoints_read(STR("127.0.0.1:65536"), &params, &endpoints, &verdict));
    CHECK(!endpoints_read(STR("127.0.0.1:"), &params, &endpoints, &verdict));
}

TEST(a_domain_in_two_classes_is_warned_of)
{
    struct judged judged;
    judge(&judged,
          "mydestination = a.example, B.example\nvirtual_alias_domains = b.example c.example\n"
          "virtual_mailbox_domains = c.example, static:x\nrelay_domains = a.example\n",
          "q unix - - n - - qmgr\n");
    CHECK_INT(
        said_of(&judged, "do not list domain B.example in both mydestination and virtual_alias_domains"), 1);
    CHECK_INT(
        said_of(&judged,
                "do not list domain c.example in both virtual_alias_domains and virtual_mailbox_domains"),
        1);
    CHECK_INT(said_of(&judged, "do not list"), 2);
    end(&judged);
}

TEST(two_services_on_one_port_are_refused)
{
    struct judged judged;
    judge(&judged, "inet_interfaces = 127.0.0.1\n",
          "25 inet n - n - - smtpd\n127.0.0.1:smtp inet n - n - - smtpd\n587 inet n - n - - smtpd\n"
          "smtp unix - - n - - smtp\n");
    CHECK(says(&judged, "the service 25 listens on [127.0.0.1]:25 already"));
    CHECK_INT(said_of(&judged, "listens on"), 1);
    end(&judged);
}

TEST(a_restriction_of_postfix_is_refused_once_with_what_follows_it)
{
    struct judged judged;
    judge(
        &judged,
        "gate_restrictions = reject_rbl_client zen.example, permit, reject_unknown_sender_domain, nonsense\n",
        "q unix - - n - - qmgr\n");
    CHECK(says(&judged, "does not have this restriction of Postfix's: reject_rbl_client"));
    CHECK(says(&judged, "does not have this restriction of Postfix's: reject_unknown_sender_domain"));
    CHECK(says(&judged, "unknown restriction: nonsense"));
    CHECK_INT(said_of(&judged, "zen.example"), 0);
    end(&judged);
}

TEST(a_service_that_others_call_and_that_is_missing_is_warned_of_once)
{
    struct judged judged;
    judge(&judged, "mydestination =\n",
          "local unix - - n - - local\nvirtual unix - - n - - virtual\nqmgr unix - - n - 1 qmgr\n"
          "bounce unix - - n - - bounce\n");
    CHECK_INT(said_of(&judged, "there is no service agent, which delivers to users of this host for local"),
              1);
    CHECK_INT(said_of(&judged, "there is no service"), 1);
    end(&judged);
}
