/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags of sendmail(1). */
#include "tools/sendmail_options.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/str.h"

static void take_name(const char *argv0, struct sendmail_options *options)
{
    const char *slash = strrchr(argv0, '/');
    const char *name = slash ? slash + 1 : argv0;
    if (strcmp(name, "mailq") == 0)
        options->job = SENDMAIL_LIST;
    else if (strcmp(name, "newaliases") == 0)
        options->job = SENDMAIL_ALIASES;
    else if (strcmp(name, "runq") == 0)
        options->job = SENDMAIL_FLUSH;
    else if (strcmp(name, "rmail") == 0)
        options->by_uucp = options->dots_are_text = true;
}

/* -b: what to be. */
static const char *take_mode(const char *mode, struct sendmail_options *options)
{
    static const struct {
        char letter;
        enum sendmail_job job;
    } modes[] = {{'m', SENDMAIL_SUBMIT},
                 {'v', SENDMAIL_VERIFY},
                 {'s', SENDMAIL_TALK},
                 {'p', SENDMAIL_LIST},
                 {'i', SENDMAIL_ALIASES}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (mode[0] == modes[i].letter && mode[1] == '\0') {
            options->job = modes[i].job;
            return NULL;
        }
    if (strcmp(mode, "d") == 0 || strcmp(mode, "D") == 0)
        return "the mail system is started by relais start, not by -bd";
    return "this -b mode is not supported";
}

/* -q, with the time, -qR, -qS or -qI. */
static const char *take_flush(const char *what, struct sendmail_options *options)
{
    options->job = SENDMAIL_FLUSH;
    if (!what || char_is_digit(what[0]))
        return NULL;
    if (strchr("RSI", what[0]) && what[1]) {
        options->job = what[0] == 'I' ? SENDMAIL_FLUSH_ID : SENDMAIL_FLUSH_SITE;
        options->flush = what + 1;
        return NULL;
    }
    return "-q is followed by nothing, a time, R and a site, or I and a queue id";
}

/* RFC 3461 4.1: NEVER alone, or a list of the others. */
static bool notify_is_good(struct str list)
{
    static const struct str words[] = {STR_INIT("success"), STR_INIT("failure"), STR_INIT("delay")};
    struct str word;
    if (str_eq_nocase(list, STR("never")))
        return true;
    while (str_cut(&list, ',', &word)) {
        bool known = false;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            known = known || str_eq_nocase(word, words[i]);
        if (!known)
            return false;
    }
    return true;
}

static const char *take_dsn(int option, const char *value, struct sendmail_options *options)
{
    switch (option) {
    case 'N':
        options->notify = value;
        return notify_is_good(str_of(value)) ? NULL : "-N is never or a list of success, failure, delay";
    case 'R':
        options->ret = value;
        return strcasecmp(value, "full") == 0 || strcasecmp(value, "hdrs") == 0 ? NULL : "-R is full or hdrs";
    default:
        options->envid = value;
        return *value && strlen(value) <= 100 ? NULL : "-V needs an id of at most 100 characters";
    }
}

static const char *take_body(const char *value, struct sendmail_options *options)
{
    options->eight_bit = strcasecmp(value, "8BITMIME") == 0;
    return options->eight_bit || strcasecmp(value, "7BIT") == 0 ? NULL : "-B is 7BIT or 8BITMIME";
}

/* Returns what is wrong, or NULL. */
static const char *take(int option, const char *value, struct sendmail_options *options)
{
    switch (option) {
    case 'f':
    case 'r':
        options->sender = value;
        return NULL;
    case 'F':
        options->full_name = value;
        return NULL;
    case 't':
        options->from_header = true;
        return NULL;
    case 'i':
        options->dots_are_text = true;
        return NULL;
    case 'o':
        options->dots_are_text = options->dots_are_text || strcmp(value, "i") == 0;
        return NULL;
    case 'I':
        options->job = SENDMAIL_ALIASES;
        return NULL;
    case 'b':
        return take_mode(value, options);
    case 'q':
        return take_flush(value, options);
    case 'B':
        return take_body(value, options);
    case 'N':
    case 'R':
    case 'V':
        return take_dsn(option, value, options);
    case '?':
        return "unknown option, or an option without its value";
    default: /* taken, and without effect: see the manual */
        return NULL;
    }
}

bool sendmail_options_read(int argc, char **argv, struct sendmail_options *options, const char **why)
{
    *options = (struct sendmail_options){0};
    *why = NULL;
    take_name(argv[0], options);
    opterr = 0;
    for (int option;
         !*why && (option = getopt(argc, argv, "A:B:C:F:GIL:N:O:R:UV:X:b:e:f:h:imno:p:q::r:tvx:")) != -1;)
        *why = take(option, optarg, options);
    options->recipients = argv + optind;
    options->recipient_count = argc - optind;
    return !*why;
}
