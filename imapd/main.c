/* SPDX-License-Identifier: BSD-2-Clause */
/* imapd: one user's mail over IMAP, started by master with the connection when the user has logged in. */
#include <fcntl.h>
#include <inttypes.h>

#include "conf/params.h"
#include "imapd/session.h"
#include "store/params.h"
#include "wire/handover.h"
#include "worker/control.h"
#include "worker/worker.h"

static const struct param_set *const sets[] = {&conf_param_set, &store_param_set, &imapd_param_set, NULL};

static void log_end(struct run *run, const struct session *about, const struct imap_session *session)
{
    struct log_event event;
    log_begin(&event, run_log(run), LOG_INFO_LEVEL, about->id);
    log_words(&event, "disconnect:");
    log_pair(&event, "user", "<" STR_FMT ">", STR_ARG(about->user));
    log_pair(&event, "rip", STR_FMT, STR_ARG(about->client_ip));
    log_pair(&event, "reason", "%s",
             session->state == IMAP_LOGOUT ? "logout" : stream_error(session->stream));
    log_pair(&event, "commands", "%" PRIu64, session->counts.commands);
    log_pair(&event, "fetched", "%" PRIu64 "/%" PRIu64, session->counts.fetched,
             session->counts.fetched_octets);
    log_pair(&event, "appended", "%" PRIu64, session->counts.appended);
    log_send(&event);
}

static void converse(struct run *run, const struct session *about, struct stream *stream, struct store *store)
{
    struct imap_session session;
    imap_session_init(&session, stream, store, run_params(run, &imapd_param_set));
    imap_session_run(&session, about->tag);
    log_end(run, about, &session);
    imap_session_finish(&session);
}

static enum store_result open_store(struct run *run, const char *home, struct store **store,
                                    struct verdict *verdict)
{
    const struct store_params *params = run_params(run, &store_param_set);
    const struct store_options options = {
        .create = true,
        .lock_ms = params->lock_timeout,
        .compact_size = (uint64_t)params->compact_size,
        .default_folders = params->default_folders,
    };
    return store_open(home, &options, store, verdict);
}

/* The login is answered even when there is no mail to be had. */
static void refuse(struct run *run, const struct session *about, struct stream *stream,
                   const struct verdict *verdict)
{
    log_say(run_log(run), LOG_ERROR_LEVEL, about->id, "user=<" STR_FMT ">: %s", STR_ARG(about->user),
            verdict->text);
    if (about->tag.len > 0)
        stream_printf(stream, STR_FMT " NO [UNAVAILABLE] Mail is not available now\r\n", STR_ARG(about->tag));
    stream_write(stream, STR("* BYE Mail is not available now\r\n"));
    stream_flush(stream);
}

static void serve_account(struct run *run, const struct session *about, struct stream *stream)
{
    struct store *store = NULL;
    struct verdict verdict;
    if (open_store(run, arena_cstr(run_arena(run), about->home), &store, &verdict) == STORE_OK)
        converse(run, about, stream, store);
    else
        refuse(run, about, stream, &verdict);
    store_close(store);
}

/* Alone (--stdio -u USER -H HOME, for the debugger) there is no hand-over, and who calls is logged in. */
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

static void serve(struct run *run, int fd, const struct address *peer)
{
    struct session about;
    (void)peer;
    if (!read_handover(run, &about)) {
        log_say(run_log(run), LOG_ERROR_LEVEL, STR(""), "no sound hand-over");
        return;
    }
    struct stream *stream = stream_over_fd(fd, IMAP_INPUT_LIMIT);
    if (about.input.len <= IMAP_INPUT_LIMIT) {
        stream_feed(stream, about.input);
        serve_account(run, &about, stream);
    }
    stream_destroy(stream);
}

static const struct worker worker = {
    .name = "imapd",
    .style = WORKER_SESSION,
    .may = MAY_READ_FILES | MAY_WRITE_FILES | MAY_SYNC_STORE,
    .sets = sets,
    .serve = serve,
};

int main(int argc, char **argv)
{
    return worker_main(&worker, argc, argv);
}
