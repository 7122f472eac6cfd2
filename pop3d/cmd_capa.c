/* SPDX-License-Identifier: BSD-2-Clause */
/* CAPA: RFC 2449. */
#include "pop3d/command.h"
#include "pop3d/session.h"

static void run_capa(struct pop3_session *session, const struct str *args, unsigned count)
{
    (void)args, (void)count;
    const struct pop3_command *command;
    pop3_ok(session, "Capabilities");
    for (size_t i = 0; (command = pop3_command_at(i)); i++)
        if (command->capability)
            stream_printf(session->stream, "%s\r\n", command->capability);
    /* What no command stands for: RFC 2449 6.4, 6.6, 6.7, 6.9; RFC 3206. */
    stream_write(session->stream, STR("RESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n"
                                      "IMPLEMENTATION Relais\r\n.\r\n"));
}

const struct pop3_command cmd_capa = {"CAPA", 0, 0, run_capa, NULL};
