/* SPDX-License-Identifier: BSD-2-Clause */
/* A subcommand of relais: one file cmd_<name>.c that ends in one `const struct subcommand`, and one line in
 * subcommands.def. */
#ifndef TOOLS_SUBCOMMAND_H
#define TOOLS_SUBCOMMAND_H

#include <stdbool.h>

struct subcommand {
    const char *name;        /* "queue" */
    const char *const *also; /* names it goes by when called by them: "postqueue", NULL-ended; NULL: none */
    const char *summary;     /* one line for the list */
    bool verbs;              /* its first argument is a verb, which may stand behind -c DIRECTORY too */
    /* argv[0] is the name it was called by, "relais queue" or "postqueue"; "--help" comes alone. Returns the
     * exit status. */
    int (*run)(int argc, char **argv);
};

#endif
