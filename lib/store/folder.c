/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making, deleting and renaming mailboxes (RFC 3501 6.3.3 to 6.3.5). The journal's record is the change; the
 * directories follow it, and whoever finds one missing puts it right (folder_restore).
 */
#include <stdio.h>
#include <time.h>

#include "store/name.h"
#include "store/parts.h"

struct str folder_mark(uint32_t id, char out[32])
{
    int len = snprintf(out, 32, "relais %08x\n", (unsigned)id);
    return str_make(out, (size_t)len);
}

uint32_t store_next_uidvalidity(const struct store *store)
{
    const struct state *state = &store->state;
    uint32_t now = (uint32_t)time(NULL);
    return now > state->uidvalidity ? now : state->uidvalidity + 1;
}

enum store_result folder_add(struct store *store, struct str name, unsigned special, struct verdict *verdict)
{
    struct state *state = &store->state;
    struct buf dir;
    char mark[32];
    uint32_t id = state->next_id ? state->next_id : 1;
    if (state->folder_count >= STORE_MAILBOX_LIMIT)
        return store_fails(verdict, STORE_LIMIT, "too many mailboxes");
    if (id == UINT32_MAX || state->uidvalidity == UINT32_MAX)
        return store_fails(verdict, STORE_LIMIT, "the store has no numbers left for mailboxes");
    enum store_result result = store_reserve(store, NULL, 0, verdict);
    if (result != STORE_OK)
        return result;
    buf_init(&dir, MAILBOX_DIR_LIMIT);
    bool inbox = str_eq(name, STR("INBOX"));
    bool made = mailbox_name_to_dir(name, &dir) &&
                backend_folder_create(store->backend, buf_str(&dir), inbox ? STR("") : folder_mark(id, mark));
    buf_finish(&dir);
    if (!made)
        return store_fails(verdict, STORE_FAILED, "mail store: the directory cannot be made");
    uint64_t modseq = store_next_modseq(store);
    store_add(store, &(struct entry){.kind = ENTRY_MAILBOX,
                                     .mailbox = id,
                                     .name = name,
                                     .uidvalidity = store_next_uidvalidity(store),
                                     .flags = special,
                                     .object_id = modseq,
                                     .modseq = modseq});
    store_add(store, &(struct entry){.kind = ENTRY_UIDS, .mailbox = id, .uid = 1, .ceiling = 1 + UID_STEP});
    return store_write(store, WRITE_PLAIN, verdict);
}

static bool has_children(const struct state *state, struct str name)
{
    for (size_t i = 0; i < state->folder_count; i++) {
        if (mailbox_name_is_below(state->folders[i]->name, name))
            return true;
    }
    return false;
}

/* --- CREATE --- */

enum store_result store_create_mailbox(struct store *store, struct str name, unsigned special,
                                       struct verdict *verdict)
{
    struct buf canonical;
    buf_init(&canonical, MAILBOX_NAME_LIMIT);
    enum store_result result = mailbox_name_canonical(name, &canonical)
                                   ? store_lock(store, verdict)
                                   : store_fails(verdict, STORE_BAD_NAME, "not a mailbox name");
    if (result == STORE_OK) {
        if (state_folder_named(&store->state, buf_str(&canonical)))
            result = store_fails(verdict, STORE_ALREADY_EXISTS, "there is a mailbox of that name");
        else
            result = folder_add(store, buf_str(&canonical), special & MAILBOX_SPECIAL, verdict);
        store_unlock(store);
    }
    buf_finish(&canonical);
    return result == STORE_OK ? store_sync_journal(store, verdict) : result;
}

/* --- DELETE --- */

static enum store_result delete_locked(struct store *store, struct str name, struct verdict *verdict)
{
    struct folder *folder = state_folder_named(&store->state, name);
    if (!folder && has_children(&store->state, name))
        return store_fails(verdict, STORE_HAS_CHILDREN, "the name has inferior mailboxes");
    if (!folder)
        return store_fails(verdict, STORE_NONEXISTENT, "no such mailbox");
    struct buf dir;
    char blob[32];
    uint32_t id = folder->id;
    buf_init(&dir, MAILBOX_DIR_LIMIT);
    buf_add(&dir, folder->dir);
    store_add(store, &(struct entry){.kind = ENTRY_DELETE, .mailbox = id});
    enum store_result result = store_write(store, WRITE_SYNC | WRITE_SHRINKS, verdict);
    if (result == STORE_OK) {
        backend_folder_remove(store->backend, buf_str(&dir));
        mailbox_blob_name(id, "snap", blob);
        backend_blob_remove(store->backend, blob);
        mailbox_blob_name(id, "cache", blob);
        backend_blob_remove(store->backend, blob);
    }
    buf_finish(&dir);
    return result;
}

enum store_result store_delete_mailbox(struct store *store, struct str name, struct verdict *verdict)
{
    struct buf canonical;
    buf_init(&canonical, MAILBOX_NAME_LIMIT);
    enum store_result result = STORE_OK;
    if (mailbox_name_is_inbox(name))
        result = store_fails(verdict, STORE_BAD_NAME, "INBOX cannot be deleted");
    else if (!mailbox_name_canonical(name, &canonical))
        result = store_fails(verdict, STORE_NONEXISTENT, "no such mailbox");
    if (result == STORE_OK)
        result = store_lock(store, verdict);
    if (result == STORE_OK) {
        result = delete_locked(store, buf_str(&canonical), verdict);
        store_unlock(store);
    }
    buf_finish(&canonical);
    return result;
}

/* --- RENAME --- */

struct renaming {
    struct store *store;
    struct str from, to;
    struct arena *arena; /* owned */
    struct {
        struct str old, new;
    } * dirs;
    size_t count;
};

/* The entry for one mailbox of the renamed hierarchy. */
static enum store_result rename_one(struct renaming *renaming, const struct folder *folder,
                                    struct verdict *verdict)
{
    struct buf name, dir;
    enum store_result result = STORE_OK;
    buf_init(&name, MAILBOX_NAME_LIMIT);
    buf_init(&dir, MAILBOX_DIR_LIMIT);
    bool fits = buf_add(&name, renaming->to) && buf_add(&name, str_from(folder->name, renaming->from.len)) &&
                mailbox_name_is_valid(buf_str(&name)) && mailbox_name_to_dir(buf_str(&name), &dir);
    if (!fits)
        result = store_fails(verdict, STORE_BAD_NAME, "the new name is too long");
    else if (state_folder_named(&renaming->store->state, buf_str(&name)) ||
             backend_folder_exists(renaming->store->backend, buf_str(&dir)))
        result = store_fails(verdict, STORE_ALREADY_EXISTS, "there is a mailbox of that name");
    if (result == STORE_OK) {
        renaming->dirs[renaming->count].old = arena_copy(renaming->arena, folder->dir);
        renaming->dirs[renaming->count++].new = arena_copy(renaming->arena, buf_str(&dir));
        store_add(renaming->store,
                  &(struct entry){.kind = ENTRY_RENAME, .mailbox = folder->id, .name = buf_str(&name)});
    }
    buf_finish(&name);
    buf_finish(&dir);
    return result;
}

static enum store_result rename_tree(struct renaming *renaming, struct verdict *verdict)
{
    struct store *store = renaming->store;
    const struct state *state = &store->state;
    enum store_result result = STORE_OK;
    renaming->dirs = arena_array(renaming->arena, state->folder_count, sizeof *renaming->dirs);
    for (size_t i = 0; i < state->folder_count && result == STORE_OK; i++) {
        const struct folder *folder = state->folders[i];
        if (str_eq(folder->name, renaming->from) || mailbox_name_is_below(folder->name, renaming->from))
            result = rename_one(renaming, folder, verdict);
    }
    if (result == STORE_OK && renaming->count == 0)
        result = store_fails(verdict, STORE_NONEXISTENT, "no such mailbox");
    if (result == STORE_OK)
        result = store_write(store, WRITE_SYNC, verdict);
    for (size_t i = 0; i < renaming->count && result == STORE_OK; i++)
        backend_folder_rename(store->backend, renaming->dirs[i].old, renaming->dirs[i].new);
    return result;
}

static enum store_result rename_locked(struct store *store, struct str from, struct str to,
                                       struct verdict *verdict)
{
    if (state_folder_named(&store->state, to) || has_children(&store->state, to))
        return store_fails(verdict, STORE_ALREADY_EXISTS, "there is a mailbox of that name");
    if (mailbox_name_is_below(to, from))
        return store_fails(verdict, STORE_BAD_NAME, "a mailbox cannot become its own inferior");
    struct renaming renaming = {.store = store, .from = from, .to = to, .arena = arena_create(64 << 20)};
    enum store_result result = rename_tree(&renaming, verdict);
    arena_destroy(renaming.arena);
    return result;
}

/* "Renaming INBOX is permitted, and has special behavior": its messages move, its inferiors stay. */
static enum store_result rename_inbox(struct store *store, struct str to, struct verdict *verdict)
{
    struct mailbox *inbox;
    struct uid_pairs pairs;
    struct uid_range all = {1, UINT32_MAX};
    enum store_result result = store_create_mailbox(store, to, 0, verdict);
    if (result == STORE_OK)
        result = mailbox_open(store, STR("INBOX"), false, &inbox, verdict);
    if (result != STORE_OK)
        return result;
    result = mailbox_move(inbox, (struct uid_ranges){&all, 1}, to, &pairs, verdict);
    uid_pairs_finish(&pairs);
    mailbox_close(inbox);
    return result;
}

enum store_result store_rename_mailbox(struct store *store, struct str from, struct str to,
                                       struct verdict *verdict)
{
    struct buf old, new;
    buf_init(&old, MAILBOX_NAME_LIMIT);
    buf_init(&new, MAILBOX_NAME_LIMIT);
    enum store_result result;
    if (!mailbox_name_canonical(from, &old))
        result = store_fails(verdict, STORE_NONEXISTENT, "no such mailbox");
    else if (!mailbox_name_canonical(to, &new))
        result = store_fails(verdict, STORE_BAD_NAME, "not a mailbox name");
    else if (mailbox_name_is_inbox(from))
        result = rename_inbox(store, buf_str(&new), verdict);
    else {
        result = store_lock(store, verdict);
        if (result == STORE_OK) {
            result = rename_locked(store, buf_str(&old), buf_str(&new), verdict);
            store_unlock(store);
        }
    }
    buf_finish(&old);
    buf_finish(&new);
    return result;
}
