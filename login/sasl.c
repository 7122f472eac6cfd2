/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SASL as IMAP (RFC 3501 6.2.2, RFC 4959) and POP3 (RFC 5034) speak it: challenges behind "+ ", base64, "*"
 * to cancel. The octets go to auth and come from there; here nobody looks into them but for the name of the
 * channel binding.
 */
#include "base/base64.h"
#include "base/memory.h"
#include "io/tls.h"
#include "login/auth_client.h"
#include "conf/params.h"
#include "login/params.h"

enum { BINDING_ROOM = 4096 };

static bool is_binding_type(struct str name)
{
    return str_eq(name, STR("tls-exporter")) || str_eq(name, STR("tls-unique")) ||
           str_eq(name, STR("tls-server-end-point"));
}

/* The type that the client names in a SCRAM message with "p=" (RFC 5802 7), else what its TLS version calls
 * for (RFC 9266 3, RFC 5929). */
static void choose_binding(struct client *client, struct auth_request *request)
{
    struct str rest = str_from(request->response, 2), name = STR("");
    const struct tls_info *tls = stream_tls(client->stream);
    if (!tls || !arena_has_room(client->arena, BINDING_ROOM))
        return;
    bool named =
        str_starts(request->response, STR("p=")) && str_cut(&rest, ',', &name) && is_binding_type(name);
    if (!named)
        name = str_eq(str_of(tls->protocol), STR("TLSv1.3")) ? STR("tls-exporter") : STR("tls-unique");
    if (!tls_channel_binding(client->stream, arena_cstr(client->arena, name), client->arena,
                             &request->binding_data))
        return;
    request->binding_type = arena_copy(client->arena, name);
}

static void start_request(struct client *client, struct str mechanism, struct auth_request *request)
{
    *request = (struct auth_request){
        .id = ++client->exchange,
        .step = AUTH_START,
        .service = str_of(client->server->protocol->name),
        .mechanism = str_sub(mechanism, 0, 64),
        .client_ip = str_of(client->ip),
        .server_name = client->server->conf->myhostname,
        .tls = client_has_tls(client),
        .ticket = true,
    };
}

static void take_reply(struct client *client, const struct auth_reply *reply, struct attempt *attempt)
{
    attempt->user = reply->user;
    attempt->ticket = reply->ticket;
    attempt->disabled = reply->disabled;
    attempt->result = reply->status == AUTH_OK ? ATTEMPT_OK : ATTEMPT_FAILED;
    if (reply->status == AUTH_TEMPFAIL || (reply->status == AUTH_OK && reply->ticket.len != AUTH_TICKET_SIZE))
        attempt->result = ATTEMPT_TROUBLE;
    if (attempt->result == ATTEMPT_FAILED)
        client->failures++;
}

/* --- the client's side --- */

enum answer { ANSWER_OCTETS, ANSWER_CANCEL, ANSWER_BAD, ANSWER_GONE };

static enum answer decode(struct str text, struct buf *octets)
{
    buf_clear(octets);
    if (str_eq(text, STR("*")))
        return ANSWER_CANCEL;
    if (str_eq(text, STR("=")))
        return ANSWER_OCTETS;
    return base64_decode(text, octets) ? ANSWER_OCTETS : ANSWER_BAD;
}

static enum answer challenge(struct client *client, struct str data, struct buf *octets)
{
    struct buf text;
    struct str line;
    buf_init(&text, AUTH_RESPONSE_LIMIT * 2);
    base64_encode(data, &text);
    stream_write(client->stream, STR("+ "));
    stream_write(client->stream, buf_str(&text));
    stream_write(client->stream, STR("\r\n"));
    buf_finish(&text);
    if (!client_line(client, &line))
        return client->over || stream_status(client->stream) != STREAM_OK ? ANSWER_GONE : ANSWER_BAD;
    return decode(line, octets);
}

static void give_up(struct client *client, struct auth_request *request, enum answer answer,
                    struct attempt *attempt)
{
    struct auth_reply reply;
    attempt->result = answer == ANSWER_GONE ? ATTEMPT_BROKEN : ATTEMPT_CANCELED;
    request->step = AUTH_CANCEL;
    request->response = STR("");
    if (answer == ANSWER_GONE || client->auth < 0)
        return;
    (void)auth_ask(client, request, &reply);
}

/* RFC 4422 3.6, RFC 5034 4: what the server has to say last is one more challenge, with an empty answer. */
static bool say_last(struct client *client, const struct auth_reply *reply, struct buf *octets,
                     struct attempt *attempt)
{
    if (reply->status != AUTH_OK || !reply->last)
        return true;
    enum answer answer = challenge(client, reply->data, octets);
    if (answer == ANSWER_OCTETS && octets->len == 0)
        return true;
    attempt->result = answer == ANSWER_GONE ? ATTEMPT_BROKEN : ATTEMPT_CANCELED;
    return false;
}

static void converse(struct client *client, struct auth_request *request, struct buf *octets,
                     struct attempt *attempt)
{
    struct auth_reply reply;
    for (;;) {
        if (!auth_ask(client, request, &reply)) {
            attempt->result = ATTEMPT_TROUBLE;
            return;
        }
        if (reply.status != AUTH_CONTINUE)
            break;
        enum answer answer = challenge(client, reply.data, octets);
        if (answer != ANSWER_OCTETS) {
            give_up(client, request, answer, attempt);
            return;
        }
        request->step = AUTH_RESPONSE;
        request->response = buf_str(octets);
    }
    if (say_last(client, &reply, octets, attempt))
        take_reply(client, &reply, attempt);
}

void client_authenticate(struct client *client, struct str mechanism, struct str initial,
                         struct attempt *attempt)
{
    struct auth_request request;
    struct buf octets;
    buf_init(&octets, AUTH_RESPONSE_LIMIT);
    *attempt = (struct attempt){.result = ATTEMPT_CANCELED};
    start_request(client, mechanism, &request);
    enum answer answer = ANSWER_OCTETS;
    if (initial.at) {
        answer = decode(initial, &octets);
        request.initial = true;
        request.response = buf_str(&octets);
    }
    if (answer == ANSWER_OCTETS) {
        choose_binding(client, &request);
        converse(client, &request, &octets, attempt);
    }
    if (octets.at)
        memory_wipe(octets.at, octets.cap);
    buf_finish(&octets);
}

void client_login(struct client *client, struct str user, struct str password, struct attempt *attempt)
{
    struct auth_request request;
    struct auth_reply reply;
    struct buf octets;
    buf_init(&octets, AUTH_RESPONSE_LIMIT);
    *attempt = (struct attempt){.result = ATTEMPT_FAILED};
    start_request(client, STR("PLAIN"), &request);
    request.initial = true;
    buf_add_char(&octets, '\0');
    buf_add(&octets, user);
    buf_add_char(&octets, '\0');
    buf_add(&octets, password);
    request.response = buf_str(&octets);
    bool whole = !octets.over && !str_contains(user, '\0') && !str_contains(password, '\0');
    if (whole && !auth_ask(client, &request, &reply))
        attempt->result = ATTEMPT_TROUBLE;
    else if (whole)
        take_reply(client, &reply, attempt);
    else
        client->failures++;
    if (octets.at)
        memory_wipe(octets.at, octets.cap);
    buf_finish(&octets);
}
