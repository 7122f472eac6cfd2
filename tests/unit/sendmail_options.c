/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of sendmail(1). */
#include "tools/sendmail_options.h"

#include <unistd.h>

#include "unit/test.h"

enum { WORDS = 40 };

/* Reads a command line given as one text; false when it is refused. */
static bool read_line(const char *text, struct sendmail_options *options)
{
    static char copy[400];
    static char *argv[WORDS];
    const char *why;
    int argc = 0;
    char *rest = copy;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word; argc < WORDS - 1 && (word = strsep(&rest, " "));)
        argv[argc++] = word;
    argv[argc] = NULL;
    optind = 0;
    bool good = sendmail_options_read(argc, argv, options, &why);
    CHECK(good == !why);
    return good;
}

TEST(the_flags_of_the_trade_are_read)
{
    struct sendmail_options options;
    CHECK(read_line("/usr/sbin/sendmail -t -oi -fa@b -FName -N success,delay -R hdrs -V id1 -B 8BITMIME x y",
                    &options));
    CHECK(options.job == SENDMAIL_SUBMIT && options.from_header && options.dots_are_text &&
          options.eight_bit);
    CHECK_STR(str_of(options.sender), "a@b");
    CHECK_STR(str_of(options.full_name), "Name");
    CHECK_STR(str_of(options.notify), "success,delay");
    CHECK_STR(str_of(options.ret), "hdrs");
    CHECK_STR(str_of(options.envid), "id1");
    CHECK_INT(options.recipient_count, 2);
    CHECK_STR(str_of(options.recipients[1]), "y");
}

TEST(flags_without_a_meaning_here_are_taken)
{
    struct sendmail_options options;
    CHECK(read_line(
        "sendmail -C /etc/evil.cf -O DeliveryMode=q -X /tmp/log -L tag -G -U -v -n -m -em -h 5 -Am -odq "
        "-p SMTP:host who",
        &options));
    CHECK(options.job == SENDMAIL_SUBMIT && !options.dots_are_text);
    CHECK_INT(options.recipient_count, 1);
}

TEST(what_cron_php_mutt_mailx_and_git_say_is_read)
{
    struct sendmail_options options;
    CHECK(read_line("/usr/sbin/sendmail -FCronDaemon -i -B8BITMIME -oem user", &options));
    CHECK(options.dots_are_text && options.eight_bit && options.recipient_count == 1);
    CHECK_STR(str_of(options.full_name), "CronDaemon");
    CHECK(read_line("/usr/sbin/sendmail -t -i -fwww@example.org", &options) && options.from_header);
    CHECK(read_line("sendmail -oem -oi -N failure,delay -R hdrs -f me@example.org -- you@example.org",
                    &options));
    CHECK(options.dots_are_text && options.recipient_count == 1);
    CHECK(read_line("send-mail -i -f me@example.org you@example.org", &options) && options.dots_are_text);
    CHECK(read_line("/usr/lib/sendmail -oi -t -odb -oee", &options) && options.from_header);
}

TEST(two_dashes_end_the_options)
{
    struct sendmail_options options;
    CHECK(read_line("sendmail -i -- -t -fevil", &options));
    CHECK(!options.from_header && !options.sender);
    CHECK_INT(options.recipient_count, 2);
    CHECK_STR(str_of(options.recipients[0]), "-t");
}

TEST(the_name_and_modes_say_what_to_do)
{
    struct sendmail_options options;
    CHECK(read_line("/usr/bin/mailq", &options) && options.job == SENDMAIL_LIST);
    CHECK(read_line("newaliases", &options) && options.job == SENDMAIL_ALIASES);
    CHECK(read_line("runq", &options) && options.job == SENDMAIL_FLUSH);
    CHECK(read_line("sendmail -bp", &options) && options.job == SENDMAIL_LIST);
    CHECK(read_line("sendmail -bi", &options) && options.job == SENDMAIL_ALIASES);
    CHECK(read_line("sendmail -I", &options) && options.job == SENDMAIL_ALIASES);
    CHECK(read_line("sendmail -bs", &options) && options.job == SENDMAIL_TALK);
    CHECK(read_line("sendmail -bm x", &options) && options.job == SENDMAIL_SUBMIT && !options.by_uucp);
    CHECK(read_line("sendmail -bv x", &options) && options.job == SENDMAIL_VERIFY);
    CHECK(read_line("/usr/bin/rmail x", &options) && options.job == SENDMAIL_SUBMIT && options.by_uucp &&
          options.dots_are_text);
    CHECK(read_line("sendmail -q", &options) && options.job == SENDMAIL_FLUSH);
    CHECK(read_line("sendmail -q30m", &options) && options.job == SENDMAIL_FLUSH);
    CHECK(read_line("sendmail -qRexample.com", &options) && options.job == SENDMAIL_FLUSH_SITE);
    CHECK_STR(str_of(options.flush), "example.com");
    CHECK(read_line("sendmail -qIABC", &options) && options.job == SENDMAIL_FLUSH_ID);
}

TEST(what_cannot_be_done_is_refused)
{
    static const char *const wrong[] = {
        "sendmail -bd", "sendmail -bh", "sendmail -N sometimes",   "sendmail -R all", "sendmail -B 9BIT",
        "sendmail -qX", "sendmail -f",  "sendmail -N never,delay", "sendmail -Z"};
    struct sendmail_options options;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (read_line(wrong[i], &options))
            test_failed(__FILE__, __LINE__, "accepted: %s", wrong[i]);
}
