/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where an inet service of master.cf listens: the port in its name, and the addresses that stand there or in
 * inet_interfaces. master opens them; whoever judges a configuration finds what cannot be one.
 */
#ifndef WORKER_ENDPOINT_H
#define WORKER_ENDPOINT_H

#include "base/verdict.h"
#include "conf/params.h"
#include "io/listen.h"

enum { ENDPOINT_NAME = 112, ENDPOINT_LIMIT = 32 };

struct endpoint {
    char name[ENDPOINT_NAME]; /* "[ADDRESS]:PORT" */
    struct address address;
};
struct endpoints {
    struct endpoint at[ENDPOINT_LIMIT];
    size_t count;
};

/* service: "smtp", "587", "192.0.2.1:25", "[::1]:smtp". False with *verdict for what is no port or address,
 * and for more than ENDPOINT_LIMIT. */
bool endpoints_read(struct str service, const struct conf_params *params, struct endpoints *endpoints,
                    struct verdict *verdict);

#endif
