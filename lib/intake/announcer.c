/* SPDX-License-Identifier: BSD-2-Clause */
/* A queue of encoded notes and the task that sends them. While qmgr is away they wait, and when there are too
 * many, or the process ends, they are dropped: its listing finds the files, which it does when our connection
 * ends. */
#include "intake/announcer.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/memory.h"
#include "intake/intake.h"
#include "io/log.h"
#include "io/task.h"
#include "mail/envelope.h"
#include "wire/channel.h"
#include "wire/intake.h"
#include "wire/intake_hello.h"
#include "wire/intake_seal.h"

enum {
    ENVELOPE_LIMIT = 48 * 1024, /* a larger one is not sent: qmgr reads the file */
    WAITING_LIMIT = 10000,      /* notes; more are dropped */
    LAST_MS = 10000,            /* for what is still to be told at the end */
    RECONNECT_MS = 500,
    ANSWER_MEMORY = 4096,
};

struct note {
    struct note *next;
    struct queue_id id;
    uint64_t size, journal;
    struct buf envelope;
};

/* A question for qmgr; on the stack of the task that waits for the answer. */
struct sealing {
    uint64_t serial;
    struct gate gate;
    bool done, sealed;
};

struct announcer {
    const char *socket;
    unsigned slot;
    struct log *log; /* may be NULL */
    struct note *first, *last;
    size_t waiting;
    struct gate gate;
    int fd; /* -1: not connected */
    int64_t next_connect;
    bool dropped;            /* some notes, since qmgr listed our files */
    struct sealing *sealing; /* waits to be sent; or NULL */
    bool ending;
};

static void note_free(struct note *note)
{
    buf_finish(&note->envelope);
    free(note);
}

/* A qmgr that is slow is waited for: only it may end a connection (qmgr/line.c says why). */
static int64_t send_deadline(const struct announcer *announcer)
{
    return announcer->ending ? deadline_in(LAST_MS) : DEADLINE_NEVER;
}

static void disconnect(struct announcer *announcer)
{
    if (announcer->fd >= 0)
        io_close(announcer->fd);
    announcer->fd = -1;
    announcer->next_connect = deadline_in(RECONNECT_MS);
}

static bool connect_and_greet(struct announcer *announcer)
{
    if (announcer->fd >= 0)
        return true;
    if (time_monotonic_ms() < announcer->next_connect)
        return false;
    announcer->fd = unix_connect(announcer->socket);
    struct intake_hello hello = {.slot = announcer->slot};
    if (announcer->fd >= 0 && channel_send(announcer->fd, INTAKE_HELLO, &intake_hello_message, &hello, NULL,
                                           0, send_deadline(announcer)))
        return true;
    disconnect(announcer);
    return false;
}

static bool try_to_send(struct announcer *announcer, const struct note *note)
{
    struct intake message = {.queue_id = str_of(note->id.text),
                             .size = note->size,
                             .journal = note->journal,
                             .envelope = buf_str(&note->envelope)};
    if (!connect_and_greet(announcer))
        return false;
    if (channel_send(announcer->fd, INTAKE_MESSAGE, &intake_message, &message, NULL, 0,
                     send_deadline(announcer)))
        return true;
    disconnect(announcer);
    return false;
}

/* An old connection may be to a qmgr that has died; its successor may have listed the queue already, so it is
 * told at once. */
static bool send_note(struct announcer *announcer, const struct note *note)
{
    bool old = announcer->fd >= 0;
    if (try_to_send(announcer, note))
        return true;
    if (!old)
        return false;
    announcer->next_connect = 0;
    return try_to_send(announcer, note);
}

static void drop_first(struct announcer *announcer)
{
    struct note *note = announcer->first;
    announcer->first = note->next;
    if (!announcer->first)
        announcer->last = NULL;
    announcer->waiting--;
    note_free(note);
}

/* Ends the line. qmgr may trust our journal until it has seen that, so its end is waited for. */
static void part(struct announcer *announcer)
{
    struct packet packet;
    packet_init(&packet);
    shutdown(announcer->fd, SHUT_WR);
    while (channel_receive(announcer->fd, &packet, send_deadline(announcer)) == 1)
        continue;
    packet_finish(&packet);
    disconnect(announcer);
}

/* All is told but what was dropped. */
static void have_them_listed(struct announcer *announcer)
{
    if (announcer->fd >= 0)
        part(announcer);
    announcer->next_connect = 0;
    announcer->dropped = false;
}

static bool await_sealed(struct announcer *announcer, uint64_t serial)
{
    struct packet packet;
    struct intake_seal answer;
    struct arena *arena = arena_create(ANSWER_MEMORY);
    packet_init(&packet);
    bool sealed = channel_receive(announcer->fd, &packet, send_deadline(announcer)) == 1 &&
                  packet.kind == INTAKE_SEALED &&
                  packet_decode(&packet, &intake_seal_message, arena, &answer) && answer.serial == serial;
    packet_finish(&packet);
    arena_destroy(arena);
    return sealed;
}

static void ask_to_seal(struct announcer *announcer)
{
    struct sealing *sealing = announcer->sealing;
    struct intake_seal seal = {.serial = sealing->serial};
    announcer->sealing = NULL;
    bool there = !announcer->ending && connect_and_greet(announcer);
    bool sealed = there &&
                  channel_send(announcer->fd, INTAKE_SEAL, &intake_seal_message, &seal, NULL, 0,
                               send_deadline(announcer)) &&
                  await_sealed(announcer, seal.serial);
    sealing->sealed = sealed;
    sealing->done = true;
    gate_wake(&sealing->gate);
    if (there && !sealed)
        part(announcer);
}

static void announce_task(void *arg)
{
    struct announcer *announcer = arg;
    connect_and_greet(announcer);
    while (!announcer->ending || announcer->first || announcer->sealing) {
        if (announcer->sealing) {
            ask_to_seal(announcer);
            continue;
        }
        if (!announcer->first) {
            gate_wait(&announcer->gate, DEADLINE_NEVER);
            continue;
        }
        log_flush(announcer->log);
        if (send_note(announcer, announcer->first) || announcer->ending)
            drop_first(announcer);
        else
            task_sleep(RECONNECT_MS);
        if (announcer->dropped && !announcer->first)
            have_them_listed(announcer);
    }
    disconnect(announcer);
    free(announcer);
}

struct announcer *announcer_create(struct loop *loop, const char *socket, unsigned slot, struct log *log)
{
    struct announcer *announcer = memory_get(sizeof *announcer);
    announcer->socket = socket;
    announcer->slot = slot;
    announcer->log = log;
    announcer->fd = -1;
    bool started = task_start(loop, announce_task, announcer);
    assert(started && "the first task of a process has a stack");
    return announcer;
}

void announcer_destroy(struct announcer *announcer)
{
    if (!announcer)
        return;
    announcer->ending = true;
    if (announcer->fd >= 0)
        io_cancel(announcer->fd);
    gate_wake(&announcer->gate);
}

bool announcer_seal(struct announcer *announcer, uint64_t serial)
{
    struct sealing sealing = {.serial = serial};
    if (announcer->ending)
        return false;
    announcer->sealing = &sealing;
    gate_wake(&announcer->gate);
    while (!sealing.done)
        gate_wait(&sealing.gate, DEADLINE_NEVER);
    return sealing.sealed;
}

void announcer_tell(struct announcer *announcer, struct str queue_id, uint64_t size, uint64_t journal,
                    const struct envelope *envelope)
{
    if (announcer->waiting >= WAITING_LIMIT) {
        announcer->dropped = true;
        return;
    }
    struct note *note = memory_get(sizeof *note);
    assert(queue_id.len == QUEUE_ID_LENGTH);
    for (size_t i = 0; i < QUEUE_ID_LENGTH; i++)
        note->id.text[i] = queue_id.at[i];
    note->size = size;
    note->journal = journal;
    buf_init(&note->envelope, ENVELOPE_LIMIT);
    if (!wire_encode(&envelope_message, envelope, &note->envelope))
        buf_clear(&note->envelope);
    if (announcer->last)
        announcer->last->next = note;
    else
        announcer->first = note;
    announcer->last = note;
    announcer->waiting++;
    gate_wake(&announcer->gate);
}
