/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail(1), also mailq, newaliases and runq: how programs of this host send mail. It runs with the
 * caller's rights and has no others: it speaks SMTP with smtpd over a local socket, and the kernel tells
 * smtpd who is calling. What it does not do itself it leaves to relais(1).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/memory.h"
#include "io/fdpass.h"
#include "io/task.h"
#include "tools/sendmail_drop.h"
#include "tools/sendmail_message.h"
#include "tools/sendmail_options.h"
#include "tools/sendmail_place.h"
#include "tools/sendmail_rmail.h"
#include "tools/sendmail_submit.h"
#include "worker/system_user.h"

enum {
    RUN_MEMORY = 64 * 1024 * 1024,
    WHY_LIMIT = 8192,
    PATH_ROOM = 4096,
    READ_SLACK = 1024 * 1024,
    TRY_MS = 5000,
    PAUSE_MS = 500
};

static int refuse(int status, const char *why)
{
    fprintf(stderr, "sendmail: %s\n", why);
    return status;
}

/* --- what relais does --- */

/* Runs the relais beside us under another of its names. Returns only when that fails. */
static int become(const char *name, const char *option, const char *value)
{
    char path[PATH_ROOM];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path - sizeof "relais");
    char *slash = len > 0 ? memrchr(path, '/', (size_t)len) : NULL;
    if (!slash)
        return refuse(EX_OSFILE, "cannot find relais");
    memcpy(slash + 1, "relais", sizeof "relais");
    char *const argv[] = {(char *)(uintptr_t)name, (char *)(uintptr_t)option, (char *)(uintptr_t)value, NULL};
    execv(path, argv);
    fprintf(stderr, "sendmail: %s: %s\n", path, strerror(errno));
    return EX_OSFILE;
}

/* --- sending --- */

/* One letter. */
struct sending {
    const struct sendmail_options *options;
    struct place place;
    struct arena *arena;
    struct recipients *recipients;
    struct buf message;
    struct str sender;
};

static bool take_address(struct sending *sending, struct str given, const char **why)
{
    struct recipients *one = memory_get(sizeof *one);
    bool good = recipients_add(one, given, sending->place.origin, sending->arena, why);
    if (good && one->count != 1) {
        *why =
            given.len ? "the sender is not one address" : "you have no account here: name the sender with -f";
        good = false;
    }
    if (good)
        sending->sender = one->at[0];
    free(one);
    return good;
}

static bool take_sender(struct sending *sending, const char **why)
{
    struct str given = str_of(sending->options->sender ? sending->options->sender : "");
    if (!sending->options->sender)
        given = sending->place.user;
    else if (!str_trim(given).len || str_eq(str_trim(given), STR("<>")))
        return true;
    return take_address(sending, given, why);
}

static bool take_arguments(struct sending *sending, const char **why)
{
    for (int i = 0; i < sending->options->recipient_count; i++)
        if (!recipients_add(sending->recipients, str_of(sending->options->recipients[i]),
                            sending->place.origin, sending->arena, why))
            return false;
    return true;
}

/* Nobody but the lines in front says who sends: not this host's user, who is UUCP's. */
static bool take_uucp_sender(struct sending *sending, struct str raw, const char **why)
{
    struct str sender = rmail_sender(raw, sending->arena);
    return !sender.len || take_address(sending, sender, why);
}

static int read_message(struct sending *sending, struct buf *raw, const char **why)
{
    *why = "the message is too large";
    if (message_read(STDIN_FILENO, raw))
        return EX_OK;
    if (errno == EFBIG)
        return EX_UNAVAILABLE;
    *why = arena_cstr(sending->arena, arena_printf(sending->arena, "standard input: %s", strerror(errno)));
    return EX_IOERR;
}

static int take_message(struct sending *sending, const char **why)
{
    const struct sendmail_options *options = sending->options;
    struct buf raw;
    uint64_t limit = sending->place.message_size_limit;
    buf_init(&raw, limit && limit < MESSAGE_LIMIT - READ_SLACK ? (size_t)limit + READ_SLACK : MESSAGE_LIMIT);
    int status = read_message(sending, &raw, why);
    if (status == EX_OK && !message_normalise(buf_str(&raw), !options->dots_are_text, &sending->message))
        status = EX_UNAVAILABLE;
    if (status == EX_OK && options->by_uucp && !options->sender &&
        !take_uucp_sender(sending, buf_str(&raw), why))
        status = EX_DATAERR;
    buf_finish(&raw);
    return status;
}

static struct str optional(const char *text)
{
    return str_of(text ? text : "");
}

/* A server at its limits may have room in a moment; one that is away, or does not answer, has not. Until the
 * whole message was said, nothing can have been sent. */
static int hand_to_server(struct sending *sending, const struct submission *submission, struct buf *why,
                          enum submission_fate *fate)
{
    const char *path = place_socket(&sending->place, "sendmail", sending->arena);
    int64_t give_up = deadline_in(TRY_MS);
    for (;;) {
        int fd = unix_connect_stream(path), status = EX_TEMPFAIL;
        buf_clear(why);
        *fate = SUBMISSION_PUT_OFF;
        if (fd < 0)
            buf_printf(why, "%s: %s", path, strerror(errno));
        else
            status = submission_send(fd, submission, why, fate);
        if (fd < 0 || *fate != SUBMISSION_PUT_OFF || time_monotonic_ms() > give_up)
            return status;
        task_sleep(PAUSE_MS);
    }
}

/* What pickup would refuse is refused now, while somebody is here to be told. */
static int leave(struct sending *sending, struct submission *submission, struct buf *why)
{
    const struct place *place = &sending->place;
    struct verdict verdict;
    struct system_user caller = system_user_find(getuid());
    struct match_list *submitters = match_list_open(place->submitters, false, &verdict);
    /* A table that we may not read is pickup's to ask. */
    bool refused = submitters && !system_user_may(&caller, submitters, "submit mail", &verdict) &&
                   verdict.class == VERDICT_REJECT;
    match_list_close(submitters);
    if (refused) {
        buf_add_text(why, verdict.text);
        return EX_NOPERM;
    }
    submission->message = buf_str(&sending->message);
    int status = drop_submission(arena_cstr(sending->arena, place->drop_directory), submission,
                                 place->drop_size_limit, why);
    if (status == EX_OK)
        drop_announce(place_socket(place, "pickup", sending->arena));
    return status;
}

static int hand_over(struct sending *sending)
{
    const struct sendmail_options *options = sending->options;
    struct str message = buf_str(&sending->message);
    struct submission submission = {
        .sender = sending->sender,
        .recipients = sending->recipients->at,
        .recipient_count = sending->recipients->count,
        .notify = optional(options->notify),
        .ret = optional(options->ret),
        .envid = optional(options->envid),
        .eight_bit = options->eight_bit || message_is_eight_bit(message),
        .message = message,
    };
    enum submission_fate fate;
    struct buf why;
    buf_init(&why, WHY_LIMIT);
    int status = hand_to_server(sending, &submission, &why, &fate);
    if (fate == SUBMISSION_PUT_OFF) {
        buf_add_text(&why, "; ");
        status = leave(sending, &submission, &why);
    }
    if (status != EX_OK)
        refuse(status, buf_cstr(&why));
    buf_finish(&why);
    return status;
}

/* RFC 6409 8, for what the sender's program left out. */
static bool complete(struct sending *sending)
{
    const char *name = sending->options->full_name;
    struct str display = name ? str_of(name) : sending->place.full_name;
    uint64_t limit = sending->place.message_size_limit;
    return message_add_date(&sending->message, clock_now_us() / 1000000) &&
           (!sending->sender.len || message_add_from(&sending->message, display, sending->sender)) &&
           (!limit || sending->message.len <= limit);
}

static int send_letter(struct sending *sending)
{
    const char *why = NULL;
    if (!take_sender(sending, &why) || !take_arguments(sending, &why))
        return refuse(EX_USAGE, why);
    if (!sending->options->from_header && !sending->recipients->count)
        return refuse(EX_USAGE, "no recipients: name them, or use -t");
    int status = take_message(sending, &why);
    if (status != EX_OK)
        return refuse(status, why);
    if (sending->options->from_header &&
        !message_take_recipients(&sending->message, sending->recipients, sending->place.origin,
                                 sending->arena, &why))
        return refuse(EX_DATAERR, why);
    if (!sending->recipients->count)
        return refuse(EX_USAGE, "no recipients in the header");
    if (!complete(sending))
        return refuse(EX_UNAVAILABLE, "the message is too large");
    return hand_over(sending);
}

/* --- verifying --- */

/* The report goes to who would have been the sender, as Postfix's does. */
static int report(struct sending *sending, struct str answers)
{
    struct str origin = sending->place.origin;
    buf_printf(&sending->message,
               "From: Mail Delivery System <MAILER-DAEMON@" STR_FMT ">\r\nTo: <" STR_FMT ">\r\n"
               "Subject: Mail Delivery Status Report\r\nAuto-Submitted: auto-generated\r\n\r\n"
               "No message was sent. To one from <" STR_FMT "> the mail system says:\r\n\r\n" STR_FMT,
               STR_ARG(origin), STR_ARG(sending->sender), STR_ARG(sending->sender), STR_ARG(answers));
    sending->recipients->at[0] = sending->sender;
    sending->recipients->count = 1;
    sending->sender = STR("");
    if (!message_add_date(&sending->message, clock_now_us() / 1000000))
        return refuse(EX_UNAVAILABLE, "too many recipients for a report");
    return hand_over(sending);
}

static int verify(struct sending *sending)
{
    const char *path = place_socket(&sending->place, "sendmail", sending->arena), *wrong = NULL;
    struct buf answers, why;
    if (!take_sender(sending, &wrong) || !take_arguments(sending, &wrong))
        return refuse(EX_USAGE, wrong);
    if (!sending->recipients->count || !sending->sender.len)
        return refuse(EX_USAGE, "-bv needs recipients, and a sender who gets the report");
    struct submission submission = {.sender = sending->sender,
                                    .recipients = sending->recipients->at,
                                    .recipient_count = sending->recipients->count};
    int fd = unix_connect_stream(path), status = EX_TEMPFAIL;
    buf_init(&answers, MESSAGE_LIMIT);
    buf_init(&why, WHY_LIMIT);
    if (fd < 0)
        buf_printf(&why, "%s: %s", path, strerror(errno));
    else
        status = submission_verify(fd, &submission, &answers, &why);
    status = status == EX_OK ? report(sending, buf_str(&answers)) : refuse(status, buf_cstr(&why));
    buf_finish(&answers);
    buf_finish(&why);
    return status;
}

static int submit(const struct sendmail_options *options)
{
    struct sending sending = {.options = options, .arena = arena_create(RUN_MEMORY)};
    const char *why = NULL;
    int status;
    sending.recipients = memory_get(sizeof *sending.recipients);
    buf_init(&sending.message, MESSAGE_LIMIT);
    if (place_load(sending.arena, &sending.place, &why))
        status = options->job == SENDMAIL_VERIFY ? verify(&sending) : send_letter(&sending);
    else
        status = refuse(EX_CONFIG, why);
    buf_finish(&sending.message);
    free(sending.recipients);
    arena_destroy(sending.arena);
    return status;
}

static int talk(void)
{
    struct arena *arena = arena_create(RUN_MEMORY);
    struct place place;
    const char *why = NULL;
    int fd = -1, status = EX_CONFIG;
    if (!place_load(arena, &place, &why)) {
        refuse(EX_CONFIG, why);
    } else {
        fd = unix_connect_stream(place_socket(&place, "sendmail", arena));
        status = fd >= 0 ? submission_talk(fd) : refuse(EX_TEMPFAIL, "the mail system does not run");
        if (fd < 0)
            puts("421 4.3.2 The mail system does not run\r");
    }
    arena_destroy(arena);
    return status;
}

int main(int argc, char **argv)
{
    struct sendmail_options options;
    const char *why;
    signal(SIGPIPE, SIG_IGN); /* a server that goes away is an error to report, not our end */
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        puts("usage: sendmail [-t] [-i] [-f sender] [-F name] [options] [recipient ...]; see sendmail(1)");
        return EX_OK;
    }
    if (!sendmail_options_read(argc, argv, &options, &why))
        return refuse(EX_USAGE, why);
    switch (options.job) {
    case SENDMAIL_SUBMIT:
    case SENDMAIL_VERIFY:
        return submit(&options);
    case SENDMAIL_TALK:
        return talk();
    case SENDMAIL_LIST:
        return become("mailq", NULL, NULL);
    case SENDMAIL_ALIASES:
        return become("newaliases", NULL, NULL);
    case SENDMAIL_FLUSH:
        return become("postqueue", "-f", NULL);
    case SENDMAIL_FLUSH_SITE:
        return become("postqueue", "-s", options.flush);
    case SENDMAIL_FLUSH_ID:
        return become("postqueue", "-i", options.flush);
    }
    return EX_SOFTWARE;
}
