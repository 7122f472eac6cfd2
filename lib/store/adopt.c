/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adoption: a Maildir++ that was there before the index is taken over in place. Directories become mailboxes;
 * where Dovecot kept UIDs, UIDVALIDITY, keywords and subscriptions they are kept. Dovecot's files are read
 * only and stay.
 *
 *     dovecot-uidlist   "3 V1275660208 N25022 G..." then "25006 W2486 :1276528487.M364837P9451.host,S=2450"
 *     dovecot-keywords  "0 $Forwarded"
 *     subscriptions     "V<TAB>2", an empty line, then names with a tab between levels; older: names with
 * dots
 */
#include "store/adopt.h"

#include <errno.h>
#include <stdlib.h>

#include "base/memory.h"
#include "store/name.h"

enum { FOREIGN_LIMIT = 512 << 20 };

/* --- dovecot-uidlist --- */

static bool read_uid_header(struct str line, struct foreign_index *index)
{
    struct str word;
    uint64_t value;
    if (!str_word(&line, " ", &word) || !str_eq(word, STR("3")))
        return false;
    while (str_word(&line, " ", &word)) {
        bool number = str_to_u64(str_from(word, 1), &value) && value < UINT32_MAX;
        if (word.at[0] == 'V' && number)
            index->uidvalidity = (uint32_t)value;
        else if (word.at[0] == 'N' && number)
            index->uidnext = (uint32_t)value;
    }
    return index->uidvalidity && index->uidnext;
}

static bool read_uid_line(struct str line, struct foreign_uid *entry)
{
    uint64_t uid;
    size_t digits = str_find(line, ' '), colon = str_find_str(line, STR(" :"));
    if (digits == SIZE_MAX || colon == SIZE_MAX || !str_to_u64(str_sub(line, 0, digits), &uid))
        return false;
    *entry = (struct foreign_uid){file_name_base(str_from(line, colon + 2)), (uint32_t)uid};
    return uid > 0 && uid < UINT32_MAX && entry->base.len > 0;
}

static int uid_order(const void *a, const void *b)
{
    return str_compare(((const struct foreign_uid *)a)->base, ((const struct foreign_uid *)b)->base);
}

static bool read_uids(struct foreign_index *index)
{
    struct str rest = buf_str(&index->text), line;
    size_t room = 0;
    if (!str_cut(&rest, '\n', &line) || !read_uid_header(line, index))
        return false;
    while (str_cut(&rest, '\n', &line)) {
        if (index->count == room) {
            room = room * 2 + 256;
            index->uids = memory_resize(index->uids, room, sizeof *index->uids);
        }
        if (read_uid_line(line, &index->uids[index->count])) {
            if (index->uids[index->count].uid >= index->uidnext)
                index->uidnext = index->uids[index->count].uid + 1;
            index->count++;
        }
    }
    if (index->count)
        qsort(index->uids, index->count, sizeof *index->uids, uid_order);
    return index->uidnext < UINT32_MAX / 2; /* there must be room to go on */
}

uint32_t foreign_uid_of(const struct foreign_index *index, struct str base)
{
    struct foreign_uid key = {.base = base};
    const struct foreign_uid *hit =
        index->count ? bsearch(&key, index->uids, index->count, sizeof key, uid_order) : NULL;
    return hit ? hit->uid : 0;
}

/* --- dovecot-keywords --- */

static void read_keywords(struct store *store, struct str text, struct foreign_index *index)
{
    struct str line;
    uint64_t letter;
    while (str_cut(&text, '\n', &line)) {
        size_t space = str_find(line, ' ');
        if (space == SIZE_MAX || !str_to_u64(str_sub(line, 0, space), &letter) || letter >= FOREIGN_KEYWORDS)
            continue;
        int number = keyword_add(store, str_trim(str_from(line, space)));
        if (number >= 0)
            index->keywords[letter] = (uint64_t)1 << number;
    }
}

uint64_t foreign_keywords_of(const struct foreign_index *index, struct str name)
{
    struct str info = str_from(name, file_name_base(name).len);
    uint64_t keywords = 0;
    for (size_t i = 3; i < info.len; i++) {
        if (info.at[i] >= 'a' && info.at[i] <= 'z')
            keywords |= index->keywords[info.at[i] - 'a'];
    }
    return keywords;
}

bool foreign_index_read(struct store *store, const struct folder *folder, struct foreign_index *index)
{
    struct buf keywords;
    *index = (struct foreign_index){0};
    buf_init(&index->text, FOREIGN_LIMIT);
    buf_init(&keywords, 64 * 1024);
    bool found =
        backend_folder_read(store->backend, folder->dir, "dovecot-uidlist", &index->text) && read_uids(index);
    if (found && backend_folder_read(store->backend, folder->dir, "dovecot-keywords", &keywords))
        read_keywords(store, buf_str(&keywords), index);
    buf_finish(&keywords);
    if (!found)
        foreign_index_finish(index);
    return found;
}

void foreign_index_finish(struct foreign_index *index)
{
    free(index->uids);
    buf_finish(&index->text);
    *index = (struct foreign_index){0};
}

/* --- directories, subscriptions --- */

struct adoption {
    struct store *store;
    enum store_result result;
    struct verdict *verdict;
};

static void adopt_folder(void *arg, struct str dir, struct str mark)
{
    (void)mark;
    struct adoption *adoption = arg;
    struct buf name;
    buf_init(&name, MAILBOX_NAME_LIMIT);
    bool ours = mailbox_name_from_dir(str_from(dir, sizeof "Maildir/" - 1), &name);
    if (ours && adoption->result == STORE_OK && !mailbox_name_is_inbox(buf_str(&name)) &&
        !state_folder_named(&adoption->store->state, buf_str(&name)))
        adoption->result = folder_add(adoption->store, buf_str(&name), 0, adoption->verdict);
    buf_finish(&name);
}

/* A name with its levels divided by one of the separators; each level is modified UTF-7. */
static void adopt_subscription(struct store *store, struct str line, const char *separators)
{
    struct buf name, canonical;
    struct str level;
    buf_init(&name, MAILBOX_NAME_LIMIT);
    buf_init(&canonical, MAILBOX_NAME_LIMIT);
    bool fine = true;
    while (fine && str_word(&line, separators, &level)) {
        if (name.len)
            buf_add_char(&name, '/');
        fine = mailbox_name_decode(level, &name);
    }
    if (fine && mailbox_name_canonical(buf_str(&name), &canonical) &&
        !state_is_subscribed(&store->state, buf_str(&canonical)))
        store_add(store, &(struct entry){.kind = ENTRY_SUBSCRIBE, .name = buf_str(&canonical), .flags = 1});
    buf_finish(&name);
    buf_finish(&canonical);
}

static void adopt_subscriptions(struct store *store)
{
    struct buf text;
    struct str rest, line;
    buf_init(&text, 1 << 20);
    if (backend_folder_read(store->backend, STR("Maildir"), "subscriptions", &text)) {
        bool tabs = str_starts(buf_str(&text), STR("V\t2\n"));
        rest = tabs ? str_from(buf_str(&text), 4) : buf_str(&text);
        while (str_cut(&rest, '\n', &line))
            adopt_subscription(store, line, tabs ? "\t" : "./");
    }
    buf_finish(&text);
}

enum store_result store_adopt(struct store *store, struct verdict *verdict)
{
    struct adoption adoption = {store, STORE_OK, verdict};
    if (!backend_folder_each(store->backend, adopt_folder, &adoption))
        return store_fails_system(verdict, "reading the directories", errno);
    enum store_result result = adoption.result;
    for (size_t i = 0; i < store->state.folder_count && result == STORE_OK; i++)
        result = folder_adopt(store, store->state.folders[i], verdict);
    if (result != STORE_OK)
        return result;
    adopt_subscriptions(store);
    result = store_write(store, WRITE_PLAIN, verdict);
    return result == STORE_OK ? store_sync_journal(store, verdict) : result;
}
