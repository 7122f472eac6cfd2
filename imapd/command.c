/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of commands, from commands.def. */
#include "imapd/command.h"

#include "imapd/session.h"

#define COMMAND(file, name, states) extern const struct imap_command cmd_##file;
#include "imapd/commands.def"
#undef COMMAND

static const struct imap_command_row rows[] = {
#define COMMAND(file, name, states) {name, states, &cmd_##file},
#include "imapd/commands.def"
#undef COMMAND
};
enum { ROWS = sizeof rows / sizeof rows[0] };

const struct imap_command_row *imap_command_at(size_t number)
{
    return number < ROWS ? &rows[number] : NULL;
}

const struct imap_command_row *imap_command_find(struct str name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (str_eq_nocase(name, str_of(rows[i].name)))
            return &rows[i];
    return NULL;
}
