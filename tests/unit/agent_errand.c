/* SPDX-License-Identifier: BSD-2-Clause */
/* Errands for a user: mbox and Maildir, .forward files that may and may not be used, commands and what comes
 * of them. The user is who runs the test. */
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "agent/agent.h"
#include "io/task.h"
#include "unit/test.h"

static struct conf_params conf;
static struct agent_params params;
static struct agent agent;
static struct errand errand;
static struct arena *arena;
static struct answer answer;
static char base[100];
static int rounds;

static const char letter_text[] = "Subject: hello\r\n\r\nFrom here\r\n>From\r\n.\r\nlast\r\n";
static const char plain[] = "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

static void set_up(void)
{
    snprintf(base, sizeof base, "%s/run%d", test_directory(), rounds++);
    mkdir(base, 0700);
    arena_destroy(arena);
    arena = arena_create(16 << 20);
    conf = (struct conf_params){.alias_maps = STR(""), .default_privs = STR("ann")};
    params = (struct agent_params){
        .forward_path = STR("$home/.forward${recipient_delimiter}${extension}, $home/.forward"),
        .forward_filter = str_of(plain),
        .command_filter = str_of(plain),
        .directory_filter = str_of(plain),
        .allow_commands = STR("alias, forward"),
        .allow_files = STR("alias, forward"),
        .mailbox_size_limit = 100000,
        .strict_ownership = true,
        .command_time_limit = 20000,
    };
    agent = (struct agent){
        .conf = &conf, .params = &params, .is_user = true, .name = "ann", .home = base, .shell = "/bin/sh"};
    errand = (struct errand){
        .queue_id = STR("4Abc"),
        .rcpt_index = 3,
        .address = STR("ann@host.example"),
        .user = STR("ann"),
        .domain = STR("host.example"),
        .sender = STR("from@else.example"),
        .prefix = STR("Return-Path: <from@else.example>\r\nDelivered-To: ann@host.example\r\n"),
        .offset = 8,
        .size = sizeof letter_text - 1,
    };
}

/* Returns the class; -1 for ERRAND_MAILBOX. */
static int run_over(int line)
{
    int fd = open(arena_printf(arena, "%s/queue", base).at, O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(write(fd, "envelope", 8) == 8);
    CHECK(write(fd, letter_text, sizeof letter_text - 1) == sizeof letter_text - 1);
    struct mail mail = {&agent, &errand, fd, line, arena};
    answer = (struct answer){.mailbox = false};
    errand_run(&mail, &answer);
    close(fd);
    return answer.mailbox ? -1 : (int)answer.verdict.class;
}

static int run(void)
{
    return run_over(-1);
}

static const char *in_home(const char *name)
{
    return arena_printf(arena, "%s/%s", base, name).at;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    int fd = open(in_home(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    CHECK(fchmod(fd, mode) == 0);
    close(fd);
}

static struct str slurp(const char *path)
{
    char *text = arena_get(arena, 20000);
    int fd = open(path, O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, text, 20000);
    if (fd >= 0)
        close(fd);
    return got < 0 ? STR("(none)") : str_make(text, (size_t)got);
}

static bool has(struct str text, const char *piece)
{
    return str_find_str(text, str_of(piece)) != SIZE_MAX;
}

static bool said(const char *piece)
{
    return has(str_of(answer.verdict.text), piece);
}

/* --- mailboxes --- */

TEST(an_agent_for_the_spool_writes_an_mbox_with_quoted_from_lines)
{
    set_up();
    agent.spool = base;
    CHECK_INT(run(), VERDICT_OK);
    struct str text = slurp(in_home("ann"));
    CHECK(str_starts(text, STR("From from@else.example  ")));
    CHECK(str_ends(text, STR("\nSubject: hello\n\n>From here\n>From\n.\nlast\n\n")));
    CHECK(!str_contains(text, '\r'));
    CHECK_INT(run(), VERDICT_OK);
    CHECK_INT(slurp(in_home("ann")).len, text.len * 2);
    CHECK(access(in_home("ann.lock"), F_OK) != 0);

    params.mailbox_size_limit = (int64_t)text.len * 2 + 10;
    CHECK_INT(run(), VERDICT_REJECT);
    CHECK(answer.verdict.subject == 2 && answer.verdict.detail == 2);
    CHECK_INT(slurp(in_home("ann")).len, text.len * 2);
}

TEST(what_a_crash_left_of_a_message_in_an_mbox_does_not_swallow_the_next)
{
    static const char *const left[] = {"From a  Mon\nSubject: x\n\nhal", "From a  Mon\nSubject: x\n\nhalf\n",
                                       "\n", "x"};
    for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
        set_up();
        agent.spool = base;
        write_file("ann", left[i], 0600);
        CHECK_INT(run(), VERDICT_OK);
        struct str text = slurp(in_home("ann"));
        CHECK(str_starts(text, str_of(left[i])));
        CHECK(i == 2 || has(text, "\n\nFrom from@else.example  "));
        CHECK(!has(text, "\n\n\nFrom "));
    }
}

TEST(a_spool_or_a_home_may_have_maildirs)
{
    set_up();
    agent.spool = in_home("dirs/");
    CHECK_INT(run(), VERDICT_OK);
    CHECK_INT(run(), VERDICT_OK); /* the same delivery: the same file */
    CHECK(str_ends(slurp(in_home("dirs/ann/new/0.4Abc.r3.relais")), STR("\n\nFrom here\n>From\n.\nlast\n")));
    agent.spool = NULL;
    CHECK_INT(run(), -1);
    params.home_mailbox = STR("Mail/Box/");
    CHECK_INT(run(), VERDICT_OK);
    CHECK(has(slurp(in_home("Mail/Box/new/0.4Abc.r3.relais")), "Subject: hello\n"));
}

TEST(a_mailbox_that_is_no_plain_file_of_its_own_is_left_alone)
{
    set_up();
    params.home_mailbox = STR("box");
    write_file("target", "", 0600);
    CHECK(symlink(in_home("target"), in_home("box")) == 0);
    CHECK_INT(run(), VERDICT_DEFER);
    CHECK(unlink(in_home("box")) == 0 && link(in_home("target"), in_home("box")) == 0);
    CHECK_INT(run(), VERDICT_DEFER);
    CHECK(unlink(in_home("box")) == 0 && mkfifo(in_home("box"), 0600) == 0);
    CHECK_INT(run(), VERDICT_DEFER);
    CHECK_INT(slurp(in_home("target")).len, 0);
}

/* --- .forward --- */

TEST(a_forward_file_stands_in_for_the_mailbox)
{
    set_up();
    write_file(".forward", "# away\nbert@else.example\n", 0644);
    CHECK_INT(run(), VERDICT_OK);
    CHECK_INT(answer.forward.count, 1);
    CHECK_STR(answer.forward.at[0], "bert@else.example");
    write_file(".forward", "\\ann, bert@else.example, \"|/bin/cat > /dev/null\", \"|a, b\"\n/tmp/x\n", 0644);
    CHECK_INT(run(), VERDICT_OK);
    CHECK_INT(answer.forward.count, 1);
    CHECK_INT(answer.parts.count, 4);
    CHECK_STR(answer.parts.at[0], "\\");
    CHECK_STR(answer.parts.at[1], "|/bin/cat > /dev/null");
    CHECK_STR(answer.parts.at[2], "|a, b");
    CHECK_STR(answer.parts.at[3], "/tmp/x");
    errand.destination = STR("\\");
    CHECK_INT(run(), -1);
    /* Somebody has taken it out meanwhile: then what there is now. */
    errand.destination = STR("|gone");
    CHECK_INT(run(), VERDICT_OK);
    CHECK_INT(answer.parts.count, 4);
    /* The user named by himself is his mailbox. */
    errand.destination = STR("");
    write_file(".forward", "ann\n", 0644);
    CHECK_INT(run(), -1);
    write_file(".forward", "", 0644);
    CHECK_INT(run(), -1);
}

TEST(a_forward_file_of_the_extension_goes_first)
{
    set_up();
    write_file(".forward", "all@else.example\n", 0600);
    write_file(".forward+work", "work@else.example\n", 0600);
    write_file(".forward+.._x", "up@else.example\n", 0600);
    errand.extension = STR("work");
    errand.address = STR("ann+work@host.example");
    CHECK_INT(run(), VERDICT_OK);
    CHECK_STR(answer.forward.at[0], "work@else.example");
    errand.extension = STR("none");
    errand.address = STR("ann+none@host.example");
    CHECK_INT(run(), VERDICT_OK);
    CHECK_STR(answer.forward.at[0], "all@else.example");
    /* What the filter does not know becomes an underscore; '$' names nothing. */
    errand.extension = STR("..$x");
    errand.address = STR("ann+..$x@host.example");
    CHECK_INT(run(), VERDICT_OK);
    CHECK_STR(answer.forward.at[0], "up@else.example");
}

TEST(a_forward_file_that_others_could_have_written_is_not_used)
{
    set_up();
    write_file(".forward", "bert@else.example\n", 0664);
    CHECK_INT(run(), -1);
    write_file(".forward", "bert@else.example\n", 0646);
    CHECK_INT(run(), -1);
    CHECK(rename(in_home(".forward"), in_home("elsewhere")) == 0 && chmod(in_home("elsewhere"), 0600) == 0 &&
          symlink(in_home("elsewhere"), in_home(".forward")) == 0);
    CHECK_INT(run(), -1);
    CHECK(unlink(in_home(".forward")) == 0 && mkdir(in_home(".forward"), 0700) == 0);
    CHECK_INT(run(), -1);
}

TEST(a_forward_file_that_is_too_large_or_malformed_keeps_mail_in_the_queue)
{
    set_up();
    char *large = malloc(70000);
    memset(large, '#', 69999);
    large[69999] = '\0';
    write_file(".forward", large, 0600);
    free(large);
    CHECK_INT(run(), VERDICT_DEFER);
    write_file(".forward", "\"|never closed\n", 0600);
    CHECK_INT(run(), VERDICT_DEFER);
    write_file(".forward", ":include:/nowhere/at/all\n", 0600);
    CHECK_INT(run(), VERDICT_DEFER);
}

TEST(included_files_name_addresses_and_files_and_commands_only_where_that_is_allowed)
{
    set_up();
    write_file("list", "bert@else.example\n|/bin/true\n", 0600);
    write_file("again",
               arena_printf(arena, ":include:%s\n:include:%s\n", in_home("list"), in_home("again")).at, 0600);
    write_file(".forward", arena_printf(arena, ":include:%s\n", in_home("again")).at, 0600);
    CHECK_INT(run(), VERDICT_OK);
    CHECK_INT(answer.forward.count, 1);
    CHECK_INT(answer.parts.count, 1);
    errand.destination = STR("|/bin/true");
    CHECK_INT(run(), VERDICT_REJECT);
    CHECK(answer.verdict.subject == 7 && answer.verdict.detail == 1);
    params.allow_commands = STR("include");
    CHECK_INT(run(), VERDICT_OK);
    errand.destination = STR("");
    write_file(".forward", "|/bin/true\n", 0600);
    CHECK_INT(run(), VERDICT_REJECT);
    write_file(".forward", arena_printf(arena, "%s\n", in_home("box")).at, 0600);
    CHECK_INT(run(), VERDICT_OK);
    CHECK(has(slurp(in_home("box")), "\n>From here\n"));
    params.allow_files = STR("");
    CHECK_INT(run(), VERDICT_REJECT);
}

/* --- aliases --- */

TEST(an_alias_is_read_anew_and_only_for_the_owner_of_its_table)
{
    set_up();
    conf.alias_maps = STR("inline:{{list=a@x.example, \"|/bin/true\"}, {ann=ann}}");
    errand.alias = true;
    errand.user = STR("list");
    CHECK_INT(run(), VERDICT_OK); /* as default_privs, for nobody owns the table */
    CHECK_INT(answer.forward.count, 1);
    CHECK_INT(answer.parts.count, 1);
    errand.destination = STR("|/bin/false"); /* nobody but the table says what is run */
    CHECK_INT(run(), VERDICT_OK);
    CHECK_INT(answer.parts.count, 1);
    errand.destination = STR("");
    errand.user = STR("ann");
    CHECK_INT(run(), VERDICT_OK);
    CHECK_INT(answer.parts.count, 1);
    CHECK_STR(answer.parts.at[0], "=");
    errand.user = STR("other");
    CHECK_INT(run(), VERDICT_DEFER);
    conf.default_privs = STR("nobody");
    errand.user = STR("list");
    CHECK_INT(run(), VERDICT_DEFER);
    CHECK(said("belongs to another user"));
}

/* --- commands --- */

static int run_command(const char *command)
{
    params.mailbox_command = str_of(command);
    return run();
}

TEST(a_command_gets_the_message_and_an_environment_without_anything_of_ours)
{
    set_up();
    setenv("LD_LIBRARY_PATH", "/tmp", 1);
    errand.extension = STR("x`id`");
    errand.address = STR("ann+x`id`@host.example");
    errand.client_ip = STR("192.0.2.1");
    CHECK_INT(run_command(arena_printf(arena, "cat > %s/got; env > %s/env", base, base).at), VERDICT_OK);
    CHECK(said("delivered to command: cat > "));
    struct str got = slurp(in_home("got")), environment = slurp(in_home("env"));
    CHECK(str_starts(got, STR("From from@else.example  ")));
    CHECK(str_ends(got,
                   STR("\nReturn-Path: <from@else.example>\nDelivered-To: ann@host.example\nSubject: hello\n"
                       "\nFrom here\n>From\n.\nlast\n")));
    CHECK(has(environment, "SENDER=from@else.example\n"));
    CHECK(has(environment, "EXTENSION=x_id_\n"));
    CHECK(has(environment, "RECIPIENT=ann+x_id_@host.example\n"));
    CHECK(has(environment, "USER=ann\n"));
    CHECK(has(environment, arena_printf(arena, "HOME=%s\n", base).at));
    CHECK(has(environment, "CLIENT_ADDRESS=192.0.2.1\n"));
    CHECK(!has(environment, "LD_LIBRARY_PATH"));
}

TEST(a_plain_command_is_run_without_a_shell)
{
    set_up();
    CHECK_INT(run_command(arena_printf(arena, "cp /proc/self/cmdline %s/line", base).at), VERDICT_OK);
    CHECK(str_starts(slurp(in_home("line")), STR("cp")));
    CHECK_INT(run_command("exit 0"), VERDICT_OK); /* a word of the shell */
    params.command_shell = STR("/bin/echo -c");
    CHECK_INT(run_command("false"), VERDICT_OK);
}

TEST(the_exit_status_decides)
{
    static const struct {
        const char *command;
        int class, subject, detail;
        const char *words;
    } cases[] = {
        {"exit 75", VERDICT_DEFER, 3, 0, "temporary failure"},
        {"exit 71", VERDICT_DEFER, 3, 0, "system resource problem"},
        {"exit 67", VERDICT_REJECT, 1, 1, "user unknown"},
        {"exit 77", VERDICT_REJECT, 7, 0, "permission denied"},
        {"exit 99", VERDICT_REJECT, 3, 0, "Command died with status 99: \"exit 99\""},
        {"/no/such/program", VERDICT_REJECT, 3, 0, "Command died with status 127"},
        {"echo no room for you >&2; exit 73", VERDICT_REJECT, 2, 0,
         "can't create user output file. Command output: no room for you"},
        {"echo 4.2.2 over quota; exit 1", VERDICT_DEFER, 2, 2, "over quota"},
        {"echo 5.7.9 not you; exit 75", VERDICT_REJECT, 7, 9, "not you"},
        {"kill -9 $$", VERDICT_DEFER, 3, 0, "Command died with signal 9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        set_up();
        CHECK_INT(run_command(cases[i].command), cases[i].class);
        CHECK_INT(answer.verdict.subject, cases[i].subject);
        CHECK_INT(answer.verdict.detail, cases[i].detail);
        CHECK(said(cases[i].words));
    }
}

TEST(a_command_that_hangs_is_ended_with_all_that_it_has_started)
{
    set_up();
    params.command_time_limit = 300;
    CHECK_INT(run_command(arena_printf(arena, "sleep 100 & echo $! > %s/pid; wait", base).at), VERDICT_DEFER);
    CHECK(said("Command time limit exceeded"));
    uint64_t pid = 0;
    CHECK(str_to_u64(str_trim(slurp(in_home("pid"))), &pid));
    int64_t end = deadline_in(10000);
    while (kill((pid_t)pid, 0) == 0 && time_monotonic_ms() < end) {
        struct str status = slurp(arena_printf(arena, "/proc/%d/stat", (int)pid).at);
        if (has(status, ") Z "))
            break; /* ended; whoever reaps orphans here has not come to it */
        task_sleep(10);
    }
    CHECK(time_monotonic_ms() < end);
}

TEST(a_command_ends_when_its_own_process_does_whatever_it_leaves_behind)
{
    set_up();
    int64_t began = time_monotonic_ms();
    CHECK_INT(run_command(arena_printf(arena, "sleep 15 & echo $! > %s/pid; echo done", base).at),
              VERDICT_OK);
    CHECK(time_monotonic_ms() - began < 10000);
    uint64_t pid = 0;
    CHECK(str_to_u64(str_trim(slurp(in_home("pid"))), &pid) && pid > 1);
    kill((pid_t)pid, SIGKILL);
}

TEST(a_command_may_say_a_megabyte_before_it_reads)
{
    set_up();
    CHECK_INT(run_command("head -c 1000000 /dev/zero | tr '\\0' x; cat > /dev/null; exit 65"),
              VERDICT_REJECT);
    CHECK(said("data format error. Command output: xxxx"));
    CHECK_INT(run_command("exec < /dev/null; exit 0"), VERDICT_OK); /* nor need it read */
}

TEST(a_command_that_nobody_waits_for_any_more_is_ended)
{
    int line[2];
    set_up();
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, line) == 0);
    close(line[0]);
    params.mailbox_command = STR("sleep 100");
    CHECK_INT(run_over(line[1]), VERDICT_DEFER);
    CHECK(said("given up"));
    close(line[1]);
}

TEST(a_directory_that_cannot_be_entered_keeps_mail_in_the_queue)
{
    set_up();
    params.command_directory = STR("$home");
    CHECK_INT(run_command(arena_printf(arena, "pwd > %s/where", base).at), VERDICT_OK);
    CHECK_STR(str_trim(slurp(in_home("where"))), base);
    params.command_directory = STR("$home/none");
    CHECK_INT(run_command("true"), VERDICT_DEFER);
}

TEST(who_is_not_the_user_does_nothing)
{
    set_up();
    agent.is_user = false;
    CHECK_INT(run_command(arena_printf(arena, "touch %s/ran", base).at), VERDICT_DEFER);
    CHECK(access(in_home("ran"), F_OK) != 0);
}
