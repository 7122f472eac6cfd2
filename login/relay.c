/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Octets between the client's TLS and the session program. One task serves both ways and never waits for one
 * way alone, or a client that sends much while it is sent much would stand still: it waits on an epoll
 * descriptor that watches both ends. What the session cannot take now stays in the stream's buffer, and the
 * client is not read meanwhile.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "login/client.h"

enum { PIECE_SIZE = 16 * 1024 /* a TLS record */ };

struct relay {
    struct stream *client;
    int pair, watch;
    uint32_t client_events, pair_events; /* as told to the kernel */
    bool client_ended, session_ended;
};

static void to_session(struct relay *relay)
{
    struct str octets = stream_buffered(relay->client);
    while (octets.len > 0) {
        ssize_t sent = send(relay->pair, octets.at, octets.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN)
            return;
        if (sent < 0) { /* the session reads no more; what it said last is still to be fetched */
            stream_take(relay->client, octets.len);
            relay->client_ended = true;
            return;
        }
        stream_take(relay->client, (size_t)sent);
        octets = stream_buffered(relay->client);
    }
}

static void from_client(struct relay *relay)
{
    to_session(relay);
    while (!relay->client_ended && stream_buffered(relay->client).len == 0) {
        enum stream_status status = stream_read_now(relay->client);
        bool got = stream_buffered(relay->client).len > 0;
        to_session(relay);
        if (status != STREAM_OK && stream_buffered(relay->client).len == 0) {
            relay->client_ended = true;
            shutdown(relay->pair, SHUT_WR);
        }
        if (!got)
            return;
    }
}

/* The piece is taken for the time only that something is there: an idle session has no buffer. */
static void from_session(struct relay *relay)
{
    char *piece = NULL;
    while (!relay->session_ended) {
        if (!piece)
            piece = memory_get(PIECE_SIZE);
        ssize_t got = recv(relay->pair, piece, PIECE_SIZE, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            break;
        if (got <= 0) {
            relay->session_ended = true;
            break;
        }
        stream_write(relay->client, str_make(piece, (size_t)got));
        if (stream_flush(relay->client) != STREAM_OK)
            relay->session_ended = true;
        if (got < PIECE_SIZE)
            break;
    }
    free(piece);
}

static void watch(struct relay *relay, int fd, uint32_t events, uint32_t *told)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (events == *told)
        return;
    epoll_ctl(relay->watch, *told ? (events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL) : EPOLL_CTL_ADD, fd, &event);
    *told = events;
}

static bool wait_for_both(struct relay *relay)
{
    struct epoll_event events[2];
    bool full = stream_buffered(relay->client).len > 0;
    watch(relay, stream_fd(relay->client), full || relay->client_ended ? 0 : EPOLLIN, &relay->client_events);
    watch(relay, relay->pair, full ? EPOLLIN | EPOLLOUT : EPOLLIN, &relay->pair_events);
    return io_wait(relay->watch, IO_READ, DEADLINE_NEVER) == IO_READY &&
           epoll_wait(relay->watch, events, 2, 0) >= 0;
}

void client_relay(struct client *client, int pair)
{
    struct relay relay = {.client = client->stream, .pair = pair, .watch = epoll_create1(EPOLL_CLOEXEC)};
    stream_set_deadline(client->stream, DEADLINE_NEVER);
    stream_set_timeout(client->stream, RELAY_TIMEOUT_MS);
    /* The stream's own waits come first and leave the descriptor to the epoll set. */
    while (relay.watch >= 0 && !relay.session_ended) {
        from_client(&relay);
        from_session(&relay);
        if (!relay.session_ended && !wait_for_both(&relay))
            break;
    }
    if (relay.watch >= 0)
        io_close(relay.watch);
    close(pair);
    client->end = relay.client_ended ? "client ended" : "session ended";
    client->over = true;
}
