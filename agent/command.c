/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commands: "|command" of an alias or .forward file, and mailbox_command. The command runs in a session and
 * process group of its own with a clean environment; the message is its input, written by a process of its
 * own so that a command may take its time over it; what it says is caught up to a limit. It is over when the
 * command has ended, whatever it has left behind; too late, or when nobody waits any more, its process group
 * is ended.
 *
 * This is the one place that hands a text to a shell: the user's own command, with the user's rights.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "agent/agent.h"
#include "io/file.h"
#include "io/task.h"

enum { OUTPUT_LIMIT = 1024, WORDS = 200, DESCRIPTORS = 1024 };

struct running_command {
    struct str text;
    pid_t pid, writer;
    int output; /* what it says */
    int ended;  /* pidfd: readable when it has ended */
    char said[OUTPUT_LIMIT];
    size_t len;
    bool late, unwanted;
    int status;
};

/* --- in the child --- */

/* Postfix's: with any other character the shell is asked. */
static bool needs_shell(struct str text)
{
    static const struct str plain =
        STR_INIT("1234567890!@%-_=+:,./ \tabcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    for (size_t i = 0; i < text.len; i++)
        if (!str_contains(plain, text.at[i]))
            return true;
    return false;
}

static void split_words(struct str text, struct arena *arena, char **words)
{
    struct str word;
    size_t count = 0;
    while (count < WORDS && str_word(&text, " \t", &word))
        words[count++] = (char *)(uintptr_t)arena_cstr(arena, word);
    words[count] = NULL;
}

static _Noreturn void run_it(const struct mail *mail, struct str text, char **environment)
{
    char *words[WORDS + 2], *shell[] = {(char *)(uintptr_t) "sh", (char *)(uintptr_t) "-c",
                                        (char *)(uintptr_t)arena_cstr(mail->arena, text), NULL};
    struct str own = mail->agent->params->command_shell;
    split_words(own.len ? own : text, mail->arena, words);
    if (own.len) {
        size_t count = 0;
        while (words[count])
            count++;
        words[count] = shell[2];
        words[count + 1] = NULL;
        execvpe(words[0], words, environment);
        dprintf(STDERR_FILENO, "%s: %s\n", words[0], strerror(errno));
        _exit(EX_TEMPFAIL);
    }
    /* Words of the shell itself have no file. */
    if (words[0] && !needs_shell(text))
        execvpe(words[0], words, environment);
    execve("/bin/sh", shell, environment);
    dprintf(STDERR_FILENO, "/bin/sh: %s\n", strerror(errno));
    _exit(EX_TEMPFAIL);
}

static void take_defaults(void)
{
    struct rlimit files;
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    alarm(0);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur > DESCRIPTORS) {
        files.rlim_cur = DESCRIPTORS;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static _Noreturn void become_command(const struct mail *mail, struct str text, int input, int output)
{
    char **environment = environment_make(mail);
    setsid();
    take_defaults();
    if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0 ||
        syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, 0) != 0)
        _exit(EX_TEMPFAIL);
    run_it(mail, text, environment);
}

/* A command that does not read all of it is not at fault. */
static _Noreturn void write_message(const struct mail *mail, int input)
{
    signal(SIGPIPE, SIG_DFL);
    bool done = file_write_all(input, mbox_from_line(mail)) && mbox_copy(mail, false, input);
    _exit(done ? 0 : 1);
}

/* --- starting --- */

static bool start(const struct mail *mail, struct running_command *command, const int input[2],
                  const int output[2])
{
    command->pid = fork();
    if (command->pid == 0)
        become_command(mail, command->text, input[0], output[1]);
    if (command->pid < 0)
        return false;
    command->writer = fork();
    if (command->writer == 0) {
        close(input[0]);
        close(output[0]);
        close(output[1]);
        if (mail->line >= 0)
            close(mail->line);
        write_message(mail, input[1]);
    }
    command->ended = (int)syscall(SYS_pidfd_open, command->pid, 0);
    command->output = output[0];
    return command->writer > 0 && command->ended >= 0;
}

static void end_group(const struct running_command *command)
{
    if (command->pid > 0 && kill(-command->pid, SIGKILL) != 0)
        kill(command->pid, SIGKILL); /* it has not come to its setsid */
}

static void await_end(pid_t pid, int *status)
{
    while (pid > 0 && waitpid(pid, status, 0) < 0 && errno == EINTR)
        continue;
}

/* --- watching --- */

/* Takes what there is; the rest of what is too much is read and dropped. False at its end. */
static bool take_output(struct running_command *command)
{
    char rest[4096];
    size_t room = sizeof command->said - command->len;
    ssize_t got =
        read(command->output, room ? command->said + command->len : rest, room ? room : sizeof rest);
    if (got > 0 && room)
        command->len += (size_t)got;
    return got > 0;
}

static void watch(const struct mail *mail, struct running_command *command)
{
    struct pollfd ends[] = {{.fd = command->ended, .events = POLLIN},
                            {.fd = command->output, .events = POLLIN},
                            {.fd = mail->line, .events = 0}}; /* only whether it has ended */
    int64_t deadline = deadline_in(mail->agent->params->command_time_limit);
    for (;;) {
        int64_t left = deadline - time_monotonic_ms();
        int ready = left > 0 ? poll(ends, 3, left < INT32_MAX ? (int)left : INT32_MAX) : 0;
        if (ready < 0 && errno != EINTR)
            return;
        if (ready == 0 && deadline <= time_monotonic_ms()) {
            command->late = true;
            return;
        }
        if (ready > 0 && ends[1].revents && !take_output(command))
            ends[1].fd = -1;
        if (ready > 0 && ends[2].revents & (POLLHUP | POLLERR)) {
            command->unwanted = true;
            return;
        }
        if (ready > 0 && ends[0].revents)
            return;
    }
}

/* What it said last; not what somebody says whom it has left behind. */
static void take_rest(struct running_command *command)
{
    enum { PIPE_FULL = 1 << 20 };
    fcntl(command->output, F_SETFL, O_NONBLOCK);
    for (size_t n = 0; n < PIPE_FULL / 4096 && take_output(command); n++)
        continue;
}

static void finish(const struct mail *mail, struct running_command *command, bool started)
{
    if (started)
        watch(mail, command);
    if (!started || command->late || command->unwanted)
        end_group(command);
    if (command->writer > 0)
        kill(command->writer, SIGKILL);
    await_end(command->pid, &command->status);
    await_end(command->writer, NULL);
    if (started)
        take_rest(command);
    if (command->ended >= 0)
        close(command->ended);
}

/* --- what came of it --- */

/* sysexits.h, in Postfix's words. */
static const struct {
    int status, code;
    const char *detail, *words;
} exits[] = {
    {EX_USAGE, 550, "3.0", "command line usage error"},
    {EX_DATAERR, 550, "6.0", "data format error"},
    {EX_NOINPUT, 550, "3.0", "cannot open input"},
    {EX_NOUSER, 550, "1.1", "user unknown"},
    {EX_NOHOST, 550, "1.2", "host name unknown"},
    {EX_UNAVAILABLE, 550, "3.0", "service unavailable"},
    {EX_SOFTWARE, 550, "3.0", "internal software error"},
    {EX_OSERR, 451, "3.0", "system resource problem"},
    {EX_OSFILE, 550, "3.0", "critical OS file missing"},
    {EX_CANTCREAT, 550, "2.0", "can't create user output file"},
    {EX_IOERR, 550, "3.0", "input/output error"},
    {EX_TEMPFAIL, 451, "3.0", "temporary failure"},
    {EX_PROTOCOL, 550, "5.0", "remote error in protocol"},
    {EX_NOPERM, 550, "7.0", "permission denied"},
    {EX_CONFIG, 550, "3.5", "local configuration error"},
};

static struct str output_of(const struct running_command *command)
{
    return str_trim(str_make(command->said, command->len));
}

static bool failed(const struct running_command *command, int code, const char *detail, const char *words,
                   struct verdict *verdict)
{
    struct str said = output_of(command);
    return verdict_set(verdict, code, detail, "%s%s" STR_FMT, words, said.len ? ". Command output: " : "",
                       STR_ARG(said));
}

static bool judge_exit(const struct mail *mail, const struct running_command *command, int status,
                       struct verdict *verdict)
{
    int class, subject, detail;
    struct str rest;
    /* What it says itself is worth more than a number. */
    if (verdict_parse_status(output_of(command), &class, &subject, &detail, &rest) &&
        (class == VERDICT_DEFER || class == VERDICT_REJECT)) {
        verdict_set(verdict, class == VERDICT_DEFER ? 451 : 550, "0.0", STR_FMT, STR_ARG(rest));
        verdict->subject = (uint16_t)subject;
        verdict->detail = (uint16_t)detail;
        return false;
    }
    for (size_t i = 0; i < sizeof exits / sizeof exits[0]; i++)
        if (exits[i].status == status)
            return failed(command, exits[i].code, exits[i].detail, exits[i].words, verdict);
    const char *words = arena_printf(mail->arena, "Command died with status %d: \"" STR_FMT "\"", status,
                                     STR_ARG(command->text))
                            .at;
    return failed(command, 550, "3.0", words, verdict);
}

static bool judge(const struct mail *mail, const struct running_command *command, struct verdict *verdict)
{
    struct str text = command->text;
    const char *words = NULL;
    if (command->unwanted)
        words = "delivery was given up";
    else if (command->late)
        words = arena_printf(mail->arena, "Command time limit exceeded: \"" STR_FMT "\"", STR_ARG(text)).at;
    else if (!WIFEXITED(command->status))
        words = arena_printf(mail->arena, "Command died with signal %d: \"" STR_FMT "\"",
                             WTERMSIG(command->status), STR_ARG(text))
                    .at;
    if (words)
        return failed(command, 451, "3.0", words, verdict);
    if (WEXITSTATUS(command->status) == 0)
        return verdict_set(verdict, 250, "0.0", "delivered to command: " STR_FMT, STR_ARG(text));
    return judge_exit(mail, command, WEXITSTATUS(command->status), verdict);
}

/* --- a delivery --- */

static bool enter_directory(const struct mail *mail, struct verdict *verdict)
{
    struct str directory;
    struct rcpt_names names = names_of(mail, mail->agent->params->directory_filter);
    if (!rcpt_names_expand(&names, mail->agent->params->command_directory, mail->arena, &directory, verdict))
        return false;
    const char *path = directory.len ? arena_cstr(mail->arena, directory) : "/";
    return chdir(path) == 0 || verdict_system(verdict, path, errno);
}

bool command_deliver(const struct mail *mail, struct str command, struct verdict *verdict)
{
    struct running_command running = {.text = str_trim(command), .ended = -1};
    int input[2], output[2];
    if (!enter_directory(mail, verdict))
        return false;
    if (pipe2(input, O_CLOEXEC) != 0)
        return verdict_system(verdict, "pipe", errno);
    if (pipe2(output, O_CLOEXEC) != 0) {
        int error = errno;
        close(input[0]);
        close(input[1]);
        return verdict_system(verdict, "pipe", error);
    }
    bool started = start(mail, &running, input, output);
    int error = errno;
    close(input[0]);
    close(input[1]);
    close(output[1]);
    finish(mail, &running, started);
    close(output[0]);
    return started ? judge(mail, &running, verdict) : verdict_system(verdict, "starting the command", error);
}
