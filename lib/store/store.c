/* SPDX-License-Identifier: BSD-2-Clause */
/* A store handle: opening (and making) the store, reserving numbers, keywords, making things durable. */
#include "store/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/task.h"
#include "store/params.h"
#include "store/parts.h"

enum { LOCK_MS = 30000, COMPACT_SIZE = 256 * 1024, CONTENT_LIMIT = (1 << 20) + 1 };

struct store_options store_options_of(const struct store_params *params)
{
    return (struct store_options){
        .create = true,
        .lock_ms = params->lock_timeout,
        .compact_size = (uint64_t)params->compact_size,
        .quota = (uint64_t)params->quota,
        .default_folders = params->default_folders,
    };
}

static struct store *store_new(const struct store_options *options)
{
    struct store *store = memory_get(sizeof *store);
    store->pid = (int)getpid();
    store->lock_ms = options->lock_ms ? options->lock_ms : LOCK_MS;
    store->compact_size = options->compact_size ? options->compact_size : COMPACT_SIZE;
    store->quota = options->quota;
    buf_init(&store->tail, JOURNAL_LIMIT);
    buf_init(&store->batch, RECORD_LIMIT);
    buf_init(&store->content, CONTENT_LIMIT);
    return store;
}

static void store_free(struct store *store)
{
    backend_close(store->backend);
    state_finish(&store->state);
    buf_finish(&store->tail);
    buf_finish(&store->batch);
    buf_finish(&store->content);
    free(store);
}

/* A journal with nothing but the machine's start. */
static enum store_result start_empty(struct store *store, struct verdict *verdict)
{
    struct buf first;
    struct entry machine;
    machine_now(&machine);
    buf_init(&first, RECORD_LIMIT);
    journal_encode(&machine, &first);
    enum store_result result = journal_start(store, 1, buf_str(&first), verdict);
    buf_finish(&first);
    return result;
}

/* The mailboxes that a new user finds: "Name \Use, ..." */
static enum store_result add_defaults(struct store *store, struct str list, struct verdict *verdict)
{
    struct str item, use;
    enum store_result result = folder_add(store, STR("INBOX"), 0, verdict);
    while (result == STORE_OK && list.at && str_cut(&list, ',', &item)) {
        item = str_trim(item);
        size_t split = str_find(item, '\\');
        use = split == SIZE_MAX ? STR("") : str_from(item, split);
        struct str name = str_trim(str_sub(item, 0, split));
        if (name.len == 0)
            continue;
        if (state_folder_named(&store->state, name))
            continue;
        result = folder_add(store, name, special_use(use), verdict);
        if (result == STORE_OK)
            store_add(store, &(struct entry){.kind = ENTRY_SUBSCRIBE, .name = name, .flags = 1});
    }
    if (result == STORE_OK)
        result = store_write(store, WRITE_PLAIN, verdict);
    return result == STORE_OK ? store_sync_journal(store, verdict) : result;
}

/* The first to come makes the journal; messages that are in the directories already are taken in. */
static enum store_result make_store(struct store *store, struct str defaults, struct verdict *verdict)
{
    if (!backend_lock(store->backend, deadline_in(store->lock_ms)))
        return store_fails_system(verdict, "taking the lock", errno);
    enum store_result result = journal_open(store, verdict);
    if (result != STORE_NONEXISTENT) { /* somebody was faster */
        backend_unlock(store->backend);
        return result;
    }
    result = start_empty(store, verdict);
    if (result == STORE_OK)
        result = journal_open(store, verdict);
    store->locked = true;
    if (result == STORE_OK)
        result = add_defaults(store, defaults, verdict);
    if (result == STORE_OK)
        result = store_adopt(store, verdict);
    backend_reserve_make(store->backend);
    store_unlock(store);
    return result;
}

/* A program that died in the middle of make_store left a journal without INBOX. */
static enum store_result finish_making(struct store *store, struct str defaults, struct verdict *verdict)
{
    enum store_result result = store_lock(store, verdict);
    if (result != STORE_OK)
        return result;
    if (!state_folder_named(&store->state, STR("INBOX")))
        result = add_defaults(store, defaults, verdict);
    store_unlock(store);
    return result;
}

enum store_result store_open(const char *home, const struct store_options *options, struct store **store,
                             struct verdict *verdict)
{
    struct store *new = store_new(options);
    new->backend = backend_open(home, options->create);
    enum store_result result;
    if (!new->backend)
        result = errno == ENOENT && !options->create
                     ? store_fails(verdict, STORE_NONEXISTENT, "no mail store")
                     : store_fails_system(verdict, "opening the home", errno);
    else
        result = journal_open(new, verdict);
    if (result == STORE_NONEXISTENT && new->backend)
        result = options->create ? make_store(new, options->default_folders, verdict)
                                 : store_fails(verdict, STORE_NONEXISTENT, "no mail store");
    if (result == STORE_OK)
        result = store_recover_if_needed(new, verdict);
    if (result == STORE_OK && !state_folder_named(&new->state, STR("INBOX")))
        result = finish_making(new, options->default_folders, verdict);
    if (result != STORE_OK) {
        store_free(new);
        return result;
    }
    *store = new;
    return STORE_OK;
}

void store_close(struct store *store)
{
    struct verdict verdict;
    if (!store)
        return;
    store_flush(store, &verdict);
    store_free(store);
}

enum store_result store_flush(struct store *store, struct verdict *verdict)
{
    for (struct mailbox *mailbox = store->mailboxes; mailbox; mailbox = mailbox->next)
        cache_flush(mailbox);
    return store_sync_journal(store, verdict);
}

bool store_is_unsynced(const struct store *store)
{
    return store->unsynced;
}

bool store_watch(struct store *store)
{
    return backend_watch(store->backend);
}

bool store_group_sync(const char *home, struct verdict *verdict)
{
    return backend_sync_all(home) || verdict_system(verdict, "syncing the mail store", errno);
}

/* --- numbers --- */

enum store_result store_reserve(struct store *store, struct folder *folder, uint32_t uids,
                                struct verdict *verdict)
{
    enum { MODSEQS_SPARE = 4 }; /* for one message; and tries at a name */
    struct state *state = &store->state;
    uint64_t modseqs = (uint64_t)uids * 2 + 64 * MODSEQS_SPARE;
    bool written = false;
    if (folder && (uint64_t)folder->uidnext + uids + UID_STEP >= UINT32_MAX)
        return store_fails(verdict, STORE_LIMIT, "the mailbox has no UIDs left");
    if (state->modseq > INT64_MAX - modseqs - MODSEQ_STEP)
        return store_fails(verdict, STORE_LIMIT, "the store has no modseqs left");
    if (folder && folder->uidnext + uids > folder->uid_ceiling) {
        store_add(store, &(struct entry){.kind = ENTRY_UIDS,
                                         .mailbox = folder->id,
                                         .uid = folder->uidnext,
                                         .ceiling = folder->uidnext + uids + UID_STEP});
        written = true;
    }
    if (state->modseq + modseqs > state->modseq_ceiling) {
        store_add(store, &(struct entry){.kind = ENTRY_MODSEQ,
                                         .modseq = state->modseq,
                                         .ceiling = state->modseq + modseqs + MODSEQ_STEP});
        written = true;
    }
    return written ? store_write(store, WRITE_SYNC | WRITE_SHRINKS, verdict) : STORE_OK;
}

uint64_t store_next_modseq(struct store *store)
{
    return ++store->state.modseq;
}

void store_temporary_key(struct store *store, char *key, size_t room)
{
    snprintf(key, room, "%lld.%d.%u.%u.relais", (long long)store_now_us(), store->pid,
             (unsigned)((uintptr_t)store >> 4), store->sequence++);
}

/* --- keywords --- */

/* An atom as RFC 3501 9 has it, which is what a flag-keyword is. */
static bool is_atom(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (!char_is_print(c) || str_contains(STR(" (){%*\"\\]"), c))
            return false;
    }
    return name.len > 0 && name.len <= KEYWORD_NAME_LIMIT;
}

static int keyword_number(const struct store *store, struct str name)
{
    for (unsigned i = 0; i < store->state.keyword_count; i++) {
        if (str_eq_nocase(store->state.keywords[i], name))
            return (int)i;
    }
    return -1;
}

int keyword_add(struct store *store, struct str name)
{
    struct verdict verdict;
    int number = keyword_number(store, name);
    if (number >= 0 || !is_atom(name) || store->state.keyword_count >= KEYWORD_LIMIT)
        return number;
    store_add(store, &(struct entry){.kind = ENTRY_KEYWORD, .uid = store->state.keyword_count, .name = name});
    return store_write(store, WRITE_PLAIN, &verdict) == STORE_OK ? (int)store->state.keyword_count - 1 : -1;
}

int store_keyword(struct store *store, struct str name, bool create)
{
    struct verdict verdict;
    int number = keyword_number(store, name);
    if (number >= 0 || !create || !is_atom(name) || store_lock(store, &verdict) != STORE_OK)
        return number;
    number = keyword_add(store, name);
    store_unlock(store);
    return number;
}

struct str store_keyword_name(const struct store *store, unsigned number)
{
    return number < store->state.keyword_count ? store->state.keywords[number] : STR("");
}
