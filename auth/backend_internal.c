/* SPDX-License-Identifier: BSD-2-Clause */
/* The user database of ours, with the verification cache in front of the hashing. */
#include "auth/engine_state.h"

/* What the cache remembers: the password with the hash it fitted, so that a new hash is another thing. */
static bool cached(struct engine *engine, struct str name, struct str password, struct str hash, bool add)
{
    const struct str parts[] = {name, password, hash};
    if (!add)
        return cache_has(engine->cache, parts, 3);
    cache_add(engine->cache, parts, 3);
    return true;
}

static enum verified internal_verify(struct engine *engine, struct str name, struct str password,
                                     struct arena *arena, struct verdict *verdict)
{
    struct user_record record;
    switch (engine_find(engine, name, arena, &record, verdict)) {
    case USERS_NOT_FOUND:
        return VERIFIED_UNKNOWN;
    case USERS_ERROR:
        return VERIFIED_TROUBLE;
    case USERS_FOUND:
        break;
    }
    if (!cached(engine, name, password, record.password, false)) {
        if (!password_fits(password, record.password))
            return VERIFIED_WRONG;
        cached(engine, name, password, record.password, true);
    }
    return record.disabled ? VERIFIED_DISABLED : VERIFIED_RIGHT;
}

const struct backend backend_internal = {"internal", internal_verify, NULL};
