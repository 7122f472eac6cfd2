/* SPDX-License-Identifier: BSD-2-Clause */
/* relais start, stop, reload, status: what they share. */
#ifndef TOOLS_CONTROL_H
#define TOOLS_CONTROL_H

#include "tools/configuration.h"

struct control {
    const char *name; /* "relais start" */
    struct configuration configuration;
    pid_t master; /* 0: none runs */
};

/* Reads "[-c directory]", loads the configuration (check: all of it is looked at, and a bad one refused),
 * finds master, runs the command and says how it ended. Returns the exit status. */
typedef bool control_fn(struct control *control);
int control_main(int argc, char **argv, const char *name, bool check, control_fn *fn);
bool control_failed(const struct control *control, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
