/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * master.cf (reference: Postfix master.cf): which programs run as which services. Of its eight fields Relais
 * acts on service, type, private, process limit and command; unprivileged, chroot and wakeup are read and
 * judged only.
 */
#ifndef CONF_MASTER_CF_H
#define CONF_MASTER_CF_H

#include "conf/param.h"

enum service_type { SERVICE_INET, SERVICE_UNIX, SERVICE_PASS, SERVICE_FIFO, SERVICE_DATAGRAM };

struct service_option { /* -o name=value */
    struct str name, value;
};

struct service {
    struct str name; /* "submission", "127.0.0.1:10025", "qmgr" */
    enum service_type type;
    bool private;       /* unix: below private/, else public/ */
    int64_t maxproc;    /* most processes; 0: no limit; -1: default_process_limit */
    struct str program; /* first word of the command */
    struct service_option *options;
    size_t option_count;
    struct str arguments; /* behind the options, as Postfix's pipe has them; no program of ours takes any */
    size_t line;
};

/* "inet", "unix", "pass", "fifo", "unix-dgram" */
const char *service_type_name(enum service_type type);
/* The value that an -o gives (the last one counts); NULL when there is none. */
const struct str *service_option(const struct service *service, struct str name);

struct services {
    struct service *at;
    size_t count;
};

/* Reads the text of master.cf; everything from the arena. Later entries of the same name and type replace
 * earlier ones. */
void master_cf_read(const char *file, struct str text, struct arena *arena, struct complaints *complaints,
                    struct services *services);

#endif
