/* SPDX-License-Identifier: BSD-2-Clause */
/* Listing mailboxes, subscriptions and STATUS: everything that the state answers without opening a mailbox.
 */
#include <stdlib.h>

#include "store/name.h"
#include "store/parts.h"

static const struct {
    struct str name;
    unsigned attribute;
} special_uses[] = {
    {STR_INIT("\\Drafts"), MAILBOX_DRAFTS},   {STR_INIT("\\Sent"), MAILBOX_SENT},
    {STR_INIT("\\Trash"), MAILBOX_TRASH},     {STR_INIT("\\Junk"), MAILBOX_JUNK},
    {STR_INIT("\\Archive"), MAILBOX_ARCHIVE},
};

unsigned special_use(struct str name)
{
    name = str_trim(name);
    for (size_t i = 0; i < sizeof special_uses / sizeof *special_uses; i++) {
        if (str_eq_nocase(name, special_uses[i].name))
            return special_uses[i].attribute;
    }
    return 0;
}

enum store_result folder_find(struct store *store, struct str name, struct folder **folder,
                              struct verdict *verdict)
{
    struct buf canonical;
    buf_init(&canonical, MAILBOX_NAME_LIMIT);
    bool valid = mailbox_name_canonical(name, &canonical);
    *folder = valid ? state_folder_named(&store->state, buf_str(&canonical)) : NULL;
    buf_finish(&canonical);
    if (!valid)
        return store_fails(verdict, STORE_BAD_NAME, "not a mailbox name");
    return *folder ? STORE_OK : store_fails(verdict, STORE_NONEXISTENT, "no such mailbox");
}

/* --- LIST --- */

struct listing {
    struct arena *arena;
    struct mailbox_entry *at;
    size_t count, room;
};

static void list_add(struct listing *listing, struct str name, unsigned attributes, uint64_t object_id)
{
    if (listing->count == listing->room) {
        struct mailbox_entry *old = listing->at;
        listing->room = listing->room * 2 + 64;
        listing->at = arena_array(listing->arena, listing->room, sizeof *listing->at);
        for (size_t i = 0; i < listing->count; i++)
            listing->at[i] = old[i];
    }
    listing->at[listing->count++] =
        (struct mailbox_entry){arena_copy(listing->arena, name), attributes, object_id};
}

/* The levels above a name: \Noselect unless a mailbox of that name is found when equal names are joined. */
static void list_add_parents(struct listing *listing, struct str name)
{
    for (size_t i = name.len; i-- > 1;) {
        if (name.at[i] == '/')
            list_add(listing, str_sub(name, 0, i), MAILBOX_NOSELECT | MAILBOX_HAS_CHILDREN, 0);
    }
}

static bool is_first(struct str name)
{
    return str_eq(name, STR("INBOX")) || mailbox_name_is_below(name, STR("INBOX"));
}

/* INBOX and what is below it first, then by octets with '/' before all others, so that children follow their
 * parent. */
static int list_order(const void *a, const void *b)
{
    const struct mailbox_entry *left = a, *right = b;
    struct str x = left->name, y = right->name;
    bool x_first = is_first(x), y_first = is_first(y);
    if (x_first != y_first)
        return x_first ? -1 : 1;
    size_t i = 0;
    while (i < x.len && i < y.len && x.at[i] == y.at[i])
        i++;
    if (i == x.len || i == y.len)
        return x.len < y.len ? -1 : x.len > y.len;
    int c = x.at[i] == '/' ? 0 : (unsigned char)x.at[i], d = y.at[i] == '/' ? 0 : (unsigned char)y.at[i];
    return c - d;
}

/* Entries of one name become one: what a real mailbox says wins over \Noselect and \NonExistent. */
static void list_join(struct listing *listing)
{
    size_t kept = 0;
    for (size_t i = 0; i < listing->count; i++) {
        struct mailbox_entry *last = kept ? &listing->at[kept - 1] : NULL;
        struct mailbox_entry *entry = &listing->at[i];
        if (!last || !str_eq(last->name, entry->name)) {
            listing->at[kept++] = *entry;
            continue;
        }
        unsigned lacking = MAILBOX_NOSELECT | MAILBOX_NONEXISTENT;
        unsigned both = last->attributes & entry->attributes & lacking;
        if ((last->attributes | entry->attributes) & MAILBOX_NOSELECT && !last->object_id &&
            !entry->object_id)
            both = MAILBOX_NOSELECT;
        last->attributes = ((last->attributes | entry->attributes) & ~lacking) | both;
        if (entry->object_id)
            last->object_id = entry->object_id;
    }
    listing->count = kept;
}

enum store_result store_list(struct store *store, struct arena *arena, struct mailbox_list *list,
                             struct verdict *verdict)
{
    enum store_result result = store_refresh(store, verdict);
    if (result != STORE_OK)
        return result;
    const struct state *state = &store->state;
    struct listing listing = {.arena = arena};
    for (size_t i = 0; i < state->folder_count; i++) {
        const struct folder *folder = state->folders[i];
        list_add(&listing, folder->name, folder->special, folder->object_id);
        list_add_parents(&listing, folder->name);
    }
    for (size_t i = 0; i < state->subscription_count; i++)
        list_add(&listing, state->subscriptions[i], MAILBOX_SUBSCRIBED | MAILBOX_NONEXISTENT, 0);
    if (listing.count)
        qsort(listing.at, listing.count, sizeof *listing.at, list_order);
    list_join(&listing);
    *list = (struct mailbox_list){listing.at, listing.count};
    return STORE_OK;
}

/* --- subscriptions, STATUS --- */

enum store_result store_subscribe(struct store *store, struct str name, bool on, struct verdict *verdict)
{
    struct buf canonical;
    buf_init(&canonical, MAILBOX_NAME_LIMIT);
    enum store_result result = mailbox_name_canonical(name, &canonical)
                                   ? store_lock(store, verdict)
                                   : store_fails(verdict, STORE_BAD_NAME, "not a mailbox name");
    if (result != STORE_OK) {
        buf_finish(&canonical);
        return result;
    }
    bool is = state_is_subscribed(&store->state, buf_str(&canonical));
    if (on && !is && store->state.subscription_count >= SUBSCRIPTION_LIMIT)
        result = store_fails(verdict, STORE_LIMIT, "too many subscriptions");
    if (result == STORE_OK && is != on) {
        store_add(store, &(struct entry){.kind = ENTRY_SUBSCRIBE, .name = buf_str(&canonical), .flags = on});
        result = store_write(store, WRITE_PLAIN, verdict);
    }
    store_unlock(store);
    buf_finish(&canonical);
    return result == STORE_OK ? store_sync_journal(store, verdict) : result;
}

enum store_result store_status(struct store *store, struct str name, struct mailbox_status *status,
                               struct verdict *verdict)
{
    struct folder *folder;
    enum store_result result = store_refresh(store, verdict);
    if (result == STORE_OK)
        result = folder_find(store, name, &folder, verdict);
    if (result == STORE_OK)
        result = folder_look(store, folder, true, verdict);
    if (result == STORE_OK)
        result = folder_find(store, name, &folder, verdict);
    if (result != STORE_OK)
        return result;
    *status = (struct mailbox_status){
        .messages = folder->messages,
        .recent = folder->recent,
        .unseen = folder->unseen,
        .uidnext = folder->uidnext,
        .uidvalidity = folder->uidvalidity,
        .highestmodseq = folder->modseq,
        .size = folder->size,
        .object_id = folder->object_id,
    };
    return STORE_OK;
}
