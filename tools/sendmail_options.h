/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line of sendmail(1): the flags that programs have used for forty years. Those that would give a
 * caller power over the system (-C, -O, -X and so on) are taken and do nothing.
 */
#ifndef TOOLS_SENDMAIL_OPTIONS_H
#define TOOLS_SENDMAIL_OPTIONS_H

#include <stdbool.h>

enum sendmail_job {
    SENDMAIL_SUBMIT,
    SENDMAIL_VERIFY,     /* -bv: mail the caller what would become of the recipients */
    SENDMAIL_TALK,       /* -bs: SMTP on standard input and output */
    SENDMAIL_LIST,       /* -bp, mailq */
    SENDMAIL_ALIASES,    /* -bi, -I, newaliases */
    SENDMAIL_FLUSH,      /* -q, runq */
    SENDMAIL_FLUSH_SITE, /* -qR site, -qS site */
    SENDMAIL_FLUSH_ID,   /* -qI id */
};

struct sendmail_options {
    enum sendmail_job job;
    const char *flush;     /* the site or id */
    const char *sender;    /* -f, -r; NULL: the caller */
    const char *full_name; /* -F; NULL: from the caller's account */
    const char *notify;    /* -N as given and checked: "never", "success,failure,delay" */
    const char *ret;       /* -R: "full" or "hdrs" */
    const char *envid;     /* -V */
    bool by_uucp;          /* rmail: the sender is in the lines before the header */
    bool from_header;      /* -t */
    bool dots_are_text;    /* -i, -oi: a line with a dot alone does not end the message */
    bool eight_bit;        /* -B 8BITMIME */
    char **recipients;     /* borrowed from argv */
    int recipient_count;
};

/* False with a message in *why (program text). argv[0] may be mailq, newaliases, runq or rmail. */
bool sendmail_options_read(int argc, char **argv, struct sendmail_options *options, const char **why);

#endif
