/* SPDX-License-Identifier: BSD-2-Clause */
/* imapd: one user's mail over IMAP, started by master with the connection when the user has logged in. */
#include <inttypes.h>

#include "conf/params.h"
#include "imapd/session.h"
#include "store/params.h"
#include "worker/session.h"

static const struct param_set *const sets[] = {&conf_param_set, &store_param_set, &imapd_param_set, NULL};

static void log_end(struct run *run, const struct session *about, const struct imap_session *session)
{
    struct log_event event;
    session_log_end(run, about, session->state == IMAP_LOGOUT ? "logout" : stream_error(session->stream),
                    &event);
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
    struct store_options options = store_options_of(run_params(run, &store_param_set));
    if (about->quota)
        options.quota = about->quota;
    if (store_open(arena_cstr(run_arena(run), about->home), &options, &store, &verdict) == STORE_OK)
        converse(run, about, stream, store);
    else
        refuse(run, about, stream, &verdict);
    store_close(store);
}

static void serve(struct run *run, int fd, const struct address *peer)
{
    struct session about;
    (void)peer;
    struct stream *stream = session_take(run, fd, IMAP_INPUT_LIMIT, &about);
    if (!stream)
        return;
    serve_account(run, &about, stream);
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
