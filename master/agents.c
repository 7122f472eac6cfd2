/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Agents: local has deliveries done by a process that is the recipient. It says as whom and no more; the
 * process that is started reads by itself what that user wants. Who the user is, the child finds out when it
 * has been forked: a slow user database does not stop master.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "master/master.h"
#include "wire/channel.h"
#include "worker/control_agent.h"
#include "worker/control_answer.h"

enum { SEND_MS = 5000 };

static struct running *agent_service(struct master *master)
{
    for (struct running *running = master->services; running; running = running->next)
        if (running->program->session && !running->gone && strcmp(running->program->program, "agent") == 0)
            return running;
    return NULL;
}

/* The directory of all users' mailboxes, which local cannot choose. */
static const char *spool_directory(const struct master *master, struct arena *arena)
{
    struct complaints complaints;
    struct str path;
    complaints_init(&complaints, arena);
    return conf_value(master->conf, NULL, STR("mail_spool_directory"), arena, &complaints, &path) && path.len
               ? arena_cstr(arena, path)
               : NULL;
}

static pid_t launch_agent(struct master *master, const struct running *running,
                          const struct control_agent *message, int connection, struct arena *arena)
{
    char path[PROGRAM_PATH];
    const char *spool = message->spool ? spool_directory(master, arena) : NULL;
    const char *program = running->program->program, *user = arena_cstr(arena, message->user);
    const char *const argv[] = {program, "-n", program, "-t", "session", "-u", user, spool ? "-H" : NULL,
                                spool,   NULL};
    struct launch launch = {
        .path = path,
        .argv = argv,
        .control = -1,
        .snapshot = running->snapshot,
        .log = master->log_fd,
        .extra = &connection,
        .extra_count = 1,
        .user = user,
        .spool = spool,
        .drop = master->root,
    };
    errno = EINVAL;
    if ((message->spool && !spool) || message->user.len == 0)
        return -1;
    return program_path(master, program, path) ? launch_program(&launch) : -1;
}

static const char *start_agent(struct master *master, const struct control_agent *message, int connection,
                               struct arena *arena)
{
    struct running *running = agent_service(master);
    if (!running || connection < 0)
        return "no service agent in master.cf";
    if (running->sessions >= running->session_limit)
        return "too many agents";
    pid_t pid = launch_agent(master, running, message, connection, arena);
    if (pid <= 0)
        return strerror(errno);
    session_remember(master, running, str_fnv(message->user), pid);
    return NULL;
}

void agent_take(struct master *master, struct child *child, struct packet *packet, struct arena *arena)
{
    struct control_agent message;
    struct control_answer answer = {0};
    if (!packet_decode(packet, &control_agent_message, arena, &message))
        return;
    int connection = packet_take_fd(packet, 0);
    const char *why = start_agent(master, &message, connection, arena);
    if (connection >= 0)
        close(connection);
    answer.request = message.request;
    answer.started = !why;
    answer.text = str_of(why);
    if (why)
        log_say(master->log, LOG_WARNING_LEVEL, STR(""), "agent refused: %s", why);
    channel_send(child->control, CONTROL_ANSWER, &control_answer_message, &answer, NULL, 0,
                 deadline_in(SEND_MS));
}
