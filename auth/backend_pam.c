/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PAM: the modules of auth_pam_service decide. They run in auth, with auth's rights: pam_unix, which needs
 * root for /etc/shadow, works only where auth's user may read it; pam_ldap, pam_sss, pam_userdb and the like
 * do. Names are given to PAM without the domain when it is auth_default_realm.
 */
#include "auth/engine_state.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "auth/pam_interface.h"
#include "base/memory.h"

enum { PAM_MESSAGES_MAX = 32 };

struct pam {
    void *library;
    pam_start_fn *start;
    pam_step_fn *authenticate, *check_account, *end;
};

static bool load(struct pam *pam, struct verdict *verdict)
{
    pam->library = dlopen("libpam.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!pam->library)
        return verdict_set(verdict, 451, "3.0", "libpam.so.0 cannot be loaded");
    *(void **)&pam->start = dlsym(pam->library, "pam_start");
    *(void **)&pam->authenticate = dlsym(pam->library, "pam_authenticate");
    *(void **)&pam->check_account = dlsym(pam->library, "pam_acct_mgmt");
    *(void **)&pam->end = dlsym(pam->library, "pam_end");
    if (pam->start && pam->authenticate && pam->check_account && pam->end)
        return true;
    dlclose(pam->library);
    return verdict_set(verdict, 451, "3.0", "libpam.so.0 is not what it should be");
}

/* Questions without echo get the password, others nothing: there is nobody to talk to. */
static int talk(int count, const struct pam_message **messages, struct pam_response **responses,
                void *context)
{
    if (count <= 0 || count > PAM_MESSAGES_MAX)
        return PAM_ANSWER_CONV_ERR;
    struct pam_response *made = calloc((size_t)count, sizeof *made);
    if (!made)
        return PAM_ANSWER_CONV_ERR;
    for (int i = 0; i < count; i++)
        if (messages[i]->style == PAM_STYLE_ECHO_OFF)
            made[i].text = strdup(context);
    *responses = made;
    return PAM_ANSWER_SUCCESS;
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
        verdict_set(verdict, 451, "3.0", "PAM answered %d", answer);
        return VERIFIED_TROUBLE;
    }
}

static int ask(const struct pam *pam, const char *service, const char *user, char *password)
{
    struct pam_conversation conversation = {talk, password};
    struct pam_handle *handle = NULL;
    int answer = pam->start(service, user, &conversation, &handle);
    if (answer != PAM_ANSWER_SUCCESS)
        return answer;
    answer = pam->authenticate(handle, PAM_FLAG_SILENT);
    /* Expired and locked accounts are told only to who has the password. */
    if (answer == PAM_ANSWER_SUCCESS)
        answer = pam->check_account(handle, PAM_FLAG_SILENT);
    pam->end(handle, answer);
    return answer;
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
    struct pam pam;
    char secret[PASSWORD_LIMIT + 1];
    if (!load(&pam, verdict))
        return VERIFIED_TROUBLE;
    memcpy(secret, password.at, password.len);
    secret[password.len] = '\0';
    int answer =
        ask(&pam, engine->options->pam_service, arena_cstr(arena, name_for_pam(engine, name)), secret);
    memory_wipe(secret, sizeof secret);
    dlclose(pam.library);
    return verified_of(answer, verdict);
}

const struct backend backend_pam = {"pam", pam_verify};
