/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Directory against index: files that other programs delivered or dropped are taken in, records whose file is
 * gone are expunged, names that a mail reader changed (":2,S") are followed. Done when a directory's time
 * says that somebody else was at work, and after an unclean stop.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "store/adopt.h"
#include "store/line_ends.h"

/* Times this close to a change of our own are taken for its effect. */
enum { OWN_US = 2000000, FRESH_US = 2000000, LOOK_US = 1000000, NAMES_LIMIT = 1 << 30 };

/* --- file names --- */

struct str file_name_base(struct str name)
{
    size_t end = str_find_str(name, STR(":2,"));
    return str_sub(name, 0, end);
}

static bool size_field(struct str base, struct str field, uint64_t *size)
{
    size_t at = str_find_str(base, field);
    if (at == SIZE_MAX)
        return false;
    struct str digits = str_from(base, at + field.len);
    size_t end = 0;
    while (end < digits.len && char_is_digit(digits.at[end]))
        end++;
    return str_to_u64(str_sub(digits, 0, end), size);
}

void file_name_facts(struct str name, struct file_facts *facts)
{
    static const struct {
        char letter;
        uint8_t flag;
    } letters[] = {{'S', MESSAGE_SEEN},
                   {'R', MESSAGE_ANSWERED},
                   {'F', MESSAGE_FLAGGED},
                   {'T', MESSAGE_DELETED},
                   {'D', MESSAGE_DRAFT}};
    struct str base = file_name_base(name), info = str_from(name, base.len);
    *facts = (struct file_facts){0};
    facts->sized =
        size_field(base, STR(",S="), &facts->file_size) && size_field(base, STR(",W="), &facts->size);
    facts->ours = facts->sized && str_find_str(base, STR(".relais,S=")) != SIZE_MAX;
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++) {
        if (info.len > 3 && str_contains(str_from(info, 3), letters[i].letter))
            facts->flags |= letters[i].flag;
    }
}

bool file_name_make(struct buf *out, int64_t seconds, uint64_t unique, uint64_t file_size, uint64_t size)
{
    return buf_printf(out, "%lld.%llu.relais,S=%llu,W=%llu", (long long)seconds, (unsigned long long)unique,
                      (unsigned long long)file_size, (unsigned long long)size);
}

void folder_add_append(struct store *store, const struct folder *folder, const struct message *message)
{
    store_add(store,
              &(struct entry){.kind = ENTRY_APPEND,
                              .mailbox = folder->id,
                              .modseq = message->modseq,
                              .uid = message->uid,
                              .flags = message->flags,
                              .keywords = message->keywords,
                              .internal_date = (uint64_t)message->internal_date,
                              .save_date = (uint64_t)message->save_date,
                              .size = message->size,
                              .file_size = message->file_size == message->size ? 0 : message->file_size,
                              .object_id = message->object_id,
                              .name = message->name});
}

/* --- the comparison --- */

struct found {
    struct str name, base;
    int64_t mtime;
    uint64_t file_size;
    uint32_t uid; /* that it is to keep; 0: none */
    bool known;
};

struct comparison {
    struct store *store;
    struct folder *folder;
    struct mailbox mailbox;
    struct arena *arena; /* owned */
    struct found *files; /* owned; sorted by base */
    size_t count, room;
    struct str *expunged; /* owned; names that the journal says are to go */
    size_t expunged_count, expunged_room;
    const struct foreign_index *foreign; /* NULL but for an adoption */
    bool verify;                         /* the octets too: after a power cut */
};

static void note_file(void *arg, struct str name)
{
    struct comparison *comparison = arg;
    if (comparison->count == comparison->room) {
        comparison->room = comparison->room * 2 + 64;
        comparison->files = memory_resize(comparison->files, comparison->room, sizeof *comparison->files);
    }
    struct str copy = arena_copy(comparison->arena, name);
    comparison->files[comparison->count++] = (struct found){.name = copy, .base = file_name_base(copy)};
}

static void note_expunged(void *arg, const struct entry *entry)
{
    struct comparison *comparison = arg;
    if (entry->kind != ENTRY_EXPUNGE)
        return;
    if (comparison->expunged_count == comparison->expunged_room) {
        comparison->expunged_room = comparison->expunged_room * 2 + 64;
        comparison->expunged =
            memory_resize(comparison->expunged, comparison->expunged_room, sizeof *comparison->expunged);
    }
    comparison->expunged[comparison->expunged_count++] = arena_copy(comparison->arena, entry->name);
}

static int base_order(const void *a, const void *b)
{
    const struct found *left = a, *right = b;
    return str_compare(left->base, right->base);
}

static int str_order(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static struct found *file_of(const struct comparison *comparison, struct str base)
{
    struct found key = {.base = base};
    return comparison->count ? bsearch(&key, comparison->files, comparison->count, sizeof key, base_order)
                             : NULL;
}

/* A file of ours whose octets did not all reach the disk (a power cut before anybody was told they had).
 * Those from before the machine's last start but one are there since. */
static bool is_torn(struct comparison *comparison, const struct found *file)
{
    enum { CLOCK_WANDERS_S = 24 * 3600 };
    struct backend *backend = comparison->store->backend;
    struct str dir = comparison->folder->dir;
    struct file_facts facts;
    uint64_t size;
    int64_t mtime;
    file_name_facts(file->base, &facts);
    if (!facts.ours || !backend_object_size(backend, dir, file->name, &size, &mtime))
        return false;
    if (size != facts.file_size)
        return true;
    return comparison->verify && mtime + CLOCK_WANDERS_S >= (int64_t)comparison->store->state.machine_start &&
           backend_object_is_hollow(backend, dir, file->name);
}

/* Marks the files that have a record; how many entries will be needed for all others. */
static uint32_t mark_known(struct comparison *comparison)
{
    const struct mailbox *mailbox = &comparison->mailbox;
    size_t known = 0;
    for (size_t i = 0; i < mailbox->count; i++) {
        struct found *file = file_of(comparison, file_name_base(mailbox->messages[i].name));
        if (file && !file->known) {
            file->known = true;
            known++;
        }
    }
    return (uint32_t)(comparison->count - known);
}

/* Records against files: gone ones are expunged, renamed ones followed. */
static void compare_records(struct comparison *comparison)
{
    struct mailbox *mailbox = &comparison->mailbox;
    uint64_t modseq = 0;
    for (size_t i = 0; i < mailbox->count; i++) {
        struct message *message = &mailbox->messages[i];
        const struct found *file = file_of(comparison, file_name_base(message->name));
        if (!file || (comparison->verify && is_torn(comparison, file))) {
            modseq = modseq ? modseq : store_next_modseq(comparison->store);
            mailbox_add_expunge(mailbox, message, modseq);
            if (file)
                backend_object_remove(comparison->store->backend, comparison->folder->dir, file->name);
        } else if (!str_eq(file->name, message->name)) {
            modseq = modseq ? modseq : store_next_modseq(comparison->store);
            store_add(comparison->store, &(struct entry){.kind = ENTRY_NAME,
                                                         .mailbox = mailbox->id,
                                                         .modseq = modseq,
                                                         .uid = message->uid,
                                                         .name = file->name});
        }
    }
}

/* Octets of the file with CRLF line ends. */
static bool measure(struct comparison *comparison, const struct found *file, uint64_t *size)
{
    enum { PIECE = 64 * 1024 };
    struct line_ends ends = {0};
    int fd = backend_object_open(comparison->store->backend, comparison->folder->dir, file->name);
    if (fd < 0)
        return false;
    char *piece = memory_get(PIECE);
    ssize_t got;
    *size = 0;
    while ((got = read(fd, piece, PIECE)) > 0)
        *size += line_ends_size(&ends, str_make(piece, (size_t)got));
    free(piece);
    close(fd);
    return got == 0;
}

/* Keeps files that are to be taken in, oldest first, at the front of the array; removes what must not be. */
static int arrival_order(const void *a, const void *b)
{
    const struct found *left = a, *right = b;
    if (left->uid != right->uid) /* those that keep one first: less one, so that 0 comes last */
        return left->uid - 1 < right->uid - 1 ? -1 : 1;
    if (left->mtime != right->mtime)
        return left->mtime < right->mtime ? -1 : 1;
    return base_order(a, b);
}

static bool is_expunged(const struct comparison *comparison, struct str name)
{
    return comparison->expunged_count &&
           bsearch(&name, comparison->expunged, comparison->expunged_count, sizeof name, str_order);
}

static size_t choose_new(struct comparison *comparison)
{
    size_t chosen = 0;
    for (size_t i = 0; i < comparison->count; i++) {
        struct found file = comparison->files[i];
        if (file.known || !backend_object_size(comparison->store->backend, comparison->folder->dir, file.name,
                                               &file.file_size, &file.mtime))
            continue;
        if (is_expunged(comparison, file.name) || is_torn(comparison, &file))
            backend_object_remove(comparison->store->backend, comparison->folder->dir, file.name);
        else
            comparison->files[chosen++] = file;
        if (comparison->foreign && chosen)
            comparison->files[chosen - 1].uid =
                foreign_uid_of(comparison->foreign, comparison->files[chosen - 1].base);
    }
    if (chosen)
        qsort(comparison->files, chosen, sizeof *comparison->files, arrival_order);
    return chosen;
}

static void take_in(struct comparison *comparison, const struct found *file, uint32_t uid)
{
    struct file_facts facts;
    file_name_facts(file->name, &facts);
    bool exact = facts.sized && facts.file_size == file->file_size;
    uint64_t size = facts.size;
    if (!exact && !measure(comparison, file, &size))
        return;
    uint64_t modseq = store_next_modseq(comparison->store);
    struct message message = {
        .uid = uid,
        .flags = facts.flags,
        .keywords = comparison->foreign ? foreign_keywords_of(comparison->foreign, file->name) : 0,
        .modseq = modseq,
        .internal_date = file->mtime,
        .save_date = store_now_us() / 1000000,
        .size = size,
        .file_size = file->file_size,
        .object_id = modseq,
        .name = file->name,
    };
    folder_add_append(comparison->store, comparison->folder, &message);
}

static enum store_result compare_loaded(struct comparison *comparison, struct verdict *verdict)
{
    struct store *store = comparison->store;
    struct folder *folder = comparison->folder;
    if (comparison->count)
        qsort(comparison->files, comparison->count, sizeof *comparison->files, base_order);
    if (comparison->expunged_count)
        qsort(comparison->expunged, comparison->expunged_count, sizeof *comparison->expunged, str_order);
    enum store_result result = store_reserve(store, folder, mark_known(comparison), verdict);
    if (result != STORE_OK)
        return result;
    compare_records(comparison);
    size_t chosen = choose_new(comparison);
    uint32_t uid = folder->uidnext;
    for (size_t i = 0; i < chosen; i++) {
        const struct found *file = &comparison->files[i];
        if (file->uid && file->uid < uid)
            continue; /* a UID named twice: this one is new at the next comparison */
        if (file->uid)
            uid = file->uid;
        else if (comparison->foreign && uid < comparison->foreign->uidnext)
            uid = comparison->foreign->uidnext;
        take_in(comparison, file, uid++);
    }
    return store_write(store, WRITE_PLAIN, verdict);
}

static enum store_result compare_run(struct comparison *comparison, struct verdict *verdict)
{
    struct store *store = comparison->store;
    struct folder *folder = comparison->folder;
    if (!backend_folder_each_object(store->backend, folder->dir, note_file, comparison))
        return store_fails_system(verdict, "reading a mailbox directory", errno);
    enum store_result result = mailbox_load(store, folder, &comparison->mailbox, verdict);
    if (result == STORE_OK)
        result = journal_each(store, folder->id, note_expunged, comparison, verdict);
    if (result == STORE_OK)
        result = compare_loaded(comparison, verdict);
    mailbox_unload(&comparison->mailbox);
    return result;
}

static enum store_result write_compared(struct store *store, const struct folder *folder, int64_t objects_us,
                                        int64_t settled_us, struct verdict *verdict)
{
    store_add(store, &(struct entry){.kind = ENTRY_COMPARED,
                                     .mailbox = folder->id,
                                     .objects_us = (uint64_t)objects_us,
                                     .settled_us = (uint64_t)settled_us});
    return store_write(store, WRITE_PLAIN, verdict);
}

static enum store_result compare_folder(struct store *store, struct folder *folder, bool verify,
                                        const struct foreign_index *foreign, struct verdict *verdict)
{
    struct comparison comparison = {.store = store, .folder = folder, .foreign = foreign, .verify = verify};
    int64_t objects_us, new_us;
    if (!backend_folder_times(store->backend, folder->dir, &objects_us, &new_us))
        return store_fails_system(verdict, "looking at a mailbox directory", errno);
    comparison.arena = arena_create(NAMES_LIMIT);
    enum store_result result = compare_run(&comparison, verdict);
    arena_destroy(comparison.arena);
    free(comparison.files);
    free(comparison.expunged);
    if (result != STORE_OK || objects_us == folder->objects_us)
        return result;
    return write_compared(store, folder, objects_us, folder->settled_us, verdict);
}

/* Takes arrivals in from new/. */
static enum store_result take_arrivals(struct store *store, struct folder *folder, size_t *taken,
                                       struct verdict *verdict)
{
    int64_t objects_us;
    enum store_result result = folder_restore(store, folder, verdict);
    if (result != STORE_OK)
        return result;
    folder->looked_us = store_now_us();
    bool done = backend_folder_take_new(store->backend, folder->dir, taken) &&
                backend_folder_times(store->backend, folder->dir, &objects_us, &folder->arrivals_us);
    return done ? STORE_OK : store_fails_system(verdict, "looking for new messages", errno);
}

enum store_result folder_compare(struct store *store, struct folder *folder, struct verdict *verdict)
{
    size_t taken;
    enum store_result result = take_arrivals(store, folder, &taken, verdict);
    return result == STORE_OK ? compare_folder(store, folder, false, NULL, verdict) : result;
}

/* UIDVALIDITY as it was, and room for all UIDs that were given. */
static enum store_result adopt_numbers(struct store *store, const struct folder *folder,
                                       const struct foreign_index *foreign, struct verdict *verdict)
{
    enum store_result result = store_reserve(store, NULL, (uint32_t)foreign->count, verdict);
    if (result != STORE_OK)
        return result;
    store_add(store, &(struct entry){.kind = ENTRY_RESET,
                                     .mailbox = folder->id,
                                     .uidvalidity = foreign->uidvalidity,
                                     .modseq = store_next_modseq(store)});
    store_add(store, &(struct entry){.kind = ENTRY_UIDS,
                                     .mailbox = folder->id,
                                     .uid = 1,
                                     .ceiling = foreign->uidnext + UID_STEP});
    return store_write(store, WRITE_SYNC, verdict);
}

enum store_result folder_adopt(struct store *store, struct folder *folder, struct verdict *verdict)
{
    size_t taken;
    struct foreign_index foreign;
    enum store_result result = take_arrivals(store, folder, &taken, verdict);
    if (result != STORE_OK)
        return result;
    if (!foreign_index_read(store, folder, &foreign))
        return compare_folder(store, folder, false, NULL, verdict);
    result = adopt_numbers(store, folder, &foreign, verdict);
    if (result == STORE_OK)
        result = compare_folder(store, folder, false, &foreign, verdict);
    if (result == STORE_OK) {
        uint32_t next = folder->uidnext > foreign.uidnext ? folder->uidnext : foreign.uidnext;
        store_add(store,
                  &(struct entry){
                      .kind = ENTRY_UIDS, .mailbox = folder->id, .uid = next, .ceiling = next + UID_STEP});
        result = store_write(store, WRITE_SYNC, verdict);
    }
    if (result == STORE_OK)
        result = compare_folder(store, folder, false, NULL, verdict);
    foreign_index_finish(&foreign);
    return result;
}

enum store_result folder_verify(struct store *store, struct folder *folder, struct verdict *verdict)
{
    enum { LEFT_OVER_S = 36 * 3600 };
    size_t taken;
    enum store_result result = take_arrivals(store, folder, &taken, verdict);
    backend_folder_sweep(store->backend, folder->dir, LEFT_OVER_S);
    return result == STORE_OK ? compare_folder(store, folder, true, NULL, verdict) : result;
}

/* --- looking --- */

static bool others_changed_objects(const struct folder *folder, int64_t objects_us)
{
    return objects_us != folder->objects_us && objects_us > folder->changed_us + OWN_US;
}

/* Directories have coarse clocks: what comes within FRESH_US of the last arrival may not change the time. */
static bool is_settled(const struct folder *folder, int64_t new_us)
{
    return new_us == folder->arrivals_us && new_us <= folder->looked_us - FRESH_US;
}

bool folder_needs_look(const struct folder *folder, int64_t objects_us, int64_t new_us)
{
    return (new_us != folder->settled_us && !is_settled(folder, new_us)) ||
           others_changed_objects(folder, objects_us);
}

/* That new/ is empty is written down, so that not every session takes the lock to look. */
static enum store_result settle(struct store *store, const struct folder *folder, struct verdict *verdict)
{
    if (folder->settled_us == folder->arrivals_us || !is_settled(folder, folder->arrivals_us))
        return STORE_OK;
    return write_compared(store, folder, folder->objects_us, folder->arrivals_us, verdict);
}

static enum store_result look_locked(struct store *store, struct folder *folder, struct verdict *verdict)
{
    size_t taken = 0;
    int64_t objects_us, new_us;
    enum store_result result = take_arrivals(store, folder, &taken, verdict);
    if (result != STORE_OK)
        return result;
    if (!backend_folder_times(store->backend, folder->dir, &objects_us, &new_us))
        return store_fails_system(verdict, "looking at a mailbox directory", errno);
    bool work = taken || others_changed_objects(folder, objects_us);
    if (work)
        result = compare_folder(store, folder, false, NULL, verdict);
    return result == STORE_OK ? settle(store, folder, verdict) : result;
}

enum store_result folder_look(struct store *store, struct folder *folder, bool now_again,
                              struct verdict *verdict)
{
    int64_t objects_us, new_us, now = store_now_us();
    uint32_t id = folder->id;
    if (!now_again && folder->looked_us && now - folder->looked_us < LOOK_US && now >= folder->looked_us)
        return STORE_OK;
    if (backend_folder_times(store->backend, folder->dir, &objects_us, &new_us) &&
        !folder_needs_look(folder, objects_us, new_us)) {
        folder->looked_us = now;
        return STORE_OK;
    }
    enum store_result result = store_lock(store, verdict);
    if (result != STORE_OK)
        return result;
    folder = state_folder(&store->state, id);
    if (folder)
        result = look_locked(store, folder, verdict);
    else
        result = store_fails(verdict, STORE_NONEXISTENT, "the mailbox was deleted");
    store_unlock(store);
    return result;
}
