/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tickets and sessions. auth says who someone is by leaving a ticket; login presents the ticket with a
 * connection; only then a session program is started, as that user. Neither can do it alone.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/file.h"
#include "master/master.h"
#include "wire/account.h"
#include "wire/channel.h"
#include "wire/handover.h"
#include "worker/control_answer.h"
#include "worker/control_session.h"
#include "worker/control_ticket.h"

enum {
    TICKET_LIMIT = 10000,
    ACCOUNT_LIMIT = 8192,
    MESSAGE_MEMORY = 256 * 1024,
    SEND_MS = 5000,
    TICKET_WAIT_MS = 300
};

struct ticket {
    uid_t uid;
    gid_t gid;
    int64_t expires; /* monotonic ms */
    char service[16];
    size_t account_len;
    char account[];
};

/* A table does not change while it is walked: a batch of names at a time. False when there are no more. */
static bool forget_some(struct master *master)
{
    char names[64][CONTROL_TICKET_SIZE];
    size_t count = 0;
    struct hash_walk walk = hash_walk_start(master->tickets);
    struct str key;
    const struct ticket *ticket;
    int64_t now = time_monotonic_ms();
    while (count < 64 && (ticket = hash_walk_next(&walk, &key)))
        if (ticket->expires <= now)
            memcpy(names[count++], key.at, CONTROL_TICKET_SIZE);
    for (size_t i = 0; i < count; i++)
        free(hash_remove(master->tickets, str_make(names[i], CONTROL_TICKET_SIZE)));
    return count == 64;
}

static void forget_old_tickets(struct master *master)
{
    while (forget_some(master))
        continue;
}

static void take_ticket(struct master *master, const struct packet *packet, struct arena *arena)
{
    struct control_ticket message;
    if (!packet_decode(packet, &control_ticket_message, arena, &message) ||
        message.ticket.len != CONTROL_TICKET_SIZE || message.account.len > ACCOUNT_LIMIT ||
        message.service.len >= sizeof((struct ticket *)0)->service)
        return;
    if (hash_count(master->tickets) >= TICKET_LIMIT / 2)
        forget_old_tickets(master);
    if (hash_count(master->tickets) >= TICKET_LIMIT)
        return;
    struct ticket *ticket = memory_get(sizeof *ticket + message.account.len);
    ticket->uid = (uid_t)message.uid;
    ticket->gid = (gid_t)message.gid;
    ticket->expires = deadline_in(CONTROL_TICKET_MS);
    ticket->account_len = message.account.len;
    snprintf(ticket->service, sizeof ticket->service, STR_FMT, STR_ARG(message.service));
    memcpy(ticket->account, message.account.at, message.account.len);
    free(hash_remove(master->tickets, message.ticket));
    hash_put(master->tickets, message.ticket, ticket);
}

static int make_handover(const struct ticket *ticket, struct str session)
{
    struct buf octets;
    buf_init(&octets, HANDOVER_LIMIT);
    int fd = handover_join(str_make(ticket->account, ticket->account_len), session, &octets)
                 ? memfd_create("relais-session", MFD_CLOEXEC | MFD_ALLOW_SEALING)
                 : -1;
    if (fd >= 0 && (!file_write_all(fd, buf_str(&octets)) ||
                    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0)) {
        close(fd);
        fd = -1;
    }
    buf_finish(&octets);
    return fd;
}

/* "imap" is served by the service whose program is imapd. */
static struct running *session_service(struct master *master, const char *service)
{
    char program[32];
    snprintf(program, sizeof program, "%sd", strcmp(service, "sieve") == 0 ? "sieve" : service);
    for (struct running *running = master->services; running; running = running->next)
        if (running->program->session && !running->gone && strcmp(running->program->program, program) == 0)
            return running;
    return NULL;
}

static pid_t launch_session(struct master *master, const struct running *running, const struct ticket *ticket,
                            const struct account *account, const int descriptors[2])
{
    char path[PROGRAM_PATH];
    const char *program = running->program->program;
    struct arena *arena = arena_create(MESSAGE_MEMORY);
    const char *const argv[] = {program,
                                "-n",
                                program,
                                "-t",
                                "session",
                                "-u",
                                arena_cstr(arena, account->user),
                                "-H",
                                arena_cstr(arena, account->home),
                                NULL};
    struct launch launch = {
        .path = path,
        .argv = argv,
        .control = -1,
        .snapshot = running->snapshot,
        .log = master->log_fd,
        .extra = descriptors,
        .extra_count = 2,
        .uid = ticket->uid,
        .gid = ticket->gid,
        .drop = master->root,
    };
    pid_t pid = -1;
    /* A session never runs as root, whatever auth says. */
    if (master->root && (ticket->uid == 0 || ticket->gid == 0))
        errno = EPERM;
    else if (program_path(master, program, path))
        pid = launch_program(&launch);
    arena_destroy(arena);
    return pid;
}

void session_remember(struct master *master, struct running *running, uint64_t user, pid_t pid)
{
    struct child *child = memory_get(sizeof *child);
    child->session_of = running;
    child->program = running->program;
    child->user = user;
    running->sessions++;
    child->pid = pid;
    child->control = -1;
    child->started = time_monotonic_ms();
    child->next = master->children;
    master->children = child;
}

/* So that one user, or who has that user's password, does not take all there are. */
static bool has_too_many(const struct master *master, const struct running *running, uint64_t user)
{
    size_t count = 0, limit = (size_t)master->params->user_session_limit;
    for (const struct child *child = master->children; child; child = child->next)
        count += child->session_of == running && child->pid && child->user == user;
    return limit && count >= limit;
}

static const char *launch_and_remember(struct master *master, struct running *running,
                                       const struct ticket *ticket, const int descriptors[2])
{
    struct account account;
    struct arena *arena = arena_create(MESSAGE_MEMORY);
    const char *why = "account cannot be read";
    if (wire_decode(&account_message, str_make(ticket->account, ticket->account_len), arena, &account)) {
        uint64_t user = str_fnv(account.user);
        bool may = !has_too_many(master, running, user);
        pid_t pid = may ? launch_session(master, running, ticket, &account, descriptors) : -1;
        why = pid > 0 ? NULL : may ? strerror(errno) : "too many sessions of this user";
        if (pid > 0)
            session_remember(master, running, user, pid);
    }
    arena_destroy(arena);
    return why;
}

/* auth and login speak to us over lines of their own: the ticket may be read a moment after the request. */
static struct ticket *await_ticket(struct master *master, struct str name)
{
    int64_t end = deadline_in(TICKET_WAIT_MS);
    while (!hash_get(master->tickets, name) && time_monotonic_ms() < end)
        task_sleep(5);
    return hash_remove(master->tickets, name);
}

static const char unknown_ticket[] = "ticket is not known";

static const char *start_session(struct master *master, const struct control_session *message, int connection)
{
    struct ticket *ticket = await_ticket(master, message->ticket);
    const char *why;
    if (!ticket)
        return unknown_ticket;
    struct running *running = session_service(master, ticket->service);
    int descriptors[2] = {connection, make_handover(ticket, message->session)};
    if (ticket->expires < time_monotonic_ms()) {
        why = "ticket is too old";
    } else if (!running || descriptors[1] < 0 || connection < 0) {
        why = "no such service";
    } else if (running->sessions >= running->session_limit) {
        why = "too many sessions";
    } else {
        why = launch_and_remember(master, running, ticket, descriptors);
    }
    if (descriptors[1] >= 0)
        close(descriptors[1]);
    free(ticket);
    return why;
}

static void take_session(struct master *master, struct child *child, struct packet *packet,
                         struct arena *arena)
{
    struct control_session message;
    struct control_answer answer = {0};
    if (!packet_decode(packet, &control_session_message, arena, &message))
        return;
    int connection = packet_take_fd(packet, 0);
    const char *why = start_session(master, &message, connection);
    if (connection >= 0)
        close(connection);
    answer.request = message.request;
    answer.started = !why;
    answer.again = why == unknown_ticket;
    answer.text = str_of(why);
    if (why)
        log_say(master->log, LOG_WARNING_LEVEL, STR(""), "session refused: %s", why);
    channel_send(child->control, CONTROL_ANSWER, &control_answer_message, &answer, NULL, 0,
                 deadline_in(SEND_MS));
}

static bool runs(const struct child *child, const char *program)
{
    return strcmp(child->program->program, program) == 0;
}

/* Each may say only what its program is for. */
void control_serve(void *arg)
{
    struct child *child = arg;
    struct master *master = child->running->master;
    struct packet packet;
    packet_init(&packet);
    while (channel_receive(child->control, &packet, DEADLINE_NEVER) == 1) {
        struct arena *arena = arena_create(MESSAGE_MEMORY);
        if (packet.kind == CONTROL_TICKET && runs(child, "auth"))
            take_ticket(master, &packet, arena);
        else if (packet.kind == CONTROL_SESSION && runs(child, "login"))
            take_session(master, child, &packet, arena);
        else if (packet.kind == CONTROL_AGENT && runs(child, "local"))
            agent_take(master, child, &packet, arena);
        arena_destroy(arena);
    }
    packet_finish(&packet);
    io_close(child->control);
    child->control = -1;
}
