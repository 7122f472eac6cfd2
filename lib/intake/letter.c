/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collecting and committing one message. Up to SPILL octets it stays in memory and is written in one writev;
 * a larger one goes to its queue file as it comes, at the place the large shape has for it
 * (mail/queuefile.h), and the header is written last: a file that was not finished never checks.
 */
#include "intake/letter.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/crc.h"
#include "base/memory.h"
#include "intake/commit.h"
#include "intake/process.h"
#include "intake/scan.h"
#include "io/file.h"
#include "mail/compose.h"
#include "mail/header.h"
#include "mail/queuefile.h"

enum {
    SPILL = 1024 * 1024,        /* octets from which on a message goes to its file */
    LETTER_MEMORY = 128 * 1024, /* arena: texts of the envelope */
    PREFIX_LIMIT = 64 * 1024,
    MESSAGE_ID_LIMIT = 998,
};

struct letter {
    struct intake *intake;
    struct arena *arena;
    const char *name;          /* queue id */
    struct letter_terms terms; /* texts are in the arena */
    struct buf octets;         /* not yet written; all of the message while fd is -1 */
    struct buf prefix;         /* trace and added fields; complete once the header was looked at */
    struct str message_id;
    struct scan scan;
    uint64_t written; /* octets of prefix and message in the file */
    uint32_t crc;     /* of those */
    int fd;           /* -1 while in memory */
    bool exists;      /* a file was made that must go unless committed */
    bool committed;
    bool headless;          /* there is only a body: prefix ends in the empty line */
    uint64_t journal;       /* serial of the segment it is in; 0: none */
    struct verdict failure; /* class OK: none */
};

struct letter *letter_begin(struct intake *intake, struct str queue_id, const struct letter_terms *terms)
{
    struct letter *letter = memory_get(sizeof *letter);
    letter->intake = intake;
    letter->arena = arena_create(LETTER_MEMORY);
    letter->name = arena_cstr(letter->arena, queue_id);
    letter->terms = *terms;
    letter->terms.hostname = arena_copy(letter->arena, terms->hostname);
    letter->terms.sender = arena_copy(letter->arena, terms->sender);
    letter->fd = -1;
    letter->failure.class = VERDICT_OK;
    buf_init(&letter->octets, 2 * SPILL);
    buf_init(&letter->prefix, PREFIX_LIMIT);
    buf_add(&letter->prefix, terms->trace);
    return letter;
}

static bool fail(struct letter *letter, struct verdict *verdict)
{
    letter->failure = *verdict;
    return false;
}

static bool fail_system(struct letter *letter, struct verdict *verdict)
{
    if (errno == ENOSPC || errno == EDQUOT)
        verdict_set(verdict, 452, "3.1", "Insufficient system storage");
    else
        verdict_system(verdict, "queue file write error", errno);
    return fail(letter, verdict);
}

/* RFC 6409 8: what a message store and forward system may complete for a submitter. */
static void add_missing_fields(struct letter *letter, struct str message)
{
    struct header_field field;
    struct compose compose = compose_begin(&letter->prefix, false);
    struct str host = letter->terms.hostname;
    if (!header_find(message, STR("From"), &field))
        compose_printf(&compose, "From", "<" STR_FMT ">",
                       STR_ARG(letter->terms.sender.len ? letter->terms.sender : STR("MAILER-DAEMON")));
    if (!header_find(message, STR("Date"), &field)) {
        struct mail_date now = mail_date_here(clock_now_us() / 1000000);
        compose_date(&compose, "Date", &now);
    }
    if (!header_find(message, STR("Message-ID"), &field)) {
        compose_message_id(&compose, "Message-ID", str_of(letter->name), host);
        letter->message_id = arena_printf(letter->arena, "<%s@" STR_FMT ">", letter->name, STR_ARG(host));
    }
}

/* The first line is neither a field nor the empty line that ends the header. */
static bool is_headless(struct str message)
{
    struct header_reader reader = header_read(message);
    struct header_field field;
    return header_next(&reader, &field) && field.name.len == 0;
}

/* Looks at the header once, when it is all there or SPILL octets are. */
static void learn_header(struct letter *letter)
{
    struct str message = buf_str(&letter->octets);
    struct header_field field;
    struct str id;
    letter->headless = is_headless(message);
    if (letter->headless)
        message = STR("");
    if (letter->terms.complete)
        add_missing_fields(letter, message);
    if (header_find(message, STR("Message-ID"), &field) && header_message_id(&field.value, &id) &&
        id.len <= MESSAGE_ID_LIMIT)
        letter->message_id = arena_copy(letter->arena, id);
    if (letter->headless)
        buf_add_text(&letter->prefix, "\r\n");
}

static bool append(struct letter *letter, struct str octets)
{
    if (!file_pwrite_all(letter->fd, octets, (off_t)(QUEUEFILE_BLOCK + letter->written)))
        return false;
    letter->crc = crc32c(letter->crc, octets);
    letter->written += octets.len;
    return true;
}

static bool spill(struct letter *letter)
{
    if (letter->fd < 0) {
        learn_header(letter);
        letter->fd = intake_create_file(letter->intake, letter->name);
        letter->exists = letter->fd >= 0;
        if (!letter->exists || !append(letter, buf_str(&letter->prefix)))
            return false;
    }
    bool written = append(letter, buf_str(&letter->octets));
    intake_release_memory(letter->intake, letter->octets.len);
    buf_finish(&letter->octets);
    return written;
}

bool letter_add(struct letter *letter, struct str octets, struct verdict *verdict)
{
    uint64_t limit = letter->intake->options.message_size_limit;
    if (letter->failure.class != VERDICT_OK) {
        *verdict = letter->failure;
        return false;
    }
    if (limit && letter->scan.size + octets.len > limit) {
        verdict_set(verdict, 552, "3.4", "Message size exceeds fixed limit");
        return fail(letter, verdict);
    }
    assert(octets.len <= SPILL);
    scan_octets(&letter->scan, octets);
    bool full = !intake_take_memory(letter->intake, octets.len);
    if (full && letter->fd < 0 && letter->octets.len + octets.len < QUEUEFILE_LARGE) {
        verdict_set(verdict, 452, "3.1", "Too many messages at once, try again later");
        return fail(letter, verdict);
    }
    if (full)
        intake_force_memory(letter->intake, octets.len);
    buf_add(&letter->octets, octets);
    if ((full || letter->octets.len >= SPILL) && !spill(letter))
        return fail_system(letter, verdict);
    return true;
}

unsigned letter_hops(const struct letter *letter)
{
    return letter->scan.hops;
}

uint64_t letter_size(const struct letter *letter)
{
    return letter->scan.size;
}

static void fill_envelope(const struct letter *letter, struct envelope *envelope)
{
    const struct scan *scan = &letter->scan;
    envelope->longest_line = scan->longest_line;
    envelope->eight_bit = scan->eight_bit;
    envelope->dot_lines = scan->dot_lines;
    envelope->header_size = letter->prefix.len + (letter->headless ? 0 : scan->header_size);
    envelope->message_id = letter->message_id.len ? letter->message_id : STR("<>");
    envelope->hops = scan->hops;
}

/* Lines end: RFC 5321 4.1.1.4 makes DATA do so, BDAT may not. */
static bool end_last_line(struct letter *letter, struct verdict *verdict)
{
    if (letter->scan.line && !letter_add(letter, STR("\r\n"), verdict))
        return false;
    scan_end(&letter->scan);
    return true;
}

static struct iovec part(const struct buf *buf)
{
    return (struct iovec){buf->at, buf->len};
}

/* Writes what is missing of the file, and makes it safe. False with errno. */
static bool commit_file(struct letter *letter, const struct envelope *envelope, uint64_t size)
{
    struct commit commit = {.name = letter->name, .fd = letter->fd, .size = size};
    struct buf head, tail;
    buf_init(&head, QUEUEFILE_ENVELOPE_LIMIT + QUEUEFILE_BLOCK);
    buf_init(&tail, QUEUEFILE_ENVELOPE_LIMIT + QUEUEFILE_BLOCK);
    if (queuefile_start(envelope, letter->crc, size, &head, &tail)) {
        commit.parts[COMMIT_HEAD] = part(&head);
        commit.parts[COMMIT_PREFIX] = part(&letter->prefix);
        commit.parts[COMMIT_OCTETS] = part(&letter->octets);
        commit.parts[COMMIT_TAIL] = part(&tail);
        commit_run(letter->intake, &commit);
        letter->exists |= commit.exists;
        letter->journal = commit.journal;
        letter->fd = -1;
    } else {
        commit.error = EMSGSIZE;
    }
    buf_finish(&head);
    buf_finish(&tail);
    errno = commit.error;
    return commit.error == 0;
}

bool letter_commit(struct letter *letter, struct envelope *envelope, struct verdict *verdict)
{
    uint64_t size;
    if (letter->failure.class != VERDICT_OK) {
        *verdict = letter->failure;
        return false;
    }
    if (!end_last_line(letter, verdict))
        return false;
    if (letter->fd < 0) {
        learn_header(letter);
        letter->crc = crc32c(crc32c(0, buf_str(&letter->prefix)), buf_str(&letter->octets));
        size = letter->prefix.len + letter->octets.len;
    } else {
        if (letter->octets.len && !spill(letter))
            return fail_system(letter, verdict);
        size = letter->written;
    }
    fill_envelope(letter, envelope);
    if (!commit_file(letter, envelope, size))
        return fail_system(letter, verdict);
    letter->committed = true;
    return true;
}

uint64_t letter_stored_size(const struct letter *letter)
{
    return letter->written ? letter->written : letter->prefix.len + letter->octets.len;
}

uint64_t letter_journal(const struct letter *letter)
{
    return letter->journal;
}

void letter_discard(struct letter *letter)
{
    if (!letter)
        return;
    if (letter->fd >= 0)
        close(letter->fd);
    if (letter->exists && !letter->committed)
        unlinkat(letter->intake->directory, letter->name, 0);
    intake_release_memory(letter->intake, letter->octets.len);
    buf_finish(&letter->octets);
    buf_finish(&letter->prefix);
    arena_destroy(letter->arena);
    free(letter);
}
