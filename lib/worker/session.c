/* SPDX-License-Identifier: BSD-2-Clause */
/* The first and the last moment of a session program. */
#include "worker/session.h"

#include <fcntl.h>
#include <unistd.h>

#include "wire/handover.h"
#include "worker/control.h"

static bool read_handover(struct run *run, struct session *about)
{
    struct account account;
    const char *user = run_session_user(run), *home = run_session_home(run);
    if (user && home && fcntl(SESSION_FD_HANDOVER, F_GETFD) < 0) {
        *about = (struct session){.user = str_of(user), .home = str_of(home)};
        return true;
    }
    return handover_read(SESSION_FD_HANDOVER, run_arena(run), &account, about);
}

struct stream *session_take(struct run *run, int fd, size_t input_limit, struct session *about)
{
    if (!read_handover(run, about) || about->input.len > input_limit) {
        log_say(run_log(run), LOG_ERROR_LEVEL, STR(""), "no sound hand-over");
        close(fd);
        return NULL;
    }
    struct stream *stream = stream_over_fd(fd, input_limit);
    stream_feed(stream, about->input);
    return stream;
}

void session_log_end(struct run *run, const struct session *about, const char *reason,
                     struct log_event *event)
{
    log_begin(event, run_log(run), LOG_INFO_LEVEL, about->id);
    log_words(event, "disconnect:");
    log_pair(event, "user", "<" STR_FMT ">", STR_ARG(about->user));
    log_pair(event, "rip", STR_FMT, STR_ARG(about->client_ip));
    log_pair(event, "reason", "%s", reason);
}
