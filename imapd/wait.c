/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for the client and for news, and what is done before. */
#include <poll.h>
#include <signal.h>

#include "imapd/session.h"
#include "io/task.h"

enum { UNSYNCED_MS = 1000, UNWATCHED_MS = 1000 /* looks at the store are so far apart */ };

bool imap_wait_input(struct imap_session *session, int64_t ms)
{
    if (stream_has_input(session->stream))
        return true;
    if (stream_flush(session->stream) != STREAM_OK || stream_fd(session->stream) < 0)
        return true;
    return io_wait(stream_fd(session->stream), IO_READ, deadline_in(ms)) != IO_TIMEOUT;
}

/* --- news --- */

static void wake(int number)
{
    (void)number; /* that the wait ends is all it is for */
}

/* SIGIO stays blocked but for the wait, so one that came before it ends it at once. */
static bool begin_watch(struct imap_session *session)
{
    struct sigaction action = {.sa_handler = wake};
    sigset_t news;
    sigemptyset(&news);
    sigaddset(&news, SIGIO);
    return sigprocmask(SIG_BLOCK, &news, NULL) == 0 && sigaction(SIGIO, &action, NULL) == 0 &&
           store_watch(session->store);
}

bool imap_wait_news(struct imap_session *session)
{
    int64_t ms = session->params->poll_interval;
    if (imap_wait_input(session, 0))
        return true;
    if (session->watch == IMAP_WATCH_UNTRIED)
        session->watch = begin_watch(session) ? IMAP_WATCH_ON : IMAP_WATCH_NONE;
    if (ms > UNWATCHED_MS && (session->watch == IMAP_WATCH_NONE || store_is_unsynced(session->store)))
        ms = UNWATCHED_MS;
    if (session->watch == IMAP_WATCH_NONE || stream_fd(session->stream) < 0)
        return imap_wait_input(session, ms);
    struct pollfd client = {.fd = stream_fd(session->stream), .events = POLLIN};
    struct timespec limit = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    sigset_t all_but_news;
    sigprocmask(SIG_BLOCK, NULL, &all_but_news);
    sigdelset(&all_but_news, SIGIO);
    return ppoll(&client, 1, &limit, &all_but_news) > 0;
}

void imap_flush(struct imap_session *session, bool all)
{
    struct verdict verdict;
    if (!store_is_unsynced(session->store)) {
        session->flush_deadline = 0;
        return;
    }
    if (!session->flush_deadline)
        session->flush_deadline = deadline_in(UNSYNCED_MS);
    if (!all && time_monotonic_ms() < session->flush_deadline)
        return;
    /* What cannot be made durable now is tried again with the next change; flags are no promise. */
    store_flush(session->store, &verdict);
    session->flush_deadline = 0;
}
