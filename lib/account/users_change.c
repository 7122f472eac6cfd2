/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writing the user database and, with it, the table of mailboxes. The table of mailboxes is made first when
 * accounts come and last when they go, so that a crash in between leaves a mailbox nobody can log in to and
 * never an account whose mail is refused; doing the change again mends it.
 */
#include "account/users.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account/users_format.h"
#include "base/memory.h"
#include "base/random.h"
#include "io/file.h"
#include "map/table_writer.h"

static const struct table_access secret = {0600, (gid_t)-1}, open_to_all = {0644, (gid_t)-1};

struct users_change {
    struct table_writer *users, *mailboxes;
    struct buf value;
    bool removes;
    uid_t owner;
    gid_t group;
};

/* Root makes the file for others: gives it to whom it belongs to while nobody uses it. */
static bool give_away(const char *path, uid_t owner, gid_t group, struct verdict *verdict)
{
    if (geteuid() != 0 || owner == (uid_t)-1 || lchown(path, owner, group) == 0)
        return true;
    return verdict_system(verdict, path, errno);
}

/* An empty table where there is none; TABLE_CHANGE then finds one, and locks it. */
static bool make_table(const char *path, const struct table_access *mode, const struct user_record *key,
                       struct verdict *verdict)
{
    if (access(path, F_OK) == 0)
        return true;
    struct table_writer *writer = table_writer_begin(path, TABLE_NEW, mode, verdict);
    if (!writer)
        return false;
    struct buf value;
    buf_init(&value, USERS_VALUE_LIMIT);
    bool good = true;
    if (key) {
        struct str name = STR(USERS_KEY_NAME);
        good = users_value_make(name, key, &value) &&
               table_writer_put(writer, name, buf_str(&value), false, verdict) == PUT_DONE;
    }
    buf_finish(&value);
    if (good)
        return table_writer_commit(writer, verdict);
    table_writer_discard(writer);
    return false;
}

static bool make_tables(const char *directory, const char *users, const char *mailboxes,
                        struct users_change *change, struct verdict *verdict)
{
    char random[32];
    if (!file_make_dirs(directory, 0700))
        return verdict_system(verdict, directory, errno);
    if (access(users, F_OK) != 0) {
        random_octets(random, sizeof random);
        struct user_record key = {.password = str_make(random, sizeof random)};
        if (!make_table(users, &secret, &key, verdict))
            return false;
    }
    return make_table(mailboxes, &open_to_all, NULL, verdict) &&
           give_away(directory, change->owner, change->group, verdict) &&
           give_away(users, change->owner, change->group, verdict);
}

struct users_change *users_begin(struct str data_directory, uid_t owner, gid_t group, struct verdict *verdict)
{
    struct users_change *change = memory_get(sizeof *change);
    struct arena *arena = arena_create(16 * 1024);
    const char *data = arena_cstr(arena, data_directory);
    const char *directory = arena_printf(arena, "%s/users", data).at;
    const char *users = arena_printf(arena, "%s/users.lmdb", directory).at;
    const char *mailboxes = arena_printf(arena, "%s/mailboxes.lmdb", data).at;
    change->owner = owner;
    change->group = group;
    buf_init(&change->value, USERS_VALUE_LIMIT);
    bool good = make_tables(directory, users, mailboxes, change, verdict) &&
                (change->users = table_writer_begin(users, TABLE_CHANGE, &secret, verdict)) &&
                (change->mailboxes = table_writer_begin(mailboxes, TABLE_CHANGE, &open_to_all, verdict));
    arena_destroy(arena);
    if (good)
        return change;
    users_discard(change);
    return NULL;
}

/* What delivery is to know of the account: relais-users(5). */
static bool put_mailbox(struct users_change *change, struct str name, const struct user_record *record,
                        struct verdict *verdict)
{
    struct buf value;
    buf_init(&value, USERS_VALUE_LIMIT);
    buf_add(&value, name);
    if (record->quota > 0)
        buf_printf(&value, " quota=%llu", (unsigned long long)record->quota);
    if (record->home.len > 0)
        buf_printf(&value, " home=" STR_FMT, STR_ARG(record->home));
    bool done =
        !value.over && table_writer_put(change->mailboxes, name, buf_str(&value), true, verdict) == PUT_DONE;
    buf_finish(&value);
    return done;
}

bool users_put(struct users_change *change, struct str name, const struct user_record *record,
               struct verdict *verdict)
{
    if (!users_value_make(name, record, &change->value))
        return verdict_set(verdict, 552, "3.4", "record of <" STR_FMT "> is too large", STR_ARG(name));
    if (table_writer_put(change->users, name, buf_str(&change->value), true, verdict) != PUT_DONE)
        return verdict_set(verdict, 451, "3.0", "<" STR_FMT ">: cannot be written", STR_ARG(name));
    return put_mailbox(change, name, record, verdict);
}

bool users_remove(struct users_change *change, struct str name, bool *found, struct verdict *verdict)
{
    bool had_mailbox;
    change->removes = true;
    return table_writer_remove(change->users, name, found, verdict) &&
           table_writer_remove(change->mailboxes, name, &had_mailbox, verdict);
}

bool users_commit(struct users_change *change, struct verdict *verdict)
{
    struct table_writer *first = change->removes ? change->users : change->mailboxes;
    struct table_writer *second = change->removes ? change->mailboxes : change->users;
    change->users = change->mailboxes = NULL;
    bool good = table_writer_commit(first, verdict);
    if (good)
        good = table_writer_commit(second, verdict);
    else
        table_writer_discard(second);
    users_discard(change);
    return good;
}

void users_discard(struct users_change *change)
{
    if (!change)
        return;
    table_writer_discard(change->users);
    table_writer_discard(change->mailboxes);
    buf_finish(&change->value);
    free(change);
}
