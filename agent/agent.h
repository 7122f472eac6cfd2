/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * agent: one delivery for a user of the system, as that user. master starts it when local asks; local says
 * which message and which recipient over the line between them, and gets one answer. What is to be done the
 * agent reads by itself: the alias, the user's .forward file, the configuration. So whoever holds local can
 * have no more done than that.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/params.h"
#include "base/arena.h"
#include "base/verdict.h"
#include "conf/params.h"
#include "mail/rcpt_names.h"
#include "map/destinations.h"
#include "wire/errand.h"
#include "wire/outcome.h"
#include "worker/worker.h"

struct agent {
    const struct conf_params *conf;
    const struct agent_params *params;
    struct log *log;
    bool is_user;                    /* we are the user that was asked for */
    const char *name, *home, *shell; /* his */
    const char *spool;               /* only for his mailbox in this directory; NULL: all but that */
};

/* An errand under way. */
struct mail {
    const struct agent *agent;
    const struct errand *errand;
    int fd;   /* the queue file */
    int line; /* to local: its end means that nobody waits any more; -1: none */
    struct arena *arena;
};

struct answer {
    struct verdict verdict;
    struct texts forward, parts; /* as in struct outcome */
    bool mailbox;                /* ERRAND_MAILBOX */
};

/* --- errand.c: what is to be done --- */

void errand_run(const struct mail *mail, struct answer *answer);

/* --- source.c: where destinations are written --- */

/* The alias that the errand names, :include: files read. It must be in a table whose owner we answer for. */
bool source_alias(const struct mail *mail, struct destinations *list, struct verdict *verdict);
/* The user's .forward file; *found is false when there is none, or one that may not be used (logged). */
bool source_forward(const struct mail *mail, struct destinations *list, bool *found, struct verdict *verdict);

/* --- command.c --- */

/* Runs it with the message for its input. */
bool command_deliver(const struct mail *mail, struct str command, struct verdict *verdict);

/* --- environment.c --- */

/* Of a command; NULL-ended, in the arena. */
char **environment_make(const struct mail *mail);
/* What $user and the like are in RAW parameters. */
struct rcpt_names names_of(const struct mail *mail, struct str allowed);

/* --- mailbox.c --- */

/* A mailbox that is a file or directory of its own. */
struct target {
    const char *path; /* absolute */
    bool maildir;
    bool strict;         /* the file must be the user's own */
    uint64_t size_limit; /* of an mbox; 0: none */
};
/* A path that ends in a slash is a Maildir. False with *verdict when it is not absolute. */
bool target_of(const struct mail *mail, struct str path, struct target *target, struct verdict *verdict);
/* Appends the message to an mbox file, or writes it into a Maildir; durable. */
bool mailbox_write(const struct target *target, const struct mail *mail, struct verdict *verdict);

/* --- mbox.c --- */
bool mbox_append(const struct target *target, const struct mail *mail, struct verdict *verdict);
/* "From sender  date" */
struct str mbox_from_line(const struct mail *mail);
/* The message with LF line ends and, with quote, ">" before lines that begin with "From ", read and written
 * piece by piece. */
bool mbox_copy(const struct mail *mail, bool quote, int to);

#endif
