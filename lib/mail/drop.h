/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of drop_directory: what sendmail(1) leaves there while the mail system does not take messages, and
 * what pickup(8) believes of it. Everybody may make files in that directory, so what lies there is judged
 * before a single octet of it counts: no links, no pipes, one name, a size within limits, and all of it
 * there.
 *
 * The octets are those of a queue file without records (mail/queuefile.h). Of the envelope, pickup uses
 * sender, recipients with their DSN terms, ret, envid and smtputf8; all else it says itself. Who sent it is
 * the file's owner.
 *
 * A file is made under its final name, for nobody but its maker and pickup knows of it, and a file that is
 * not whole is told by its sums. Its maker syncs it before it says that the message is safe.
 */
#ifndef MAIL_DROP_H
#define MAIL_DROP_H

#include <sys/types.h>

#include "mail/queuefile.h"

enum { DROP_NAME_LENGTH = 32 }; /* hexadecimal digits, lower case: 128 random bits */

struct drop_name {
    char text[DROP_NAME_LENGTH + 1];
};

struct drop_name drop_name_make(void);
bool drop_name_is_good(struct str name);

/* --- what lies there --- */

enum drop_kind {
    DROP_MESSAGE,    /* opened; all of it is there, but for what the message's own sum may say */
    DROP_UNFINISHED, /* its maker may still be writing */
    DROP_BROKEN,     /* a file that is no message, or one that nobody finishes any more */
    DROP_JUNK,       /* what sendmail never makes: links, pipes, giants */
    DROP_GONE,       /* nothing of this name */
    DROP_ERROR,      /* it could not be read now */
};

struct drop_terms {
    uint64_t size_limit;  /* octets of a file; 0: none */
    int64_t unfinished_s; /* so long after its last change a file may be unfinished */
    int64_t now_s;        /* seconds since 1970 */
};

struct drop_file {
    int fd;    /* owned by who called drop_open; -1 but for DROP_MESSAGE */
    uid_t uid; /* whose it is */
    struct queue_entry entry;
    char why[160]; /* what is wrong; empty for DROP_MESSAGE and DROP_GONE */
};

/* Texts of the envelope come from the arena. */
enum drop_kind drop_open(int directory, const char *name, const struct drop_terms *terms, struct arena *arena,
                         struct drop_file *file);

#endif
