/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A connection: one task reads its packets; each step of an exchange is a task that lets the engine work on
 * the thread pool, so that a slow hash, or the time a failed attempt has to wait, holds up nobody else.
 */
#include "auth/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth/params.h"
#include "base/memory.h"
#include "wire/auth_mechanisms.h"

enum { PACKET_ARENA = 64 * 1024, MECHANISMS_TEXT = 1024 };

/* An exchange by its number. */
struct place {
    struct place *next;
    uint64_t id;
    struct exchange *exchange; /* owned */
    bool busy;                 /* a step is under way */
    int64_t touched_ms;
};

struct connection {
    struct server *server;
    struct sender out;
    struct place *places; /* owned */
    size_t count;
    size_t steps;     /* tasks under way */
    struct gate idle; /* woken when a step has ended */
    bool broken;      /* the other side does not keep to the conversation, or is gone */
};

struct step {
    struct connection *connection;
    struct place *place;
    struct arena *arena;
    struct str packet;           /* a copy, wiped */
    struct auth_request request; /* points into it */
    struct auth_reply reply;
};

/* --- places --- */

static struct place *place_find(const struct connection *connection, uint64_t id)
{
    struct place *place = connection->places;
    while (place && place->id != id)
        place = place->next;
    return place;
}

static void place_remove(struct connection *connection, struct place *place)
{
    struct place **link = &connection->places;
    while (*link != place)
        link = &(*link)->next;
    *link = place->next;
    connection->count--;
    exchange_destroy(place->exchange);
    free(place);
}

/* Exchanges that nobody goes on with. */
static void places_expire(struct connection *connection)
{
    int64_t oldest = time_monotonic_ms() - connection->server->params->exchange_timeout;
    for (struct place *place = connection->places, *next; place; place = next) {
        next = place->next;
        if (!place->busy && place->touched_ms < oldest)
            place_remove(connection, place);
    }
}

static struct place *place_add(struct connection *connection, const struct auth_request *request)
{
    places_expire(connection);
    if (connection->count >= (size_t)connection->server->params->exchange_limit)
        return NULL;
    struct place *place = memory_get(sizeof *place);
    place->id = request->id;
    place->exchange = exchange_create(connection->server->engine, request);
    place->next = connection->places;
    connection->places = place;
    connection->count++;
    return place;
}

/* --- the end of an attempt --- */

static void log_attempt(const struct step *step)
{
    const struct exchange *exchange = step->place->exchange;
    const struct auth_reply *reply = &step->reply;
    bool ok = reply->status == AUTH_OK;
    struct log_event event;
    log_begin(&event, step->connection->server->log, ok ? LOG_INFO_LEVEL : LOG_WARNING_LEVEL, STR(""));
    log_words(&event, ok ? "login:" : reply->status == AUTH_FAIL ? "login failed:" : "login not possible:");
    log_pair(&event, "user", "<" STR_FMT ">", STR_ARG(exchange_user(exchange)));
    log_pair(&event, "method", STR_FMT, STR_ARG(exchange_mechanism(exchange)));
    log_pair(&event, "service", STR_FMT, STR_ARG(exchange_service(exchange)));
    log_pair(&event, "rip", STR_FMT, STR_ARG(exchange_client_ip(exchange)));
    if (!ok)
        log_pair(&event, "reason", "%s", exchange_why(exchange));
    log_send(&event);
}

static void finish_attempt(struct step *step, char ticket[AUTH_TICKET_SIZE])
{
    struct server *server = step->connection->server;
    struct exchange *exchange = step->place->exchange;
    struct auth_reply *reply = &step->reply;
    struct verdict verdict;
    if (reply->status == AUTH_OK && exchange_wants_ticket(exchange)) {
        if (ticket_give(server, exchange, ticket, &verdict)) {
            reply->ticket = str_make(ticket, AUTH_TICKET_SIZE);
        } else {
            log_say(server->log, LOG_ERROR_LEVEL, STR(""), "%s", verdict.text);
            *reply =
                (struct auth_reply){.status = AUTH_TEMPFAIL, .text = STR("Temporary authentication failure")};
        }
    }
    log_attempt(step);
    if (reply->status == AUTH_FAIL && step->request.step != AUTH_CANCEL && !step->connection->broken)
        task_sleep(server->params->failure_delay);
}

/* --- a step --- */

static void run_engine(void *arg)
{
    struct step *step = arg;
    exchange_step(step->place->exchange, &step->request, &step->reply);
}

static void step_task(void *arg)
{
    struct step *step = arg;
    struct connection *connection = step->connection;
    struct place *place = step->place;
    char ticket[AUTH_TICKET_SIZE];
    task_blocking(run_engine, step);
    memory_wipe((char *)step->packet.at, step->packet.len);
    bool ended = step->reply.status != AUTH_CONTINUE;
    if (ended)
        finish_attempt(step, ticket);
    step->reply.id = place->id;
    if (!connection->broken &&
        !sender_send(&connection->out, AUTH_REPLY, &auth_reply_message, &step->reply, NULL))
        connection->broken = true;
    place->busy = false;
    place->touched_ms = time_monotonic_ms();
    if (ended)
        place_remove(connection, place);
    arena_destroy(step->arena);
    free(step);
    connection->steps--;
    gate_wake_all(&connection->idle);
}

static void refuse(struct connection *connection, uint64_t id, const char *why)
{
    const struct auth_reply reply = {
        .id = id, .status = AUTH_TEMPFAIL, .text = STR("Temporary authentication failure")};
    log_say(connection->server->log, LOG_WARNING_LEVEL, STR(""), "exchange refused: %s", why);
    if (!sender_send(&connection->out, AUTH_REPLY, &auth_reply_message, &reply, NULL))
        connection->broken = true;
}

static bool take_place(struct step *step)
{
    const struct auth_request *request = &step->request;
    struct connection *connection = step->connection;
    step->place = place_find(connection, request->id);
    if ((request->step == AUTH_START) != !step->place || (step->place && step->place->busy))
        return false;
    if (request->step == AUTH_START)
        step->place = place_add(connection, request);
    return request->step >= AUTH_START && request->step <= AUTH_CANCEL;
}

static void step_free(struct step *step)
{
    arena_destroy(step->arena);
    free(step);
}

/* The packet is copied, for the task outlives it. False when it breaks the conversation. */
static bool take_request(struct connection *connection, const struct packet *packet)
{
    struct step *step = memory_get(sizeof *step);
    step->connection = connection;
    step->arena = arena_create(PACKET_ARENA + PACKET_LIMIT);
    step->packet = arena_copy(step->arena, str_from(buf_str(&packet->bytes), 1));
    if (!wire_decode(&auth_request_message, step->packet, step->arena, &step->request) || !take_place(step)) {
        step_free(step);
        return false;
    }
    if (!step->place) {
        refuse(connection, step->request.id, "auth_exchange_limit");
        step_free(step);
        return true;
    }
    step->place->busy = true;
    step->place->touched_ms = time_monotonic_ms();
    connection->steps++;
    if (task_start(task_loop(), step_task, step))
        return true;
    connection->steps--;
    refuse(connection, step->request.id, "no stack for a task");
    place_remove(connection, step->place);
    step_free(step);
    return true;
}

static bool take_query(struct connection *connection, const struct packet *packet)
{
    struct auth_mechanisms_query query;
    struct arena *arena = arena_create(PACKET_ARENA);
    struct buf text;
    buf_init(&text, MECHANISMS_TEXT);
    bool good = packet_decode(packet, &auth_mechanisms_query_message, arena, &query);
    if (good) {
        engine_mechanisms(connection->server->engine, &query, &text);
        const struct auth_mechanisms answer = {.id = query.id, .mechanisms = buf_str(&text)};
        good = sender_send(&connection->out, AUTH_MECHANISMS, &auth_mechanisms_message, &answer, NULL);
    }
    buf_finish(&text);
    arena_destroy(arena);
    return good;
}

static bool take_packet(struct connection *connection, struct packet *packet)
{
    switch (packet->kind) {
    case AUTH_REQUEST: {
        bool good = take_request(connection, packet);
        memory_wipe(packet->bytes.at, packet->bytes.len);
        return good;
    }
    case AUTH_MECHANISMS_QUERY:
        return take_query(connection, packet);
    default:
        return false;
    }
}

void server_serve(struct server *server, int fd)
{
    struct connection connection = {.server = server};
    struct packet packet;
    packet_init(&packet);
    if (sender_init(&connection.out, fd)) {
        while (!connection.broken && channel_receive(fd, &packet, DEADLINE_NEVER) == 1)
            if (!take_packet(&connection, &packet)) {
                log_say(server->log, LOG_WARNING_LEVEL, STR(""), "a client broke the conversation");
                break;
            }
        connection.broken = true;
        while (connection.steps > 0)
            gate_wait(&connection.idle, DEADLINE_NEVER);
        while (connection.places)
            place_remove(&connection, connection.places);
        sender_finish(&connection.out);
    }
    packet_finish(&packet);
    io_close(fd);
}
