/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the backends for a password, in the order of auth_backends. */
#include "auth/engine_state.h"

enum verified engine_verify(struct engine *engine, struct str name, struct str password, struct arena *arena,
                            struct verdict *verdict)
{
    if (!password_is_usable(password))
        return VERIFIED_WRONG;
    for (size_t i = 0; engine->backends[i]; i++) {
        enum verified verified = engine->backends[i]->verify(engine, name, password, arena, verdict);
        if (verified != VERIFIED_UNKNOWN)
            return verified;
    }
    /* An unknown user takes as long as a wrong password. */
    (void)password_fits(password, str_of(engine->dummy_hash));
    return VERIFIED_UNKNOWN;
}
