/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sasldb2 of libsasl2: it keeps plain passwords, and libsasl2 itself compares them (pwcheck_method auxprop)
 * once we say that we do not know the user. So this row only gives it its place in auth_backends.
 */
#include "auth/engine_state.h"

static enum verified sasldb_verify(struct engine *engine, struct str name, struct str password,
                                   struct arena *arena, struct verdict *verdict)
{
    (void)engine, (void)name, (void)password, (void)arena, (void)verdict;
    return VERIFIED_UNKNOWN;
}

const struct backend backend_sasldb = {"sasldb", sasldb_verify, NULL};
