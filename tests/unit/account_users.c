/* SPDX-License-Identifier: BSD-2-Clause */
/* The user database: what is written is found, all or nothing. */
#include <fcntl.h>
#include <unistd.h>

#include "account/users.h"
#include "map/map.h"
#include "unit/test.h"

static void add(struct str data, const char *name, const char *hash)
{
    struct verdict verdict = {0};
    struct users_change *change = users_begin(data, (uid_t)-1, (gid_t)-1, &verdict);
    struct user_record record = {.password = str_of(hash), .quota = 7};
    CHECK(change && users_put(change, str_of(name), &record, &verdict) && users_commit(change, &verdict));
}

static bool has(struct str data, const char *name, const char *hash)
{
    struct verdict verdict;
    struct user_record record;
    struct arena *arena = arena_create(1 << 16);
    struct users *users = users_open(data);
    enum users_result result = users_find(users, str_of(name), arena, &record, &verdict);
    bool found = result == USERS_FOUND && str_eq(record.password, str_of(hash));
    CHECK(result != USERS_ERROR);
    users_close(users);
    arena_destroy(arena);
    return found;
}

static bool has_mailbox(struct str data, const char *name)
{
    char spec[4200];
    struct verdict verdict;
    struct str value;
    snprintf(spec, sizeof spec, "lmdb:" STR_FMT "/mailboxes", STR_ARG(data));
    struct arena *arena = arena_create(1 << 16);
    struct map *map = map_open(str_of(spec), &verdict);
    bool found = map && map_find(map, str_of(name), arena, &value, &verdict) == MAP_FOUND;
    map_close(map);
    arena_destroy(arena);
    return found;
}

TEST(without_a_database_there_is_nobody)
{
    CHECK(!has(STR("/nonexistent"), "ann@example.org", "x"));
}

TEST(an_account_that_was_added_is_found_and_has_a_mailbox)
{
    struct str data = str_of(test_directory());
    add(data, "ann@example.org", "hash1");
    add(data, "bob@example.org", "hash2");
    CHECK(has(data, "ann@example.org", "hash1"));
    CHECK(has(data, "bob@example.org", "hash2"));
    CHECK(!has(data, "eve@example.org", ""));
    CHECK(has_mailbox(data, "ann@example.org"));
    add(data, "ann@example.org", "hash3");
    CHECK(has(data, "ann@example.org", "hash3"));
}

TEST(an_open_handle_sees_what_is_written_later)
{
    struct verdict verdict;
    struct user_record record;
    struct str data = str_of(test_directory());
    struct arena *arena = arena_create(1 << 16);
    add(data, "first@example.org", "x");
    struct users *users = users_open(data);
    CHECK(users_find(users, STR("late@example.org"), arena, &record, &verdict) == USERS_NOT_FOUND);
    add(data, "late@example.org", "x");
    CHECK(users_find(users, STR("late@example.org"), arena, &record, &verdict) == USERS_FOUND);
    CHECK_INT(record.quota, 7);
    users_close(users);
    arena_destroy(arena);
}

TEST(the_keys_record_is_no_account)
{
    struct str data = str_of(test_directory());
    struct arena *arena = arena_create(1 << 16);
    struct user_record record;
    struct verdict verdict;
    add(data, "ann@example.org", "x");
    struct users *users = users_open(data);
    CHECK_INT(users_key(users, arena).len, 32);
    CHECK(users_find(users, STR(".key"), arena, &record, &verdict) == USERS_NOT_FOUND);
    users_close(users);
    arena_destroy(arena);
}

TEST(an_account_that_was_removed_is_gone_with_its_mailbox)
{
    struct str data = str_of(test_directory());
    struct verdict verdict;
    bool found;
    add(data, "gone@example.org", "x");
    struct users_change *change = users_begin(data, (uid_t)-1, (gid_t)-1, &verdict);
    CHECK(change && users_remove(change, STR("gone@example.org"), &found, &verdict) && found);
    CHECK(change && users_remove(change, STR("never@example.org"), &found, &verdict) && !found);
    CHECK(has(data, "gone@example.org", "x"));
    CHECK(change && users_commit(change, &verdict));
    CHECK(!has(data, "gone@example.org", "x"));
    CHECK(!has_mailbox(data, "gone@example.org"));
}

TEST(a_discarded_change_changes_nothing)
{
    struct str data = str_of(test_directory());
    struct verdict verdict;
    struct user_record record = {.password = STR("x")};
    struct users_change *change = users_begin(data, (uid_t)-1, (gid_t)-1, &verdict);
    CHECK(change && users_put(change, STR("draft@example.org"), &record, &verdict));
    users_discard(change);
    CHECK(!has(data, "draft@example.org", "x"));
}
