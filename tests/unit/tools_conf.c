/* SPDX-License-Identifier: BSD-2-Clause */
/* relais conf as a command. What it prints is what Postfix's postconf 3.7 prints for the same files. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/file.h"
#include "tools/subcommand.h"
#include "unit/test.h"

extern const struct subcommand subcommand_conf;

enum { WORDS = 12, PRINTED = 100000 };

static const char main_cf[] = "# top\n"
                              "mail_owner = postfix\n"
                              "relayhost = one,\n"
                              "   two\n"
                              "# in between\n"
                              "   three\n"
                              "biff = no\n"
                              "foo = <$mail_owner>\n"
                              "syslog_name = $foo\n"
                              "typo = 1\n";
static const char master_cf[] =
    "smtp      inet  n       -       y       -       -       smtpd\n"
    "relay     unix  -       -       y       -       -       smtp\n"
    "        -o syslog_name=postfix/$service_name -v\n"
    "submission inet n       -       -       -       -       smtpd -o b=c -o { smtpd_banner = x y } -o {a=}\n"
    "maildrop  unix  -       n       n       -       -       pipe\n"
    "  flags=DRXhu user=vmail argv=/usr/bin/maildrop -o z=1 -d ${recipient}\n";

static void put_file(int directory, const char *name, const char *text)
{
    CHECK(file_replace(directory, name, str_of(text), 0600));
}

/* Runs "relais conf -c DIRECTORY arguments ..." over both files; its standard output goes to *out. */
struct run {
    int directory;
    struct buf out;
};

static void start(struct run *run)
{
    run->directory = open(test_directory(), O_RDONLY | O_DIRECTORY);
    buf_init(&run->out, PRINTED);
    put_file(run->directory, "main.cf", main_cf);
    put_file(run->directory, "master.cf", master_cf);
}

/* The test's directory is named by -c, so -n says it, as postconf does. */
static const char *with_directory(const char *before, const char *after)
{
    static char text[1000];
    snprintf(text, sizeof text, "%sconfig_directory = %s\n%s", before, test_directory(), after);
    return text;
}

static void end(struct run *run)
{
    buf_finish(&run->out);
    close(run->directory);
}

static int conf(struct run *run, const char *const *arguments)
{
    char words[WORDS][300], *argv[WORDS + 4];
    int argc = 3, out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY);
    snprintf(words[0], sizeof words[0], "%s", test_directory());
    argv[0] = (char *)(uintptr_t) "postconf", argv[1] = (char *)(uintptr_t) "-c", argv[2] = words[0];
    for (size_t i = 1; arguments[i - 1] && i < WORDS; i++) {
        snprintf(words[i], sizeof words[i], "%s", arguments[i - 1]);
        argv[argc++] = words[i];
    }
    argv[argc] = NULL;
    int printed = openat(run->directory, "printed", O_RDWR | O_CREAT | O_TRUNC, 0600);
    fflush(stdout);
    dup2(printed, STDOUT_FILENO), dup2(nowhere, STDERR_FILENO);
    int status = subcommand_conf.run(argc, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO), dup2(err, STDERR_FILENO);
    close(out), close(err), close(nowhere), close(printed);
    buf_clear(&run->out);
    CHECK(file_read_whole(run->directory, "printed", &run->out));
    return status;
}

#define CONF(run, ...) conf(run, (const char *const[]){__VA_ARGS__, NULL})
#define PRINTS(run, text, ...)                                                                               \
    CHECK_INT(CONF(run, __VA_ARGS__), 0);                                                                    \
    CHECK_STR(buf_str(&(run)->out), text)

static struct str file_of(struct run *run, const char *name)
{
    buf_clear(&run->out);
    CHECK(file_read_whole(run->directory, name, &run->out));
    return buf_str(&run->out);
}

TEST(what_is_set_is_shown_in_order_of_name_without_slips)
{
    struct run run;
    start(&run);
    PRINTS(&run,
           with_directory("biff = no\n", "foo = <$mail_owner>\nmail_owner = postfix\n"
                                         "relayhost = one, two three\nsyslog_name = $foo\n"),
           "-n");
    PRINTS(&run, "foo = <postfix>\n", "-xC", "user", "-n");
    PRINTS(&run, "one, two three\n", "-h", "relayhost");
    PRINTS(&run, "relayhost\n", "-H", "relayhost");
    PRINTS(&run, "biff = yes\n", "-d", "biff");
    PRINTS(&run, "relayhost =\n", "-d", "relayhost");
    PRINTS(&run, "", "typo");
    PRINTS(&run, "", "nosuch");
    end(&run);
}

TEST(an_empty_main_cf_sets_nothing)
{
    struct run run;
    start(&run);
    put_file(run.directory, "main.cf", "\n");
    PRINTS(&run, with_directory("", ""), "-n");
    PRINTS(&run, "relayhost =\n", "relayhost");
    end(&run);
}

TEST(a_bad_value_is_shown_and_one_that_cannot_be_expanded_is_a_failure)
{
    struct run run;
    start(&run);
    put_file(run.directory, "main.cf", "smtpd_timeout = soon\n");
    PRINTS(&run, with_directory("", "smtpd_timeout = soon\n"), "-n");
    put_file(run.directory, "main.cf", "relayhost = ${x\n");
    CHECK_INT(CONF(&run, "-n"), 1);
    CHECK_INT(CONF(&run, "-x", "relayhost"), 1);
    PRINTS(&run, "relayhost = ${x\n", "relayhost");
    end(&run);
}

TEST(defaults_are_expanded_too_and_know_the_version)
{
    struct run run;
    start(&run);
    put_file(run.directory, "main.cf", "myhostname = a.example\nmyorigin = b\n");
    PRINTS(&run, "myorigin = a.example\n", "-dx", "myorigin");
    CHECK_INT(CONF(&run, "-dh", "mail_version"), 0);
    CHECK(buf_str(&run.out).len > 1);
    end(&run);
}

TEST(what_does_not_go_together_is_refused)
{
    struct run run;
    start(&run);
    CHECK_INT(CONF(&run, "-n", "-d"), 1);
    CHECK_INT(CONF(&run, "-hH", "biff"), 1);
    CHECK_INT(CONF(&run, "-Mh"), 1);
    CHECK_INT(CONF(&run, "-nP"), 1);
    CHECK_INT(CONF(&run, "-M", "smtp/inet/chroot"), 1);
    CHECK_INT(CONF(&run, "-F", "smtp/inet/nosuch"), 1);
    end(&run);
}

TEST(what_if_is_answered_without_changing_anything)
{
    struct run run;
    start(&run);
    PRINTS(&run, "syslog_name = <other>\n", "-x", "-o", "mail_owner=other", "syslog_name");
    PRINTS(&run, "mail_owner = other\n", "-n", "-o", "mail_owner=other", "mail_owner");
    CHECK_STR(file_of(&run, "main.cf"), main_cf);
    end(&run);
}

TEST(services_are_shown_with_their_arguments_in_order)
{
    struct run run;
    start(&run);
    PRINTS(
        &run,
        "smtp       inet  n       -       y       -       -       smtpd\n"
        "relay      unix  -       -       y       -       -       smtp -o "
        "syslog_name=postfix/$service_name -v\n"
        "submission inet  n       -       -       -       -       smtpd -o b=c -o {smtpd_banner=x y} -o a=\n"
        "maildrop   unix  -       n       n       -       -       pipe flags=DRXhu user=vmail "
        "argv=/usr/bin/maildrop -o z=1 -d ${recipient}\n",
        "-M");
    PRINTS(&run,
           "relay      unix  -       -       y       -       -       smtp\n"
           "    -o syslog_name=postfix/$service_name\n    -v\n"
           "maildrop   unix  -       n       n       -       -       pipe flags=DRXhu\n"
           "    user=vmail argv=/usr/bin/maildrop -o z=1 -d ${recipient}\n",
           "-Mf", "*/unix");
    PRINTS(&run, "", "-M", "nosuch");
    put_file(run.directory, "master.cf",
             "127.0.0.1:10025 inet n - n - 10 smtpd -v -v -o a=b\nx unix - - - - - y -v z\n");
    PRINTS(&run,
           "127.0.0.1:10025 inet n   -       n       -       10      smtpd -v -v\n    -o a=b\n"
           "x          unix  -       -       -       -       -       y -v\n    z\n",
           "-Mf");
    end(&run);
}

TEST(fields_and_options_of_services_are_shown_one_by_one)
{
    struct run run;
    start(&run);
    PRINTS(&run, "smtp/inet/chroot = y\nsubmission/inet/chroot = -\n", "-F", "*/inet/chroot");
    PRINTS(&run, "smtpd -o b=c -o {smtpd_banner=x y} -o a=\n", "-Fh", "submission/inet/command");
    PRINTS(&run, "submission/inet/a =\nsubmission/inet/b = c\nsubmission/inet/smtpd_banner = x y\n", "-P",
           "submission/inet");
    PRINTS(&run, "relay/unix/syslog_name = postfix/relay\n", "-Px", "relay");
    PRINTS(&run, "", "-P", "maildrop/unix/z");
    end(&run);
}

TEST(a_parameter_is_changed_in_place_and_the_last_request_counts)
{
    struct run run;
    start(&run);
    PRINTS(&run, "", "-e", "relayhost=none", "relayhost=four", "new = a b");
    CHECK_STR(file_of(&run, "main.cf"),
              "# top\nmail_owner = postfix\nrelayhost = four\n# in between\nbiff = no\n"
              "foo = <$mail_owner>\nsyslog_name = $foo\ntypo = 1\nnew = a b\n");
    PRINTS(&run, "", "-#", "relayhost", "nosuch");
    PRINTS(&run, "", "-X", "biff", "foo", "nosuch");
    CHECK_STR(file_of(&run, "main.cf"), "# top\nmail_owner = postfix\n#relayhost = four\n# in between\n"
                                        "syslog_name = $foo\ntypo = 1\nnew = a b\n");
    end(&run);
}

TEST(a_request_that_is_no_parameter_changes_nothing)
{
    struct run run;
    start(&run);
    CHECK_INT(CONF(&run, "-e", "relayhost=x", "two words=c"), 1);
    CHECK_INT(CONF(&run, "-e", "relayhost=x", "=c"), 1);
    CHECK_INT(CONF(&run, "-e", "relayhost"), 1);
    CHECK_INT(CONF(&run, "-e", "relayhost=x\nbiff=yes"), 1);
    CHECK_STR(file_of(&run, "main.cf"), main_cf);
    end(&run);
}

TEST(an_option_of_a_service_is_set_behind_the_others_and_before_the_arguments)
{
    struct run run;
    start(&run);
    put_file(run.directory, "master.cf",
             "# one\nsmtp inet n - y - - smtpd\n  -o a=1\n  # note\n  -o b=2\n# two\n"
             "uucp unix - n n - - pipe -o q=1\n  flags=F argv=uux -o z=1\n");
    PRINTS(&run, "", "-P", "smtp/inet/a=5", "smtp/inet/c=6", "uucp/unix/z=7");
    CHECK_STR(file_of(&run, "master.cf"),
              "# one\nsmtp       inet  n       -       y       -       -       smtpd\n"
              "    -o a=5\n    -o b=2\n    -o c=6\n  # note\n# two\n"
              "uucp       unix  -       n       n       -       -       pipe\n"
              "    -o q=1\n    -o z=7\n    flags=F argv=uux -o z=1\n");
    PRINTS(&run, "", "-PX", "smtp/inet/a", "uucp/unix/q");
    PRINTS(&run, "smtp/inet/b = 2\nsmtp/inet/c = 6\nuucp/unix/z = 7\n", "-P");
    end(&run);
}

TEST(services_are_set_added_commented_out_and_removed)
{
    struct run run;
    start(&run);
    put_file(run.directory, "master.cf", "smtp inet n - y - - smtpd\n  -o a=1\nsmtp unix - - n - - smtp\n");
    PRINTS(&run, "", "-M", "smtp/inet=smtp inet n - n - 5 smtpd -o c=d", "x/unix=x unix - - n - - smtp");
    CHECK_STR(file_of(&run, "master.cf"), "smtp       inet  n       -       n       -       5       smtpd\n"
                                          "    -o c=d\nsmtp unix - - n - - smtp\n"
                                          "x          unix  -       -       n       -       -       smtp\n");
    PRINTS(&run, "", "-M#", "smtp/inet");
    PRINTS(&run, "", "-MX", "smtp/unix", "nosuch/unix");
    CHECK_STR(file_of(&run, "master.cf"), "#smtp       inet  n       -       n       -       5       smtpd\n"
                                          "#    -o c=d\n"
                                          "x          unix  -       -       n       -       -       smtp\n");
    end(&run);
}

TEST(what_master_would_not_take_is_not_written)
{
    struct run run;
    start(&run);
    CHECK_INT(CONF(&run, "-MX", "smtp"), 1);
    CHECK_INT(CONF(&run, "-M", "smtp/inet=smtp inet n"), 1);
    CHECK_INT(CONF(&run, "-M", "smtp/inet=smtp tcp n - n - 5 smtpd"), 1);
    CHECK_INT(CONF(&run, "-F", "smtp/inet/private=maybe"), 1);
    CHECK_INT(CONF(&run, "-F", "smtp/inet/chroot=n y"), 1);
    CHECK_INT(CONF(&run, "-F", "smtp/inet/nosuch=n"), 1);
    CHECK_INT(CONF(&run, "-F", "smtp/inet/chroot=n", "smtp/inet/wakeup=never"), 1);
    CHECK_STR(file_of(&run, "master.cf"), master_cf);
    end(&run);
}
