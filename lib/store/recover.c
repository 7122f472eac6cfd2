/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * After an unclean stop. When a program dies, the kernel still has all it wrote, and nothing is to be done.
 * When the machine stopped, records that were not synced may be gone although clients saw their UIDs: so the
 * first writer after a start goes on at the ceilings, which were synced before any number below them was
 * given out, and compares the directories with the index.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "store/parts.h"

/* --- which start of the machine --- */

static uint64_t boot_id(void)
{
    char text[64];
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0; /* no procfs: the time of the start must do */
    ssize_t got = read(fd, text, sizeof text);
    close(fd);
    return got > 0 ? str_fnv(str_make(text, (size_t)got)) : 0;
}

void machine_now(struct entry *entry)
{
    struct timespec real, up;
    clock_gettime(CLOCK_REALTIME, &real);
    clock_gettime(CLOCK_BOOTTIME, &up);
    *entry = (struct entry){
        .kind = ENTRY_MACHINE,
        .machine = boot_id(),
        .machine_start = (uint64_t)(real.tv_sec - up.tv_sec),
    };
}

/* By the kernel's number where both sides know it, else by the time of the start, which wanders a little. A
 * clock that was set makes this say no: then some numbers are passed over, nothing else. */
static bool is_same_start(const struct state *state, const struct entry *now)
{
    enum { WANDERS_S = 5 };
    if (state->machine && now->machine)
        return state->machine == now->machine;
    int64_t apart = (int64_t)(state->machine_start - now->machine_start);
    return apart >= -WANDERS_S && apart <= WANDERS_S;
}

/* --- recovery --- */

static void add_jumps(struct store *store)
{
    struct state *state = &store->state;
    for (size_t i = 0; i < state->folder_count; i++) {
        const struct folder *folder = state->folders[i];
        uint32_t next = folder->uid_ceiling > folder->uidnext ? folder->uid_ceiling : folder->uidnext;
        uint32_t ceiling = next < UINT32_MAX - UID_STEP ? next + UID_STEP : UINT32_MAX;
        store_add(store, &(struct entry){
                             .kind = ENTRY_UIDS, .mailbox = folder->id, .uid = next, .ceiling = ceiling});
    }
    uint64_t modseq = state->modseq_ceiling > state->modseq ? state->modseq_ceiling : state->modseq;
    uint64_t ceiling = modseq < INT64_MAX - MODSEQ_STEP ? modseq + MODSEQ_STEP : INT64_MAX;
    store_add(store, &(struct entry){.kind = ENTRY_MODSEQ, .modseq = modseq, .ceiling = ceiling});
}

enum store_result store_recover(struct store *store, struct verdict *verdict)
{
    struct entry machine;
    machine_now(&machine);
    add_jumps(store);
    enum store_result result = store_write(store, WRITE_SYNC | WRITE_SHRINKS, verdict);
    for (size_t i = 0; i < store->state.folder_count && result == STORE_OK; i++)
        result = folder_verify(store, store->state.folders[i], verdict);
    if (result != STORE_OK)
        return result;
    /* Last: a recovery that was cut short is done again. */
    store_add(store, &machine);
    return store_write(store, WRITE_SYNC | WRITE_SHRINKS, verdict);
}

enum store_result store_recover_if_needed(struct store *store, struct verdict *verdict)
{
    struct entry machine;
    machine_now(&machine);
    if (is_same_start(&store->state, &machine))
        return STORE_OK;
    enum store_result result = store_lock(store, verdict);
    if (result != STORE_OK)
        return result;
    if (!is_same_start(&store->state, &machine)) /* still: nobody was faster */
        result = store_recover(store, verdict);
    store_unlock(store);
    return result;
}

/* --- a damaged snapshot --- */

static enum store_result rebuild_locked(struct store *store, uint32_t id, struct verdict *verdict)
{
    char blob[32];
    struct mailbox mailbox;
    struct folder *folder = state_folder(&store->state, id);
    if (!folder)
        return store_fails(verdict, STORE_NONEXISTENT, "the mailbox was deleted");
    enum store_result result = mailbox_load(store, folder, &mailbox, verdict);
    bool damaged = mailbox.damaged;
    mailbox_unload(&mailbox);
    if (!damaged)
        return result; /* somebody was faster */
    if (store->state.uidvalidity == UINT32_MAX)
        return store_fails(verdict, STORE_LIMIT, "the store has no numbers left for mailboxes");
    result = store_reserve(store, NULL, 0, verdict);
    if (result != STORE_OK)
        return result;
    store_add(store, &(struct entry){.kind = ENTRY_RESET,
                                     .mailbox = id,
                                     .uidvalidity = store_next_uidvalidity(store),
                                     .modseq = store_next_modseq(store)});
    result = store_write(store, WRITE_SYNC, verdict);
    if (result != STORE_OK)
        return result;
    mailbox_blob_name(id, "snap", blob);
    backend_blob_remove(store->backend, blob);
    mailbox_blob_name(id, "cache", blob);
    backend_blob_remove(store->backend, blob);
    return folder_compare(store, folder, verdict);
}

enum store_result folder_rebuild(struct store *store, uint32_t id, struct verdict *verdict)
{
    enum store_result result = store_lock(store, verdict);
    if (result != STORE_OK)
        return result;
    result = rebuild_locked(store, id, verdict);
    store_unlock(store);
    return result;
}

/* --- directories in their places --- */

struct search {
    struct backend *backend;
    struct str mark, to;
    bool done;
};

static void move_marked(void *arg, struct str folder, struct str mark)
{
    struct search *search = arg;
    if (!search->done && str_eq(mark, search->mark))
        search->done = backend_folder_rename(search->backend, folder, search->to);
}

enum store_result folder_restore(struct store *store, struct folder *folder, struct verdict *verdict)
{
    char mark[32];
    struct search search = {store->backend, folder_mark(folder->id, mark), folder->dir, false};
    if (backend_folder_exists(store->backend, folder->dir))
        return STORE_OK;
    if (!backend_folder_each(store->backend, move_marked, &search))
        return store_fails_system(verdict, "reading the directories", errno);
    if (search.done || backend_folder_create(store->backend, folder->dir, search.mark))
        return STORE_OK;
    return store_fails_system(verdict, "making a mailbox directory", errno);
}
