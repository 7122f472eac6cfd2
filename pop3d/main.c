/* SPDX-License-Identifier: BSD-2-Clause */
/* pop3d: one user's mailbox over POP3, started by master with the connection when the user has logged in. */
#include <inttypes.h>
#include <string.h>

#include "conf/params.h"
#include "pop3d/params.h"
#include "pop3d/session.h"
#include "store/params.h"
#include "worker/session.h"

enum { INPUT_LIMIT = 64 * 1024 };

static const struct param_set *const sets[] = {&conf_param_set, &store_param_set, &pop3d_param_set, NULL};

static void log_end(struct run *run, const struct session *about, const struct pop3_session *session,
                    const struct stream *stream)
{
    struct log_event event;
    size_t messages;
    uint64_t octets;
    pop3_drop_size(session, &messages, &octets);
    session_log_end(run, about, session->over ? "quit" : stream_error(stream), &event);
    log_pair(&event, "top", "%" PRIu64, session->counts.top);
    log_pair(&event, "retr", "%" PRIu64 "/%" PRIu64, session->counts.retr, session->counts.retr_octets);
    log_pair(&event, "del", "%" PRIu64 "/%zu", session->counts.deleted, session->count);
    log_send(&event);
}

static void converse(struct run *run, const struct session *about, struct stream *stream,
                     struct mailbox *mailbox)
{
    const struct pop3d_params *params = run_params(run, &pop3d_param_set);
    const struct pop3_limits limits = {
        .messages = (size_t)params->message_limit,
        .errors = (size_t)params->error_limit,
        .mark_seen = params->mark_seen,
    };
    struct pop3_session session;
    pop3_session_init(&session, stream, mailbox, &limits);
    pop3_session_run(&session);
    log_end(run, about, &session, stream);
    pop3_session_finish(&session);
}

static enum store_result open_inbox(struct run *run, const char *home, struct store **store,
                                    struct mailbox **mailbox, struct verdict *verdict)
{
    const struct store_options options = store_options_of(run_params(run, &store_param_set));
    enum store_result result = store_open(home, &options, store, verdict);
    return result == STORE_OK ? mailbox_open(*store, STR("INBOX"), false, mailbox, verdict) : result;
}

static void serve_account(struct run *run, const struct session *about, struct stream *stream)
{
    struct store *store = NULL;
    struct mailbox *mailbox = NULL;
    struct verdict verdict;
    enum store_result result =
        open_inbox(run, arena_cstr(run_arena(run), about->home), &store, &mailbox, &verdict);
    if (result == STORE_OK) {
        converse(run, about, stream, mailbox);
    } else {
        log_say(run_log(run), LOG_ERROR_LEVEL, about->id, "user=<" STR_FMT ">: %s", STR_ARG(about->user),
                verdict.text);
        stream_printf(stream, "-ERR [%s] Mailbox not available now\r\n",
                      result == STORE_BUSY ? "IN-USE" : "SYS/TEMP");
        stream_flush(stream);
    }
    mailbox_close(mailbox);
    store_close(store);
}

static void serve(struct run *run, int fd, const struct address *peer)
{
    const struct pop3d_params *params = run_params(run, &pop3d_param_set);
    struct session about;
    (void)peer;
    struct stream *stream = session_take(run, fd, INPUT_LIMIT, &about);
    if (!stream)
        return;
    stream_set_timeout(stream, params->timeout);
    stream_set_deadline(stream, deadline_in(params->session_limit));
    serve_account(run, &about, stream);
    stream_destroy(stream);
}

static const struct worker worker = {
    .name = "pop3d",
    .style = WORKER_SESSION,
    .may = MAY_READ_FILES | MAY_WRITE_FILES | MAY_SYNC_STORE,
    .sets = sets,
    .serve = serve,
};

int main(int argc, char **argv)
{
    return worker_main(&worker, argc, argv);
}
