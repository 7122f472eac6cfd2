/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of programs. */
#include "worker/programs.h"

#include <sys/socket.h>

static const struct program programs[] = {
#define PROGRAM(name, program, kind, most, session) {name, program, kind, most, session, NULL},
#define IGNORED(name, instead)                      {name, NULL, 0, 0, false, instead},
#define NEEDED(program, service, what)
#include "worker/programs.def"
#undef PROGRAM
#undef IGNORED
#undef NEEDED
};

static const struct need needs[] = {
#define PROGRAM(name, program, kind, most, session)
#define IGNORED(name, instead)
#define NEEDED(program, service, what) {program, service, what},
#include "worker/programs.def"
#undef PROGRAM
#undef IGNORED
#undef NEEDED
    {NULL, NULL, NULL},
};

const struct program *program_find(struct str name)
{
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (str_eq(name, str_of(programs[i].name)))
            return &programs[i];
    return NULL;
}

const struct need *program_needs(void)
{
    return needs;
}
