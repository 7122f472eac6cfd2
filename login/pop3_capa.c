/* SPDX-License-Identifier: BSD-2-Clause */
/* CAPA: RFC 2449 5. */
#include "login/pop3.h"

static void run_capa(struct client *client, struct str args)
{
    (void)args;
    struct str mechanisms = client_mechanisms(client);
    pop3_ok(client, "Capabilities");
    stream_write(client->stream,
                 STR("TOP\r\nUIDL\r\nRESP-CODES\r\nAUTH-RESP-CODE\r\nPIPELINING\r\nEXPIRE NEVER\r\n"));
    if (client_may_start_tls(client))
        stream_write(client->stream, STR("STLS\r\n"));
    if (client_may_send_password(client))
        stream_write(client->stream, STR("USER\r\n"));
    if (mechanisms.len > 0)
        stream_printf(client->stream, "SASL " STR_FMT "\r\n", STR_ARG(mechanisms));
    stream_write(client->stream, STR("IMPLEMENTATION Relais\r\n.\r\n"));
}

const struct pop3_command pop3_capa = {"CAPA", run_capa};
