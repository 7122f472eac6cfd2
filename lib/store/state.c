/* SPDX-License-Identifier: BSD-2-Clause */
/* The store's state as the sum of journal entries. Nothing here does I/O. */
#include "store/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/name.h"

static struct str keep(struct str s)
{
    char *copy = memory_get(s.len + 1);
    if (s.len)
        memcpy(copy, s.at, s.len);
    return str_make(copy, s.len);
}

static void let_go(struct str *s)
{
    free((char *)(uintptr_t)s->at);
    *s = (struct str){NULL, 0};
}

static void folder_free(struct folder *folder)
{
    let_go(&folder->name);
    let_go(&folder->dir);
    free(folder);
}

void state_finish(struct state *state)
{
    for (size_t i = 0; i < state->folder_count; i++)
        folder_free(state->folders[i]);
    for (size_t i = 0; i < state->subscription_count; i++)
        let_go(&state->subscriptions[i]);
    for (unsigned i = 0; i < state->keyword_count; i++)
        let_go(&state->keywords[i]);
    free(state->folders);
    free(state->subscriptions);
    *state = (struct state){0};
}

struct folder *state_folder(const struct state *state, uint32_t id)
{
    size_t low = 0, high = state->folder_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (state->folders[middle]->id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < state->folder_count && state->folders[low]->id == id ? state->folders[low] : NULL;
}

struct folder *state_folder_named(const struct state *state, struct str name)
{
    for (size_t i = 0; i < state->folder_count; i++) {
        if (str_eq(state->folders[i]->name, name))
            return state->folders[i];
    }
    return NULL;
}

static size_t subscription_index(const struct state *state, struct str name)
{
    size_t i = 0;
    while (i < state->subscription_count && !str_eq(state->subscriptions[i], name))
        i++;
    return i;
}

bool state_is_subscribed(const struct state *state, struct str name)
{
    return subscription_index(state, name) < state->subscription_count;
}

/* --- applying --- */

static bool rename_folder(struct folder *folder, struct str name)
{
    struct buf dir;
    buf_init(&dir, MAILBOX_DIR_LIMIT);
    bool fine = mailbox_name_is_valid(name) && mailbox_name_to_dir(name, &dir);
    if (fine) {
        let_go(&folder->name);
        let_go(&folder->dir);
        folder->name = keep(name);
        folder->dir = keep(buf_str(&dir));
    }
    buf_finish(&dir);
    return fine;
}

static bool apply_mailbox(struct state *state, const struct entry *entry)
{
    if (entry->mailbox == 0 || entry->mailbox < state->next_id || entry->mailbox >= UINT32_MAX ||
        state->folder_count >= STORE_MAILBOX_LIMIT || entry->uidvalidity == 0)
        return false;
    struct folder *folder = memory_get(sizeof *folder);
    *folder = (struct folder){
        .id = (uint32_t)entry->mailbox,
        .special = (unsigned)entry->flags & MAILBOX_SPECIAL,
        .uidvalidity = (uint32_t)entry->uidvalidity,
        .uidnext = 1,
        .uid_ceiling = 1,
        .recent_from = 1,
        .modseq = entry->modseq,
        .object_id = entry->object_id,
    };
    if (!rename_folder(folder, entry->name)) {
        folder_free(folder);
        return false;
    }
    state->folders = memory_resize(state->folders, state->folder_count + 1, sizeof *state->folders);
    state->folders[state->folder_count++] = folder;
    state->next_id = folder->id + 1;
    if (folder->uidvalidity > state->uidvalidity)
        state->uidvalidity = folder->uidvalidity;
    return true;
}

static bool apply_counts(struct folder *folder, const struct entry *entry)
{
    if (entry->uid == 0)
        return false;
    folder->modseq = entry->modseq;
    folder->uidnext = (uint32_t)entry->uid;
    folder->uid_ceiling = (uint32_t)entry->ceiling;
    folder->messages = (uint32_t)entry->messages;
    folder->unseen = (uint32_t)entry->unseen;
    folder->recent = (uint32_t)entry->recent;
    folder->recent_from = (uint32_t)entry->recent_from;
    folder->size = entry->size;
    folder->objects_us = (int64_t)entry->objects_us;
    folder->changed_us = (int64_t)entry->changed_us;
    folder->settled_us = (int64_t)entry->settled_us;
    return true;
}

static void drop_folder(struct state *state, struct folder *folder)
{
    size_t i = 0;
    while (state->folders[i] != folder)
        i++;
    folder_free(folder);
    memmove(state->folders + i, state->folders + i + 1, (--state->folder_count - i) * sizeof *state->folders);
}

static bool apply_subscribe(struct state *state, const struct entry *entry)
{
    size_t i = subscription_index(state, entry->name);
    bool there = i < state->subscription_count;
    if (entry->flags && !there && state->subscription_count < SUBSCRIPTION_LIMIT) {
        state->subscriptions =
            memory_resize(state->subscriptions, state->subscription_count + 1, sizeof *state->subscriptions);
        state->subscriptions[state->subscription_count++] = keep(entry->name);
    } else if (!entry->flags && there) {
        let_go(&state->subscriptions[i]);
        state->subscriptions[i] = state->subscriptions[--state->subscription_count];
    }
    return true;
}

static bool apply_append(struct folder *folder, const struct entry *entry)
{
    if (entry->uid < folder->uidnext || entry->uid >= UINT32_MAX)
        return false;
    folder->uidnext = (uint32_t)entry->uid + 1;
    folder->messages++;
    folder->recent++;
    folder->size += entry->size;
    if (!(entry->flags & MESSAGE_SEEN))
        folder->unseen++;
    return true;
}

static uint32_t less(uint32_t from, uint64_t by)
{
    return by > from ? 0 : from - (uint32_t)by;
}

static bool apply_expunge(struct folder *folder, const struct entry *entry)
{
    folder->messages = less(folder->messages, 1);
    folder->unseen = less(folder->unseen, entry->unseen);
    folder->size -= entry->size > folder->size ? folder->size : entry->size;
    if (entry->uid >= folder->recent_from)
        folder->recent = less(folder->recent, 1);
    folder->unlinked = true;
    return true;
}

static bool apply_reset(struct state *state, struct folder *folder, const struct entry *entry)
{
    if (entry->uidvalidity == 0)
        return false;
    folder->uidvalidity = (uint32_t)entry->uidvalidity;
    if (folder->uidvalidity > state->uidvalidity)
        state->uidvalidity = folder->uidvalidity;
    folder->uidnext = folder->recent_from = folder->uid_ceiling = 1;
    folder->messages = folder->unseen = folder->recent = 0;
    folder->size = 0;
    folder->objects_us = folder->settled_us = 0;
    return true;
}

/* Entries that change one mailbox's messages. */
static bool apply_to_messages(struct state *state, struct folder *folder, const struct entry *entry)
{
    folder->touched = true;
    if (entry->modseq > folder->modseq)
        folder->modseq = entry->modseq;
    if (entry->modseq > state->modseq)
        state->modseq = entry->modseq;
    switch (entry->kind) {
    case ENTRY_APPEND:
        return apply_append(folder, entry);
    case ENTRY_FLAGS:
        folder->unseen = less(folder->unseen, entry->messages) + (uint32_t)entry->unseen;
        return true;
    case ENTRY_EXPUNGE:
        return apply_expunge(folder, entry);
    case ENTRY_RESET:
        return apply_reset(state, folder, entry);
    default:
        return true;
    }
}

/* Entries about one mailbox. */
static bool apply_to_folder(struct state *state, struct folder *folder, const struct entry *entry,
                            int64_t time_us)
{
    switch (entry->kind) {
    case ENTRY_COUNTS:
        return apply_counts(folder, entry);
    case ENTRY_UIDS:
        if (entry->uid > folder->uidnext)
            folder->uidnext = (uint32_t)entry->uid;
        folder->uid_ceiling = (uint32_t)entry->ceiling;
        return true;
    case ENTRY_RENAME:
        return rename_folder(folder, entry->name);
    case ENTRY_DELETE:
        drop_folder(state, folder);
        return true;
    case ENTRY_RECENT:
        folder->recent_from = (uint32_t)entry->recent_from;
        folder->recent = 0;
        return true;
    case ENTRY_COMPARED:
        folder->objects_us = (int64_t)entry->objects_us;
        folder->settled_us = (int64_t)entry->settled_us;
        return true;
    default:
        folder->changed_us = time_us;
        return apply_to_messages(state, folder, entry);
    }
}

static bool apply_keyword(struct state *state, const struct entry *entry)
{
    if (entry->uid != state->keyword_count || entry->uid >= KEYWORD_LIMIT)
        return false;
    state->keywords[state->keyword_count++] = keep(entry->name);
    return true;
}

/* UIDs and counts have 32 bits, modseqs 63 (RFC 3501 9, RFC 7162 3.1). */
static bool numbers_fit(const struct entry *entry)
{
    uint64_t ceiling = entry->kind == ENTRY_MODSEQ ? INT64_MAX : UINT32_MAX;
    return entry->mailbox <= UINT32_MAX && entry->uid <= UINT32_MAX && entry->uidvalidity <= UINT32_MAX &&
           entry->modseq <= INT64_MAX && entry->ceiling <= ceiling && entry->messages <= UINT32_MAX &&
           entry->unseen <= UINT32_MAX && entry->recent <= UINT32_MAX && entry->recent_from <= UINT32_MAX;
}

bool state_apply(struct state *state, const struct entry *entry, int64_t time_us)
{
    if (!numbers_fit(entry))
        return false;
    switch (entry->kind) {
    case ENTRY_MACHINE:
        state->machine = entry->machine;
        state->machine_start = entry->machine_start;
        return true;
    case ENTRY_MODSEQ:
        if (entry->modseq > state->modseq)
            state->modseq = entry->modseq;
        state->modseq_ceiling = entry->ceiling;
        if (entry->mailbox > state->next_id)
            state->next_id = (uint32_t)entry->mailbox;
        if (entry->uidvalidity > state->uidvalidity)
            state->uidvalidity = (uint32_t)entry->uidvalidity;
        return true;
    case ENTRY_MAILBOX:
        return apply_mailbox(state, entry);
    case ENTRY_SUBSCRIBE:
        return apply_subscribe(state, entry);
    case ENTRY_KEYWORD:
        return apply_keyword(state, entry);
    default:
        break;
    }
    struct folder *folder = state_folder(state, (uint32_t)entry->mailbox);
    if (entry->kind >= ENTRY_KINDS || !folder)
        return false;
    return apply_to_folder(state, folder, entry, time_us);
}

/* --- UID ranges --- */

void uids_put(struct buf *out, uint32_t *last, struct uid_range range)
{
    put_varint(out, range.first - *last);
    put_varint(out, range.last - range.first);
    *last = range.last;
}

bool uids_take(struct cursor *cursor, uint32_t *last, struct uid_range *range)
{
    if (cursor->rest.len == 0)
        return false;
    uint64_t first = *last + cursor_varint(cursor);
    uint64_t end = first + cursor_varint(cursor);
    if (first == 0 || first > UINT32_MAX || end > UINT32_MAX || first > end)
        cursor_fail(cursor);
    if (!cursor_ok(cursor))
        return false;
    *range = (struct uid_range){(uint32_t)first, (uint32_t)end};
    *last = range->last;
    return true;
}

void state_keep_looks(struct state *state, const struct state *old)
{
    for (size_t i = 0; i < state->folder_count; i++) {
        const struct folder *before = state_folder(old, state->folders[i]->id);
        if (before) {
            state->folders[i]->looked_us = before->looked_us;
            state->folders[i]->arrivals_us = before->arrivals_us;
        }
    }
}
