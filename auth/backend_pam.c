/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PAM: the modules of auth_pam_service decide, in a child that keeps the rights auth was started with. Names
 * are given to PAM without the domain when it is auth_default_realm.
 */
#include "auth/engine_state.h"

#include <unistd.h>

#include "auth/pam_child.h"
#include "auth/pam_interface.h"

static bool pam_open(struct engine *engine, struct verdict *verdict)
{
    engine->pam = pam_child_start(engine->options->pam_service, verdict);
    return engine->pam >= 0;
}

static enum verified verified_of(int answer, struct verdict *verdict)
{
    switch (answer) {
    case PAM_ANSWER_SUCCESS:
        return VERIFIED_RIGHT;
    case PAM_ANSWER_USER_UNKNOWN:
        return VERIFIED_UNKNOWN;
    case PAM_ANSWER_AUTH_ERR:
    case PAM_ANSWER_MAXTRIES:
        return VERIFIED_WRONG;
    case PAM_ANSWER_ACCT_EXPIRED:
    case PAM_ANSWER_NEW_AUTHTOK_REQD:
    case PAM_ANSWER_PERM_DENIED:
        return VERIFIED_DISABLED;
    default:
        verdict_set(verdict, 451, "3.0", answer < 0 ? "the process for PAM is gone" : "PAM answered %d",
                    answer);
        return VERIFIED_TROUBLE;
    }
}

static struct str name_for_pam(const struct engine *engine, struct str name)
{
    size_t at = str_find(name, '@');
    if (at != SIZE_MAX && str_eq_nocase(str_from(name, at + 1), engine->options->realm))
        return str_sub(name, 0, at);
    return name;
}

static enum verified pam_verify(struct engine *engine, struct str name, struct str password,
                                struct arena *arena, struct verdict *verdict)
{
    const struct str parts[] = {STR("pam"), name, password};
    (void)arena;
    if (cache_has(engine->cache, parts, 3))
        return VERIFIED_RIGHT;
    pthread_mutex_lock(&engine->pam_lock);
    int answer = pam_child_ask(engine->pam, name_for_pam(engine, name), password);
    pthread_mutex_unlock(&engine->pam_lock);
    if (answer == PAM_ANSWER_SUCCESS)
        cache_add(engine->cache, parts, 3);
    return verified_of(answer, verdict);
}

const struct backend backend_pam = {"pam", pam_verify, pam_open};
