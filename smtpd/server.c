/* SPDX-License-Identifier: BSD-2-Clause */
/* What is opened once and asked by all sessions. */
#include "smtpd/server.h"

#include "base/tally.h"
#include "smtpd/access.h"

bool server_open_tables(struct server *server, const struct route_params *route, struct arena *arena,
                        struct verdict *verdict)
{
    const struct smtpd_params *params = server->params;
    server->lmtp = str_eq(params->protocol, STR("lmtp"));
    server->router = router_create(server->conf, route, verdict);
    server->clients = tally_create();
    server->mynetworks = match_list_open(server->conf->mynetworks, false, verdict);
    server->submitters = match_list_open(server->conf->submit_users, false, verdict);
    server->forbidden = match_list_open(params->forbidden_commands, false, verdict);
    return server->router && server->mynetworks && server->submitters && server->forbidden &&
           access_parse(params->client_restrictions, arena, &server->access.client, verdict) &&
           access_parse(params->helo_restrictions, arena, &server->access.helo, verdict) &&
           access_parse(params->sender_restrictions, arena, &server->access.sender, verdict) &&
           access_parse(params->relay_restrictions, arena, &server->access.relay, verdict) &&
           access_parse(params->recipient_restrictions, arena, &server->access.recipient, verdict);
}

void server_take_notes(struct server *server, map_note_fn *fn, void *arg)
{
    const struct access_list *const access[] = {server->access.client, server->access.helo,
                                                server->access.sender, server->access.relay,
                                                server->access.recipient};
    router_take_notes(server->router, fn, arg);
    match_list_take_notes(server->mynetworks, fn, arg);
    match_list_take_notes(server->submitters, fn, arg);
    match_list_take_notes(server->forbidden, fn, arg);
    for (size_t i = 0; i < sizeof access / sizeof access[0]; i++)
        access_take_notes(access[i], fn, arg);
}
