/* SPDX-License-Identifier: BSD-2-Clause */
/* The conversation of local with an agent: one errand, one answer. */
#ifndef WIRE_ERRAND_KINDS_H
#define WIRE_ERRAND_KINDS_H

enum errand_kind {
    ERRAND = 1,         /* local: errand, descriptor: the queue file */
    ERRAND_DONE = 2,    /* agent: outcome */
    ERRAND_MAILBOX = 3, /* agent: outcome, empty: it goes into the user's file in mail_spool_directory, which
                           is the errand of an agent that was started for it */
};

#endif
