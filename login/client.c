/* SPDX-License-Identifier: BSD-2-Clause */
/* A connection's life, and what protocols ask of it. */
#include "login/client.h"

#include <string.h>

#include "base/random.h"
#include "io/tls.h"
#include "login/auth_client.h"
#include "login/params.h"

#define PROTOCOL(name) extern const struct protocol protocol_##name;
#include "login/protocols.def"
#undef PROTOCOL

static const struct protocol *const protocols[] = {
#define PROTOCOL(name) &protocol_##name,
#include "login/protocols.def"
#undef PROTOCOL
};

const struct protocol *protocol_find(struct str name)
{
    for (size_t i = 0; i < sizeof protocols / sizeof protocols[0]; i++)
        if (str_eq_nocase(name, str_of(protocols[i]->name)))
            return protocols[i];
    return NULL;
}

/* --- what holds for the connection --- */

bool client_has_tls(const struct client *client)
{
    return stream_tls(client->stream) != NULL;
}

bool client_may_start_tls(const struct client *client)
{
    return client->server->tls && !client_has_tls(client);
}

bool client_may_send_password(const struct client *client)
{
    return client_has_tls(client) || client->server->params->allow_plaintext;
}

bool client_start_tls(struct client *client)
{
    if (stream_flush(client->stream) == STREAM_OK &&
        stream_accept_tls(client->stream, client->server->tls) == STREAM_OK) {
        client->user = STR("");
        return true;
    }
    client->over = true;
    return false;
}

bool client_spend(struct client *client, size_t octets)
{
    if (octets <= CLIENT_INPUT_LIMIT - client->octets) {
        client->octets += octets;
        return true;
    }
    client->server->protocol->bye(client, "Too much said without a login");
    client->end = "input limit";
    client->over = true;
    return false;
}

/* A web client was led here to say what its master wants said: it gets no answer to show. */
static bool is_http(const struct client *client, struct str line)
{
    static const char *const verbs[] = {"GET ",    "POST ",    "HEAD ",    "PUT ",
                                        "DELETE ", "OPTIONS ", "CONNECT ", "PATCH "};
    for (size_t i = 0; client->octets == 0 && i < sizeof verbs / sizeof verbs[0]; i++)
        if (str_starts(line, str_of(verbs[i])))
            return true;
    return false;
}

bool client_line(struct client *client, struct str *line)
{
    *line = STR("");
    enum stream_status status = stream_line(client->stream, CLIENT_LINE_LIMIT, line);
    if (status == STREAM_TOO_LONG) {
        if (client_spend(client, CLIENT_LINE_LIMIT))
            client_error(client);
        return false;
    }
    if (status == STREAM_OK && is_http(client, *line)) {
        client->end = "speaks HTTP";
        client->over = true;
    }
    if (client->over || status != STREAM_OK || !client_spend(client, line->len))
        return false;
    *line = str_without_line_end(*line);
    return true;
}

void client_error(struct client *client)
{
    client->errors++;
    if (client->over || client->errors < (unsigned)client->server->params->error_limit)
        return;
    client->server->protocol->bye(client, "Too many errors");
    client->end = "too many errors";
    client->over = true;
}

struct str client_mechanisms(struct client *client)
{
    bool tls = client_has_tls(client);
    struct offer *offer = &client->server->offers[tls];
    if (offer->until <= time_monotonic_ms())
        auth_ask_mechanisms(client, tls, offer);
    return str_of(offer->text);
}

/* --- how many there are of an address --- */

/* False when the address has as many as it may. */
static bool enter(struct server *server, const char *ip)
{
    int64_t limit = server->params->client_connection_count_limit;
    if (tally_add(server->clients, str_of(ip)) <= (size_t)limit || limit == 0)
        return true;
    tally_drop(server->clients, str_of(ip));
    return false;
}

/* --- its life --- */

static const char *end_of(const struct client *client)
{
    if (client->end)
        return client->end;
    return stream_status(client->stream) == STREAM_OK ? "quit" : stream_error(client->stream);
}

static bool is_sent_away(struct client *client)
{
    if (!client->server->ending || client->over)
        return false;
    client->server->protocol->bye(client, "Server is shutting down");
    client->end = "shutting down";
    client->over = true;
    return true;
}

void clients_end(struct server *server)
{
    server->ending = true;
    for (struct client *client = server->talking; client; client = client->next)
        if (!client->handed_over)
            stream_stop_waiting(client->stream);
}

static void join(struct client *client)
{
    struct server *server = client->server;
    client->next = server->talking;
    client->at = &server->talking;
    if (client->next)
        client->next->at = &client->next;
    server->talking = client;
}

static void part(struct client *client)
{
    *client->at = client->next;
    if (client->next)
        client->next->at = client->at;
}

static void converse(struct client *client)
{
    struct server *server = client->server;
    if (server->wrapper && !client_start_tls(client))
        return;
    if (!is_sent_away(client))
        server->protocol->greet(client);
    while (!client->over && stream_status(client->stream) == STREAM_OK && !is_sent_away(client)) {
        server->protocol->step(client);
        if (!client->over && client->failures >= (unsigned)server->params->failure_limit) {
            server->protocol->bye(client, "Too many failed attempts to log in");
            client->end = "too many failed attempts";
            client->over = true;
        }
    }
    if (!client->handed_over && stream_reopen_for_farewell(client->stream) && !is_sent_away(client))
        server->protocol->bye(client, "Nobody logged in");
    if (!client->handed_over)
        stream_flush(client->stream);
}

void client_serve(struct server *server, int fd, const char *ip, uint16_t port)
{
    struct client client = {.server = server, .auth = -1, .port = port};
    memcpy(client.ip, ip, strlen(ip) + 1);
    random_text(client.id, sizeof client.id - 1);
    if (!enter(server, ip)) {
        log_say(server->log, LOG_WARNING_LEVEL, str_of(client.id), "refused: too many connections from %s",
                ip);
        io_close(fd);
        return;
    }
    client.arena = arena_create(CLIENT_ARENA_LIMIT);
    client.stream = stream_over_fd(fd, CLIENT_LINE_LIMIT);
    stream_set_timeout(client.stream, server->params->timeout);
    stream_set_deadline(client.stream, deadline_in(server->params->time_limit));
    log_say(server->log, LOG_INFO_LEVEL, str_of(client.id), "connect from %s, service=%s", ip,
            server->protocol->name);
    join(&client);
    converse(&client);
    part(&client);
    if (client.auth >= 0)
        io_close(client.auth);
    log_say(server->log, LOG_INFO_LEVEL, str_of(client.id), "disconnect from %s: %s", ip,
            client.handed_over && !client.end ? "handed over" : end_of(&client));
    stream_destroy(client.stream);
    arena_destroy(client.arena);
    tally_drop(server->clients, str_of(ip));
}
