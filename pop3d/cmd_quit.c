/* SPDX-License-Identifier: BSD-2-Clause */
/* QUIT: the UPDATE state, RFC 1939 6. All marked messages are removed in one durable change, or none. */
#include <stdlib.h>

#include "base/memory.h"
#include "pop3d/command.h"
#include "pop3d/session.h"

static bool is_deleted(const struct pop3_item *item)
{
    return item->deleted;
}

static bool is_read(const struct pop3_item *item)
{
    return item->fetched && !item->deleted;
}

/* The UIDs of the items chosen, as ranges of neighbours; freed by the caller. */
static struct uid_range *choose(const struct pop3_session *session, bool (*wanted)(const struct pop3_item *),
                                struct uid_ranges *ranges)
{
    struct uid_range *made = memory_array(session->count + 1, sizeof *made);
    bool joined = false;
    ranges->at = made;
    ranges->count = 0;
    for (size_t i = 0; i < session->count; i++) {
        const struct pop3_item *item = &session->items[i];
        if (wanted(item)) {
            if (!joined)
                made[ranges->count++].first = item->uid;
            made[ranges->count - 1].last = item->uid;
        }
        joined = wanted(item);
    }
    return made;
}

static void mark_seen(struct pop3_session *session)
{
    const struct flags_change change = {
        .how = FLAGS_ADD, .flags = MESSAGE_SEEN, .unchanged_since = UINT64_MAX};
    struct arena *arena = arena_create(64 * 1024 * 1024);
    struct flags_result result;
    struct verdict verdict;
    struct uid_ranges ranges;
    struct uid_range *made = choose(session, is_read, &ranges);
    /* A flag less is no reason to call the session failed. */
    if (ranges.count > 0)
        (void)mailbox_store_flags(session->mailbox, ranges, &change, arena, &result, &verdict);
    free(made);
    arena_destroy(arena);
}

static bool remove_marked(struct pop3_session *session, struct verdict *verdict)
{
    struct uid_ranges ranges;
    struct uid_range *made = choose(session, is_deleted, &ranges);
    enum store_result result = STORE_OK;
    if (ranges.count > 0)
        result = mailbox_expunge(session->mailbox, ranges, true, verdict);
    free(made);
    for (size_t i = 0; i < session->count && result == STORE_OK; i++)
        session->counts.deleted += session->items[i].deleted;
    return result == STORE_OK;
}

static void run_quit(struct pop3_session *session, const struct str *args, unsigned count)
{
    (void)args, (void)count;
    struct verdict verdict = {0};
    session->over = true;
    if (!remove_marked(session, &verdict)) {
        pop3_error(session, "[SYS/TEMP] Some deleted messages not removed: %s", verdict.text);
        return;
    }
    if (session->limits.mark_seen)
        mark_seen(session);
    pop3_ok(session, "Bye");
}

const struct pop3_command cmd_quit = {"QUIT", 0, 0, run_quit, NULL};
