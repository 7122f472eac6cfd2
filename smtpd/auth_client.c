/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AUTH over the line to auth: base64 and the 334 dialogue here, SASL there. Each exchange has a connection of
 * its own, so that a session that hangs holds up nobody else; asking for mechanisms is remembered for a
 * while.
 */
#include "smtpd/auth_client.h"

#include <stdlib.h>

#include "base/base64.h"
#include "base/memory.h"
#include "io/task.h"
#include "io/tls.h"
#include "smtp/reply.h"
#include "smtpd/server.h"
#include "smtpd/session.h"
#include "wire/auth.h"
#include "wire/auth_mechanisms.h"
#include "wire/auth_mechanisms_query.h"
#include "wire/auth_reply.h"
#include "wire/auth_request.h"
#include "wire/channel.h"
#include "worker/metrics.h"

enum {
    MECHANISMS_LIMIT = 1024,
    REMEMBER_MS = 60000,
    ANSWER_MS = 60000,
    STEPS = 20,
    EXCHANGE_MEMORY = 256 * 1024
};

struct auth_client {
    const char *socket;
    struct buf mechanisms[2]; /* without and with TLS */
    int64_t asked_until[2];
};

/* One exchange with a client. */
struct dialogue {
    struct session *session;
    struct arena *arena;
    struct packet packet;
    int line;
};

struct auth_client *auth_client_create(const char *socket)
{
    struct auth_client *client = memory_get(sizeof *client);
    client->socket = socket;
    for (int i = 0; i < 2; i++)
        buf_init(&client->mechanisms[i], MECHANISMS_LIMIT);
    return client;
}

void auth_client_destroy(struct auth_client *client)
{
    if (!client)
        return;
    for (int i = 0; i < 2; i++)
        buf_finish(&client->mechanisms[i]);
    free(client);
}

static bool ask_mechanisms(const struct auth_client *client, bool tls, struct buf *out)
{
    struct auth_mechanisms_query query = {.id = 1, .service = STR("smtp"), .tls = tls, .binding = tls};
    struct auth_mechanisms answer;
    struct packet packet;
    int line = unix_connect(client->socket);
    if (line < 0)
        return false;
    packet_init(&packet);
    struct arena *arena = arena_create(EXCHANGE_MEMORY);
    int64_t deadline = deadline_in(ANSWER_MS);
    bool answered = channel_send(line, AUTH_MECHANISMS_QUERY, &auth_mechanisms_query_message, &query, NULL, 0,
                                 deadline) &&
                    channel_receive(line, &packet, deadline) == 1 &&
                    packet_decode(&packet, &auth_mechanisms_message, arena, &answer);
    buf_clear(out);
    if (answered)
        buf_add(out, answer.mechanisms);
    arena_destroy(arena);
    packet_finish(&packet);
    io_close(line);
    return answered;
}

struct str auth_client_mechanisms(struct auth_client *client, bool tls)
{
    int which = tls ? 1 : 0;
    if (client->asked_until[which] < time_monotonic_ms() &&
        ask_mechanisms(client, tls, &client->mechanisms[which]))
        client->asked_until[which] = deadline_in(REMEMBER_MS);
    return buf_str(&client->mechanisms[which]);
}

/* --- the exchange --- */

static bool ask(struct dialogue *dialogue, const struct auth_request *request, struct auth_reply *reply)
{
    int64_t deadline = deadline_in(ANSWER_MS);
    return channel_send(dialogue->line, AUTH_REQUEST, &auth_request_message, request, NULL, 0, deadline) &&
           channel_receive(dialogue->line, &dialogue->packet, deadline) == 1 &&
           packet_decode(&dialogue->packet, &auth_reply_message, dialogue->arena, reply);
}

static void bind_channel(struct dialogue *dialogue, struct auth_request *request)
{
    static const char *const types[] = {"tls-exporter", "tls-unique"};
    for (size_t i = 0; i < 2; i++)
        if (tls_channel_binding(dialogue->session->stream, types[i], dialogue->arena,
                                &request->binding_data)) {
            request->binding_type = str_of(types[i]);
            return;
        }
}

/* RFC 4954 4: a challenge in base64 after 334, the response on a line of its own; "*" cancels. */
static bool send_challenge(struct dialogue *dialogue, struct str data)
{
    struct buf line;
    buf_init(&line, 2 * AUTH_RESPONSE_LIMIT);
    base64_encode(data, &line);
    stream_printf(dialogue->session->stream, "334 " STR_FMT "\r\n", STR_ARG(buf_str(&line)));
    buf_finish(&line);
    return stream_flush(dialogue->session->stream) == STREAM_OK;
}

enum response { RESPONSE_GIVEN, RESPONSE_CANCELLED, RESPONSE_BAD, RESPONSE_LONG, RESPONSE_LOST };

static enum response decode_response(struct dialogue *dialogue, struct str text, struct str *octets)
{
    struct buf decoded;
    buf_init(&decoded, AUTH_RESPONSE_LIMIT);
    bool sound = base64_decode(text, &decoded) && arena_try_copy(dialogue->arena, buf_str(&decoded), octets);
    if (decoded.at)
        memory_wipe(decoded.at, decoded.cap);
    buf_finish(&decoded);
    return sound ? RESPONSE_GIVEN : RESPONSE_BAD;
}

static enum response read_response(struct dialogue *dialogue, struct str *octets)
{
    struct str line;
    enum stream_status status = stream_line(dialogue->session->stream, AUTH_RESPONSE_LIMIT, &line);
    if (status == STREAM_TOO_LONG)
        return RESPONSE_LONG;
    if (status != STREAM_OK)
        return RESPONSE_LOST;
    if (!str_ends(line, STR("\r\n")))
        return RESPONSE_BAD;
    line.len -= 2;
    return str_eq(line, STR("*")) ? RESPONSE_CANCELLED : decode_response(dialogue, line, octets);
}

static void succeed(struct session *session, const struct auth_reply *reply, struct str mechanism)
{
    metrics_add(session->server->metrics, METRIC_auth_successes, 1);
    session->auth_user = arena_copy(session->arena, reply->user);
    session->auth_method = arena_copy(session->arena, mechanism);
    session_reply(session, 235, "7.0", "Authentication successful");
}

static void fail(struct session *session, const struct auth_reply *reply, struct str mechanism)
{
    bool temporary = reply->status == AUTH_TEMPFAIL;
    metrics_add(session->server->metrics, METRIC_auth_failures, 1);
    session->auth_failures++;
    log_say(session->log, LOG_WARNING_LEVEL, STR(""),
            STR_FMT "[" STR_FMT "]: SASL " STR_FMT " authentication failed: " STR_FMT
                    ", sasl_username=" STR_FMT,
            STR_ARG(session->client.name), STR_ARG(session->client.ip), STR_ARG(mechanism),
            STR_ARG(reply->text), STR_ARG(reply->user));
    if (temporary)
        session_reply(session, 454, "7.0", "Temporary authentication failure");
    else
        session_reply(session, 535, "7.8", "Error: authentication failed");
}

/* What the client must be told before auth is asked again; false when the dialogue is over. */
static bool next_response(struct dialogue *dialogue, struct str challenge, struct auth_request *request)
{
    struct session *session = dialogue->session;
    enum response response =
        send_challenge(dialogue, challenge) ? read_response(dialogue, &request->response) : RESPONSE_LOST;
    request->step = AUTH_RESPONSE;
    if (response == RESPONSE_GIVEN)
        return true;
    if (response == RESPONSE_CANCELLED)
        session_reply(session, 501, "7.0", "Authentication aborted");
    else if (response == RESPONSE_BAD)
        session_reply(session, 501, "5.2", "Response is not base64");
    else if (response == RESPONSE_LONG)
        session_reply(session, 500, "5.6", "Response too long");
    return false;
}

static void converse(struct dialogue *dialogue, struct auth_request *request, struct str mechanism)
{
    struct session *session = dialogue->session;
    struct auth_reply reply = {.status = AUTH_TEMPFAIL, .text = STR("no answer")};
    for (int step = 0; step < STEPS; step++) {
        if (!ask(dialogue, request, &reply)) {
            reply = (struct auth_reply){.status = AUTH_TEMPFAIL, .text = STR("auth gave no answer")};
            break;
        }
        if (reply.status != AUTH_CONTINUE)
            break;
        if (!next_response(dialogue, reply.data, request))
            return;
    }
    /* The server's last octets go as one more challenge (RFC 4954 4; SCRAM's final message). */
    if (reply.status == AUTH_OK && reply.last) {
        struct auth_reply kept = reply;
        kept.user = arena_copy(dialogue->arena, reply.user);
        if (!next_response(dialogue, reply.data, request))
            return;
        reply = kept;
    }
    if (reply.status == AUTH_OK)
        succeed(session, &reply, mechanism);
    else
        fail(session, &reply, mechanism);
}

static bool fill_start(struct dialogue *dialogue, struct str mechanism, struct str initial,
                       struct auth_request *request)
{
    struct session *session = dialogue->session;
    *request = (struct auth_request){
        .id = 1,
        .step = AUTH_START,
        .service = STR("smtp"),
        .mechanism = mechanism,
        .client_ip = session->client.ip,
        .server_name = session->server->conf->myhostname,
        .tls = session_has_tls(session),
        .initial = initial.at != NULL,
    };
    if (session_has_tls(session))
        bind_channel(dialogue, request);
    if (!initial.at || str_eq(initial, STR("="))) /* "=" is the empty response (RFC 4954 4) */
        return true;
    return decode_response(dialogue, initial, &request->response) == RESPONSE_GIVEN;
}

void auth_client_run(struct auth_client *client, struct session *session, struct str mechanism,
                     struct str initial)
{
    struct dialogue dialogue = {.session = session, .arena = arena_create(EXCHANGE_MEMORY)};
    struct auth_request request;
    packet_init(&dialogue.packet);
    mechanism = arena_copy(dialogue.arena, mechanism);
    dialogue.line = unix_connect(client->socket);
    if (!fill_start(&dialogue, mechanism, initial, &request))
        session_reply(session, 501, "5.2", "Response is not base64");
    else if (dialogue.line < 0)
        session_reply(session, 454, "7.0", "Temporary authentication failure");
    else
        converse(&dialogue, &request, mechanism);
    if (dialogue.line >= 0)
        io_close(dialogue.line);
    packet_finish(&dialogue.packet);
    arena_destroy(dialogue.arena);
}
