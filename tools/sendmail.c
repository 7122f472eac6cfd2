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
#include "base/memory.h"
#include "tools/sendmail_message.h"
#include "tools/sendmail_options.h"
#include "tools/sendmail_place.h"
#include "tools/sendmail_submit.h"

enum { RUN_MEMORY = 64 * 1024 * 1024, WHY_LIMIT = 8192, PATH_ROOM = 4096 };

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

static const char *socket_path(struct arena *arena, const struct place *place)
{
    return arena_cstr(arena,
                      arena_printf(arena, STR_FMT "/public/sendmail", STR_ARG(place->queue_directory)));
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

static bool take_sender(struct sending *sending, const char **why)
{
    struct str given = str_of(sending->options->sender ? sending->options->sender : "");
    if (!sending->options->sender)
        given = sending->place.user;
    else if (!str_trim(given).len || str_eq(str_trim(given), STR("<>")))
        return true;
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

static bool take_arguments(struct sending *sending, const char **why)
{
    for (int i = 0; i < sending->options->recipient_count; i++)
        if (!recipients_add(sending->recipients, str_of(sending->options->recipients[i]),
                            sending->place.origin, sending->arena, why))
            return false;
    return true;
}

static int take_message(struct sending *sending, const char **why)
{
    struct buf raw;
    buf_init(&raw, MESSAGE_LIMIT);
    bool good = message_read(STDIN_FILENO, &raw);
    int error = errno;
    *why = "the message is too large";
    good = good && message_normalise(buf_str(&raw), !sending->options->dots_are_text, &sending->message);
    buf_finish(&raw);
    if (good)
        return EX_OK;
    if (error != EFBIG && !sending->message.over)
        *why =
            arena_cstr(sending->arena, arena_printf(sending->arena, "standard input: %s", strerror(error)));
    return sending->message.over || error == EFBIG ? EX_DATAERR : EX_IOERR;
}

static struct str optional(const char *text)
{
    return str_of(text ? text : "");
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
    const char *path = socket_path(sending->arena, &sending->place);
    struct buf why;
    buf_init(&why, WHY_LIMIT);
    int fd = submission_connect(path), status = EX_TEMPFAIL;
    if (fd < 0)
        fprintf(stderr, "sendmail: %s: %s: is the mail system running?\n", path, strerror(errno));
    else if ((status = submission_send(fd, &submission, &why)) != EX_OK)
        refuse(status, buf_cstr(&why));
    buf_finish(&why);
    return status;
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
    const char *name = sending->options->full_name;
    if (sending->sender.len &&
        !message_add_from(&sending->message, name ? str_of(name) : sending->place.full_name, sending->sender))
        return refuse(EX_DATAERR, "the message is too large");
    return hand_over(sending);
}

static int submit(const struct sendmail_options *options)
{
    struct sending sending = {.options = options, .arena = arena_create(RUN_MEMORY)};
    const char *why = NULL;
    int status;
    sending.recipients = memory_get(sizeof *sending.recipients);
    buf_init(&sending.message, MESSAGE_LIMIT);
    if (place_load(sending.arena, &sending.place, &why))
        status = send_letter(&sending);
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
        fd = submission_connect(socket_path(arena, &place));
        status = fd >= 0 ? submission_talk(fd) : refuse(EX_TEMPFAIL, "is the mail system running?");
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
