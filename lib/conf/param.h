/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters: one row each in the params.def of the folder that acts on them. Rows are of six kinds:
 *
 *     TEXT   (banner, "smtpd_banner", "$myhostname ESMTP", PLAIN, "What the greeting says.")
 *     COUNT  (junk_limit, "smtpd_junk_command_limit", 100, 0, 10000, "Useless commands before we slow down.")
 *     TIME   (command_timeout, "smtpd_timeout", "300s", 1, 3600, "Wait this long for a client command.")
 *     FLAG   (helo_required, "smtpd_helo_required", "no", "Refuse MAIL before HELO or EHLO.")
 *     CHOICE (protocol, "smtpd_protocol", "smtp", "smtp lmtp", "What a service speaks.")
 *     CHOICES(backends, "auth_backends", "internal", "internal pam sasldb", "Where users are looked for.")
 *
 * The build makes <folder>/params.h from them: `struct <folder>_params` (TEXT, CHOICE, CHOICES: struct str,
 * expanded; COUNT: int64_t; TIME: int64_t milliseconds; FLAG: bool) and `extern const struct param_set
 * <folder>_param_set`. A TEXT row names what its value must be, so that a bad one is found before any process
 * sees it. A time without a unit has the unit of its default (reference: postfix.md rule 15). Default texts
 * may refer to other parameters ($name).
 */
#ifndef CONF_PARAM_H
#define CONF_PARAM_H

#include "base/arena.h"
#include "base/str.h"

enum param_type { PARAM_TEXT, PARAM_COUNT, PARAM_TIME, PARAM_FLAG };

/* What a TEXT must be. */
enum param_kind {
    PARAM_PLAIN,    /* anything */
    PARAM_RAW,      /* anything; its $names are known, and expanded, only at each use */
    PARAM_MAPS,     /* a list of type:name tables */
    PARAM_MATCH,    /* a match list: names, addresses, files, tables, !negation */
    PARAM_ACCESS,   /* a list of what restrictions.def has */
    PARAM_PATH,     /* empty or an absolute path */
    PARAM_READABLE, /* empty or a file that must be there */
    PARAM_HOSTNAME, /* a host or domain name */
    PARAM_CHOICE,   /* one of the row's words; nothing, when that is the default or a blank is before them */
    PARAM_CHOICES,  /* a list of such words */
};

struct param_row {
    const char *name; /* "smtpd_timeout" */
    enum param_type type;
    enum param_kind kind; /* TEXT only */
    const char *fallback; /* the default as text, unexpanded */
    int64_t min, max;     /* COUNT: as is; TIME: seconds */
    const char *help;     /* one or more sentences */
    size_t offset;        /* in the struct */
    const char *words;    /* CHOICE, CHOICES: what may be said, with blanks between */
};

struct param_set {
    const char *owner; /* the folder: "smtpd", "lib/intake" */
    const struct param_row *rows;
    size_t count;
    size_t size; /* of the struct */
};

/* A list of complaints about a configuration: all at once, in the order found. */
struct complaints {
    struct arena *arena; /* borrowed */
    struct complaint {
        struct complaint *next;
        bool fatal;      /* false: a warning */
        struct str text; /* "main.cf line 12: smtpd_timeout: not a time: abc" */
    } * first, *last;
    size_t fatal_count;
};
void complaints_init(struct complaints *complaints, struct arena *arena);
void complain(struct complaints *complaints, bool fatal, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Of complaints with the same text only the first stays. */
void complaints_drop_repetitions(struct complaints *complaints);

/* Gives the expanded value of a parameter; false when it is not set (the row's default counts). */
typedef bool param_source(void *context, const struct param_row *row, struct arena *arena, struct str *value);

/* Fills *params (set->size octets) from the source: converts, checks ranges, complains about all that is
 * wrong. Texts live in the arena. */
void param_load(const struct param_set *set, param_source *source, void *context, struct arena *arena,
                struct complaints *complaints, void *params);
/* "300s", "5d", "500ms" (of our own); "1h30m" is not a time; `fallback` gives the unit of a bare number. In
 * milliseconds. */
bool param_parse_time(struct str text, const char *fallback, int64_t *ms);

#endif
