/* SPDX-License-Identifier: BSD-2-Clause */
/* Who can say whether a password is right: one file backend_<name>.c each, and one line in backends.def. */
#ifndef AUTH_BACKEND_H
#define AUTH_BACKEND_H

#include "base/arena.h"
#include "base/str.h"
#include "base/verdict.h"

struct engine;

enum verified {
    VERIFIED_NOT_YET,
    VERIFIED_RIGHT,
    VERIFIED_WRONG,
    VERIFIED_UNKNOWN,  /* this backend does not know the user */
    VERIFIED_DISABLED, /* right, but the account may not log in */
    VERIFIED_TROUBLE,  /* cannot be found out now: *verdict says why */
};

struct backend {
    const char *name; /* as in auth_backends */
    enum verified (*verify)(struct engine *engine, struct str name, struct str password, struct arena *arena,
                            struct verdict *verdict);
    /* With the rights auth is started with; may be NULL. */
    bool (*open)(struct engine *engine, struct verdict *verdict);
};

/* NULL for a name nobody has. */
const struct backend *backend_find(struct str name);

#endif
