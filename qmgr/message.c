/* SPDX-License-Identifier: BSD-2-Clause */
/* A message in memory: made from its envelope or its file, and the records that are appended to the file. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "io/file.h"
#include "qmgr/manager.h"

enum { MESSAGE_MEMORY = 64 * 1024 * 1024, UNFINISHED_KEEP_S = 3600 };

int64_t now_us(void)
{
    return clock_now_us();
}

int64_t message_age_us(const struct message *message, int64_t now)
{
    int64_t age = now - (int64_t)message->envelope.arrival_us;
    return age > 0 ? age : 0;
}

static struct message *message_new(const struct queue_id *id)
{
    struct message *message = memory_get(sizeof *message);
    message->id = *id;
    message->arena = arena_create(MESSAGE_MEMORY);
    return message;
}

void message_free(struct message *message)
{
    arena_destroy(message->arena);
    free(message);
}

static void take_recipients(struct message *message)
{
    const struct envelope *envelope = &message->envelope;
    message->rcpt_count = message->rcpt_room = envelope->rcpts_count;
    message->rcpts = arena_array(message->arena, envelope->rcpts_count, sizeof *message->rcpts);
    for (size_t i = 0; i < envelope->rcpts_count; i++) {
        message->rcpts[i].rcpt = envelope->rcpts[i];
        message->rcpts[i].rcpt.index = i;
    }
    message->held = envelope->hold;
}

struct message *message_from_envelope(struct str id, uint64_t size, struct str envelope)
{
    struct queue_id queue_id = {0};
    if (!queue_id_parse(id, NULL))
        return NULL;
    memcpy(queue_id.text, id.at, id.len);
    struct message *message = message_new(&queue_id);
    struct str bytes = arena_copy(message->arena, envelope);
    if (!wire_decode(&envelope_message, bytes, message->arena, &message->envelope)) {
        message_free(message);
        return NULL;
    }
    struct queuefile_places places = queuefile_places(bytes.len, size);
    message->envelope_size = bytes.len;
    message->size = size;
    message->message_at = places.message_at;
    message->append_at = places.records_at;
    take_recipients(message);
    return message;
}

static struct str kept(struct message *message, struct str text)
{
    return arena_copy(message->arena, text);
}

void message_note_outcome(struct message *message, struct queue_rcpt *rcpt, const struct outcome *outcome)
{
    bool same = rcpt->last.class == outcome->class && str_eq(rcpt->last.text, outcome->text);
    struct outcome copy = *outcome;
    copy.text = same ? rcpt->last.text : kept(message, outcome->text);
    copy.remote = same && str_eq(rcpt->last.remote, outcome->remote) ? rcpt->last.remote
                                                                     : kept(message, outcome->remote);
    /* That it was forwarded stays known, by the forwarder; to whom is in the recipients that were added. */
    copy.forwarder = kept(message, outcome->forwarder);
    copy.forward_sender = STR("");
    copy.forward = copy.parts = (struct texts){NULL, 0};
    rcpt->last = copy;
    rcpt->recorded = false;
    rcpt->state = outcome->class == VERDICT_OK       ? RCPT_DONE
                  : outcome->class == VERDICT_REJECT ? RCPT_FAILED
                                                     : RCPT_LATER;
    rcpt->report_success =
        rcpt->state == RCPT_DONE && !outcome->dsn_passed && rcpt->rcpt.notify & DSN_NOTIFY_SUCCESS;
}

static struct queue_rcpt *add_rcpt(struct message *message)
{
    if (message->rcpt_count == message->rcpt_room) {
        size_t room = message->rcpt_room * 2 + 4;
        struct queue_rcpt *rcpts = arena_array(message->arena, room, sizeof *rcpts);
        memcpy(rcpts, message->rcpts, message->rcpt_count * sizeof *rcpts);
        message->rcpts = rcpts;
        message->rcpt_room = room;
    }
    struct queue_rcpt *rcpt = &message->rcpts[message->rcpt_count];
    *rcpt = (struct queue_rcpt){0};
    rcpt->rcpt.index = message->rcpt_count++;
    return rcpt;
}

static void add_expanded(struct message *message, const struct recipient *alias)
{
    struct recipient *rcpt = &add_rcpt(message)->rcpt;
    rcpt->address = alias->address;
    rcpt->original = alias->original;
    rcpt->orcpt = alias->orcpt;
    rcpt->notify = DSN_NOTIFY_SUCCESS;
    rcpt->expanded = true;
}

struct str message_sender_for(const struct message *message, const struct recipient *rcpt)
{
    return rcpt->sender.len ? rcpt->sender : message->envelope.sender;
}

static bool is_same_address(struct str a, struct str b)
{
    size_t at = str_find_last(a, '@');
    if (at == SIZE_MAX || a.len != b.len)
        return str_eq(a, b);
    return str_eq(str_sub(a, 0, at), str_sub(b, 0, at)) && str_eq_nocase(str_from(a, at), str_from(b, at));
}

/* Does somebody else get just this copy already? Who was forwarded gets none: an alias that leads back to
 * itself must be found out by its next delivery. */
static bool is_there(const struct message *message, const struct recipient *rcpt)
{
    for (size_t i = 0; i < message->rcpt_count; i++) {
        const struct queue_rcpt *other = &message->rcpts[i];
        if (!other->last.forwarder.len && !other->rcpt.expanded &&
            is_same_address(other->rcpt.address, rcpt->address) &&
            str_eq(other->rcpt.destination, rcpt->destination) && str_eq(other->rcpt.sender, rcpt->sender))
            return true;
    }
    return false;
}

static void add_copy(struct message *message, const struct recipient *copy)
{
    if (is_there(message, copy))
        return;
    struct queue_rcpt *rcpt = add_rcpt(message);
    uint64_t index = rcpt->rcpt.index;
    rcpt->rcpt = *copy;
    rcpt->rcpt.index = index;
    rcpt->rcpt.address = kept(message, copy->address);
    rcpt->rcpt.destination = kept(message, copy->destination);
}

/* A single copy takes over all that the sender wants to hear of; several, or one beside a mailbox, all but
 * success. Those of a mailing list are its owner's mail, and nothing goes on with them (RFC 3461 5.2.7.1). */
static struct recipient begin_copy(struct message *message, const struct recipient *given,
                                   const struct outcome *outcome)
{
    bool single = outcome->forward.count + outcome->parts.count == 1 && outcome->dsn_passed;
    struct recipient copy = {
        .original = given->original.len ? given->original : given->address,
        .sender = given->sender,
    };
    if (outcome->forward_sender.len) {
        copy.sender = kept(message, outcome->forward_sender);
        return copy;
    }
    copy.orcpt = given->orcpt;
    copy.notify = single ? given->notify : dsn_notify_of_members(given->notify);
    return copy;
}

void message_add_recipients(struct message *message, const struct outcome *outcome)
{
    struct recipient given = message->rcpts[outcome->index].rcpt; /* the array grows */
    struct recipient copy = begin_copy(message, &given, outcome);
    copy.address = given.address;
    copy.delivered_to = given.delivered_to;
    for (size_t i = 0; i < outcome->parts.count; i++) {
        copy.destination = outcome->parts.at[i];
        add_copy(message, &copy);
    }
    copy.delivered_to = kept(message, outcome->forwarder);
    for (size_t i = 0; i < outcome->forward.count; i++) {
        bool own = str_starts(outcome->forward.at[i], STR("\\"));
        copy.address = str_from(outcome->forward.at[i], own);
        copy.destination = own ? STR("\\") : STR("");
        add_copy(message, &copy);
    }
    if (outcome->forward.count + outcome->parts.count > 1 && outcome->dsn_passed &&
        given.notify & DSN_NOTIFY_SUCCESS)
        add_expanded(message, &given);
}

/* --- from the file --- */

static void apply_outcomes(struct message *message, const struct queue_record *record)
{
    for (size_t i = 0; i < record->outcomes_count; i++) {
        const struct outcome *outcome = &record->outcomes[i];
        if (outcome->index >= message->rcpt_count)
            continue;
        message_note_outcome(message, &message->rcpts[outcome->index], outcome);
        message->rcpts[outcome->index].recorded = true;
    }
}

static void apply_report(struct message *message, const struct queue_record *record)
{
    if (record->report == DSN_DELAY)
        message->warned = true;
    for (size_t i = 0; i < record->outcomes_count && record->report != DSN_DELAY; i++) {
        uint64_t index = record->outcomes[i].index;
        if (index >= message->rcpt_count)
            continue;
        message->rcpts[index].state = RCPT_DONE;
        message->rcpts[index].report_success = false;
    }
}

static void apply_record(struct message *message, const struct queue_record *record)
{
    switch (record->kind) {
    case QUEUE_OUTCOME:
        apply_outcomes(message, record);
        break;
    case QUEUE_ADDED:
        for (size_t i = 0; i < record->added_count; i++) {
            struct queue_rcpt *rcpt = add_rcpt(message);
            uint64_t index = rcpt->rcpt.index;
            rcpt->rcpt = record->added[i];
            rcpt->rcpt.index = index;
        }
        break;
    case QUEUE_RETRY:
        message->attempts = (unsigned)record->attempts;
        message->next_us = (int64_t)record->next_us;
        break;
    case QUEUE_HOLD:
    case QUEUE_RELEASE:
        message->held = record->kind == QUEUE_HOLD;
        message->next_us = 0;
        break;
    case QUEUE_NOTIFIED:
        apply_report(message, record);
        break;
    case QUEUE_EXPIRE:
        message->doomed = true;
        message->next_us = 0;
        break;
    default:
        break;
    }
}

static void take_entry(struct message *message, const struct queue_entry *entry)
{
    message->envelope = entry->envelope;
    message->envelope_size = entry->envelope_size;
    message->size = entry->message_size;
    message->message_at = entry->message_at;
    message->append_at = entry->append_at;
    message->torn = entry->torn;
    take_recipients(message);
    for (size_t i = 0; i < entry->record_count; i++)
        apply_record(message, &entry->records[i]);
    /* What failed for now is tried again in the attempt that this load is for. */
    for (size_t i = 0; i < message->rcpt_count; i++)
        if (message->rcpts[i].state == RCPT_LATER)
            message->rcpts[i].state = RCPT_PENDING;
}

/* Runs on a thread of the disk pool: a slow disk does not stop the loop. */
struct load {
    struct manager *manager;
    struct message *message;
    struct queue_entry entry;
    enum queuefile_status status;
    struct verdict verdict;
    int64_t id_us;
    bool gone;
};

static void load_run(void *arg)
{
    struct load *load = arg;
    int fd = file_open_regular(load->manager->directory, load->message->id.text, O_RDONLY);
    if (fd < 0) {
        load->gone = errno == ENOENT;
        load->status = QUEUEFILE_ERROR;
        verdict_system(&load->verdict, "open", errno);
        return;
    }
    load->status = queuefile_read(fd, load->message->arena, &load->entry, &load->verdict);
    close(fd);
}

static void judge_bad_file(struct manager *manager, const struct load *load)
{
    const char *name = load->message->id.text;
    int64_t age_s = (now_us() - load->id_us) / 1000000;
    if (load->gone)
        return;
    if (load->status == QUEUEFILE_UNFINISHED && age_s < UNFINISHED_KEEP_S)
        return; /* maybe in the making; a later sweep looks again */
    /* Sound, but more than we can hold, or of another version: stays where it is, for a person to look at. */
    bool hands_off = load->status == QUEUEFILE_TOO_LARGE || load->status == QUEUEFILE_FOREIGN;
    if (load->status == QUEUEFILE_ERROR || hands_off) {
        log_say(manager->log, LOG_ERROR_LEVEL, str_of(name), "queue file: %s", load->verdict.text);
        return;
    }
    queue_set_aside(manager, name, load->verdict.text);
}

struct message *message_load(struct manager *manager, const struct queue_id *id)
{
    struct load load = {.manager = manager, .message = message_new(id)};
    struct str key = str_of(load.message->id.text);
    queue_id_parse(key, &load.id_us);
    struct reservation reservation;
    assert(!hash_get(manager->reserved, key));
    hash_put(manager->reserved, key, &reservation);
    do {
        reservation.told = false;
        thread_pool_run(manager->disk, load_run, &load);
    } while (load.status == QUEUEFILE_UNFINISHED && reservation.told);
    hash_remove(manager->reserved, key);
    if (load.status == QUEUEFILE_OK) {
        take_entry(load.message, &load.entry);
        return load.message;
    }
    judge_bad_file(manager, &load);
    message_free(load.message);
    return NULL;
}

bool message_append(struct manager *manager, struct message *message, const struct queue_record *record)
{
    struct buf octets;
    buf_init(&octets, QUEUEFILE_ENVELOPE_LIMIT);
    bool done = queuefile_record(record, &octets);
    int fd = done ? openat(manager->directory, message->id.text, O_WRONLY | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (fd >= 0) {
        done = (!message->torn || ftruncate(fd, (off_t)message->append_at) == 0) &&
               file_pwrite_all(fd, buf_str(&octets), (off_t)message->append_at);
        close(fd);
    }
    if (done && fd >= 0) {
        message->append_at += octets.len;
        message->torn = false;
        removal_note_record(manager);
    } else {
        message->torn = true;
        log_say(manager->log, LOG_ERROR_LEVEL, str_of(message->id.text), "queue file: record not written: %s",
                strerror(errno));
    }
    buf_finish(&octets);
    return done && fd >= 0;
}
