/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions to auth, one at a time on a connection. */
#include "login/auth_client.h"

#include <string.h>

#include "login/params.h"
#include "wire/auth_mechanisms.h"
#include "wire/auth_mechanisms_query.h"

enum { OFFER_MS = 60000, OFFER_RETRY_MS = 1000, REPLY_ARENA = 32 * 1024 };

static void hang_up(struct client *client)
{
    if (client->auth >= 0)
        io_close(client->auth);
    client->auth = -1;
}

/* One question, one answer. */
static bool ask(struct client *client, uint8_t kind, const struct wire_message *message, const void *object,
                struct packet *packet)
{
    int64_t deadline = deadline_in(AUTH_WAIT_MS);
    if (client->auth < 0)
        client->auth = unix_connect(client->server->auth_socket);
    if (client->auth >= 0 && channel_send(client->auth, kind, message, object, NULL, 0, deadline) &&
        channel_receive(client->auth, packet, deadline) == 1)
        return true;
    hang_up(client);
    return false;
}

static struct str keep(struct client *client, struct str text)
{
    struct str copy = STR("");
    if (text.len > 0)
        (void)arena_try_copy(client->arena, text, &copy);
    return copy;
}

bool auth_ask(struct client *client, const struct auth_request *request, struct auth_reply *reply)
{
    struct packet packet;
    packet_init(&packet);
    struct arena *arena = arena_create(REPLY_ARENA);
    bool good = ask(client, AUTH_REQUEST, &auth_request_message, request, &packet) &&
                packet.kind == AUTH_REPLY && packet_decode(&packet, &auth_reply_message, arena, reply) &&
                reply->id == request->id;
    if (good) {
        reply->data = keep(client, reply->data);
        reply->user = keep(client, reply->user);
        reply->ticket = keep(client, reply->ticket);
        reply->text = keep(client, reply->text);
    } else {
        hang_up(client);
    }
    arena_destroy(arena);
    packet_finish(&packet);
    return good;
}

void auth_ask_mechanisms(struct client *client, bool tls, struct offer *offer)
{
    const struct auth_mechanisms_query query = {
        .id = ++client->exchange,
        .service = str_of(client->server->protocol->name),
        .tls = tls,
        .options = tls || client->server->params->allow_plaintext ? STR("noanonymous")
                                                                  : STR("noanonymous, noplaintext"),
        .binding = true,
    };
    struct auth_mechanisms answer;
    struct packet packet;
    packet_init(&packet);
    struct arena *arena = arena_create(REPLY_ARENA);
    bool good = ask(client, AUTH_MECHANISMS_QUERY, &auth_mechanisms_query_message, &query, &packet) &&
                packet.kind == AUTH_MECHANISMS &&
                packet_decode(&packet, &auth_mechanisms_message, arena, &answer) && answer.id == query.id &&
                answer.mechanisms.len < sizeof offer->text;
    offer->text[0] = '\0';
    if (good) {
        memcpy(offer->text, answer.mechanisms.at, answer.mechanisms.len);
        offer->text[answer.mechanisms.len] = '\0';
    }
    offer->until = deadline_in(good ? OFFER_MS : OFFER_RETRY_MS);
    /* Sessions that never log in do not keep a connection to auth. */
    hang_up(client);
    arena_destroy(arena);
    packet_finish(&packet);
}
