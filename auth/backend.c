/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of backends. */
#include "auth/backend.h"

#define BACKEND(name) extern const struct backend backend_##name;
#include "auth/backends.def"
#undef BACKEND

static const struct backend *const table[] = {
#define BACKEND(name) &backend_##name,
#include "auth/backends.def"
#undef BACKEND
};

const struct backend *backend_find(struct str name)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (str_eq_nocase(name, str_of(table[i]->name)))
            return table[i];
    return NULL;
}
