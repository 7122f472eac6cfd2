/* SPDX-License-Identifier: BSD-2-Clause */
/* agent: one errand, as a user of the system. */
#include <pwd.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/memory.h"
#include "wire/channel.h"
#include "wire/errand_kinds.h"

enum { ERRAND_MS = 30000, GRACE_S = 5, ARENA_LIMIT = 32 * 1024 * 1024 };

static const struct param_set *const sets[] = {&conf_param_set, &agent_param_set, NULL};

/* master has made us the user; alone, we are who started us. */
static bool open_agent(struct run *run, struct verdict *verdict)
{
    struct agent *agent = memory_get(sizeof *agent);
    struct arena *arena = run_arena(run);
    const char *asked = run_session_user(run);
    const struct passwd *entry = asked ? getpwnam(asked) : getpwuid(geteuid());
    (void)verdict;
    *agent = (struct agent){
        .conf = run_params(run, &conf_param_set),
        .params = run_params(run, &agent_param_set),
        .log = run_log(run),
        .is_user = entry && entry->pw_uid == geteuid() && entry->pw_uid != 0,
        .name = asked   ? asked
                : entry ? arena_cstr(arena, str_of(entry->pw_name))
                        : "",
        .home = entry ? arena_cstr(arena, str_of(entry->pw_dir)) : "",
        .shell = entry ? arena_cstr(arena, str_of(entry->pw_shell)) : "",
        .spool = run_session_home(run),
    };
    run_set_state(run, agent);
    return true;
}

/* However it hangs, it ends: local may not end a process of the user. */
static bool set_alarm(struct run *run, struct verdict *verdict)
{
    const struct agent *agent = run_state(run);
    int64_t ms = agent->params->mailbox_timeout + (agent->spool ? 0 : agent->params->command_time_limit);
    (void)verdict;
    umask(077);
    signal(SIGALRM, SIG_DFL);
    alarm((unsigned)(ms / 1000) + GRACE_S);
    return true;
}

static void send_answer(int line, const struct answer *answer)
{
    const struct verdict *verdict = &answer->verdict;
    struct outcome outcome = {
        .class = verdict->class,
        .code = verdict->code,
        .subject = verdict->subject,
        .detail = verdict->detail,
        .text = str_of(verdict->text),
        .forward = answer->forward,
        .parts = answer->parts,
    };
    channel_send(line, answer->mailbox ? ERRAND_MAILBOX : ERRAND_DONE, &outcome_message, &outcome, NULL, 0,
                 deadline_in(ERRAND_MS));
}

static void serve(struct run *run, int line, const struct address *peer)
{
    struct packet packet;
    struct errand errand;
    struct arena *arena = arena_create(ARENA_LIMIT);
    (void)peer;
    packet_init(&packet);
    if (channel_receive(line, &packet, deadline_in(ERRAND_MS)) == 1 && packet.kind == ERRAND &&
        packet_decode(&packet, &errand_message, arena, &errand)) {
        struct mail mail = {run_state(run), &errand, packet_take_fd(&packet, 0), line, arena};
        struct answer answer = {.mailbox = false};
        errand_run(&mail, &answer);
        send_answer(line, &answer);
    }
    packet_finish(&packet);
    arena_destroy(arena);
}

static const struct worker worker = {
    .name = "agent",
    .style = WORKER_SESSION,
    .may = MAY_READ_FILES | MAY_WRITE_FILES | MAY_RUN_PROGRAMS,
    .sets = sets,
    .open = open_agent,
    .start = set_alarm,
    .serve = serve,
};

int main(int argc, char **argv)
{
    return worker_main(&worker, argc, argv);
}
