/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands. */
#include "pop3d/command.h"

#define COMMAND(name) extern const struct pop3_command cmd_##name;
#include "pop3d/commands.def"
#undef COMMAND

static const struct pop3_command *const table[] = {
#define COMMAND(name) &cmd_##name,
#include "pop3d/commands.def"
#undef COMMAND
    NULL,
};

const struct pop3_command *pop3_command_find(struct str verb)
{
    for (size_t i = 0; table[i]; i++)
        if (str_eq_nocase(verb, str_of(table[i]->verb)))
            return table[i];
    return NULL;
}

const struct pop3_command *pop3_command_at(size_t number)
{
    return number < sizeof table / sizeof table[0] ? table[number] : NULL;
}
