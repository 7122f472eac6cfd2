/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands. */
#include "smtpd/command.h"

#define COMMAND(name) extern const struct command cmd_##name;
#include "smtpd/commands.def"
#undef COMMAND

static const struct command *const table[] = {
#define COMMAND(name) &cmd_##name,
#include "smtpd/commands.def"
#undef COMMAND
};

size_t command_count(void)
{
    return sizeof table / sizeof table[0];
}

const struct command *command_at(size_t number)
{
    return table[number];
}

const struct command *command_find(struct str verb)
{
    for (size_t i = 0; i < command_count(); i++)
        if (str_eq_nocase(verb, str_of(table[i]->verb)))
            return table[i];
    return NULL;
}

size_t command_number(const struct command *command)
{
    size_t number = 0;
    while (table[number] != command)
        number++;
    return number;
}
