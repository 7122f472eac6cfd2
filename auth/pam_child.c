/* SPDX-License-Identifier: BSD-2-Clause */
/* The child's loop, and asking it. A packet is two texts of base/cursor.h; the answer is one octet. */
#include "auth/pam_child.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "account/name.h"
#include "account/password.h"
#include "auth/pam_interface.h"
#include "base/cursor.h"
#include "base/memory.h"

enum { PAM_MESSAGES_MAX = 32, QUESTION_LIMIT = ACCOUNT_NAME_LIMIT + PASSWORD_LIMIT + 8 };

struct pam {
    pam_start_fn *start;
    pam_set_item_fn *set_item;
    pam_step_fn *authenticate, *check_account, *end;
};

static bool load(struct pam *pam)
{
    void *library = dlopen("libpam.so.0", RTLD_NOW | RTLD_GLOBAL);
    if (!library)
        return false;
    *(void **)&pam->start = dlsym(library, "pam_start");
    *(void **)&pam->set_item = dlsym(library, "pam_set_item");
    *(void **)&pam->authenticate = dlsym(library, "pam_authenticate");
    *(void **)&pam->check_account = dlsym(library, "pam_acct_mgmt");
    *(void **)&pam->end = dlsym(library, "pam_end");
    return pam->start && pam->set_item && pam->authenticate && pam->check_account && pam->end;
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

/* auth holds failed attempts back itself, without holding a process. */
static void no_delay(int answer, unsigned delay_us, void *context)
{
    (void)answer, (void)delay_us, (void)context;
}

static int ask_pam(const struct pam *pam, const char *service, const char *user, char *password)
{
    struct pam_conversation conversation = {talk, password};
    struct pam_handle *handle = NULL;
    int answer = pam->start(service, user, &conversation, &handle);
    if (answer != PAM_ANSWER_SUCCESS)
        return answer;
    pam->set_item(handle, PAM_ITEM_FAIL_DELAY, (const void *)(uintptr_t)no_delay);
    answer = pam->authenticate(handle, PAM_FLAG_SILENT);
    /* That an account is locked is told only to who has its password. */
    if (answer == PAM_ANSWER_SUCCESS)
        answer = pam->check_account(handle, PAM_FLAG_SILENT);
    pam->end(handle, answer);
    return answer;
}

static int answer_of(const struct pam *pam, const char *service, struct str question)
{
    char user[ACCOUNT_NAME_LIMIT + 1], password[PASSWORD_LIMIT + 1];
    struct cursor cursor = cursor_over(question);
    struct str name = cursor_text(&cursor), secret = cursor_text(&cursor);
    if (!pam->start || !cursor_done(&cursor) || name.len >= sizeof user || secret.len >= sizeof password)
        return PAM_ANSWER_CONV_ERR;
    memcpy(user, name.at, name.len);
    user[name.len] = '\0';
    memcpy(password, secret.at, secret.len);
    password[secret.len] = '\0';
    int answer = ask_pam(pam, service, user, password);
    memory_wipe(password, sizeof password);
    return answer;
}

static _Noreturn void serve(int socket, const char *service)
{
    struct pam pam = {NULL, NULL, NULL, NULL, NULL};
    char question[QUESTION_LIMIT];
    ssize_t got;
    if (!load(&pam))
        pam.start = NULL;
    while ((got = recv(socket, question, sizeof question, 0)) > 0 || (got < 0 && errno == EINTR)) {
        if (got < 0)
            continue;
        int answer = answer_of(&pam, service, str_make(question, (size_t)got));
        unsigned char octet = answer >= 0 && answer < 255 ? (unsigned char)answer : 255;
        memory_wipe(question, sizeof question);
        if (send(socket, &octet, 1, MSG_NOSIGNAL) != 1)
            break;
    }
    _exit(EXIT_SUCCESS);
}

/* Nothing of auth's stays open in it. */
static void keep_only(int socket)
{
    if (socket > 3)
        close_range(3, (unsigned)socket - 1, 0);
    close_range((unsigned)socket + 1, ~0U, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int pam_child_start(const char *service, struct verdict *verdict)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        verdict_system(verdict, "socketpair", errno);
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0) {
        keep_only(ends[1]);
        serve(ends[1], service);
    }
    int error = errno;
    close(ends[1]);
    if (pid > 0)
        return ends[0];
    close(ends[0]);
    verdict_system(verdict, "fork", error);
    return -1;
}

int pam_child_ask(int socket, struct str user, struct str password)
{
    unsigned char octet = 0;
    struct buf question;
    ssize_t got = -1;
    buf_init(&question, QUESTION_LIMIT);
    put_text(&question, user);
    put_text(&question, password);
    if (!question.over && send(socket, question.at, question.len, MSG_NOSIGNAL) == (ssize_t)question.len)
        do {
            got = recv(socket, &octet, 1, 0);
        } while (got < 0 && errno == EINTR);
    if (question.at)
        memory_wipe(question.at, question.cap);
    buf_finish(&question);
    return got == 1 ? octet : -1;
}
