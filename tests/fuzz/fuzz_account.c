/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of accounts, which become paths and words of the log, and the records of the user database. */
#include "account/name.h"
#include "account/users_format.h"
#include "base/crc.h"
#include "base/cursor.h"
#include "fuzz/fuzz.h"

enum { MEMORY = 1 << 18, INPUT_LIMIT = 16 * 1024 };

/* A name that was prepared is one already, stays in its directory and is one word. */
static void try_name(struct str given, struct arena *arena)
{
    struct str name, again;
    if (!account_name(given, STR("example.org"), arena, &name))
        return;
    assert(name.len > 0 && name.len <= ACCOUNT_NAME_LIMIT && name.at[0] != '.');
    for (size_t i = 0; i < name.len; i++)
        assert((unsigned char)name.at[i] > ' ' && name.at[i] != 0x7f && name.at[i] != '/');
    bool same = account_name(name, STR("example.org"), arena, &again);
    assert(same && str_eq(name, again));
}

/* With a sum that is right the record is read; what was read can be written and is the same. */
static void try_record(struct str name, struct str octets, struct arena *arena)
{
    struct user_record record;
    struct buf value, again;
    buf_init(&value, INPUT_LIMIT + 100);
    buf_init(&again, USERS_VALUE_LIMIT);
    buf_add(&value, octets);
    users_value_read(name, buf_str(&value), arena, &record);
    buf_clear(&value);
    buf_add(&value, octets);
    put_u32(&value, crc32c(crc32c(crc32c(0, name), str_make("", 1)), octets));
    put_u8(&value, USERS_FORMAT);
    if (users_value_read(name, buf_str(&value), arena, &record) && users_value_make(name, &record, &again))
        assert(str_eq(buf_str(&again), buf_str(&value)));
    buf_finish(&value);
    buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size), name;
    uint8_t choice = fuzz_choice(&input);
    if (size > INPUT_LIMIT)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    if (choice & 1)
        try_name(input, arena);
    else if (str_cut(&input, '\0', &name))
        try_record(name, input, arena);
    arena_destroy(arena);
    return 0;
}
