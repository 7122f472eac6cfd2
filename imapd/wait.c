/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for the client, and what is done before. */
#include "imapd/session.h"
#include "io/task.h"

enum { UNSYNCED_MS = 1000 };

bool imap_wait_input(struct imap_session *session, int64_t ms)
{
    if (stream_has_input(session->stream))
        return true;
    if (stream_flush(session->stream) != STREAM_OK || stream_fd(session->stream) < 0)
        return true;
    return io_wait(stream_fd(session->stream), IO_READ, deadline_in(ms)) != IO_TIMEOUT;
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
