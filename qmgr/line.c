/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who talks to qmgr: ways in, which tell of committed messages, and tools, which give orders. Both use one
 * socket; the kind of the packet says which.
 *
 * A message that a way in keeps in its commit journal (intake/journal.h) needs no sync before its file goes,
 * until we were told that its segment is sealed and have answered: what we decided before, the checkpoint
 * covers. Of a line that has ended nothing is trusted any more. So a way in only connects anew when we have
 * ended its line, or when it did: then the new line takes the place of the old one before it is answered.
 */
#include <unistd.h>

#include "intake/announcer.h"
#include "io/fdpass.h"
#include "io/listen.h"
#include "qmgr/manager.h"
#include "qmgr/orders.h"
#include "wire/channel.h"
#include "wire/intake.h"
#include "wire/intake_hello.h"
#include "wire/intake_seal.h"
#include "wire/queue_orders.h"
#include "worker/worker.h"

enum { NOTE_MEMORY = 256 * 1024, NO_SLOT = -1, NOT_A_SLOT = -2, ANSWER_MS = 10000 };

struct line {
    struct line *next; /* of those that are trusted */
    struct manager *manager;
    int fd;
    int64_t slot;    /* NO_SLOT until hello */
    uint64_t number; /* of this line; rises */
    uint64_t sealed; /* journal segments up to this serial */
};

/* --- journals --- */

void lines_distrust(struct manager *manager, uint32_t slot)
{
    struct line **link = &manager->lines;
    while (*link)
        if ((*link)->slot == slot)
            *link = (*link)->next;
        else
            link = &(*link)->next;
}

static void trust(struct line *line)
{
    struct manager *manager = line->manager;
    lines_distrust(manager, (uint32_t)line->slot);
    line->number = ++manager->lines_count;
    line->next = manager->lines;
    manager->lines = line;
}

static void distrust(const struct line *line)
{
    for (struct line **link = &line->manager->lines; *link; link = &(*link)->next)
        if (*link == line) {
            *link = line->next;
            return;
        }
}

bool message_is_in_journal(const struct manager *manager, const struct message *message)
{
    const struct line *line = message->journal && manager->one_file_system ? manager->lines : NULL;
    while (line && line->number != message->line)
        line = line->next;
    return line && message->journal > line->sealed;
}

static bool seal(struct line *line, const struct packet *packet, struct arena *arena)
{
    struct intake_seal seal;
    if (line->slot == NO_SLOT || !packet_decode(packet, &intake_seal_message, arena, &seal))
        return false;
    if (seal.serial > line->sealed)
        line->sealed = seal.serial;
    return channel_send(line->fd, INTAKE_SEALED, &intake_seal_message, &seal, NULL, 0,
                        deadline_in(ANSWER_MS));
}

/* --- what is said --- */

/* A note that waited for us, or one of a clock that was set: the message may have been found by listing, by
 * us or by our predecessor, and be done already. The file, if it is still there, says. */
static bool is_late(const struct manager *manager, const struct message *message)
{
    int64_t arrival = (int64_t)message->envelope.arrival_us, now = now_us();
    return arrival < manager->began_us || arrival > now || arrival < now - NOTE_BELIEVED_MS * INT64_C(1000);
}

static void take_note(struct line *line, const struct packet *packet, struct arena *arena)
{
    struct intake note;
    struct queue_id id = {0};
    struct message *message = NULL;
    if (!packet_decode(packet, &intake_message, arena, &note) || !queue_id_parse(note.queue_id, NULL))
        return;
    for (size_t i = 0; i < QUEUE_ID_LENGTH; i++)
        id.text[i] = note.queue_id.at[i];
    struct reservation *reservation = hash_get(line->manager->reserved, note.queue_id);
    if (reservation)
        reservation->told = true;
    if (manager_knows(line->manager, note.queue_id))
        return;
    if (note.envelope.len)
        message = message_from_envelope(note.queue_id, note.size, note.envelope);
    if (message && is_late(line->manager, message)) {
        message_free(message);
        message = NULL;
    }
    if (message) {
        message->line = line->number;
        message->journal = note.journal;
        message_accept(line->manager, message);
    } else {
        waiting_add(line->manager, &id, now_us());
    }
}

static bool take_packet(struct line *line, const struct packet *packet)
{
    struct arena *arena = arena_create(NOTE_MEMORY);
    struct intake_hello hello;
    bool sound = true;
    switch (packet->kind) {
    case INTAKE_HELLO:
        sound = line->slot == NO_SLOT && packet_decode(packet, &intake_hello_message, arena, &hello);
        line->slot = sound && hello.slot < QUEUE_ID_SLOTS ? (int64_t)hello.slot : NOT_A_SLOT;
        if (line->slot >= 0)
            trust(line);
        break;
    case INTAKE_SEAL:
        sound = seal(line, packet, arena);
        break;
    case INTAKE_MESSAGE:
        sound = line->slot != NO_SLOT;
        if (sound)
            take_note(line, packet, arena);
        break;
    case QUEUE_KIND_ORDER:
        sound = orders_take(line->manager, line->fd, packet, arena);
        break;
    default:
        sound = false;
    }
    arena_destroy(arena);
    return sound;
}

void manager_serve(struct run *run, int fd, const struct address *peer)
{
    struct line line = {.manager = run_state(run), .fd = fd, .slot = NO_SLOT};
    struct packet packet;
    (void)peer;
    packet_init(&packet);
    while (channel_receive(fd, &packet, DEADLINE_NEVER) == 1 && take_packet(&line, &packet))
        continue;
    packet_finish(&packet);
    distrust(&line); /* before the other side can see the end */
    io_close(fd);
    /* A way in is gone: what it committed and could not tell of is found by its slot. */
    if (line.slot != NO_SLOT && line.slot != NOT_A_SLOT && !line.manager->ending)
        queue_scan(line.manager, line.slot);
}
