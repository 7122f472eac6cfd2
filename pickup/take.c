/* SPDX-License-Identifier: BSD-2-Clause */
/* From drop/NAME to queue/ID: the envelope, the octets, and the steps of pickup.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc.h"
#include "intake/letter.h"
#include "io/file.h"
#include "mail/address.h"
#include "mail/date.h"
#include "pickup/pickup.h"
#include "smtp/data.h"
#include "worker/system_user.h"
#include "worker/metrics.h"

enum { PIECE = 16 * 1024, TRACE_LIMIT = 2048, TIED_NAME = QUEUE_ID_LENGTH + 1 + DROP_NAME_LENGTH };

/* A message under way. */
struct taking {
    struct pickup *pickup;
    const char *name;
    const struct drop_file *file;
    struct arena *arena;
    struct queue_id id;
    struct letter *letter;
    struct envelope envelope;
};

/* --- the envelope --- */

/* The canonical form of an address that somebody wrote into a file. */
static bool read_address(struct taking *taking, struct str text, unsigned rules, struct str *address,
                         struct verdict *verdict)
{
    struct address_parts parts;
    rules |= ADDRESS_TAKE_LOCAL | (taking->file->entry.envelope.smtputf8 ? ADDRESS_UTF8 : 0);
    if (!address_parse(text, rules, taking->arena, &parts, verdict))
        return false;
    if (!parts.null && parts.domain.len == 0)
        parts.domain = taking->pickup->conf->myorigin;
    *address = parts.null ? STR("") : address_text(&parts, taking->arena);
    return true;
}

static bool read_recipients(struct taking *taking, struct verdict *verdict)
{
    const struct envelope *given = &taking->file->entry.envelope;
    struct route_expansion expansion = {.arena = taking->arena};
    if (given->rcpts_count == 0)
        return verdict_set(verdict, 554, "5.1", "no recipients");
    for (size_t i = 0; i < given->rcpts_count; i++) {
        struct recipient rcpt = {.orcpt = given->rcpts[i].orcpt, .notify = given->rcpts[i].notify & 15};
        if (!read_address(taking, given->rcpts[i].address, 0, &rcpt.address, verdict) ||
            !router_expand(taking->pickup->router, &rcpt, &expansion, verdict))
            return false;
    }
    route_expansion_end(&expansion);
    taking->envelope.rcpts = expansion.rcpts;
    taking->envelope.rcpts_count = expansion.count;
    return true;
}

static bool read_envelope(struct taking *taking, struct verdict *verdict)
{
    const struct envelope *given = &taking->file->entry.envelope;
    struct str local;
    taking->envelope = (struct envelope){
        .arrival_us = (uint64_t)clock_now_us(),
        .client_name = STR("localhost"),
        .client_ip = STR("local"),
        .protocol = STR("local"),
        .ret = given->ret <= 2 ? given->ret : 0,
        .envid = given->envid,
        .smtputf8 = given->smtputf8,
    };
    if (!read_address(taking, given->sender, ADDRESS_TAKE_NULL | ADDRESS_IS_SENDER, &taking->envelope.sender,
                      verdict))
        return false;
    address_cut(taking->envelope.sender, &local, &taking->envelope.tenant);
    return read_recipients(taking, verdict);
}

/* --- the octets --- */

/* RFC 5321 4.4, as local mail has it. */
static struct str trace_field(struct taking *taking)
{
    struct mail_date now = mail_date_here(clock_now_us() / 1000000);
    struct buf out;
    buf_init(&out, TRACE_LIMIT);
    buf_printf(&out, "Received: by " STR_FMT " (Relais, from userid %lu)\r\n\tid %s; ",
               STR_ARG(taking->pickup->conf->myhostname), (unsigned long)taking->file->uid, taking->id.text);
    mail_date_print(&now, &out);
    buf_add_text(&out, "\r\n");
    struct str field = arena_copy(taking->arena, buf_str(&out));
    buf_finish(&out);
    return field;
}

/* Reads the message once: what is summed and checked is what is taken, whatever becomes of the file
 * meanwhile. */
static bool copy_octets(struct taking *taking, struct verdict *verdict)
{
    const struct queue_entry *entry = &taking->file->entry;
    char piece[PIECE];
    struct smtp_data check;
    uint32_t crc = 0;
    smtp_data_init(&check);
    for (uint64_t at = 0; at < entry->message_size;) {
        uint64_t left = entry->message_size - at;
        size_t size = left < sizeof piece ? (size_t)left : sizeof piece;
        if (!file_pread_all(taking->file->fd, piece, size, (off_t)(entry->message_at + at)))
            return verdict_system(verdict, "reading a dropped file", errno);
        at += size;
        crc = crc32c(crc, str_make(piece, size));
        smtp_data_check(&check, str_make(piece, size), at == entry->message_size);
        if (!letter_add(taking->letter, str_make(piece, size), verdict))
            return false;
    }
    if (crc != entry->message_crc)
        return verdict_set(verdict, 554, "6.0", "the sum of the message does not fit");
    if (check.bare || check.nul)
        return verdict_set(verdict, 554, "6.0", "the message has a bare CR or LF, or a NUL");
    if ((int64_t)letter_hops(taking->letter) >= taking->pickup->conf->hopcount_limit)
        return verdict_set(verdict, 554, "4.6", "too many hops");
    return true;
}

static bool copy_message(struct taking *taking, struct verdict *verdict)
{
    struct pickup *pickup = taking->pickup;
    struct letter_terms terms = {.trace = trace_field(taking),
                                 .complete = true,
                                 .hostname = pickup->conf->myhostname,
                                 .sender = taking->envelope.sender};
    taking->letter = letter_begin(pickup->intake, str_of(taking->id.text), &terms);
    return intake_has_room(pickup->intake, taking->file->entry.message_size, verdict) &&
           copy_octets(taking, verdict) && letter_commit(taking->letter, &taking->envelope, verdict);
}

/* --- the steps --- */

/* ID.NAME */
static void print_tied(char into[TIED_NAME + 1], const char *id, const char *name)
{
    snprintf(into, TIED_NAME + 1, "%s.%s", id, name);
}

/* The last two steps, for what is copied. */
static bool finish(struct pickup *pickup, const char *id, const char *name, struct verdict *verdict)
{
    char tied[TIED_NAME + 1];
    print_tied(tied, id, name);
    if ((unlinkat(pickup->drop, name, 0) != 0 && errno != ENOENT) || fsync(pickup->drop) != 0)
        return verdict_system(verdict, "drop_directory", errno);
    if (renameat2(pickup->taken, tied, pickup->queue, id, RENAME_NOREPLACE) != 0)
        return verdict_system(verdict, "from taken_directory into the queue", errno);
    return true;
}

/* As Postfix's pickup and cleanup have it, for log tools look for that. */
static void log_taken(const struct taking *taking)
{
    struct pickup *pickup = taking->pickup;
    struct str id = str_of(taking->id.text);
    struct log_event event;
    metrics_add(pickup->metrics, METRIC_pickup_messages, 1);
    log_say(pickup->log, LOG_INFO_LEVEL, id, "uid=%lu from=<" STR_FMT ">", (unsigned long)taking->file->uid,
            STR_ARG(taking->envelope.sender));
    log_begin(&event, pickup->log, LOG_INFO_LEVEL, id);
    log_pair(&event, "message-id", STR_FMT, STR_ARG(taking->envelope.message_id));
    log_pair(&event, "size", "%" PRIu64, letter_size(taking->letter));
    log_pair(&event, "nrcpt", "%zu", taking->envelope.rcpts_count);
    log_send(&event);
}

/* From here on it is ours, and what fails is tried again until it succeeds. */
static bool keep_copy(struct taking *taking, struct verdict *verdict)
{
    struct pickup *pickup = taking->pickup;
    char tied[TIED_NAME + 1];
    print_tied(tied, taking->id.text, taking->name);
    /* In the queue we are not to open it again, as nobody is who makes files there (intake/intake.c). */
    mode_t mode = pickup->queue_is_ours ? 0660 : 0060;
    if (fchmodat(pickup->taken, taking->id.text, mode, 0) == 0 &&
        renameat(pickup->taken, taking->id.text, pickup->taken, tied) == 0 && fsync(pickup->taken) == 0)
        return true;
    verdict_system(verdict, "taken_directory", errno);
    unlinkat(pickup->taken, taking->id.text, 0);
    unlinkat(pickup->taken, tied, 0);
    return false;
}

static bool take(struct taking *taking, struct verdict *verdict)
{
    struct pickup *pickup = taking->pickup;
    struct system_user caller = system_user_find(taking->file->uid);
    struct verdict later = {.class = VERDICT_OK};
    if (!system_user_may(&caller, pickup->submitters, "submit mail", verdict) ||
        !read_envelope(taking, verdict) || !copy_message(taking, verdict) || !keep_copy(taking, verdict))
        return false;
    log_taken(taking);
    if (finish(pickup, taking->id.text, taking->name, &later))
        intake_announce(pickup->intake, str_of(taking->id.text), letter_stored_size(taking->letter), 0,
                        &taking->envelope);
    else
        log_say(pickup->log, LOG_ERROR_LEVEL, str_of(taking->id.text), "waits in taken_directory: %s",
                later.text);
    pickup->unfinished = pickup->unfinished || later.class != VERDICT_OK;
    return true;
}

enum take_result take_in(struct pickup *pickup, const char *name, const struct drop_file *file,
                         struct arena *arena, struct verdict *verdict)
{
    struct taking taking = {.pickup = pickup,
                            .name = name,
                            .file = file,
                            .arena = arena,
                            .id = queue_id_next(&pickup->ids, clock_now_us())};
    bool taken = take(&taking, verdict);
    letter_discard(taking.letter);
    return taken ? TAKE_DONE : verdict->class == VERDICT_REJECT ? TAKE_REFUSED : TAKE_LATER;
}

/* --- what was under way --- */

/* A name of taken_directory: 0 neither, 1 being copied, 2 copied, with its two parts. */
static int read_name(struct str text, char id[QUEUE_ID_LENGTH + 1], char name[DROP_NAME_LENGTH + 1])
{
    struct str given = str_sub(text, 0, QUEUE_ID_LENGTH), left = str_from(text, QUEUE_ID_LENGTH);
    if (!queue_id_parse(given, NULL))
        return 0;
    memcpy(id, given.at, QUEUE_ID_LENGTH);
    id[QUEUE_ID_LENGTH] = '\0';
    if (left.len == 0)
        return 1;
    if (left.at[0] != '.' || !drop_name_is_good(str_from(left, 1)))
        return 0;
    memcpy(name, left.at + 1, DROP_NAME_LENGTH);
    name[DROP_NAME_LENGTH] = '\0';
    return 2;
}

/* False when a message still waits there. */
static bool finish_one(struct pickup *pickup, const char *entry)
{
    static const struct envelope not_told = {0}; /* qmgr reads the file */
    char id[QUEUE_ID_LENGTH + 1], name[DROP_NAME_LENGTH + 1];
    struct verdict verdict;
    switch (read_name(str_of(entry), id, name)) {
    case 1:
        unlinkat(pickup->taken, id, 0);
        return true;
    case 2:
        if (!finish(pickup, id, name, &verdict)) {
            log_say(pickup->log, LOG_ERROR_LEVEL, str_of(id), "waits in taken_directory: %s", verdict.text);
            return false;
        }
        log_say(pickup->log, LOG_INFO_LEVEL, str_of(id), "taken in, after a pause");
        intake_announce(pickup->intake, str_of(id), 0, 0, &not_told);
        return true;
    default:
        return true;
    }
}

bool take_finish_all(struct pickup *pickup)
{
    int fd = openat(pickup->taken, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    bool done = directory != NULL;
    while (directory && (entry = readdir(directory)))
        done = finish_one(pickup, entry->d_name) && done;
    if (directory)
        closedir(directory);
    return done;
}
