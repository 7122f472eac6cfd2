/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From login to the session: master gets the ticket, what is known of the conversation, and the client's
 * connection; or, under TLS, one end of a socket pair whose other end the relay serves.
 */
#include "login/hand_over.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/tls.h"
#include "login/client.h"
#include "wire/handover.h"
#include "worker/control.h"
#include "worker/control_session.h"

enum {
    MASTER_WAIT_MS = 20000,
    /* auth's ticket and our request reach master on different ways: a request that was faster is made again.
     */
    TICKET_TRIES = 6,
    TICKET_WAIT_MS = 20, /* twice as long each time */
};

/* Somebody who waits for master's answer. */
struct waiting {
    struct waiting *next;
    uint64_t request;
    struct gate gate;
    bool answered, started, again;
    char text[128];
};

void hand_over_answer(struct server *server, const struct control_answer *answer)
{
    struct waiting *waiting = server->waiting;
    while (waiting && waiting->request != answer->request)
        waiting = waiting->next;
    if (!waiting)
        return;
    size_t len = answer->text.len < sizeof waiting->text - 1 ? answer->text.len : sizeof waiting->text - 1;
    if (len > 0)
        memcpy(waiting->text, answer->text.at, len);
    waiting->text[len] = '\0';
    waiting->answered = true;
    waiting->started = answer->started;
    waiting->again = answer->again;
    gate_wake(&waiting->gate);
}

static bool ask_master(struct server *server, struct control_session *message, int fd,
                       struct waiting *waiting)
{
    const struct sender_fds fds = {&fd, 1};
    *waiting = (struct waiting){.next = server->waiting, .request = ++server->request};
    message->request = waiting->request;
    server->waiting = waiting;
    if (sender_send(&server->master, CONTROL_SESSION, &control_session_message, message, &fds)) {
        int64_t deadline = deadline_in(MASTER_WAIT_MS);
        while (!waiting->answered && gate_wait(&waiting->gate, deadline)) {
        }
    }
    struct waiting **link = &server->waiting;
    while (*link != waiting)
        link = &(*link)->next;
    *link = waiting->next;
    return waiting->started;
}

/* What the session program is to know. */
static bool describe(const struct client *client, struct str tag, struct buf *out)
{
    const struct tls_info *tls = stream_tls(client->stream);
    char words[160] = "";
    if (tls)
        snprintf(words, sizeof words, "%s with cipher %s (%d bits)", tls->protocol, tls->cipher, tls->bits);
    const struct session session = {
        .service = str_of(client->server->protocol->name),
        .id = str_of(client->id),
        .client_ip = str_of(client->ip),
        .client_port = client->port,
        .tls = str_of(words),
        .tag = tag,
        .capability_asked = client->capability_asked,
        .client_id = client->client_id,
        .input = tls ? STR("") : stream_buffered(client->stream),
    };
    return wire_encode(&session_message, &session, out);
}

static bool request_session(struct client *client, const struct attempt *attempt, struct str tag, int fd)
{
    struct server *server = client->server;
    struct waiting waiting;
    struct buf about;
    buf_init(&about, PACKET_LIMIT - 1024);
    struct control_session message = {.ticket = attempt->ticket};
    bool started = false;
    if (describe(client, tag, &about)) {
        message.session = buf_str(&about);
        started = ask_master(server, &message, fd, &waiting);
        for (int tries = 1; tries < TICKET_TRIES && !started && waiting.again; tries++) {
            task_sleep(TICKET_WAIT_MS << tries);
            started = ask_master(server, &message, fd, &waiting);
        }
    } else {
        waiting = (struct waiting){.text = "too much pipelined behind the login"};
    }
    if (!started)
        log_say(server->log, LOG_ERROR_LEVEL, str_of(client->id), "no session for <" STR_FMT ">: %s",
                STR_ARG(attempt->user), waiting.text[0] ? waiting.text : "master does not answer");
    buf_finish(&about);
    return started;
}

static bool hand_over_tls(struct client *client, const struct attempt *attempt, struct str tag)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return false;
    bool started = request_session(client, attempt, tag, ends[1]);
    close(ends[1]);
    client->handed_over = started;
    if (started)
        client_relay(client, ends[0]);
    else
        close(ends[0]);
    return started;
}

bool client_hand_over(struct client *client, const struct attempt *attempt, struct str tag)
{
    if (client->server->master.fd < 0) {
        log_say(client->server->log, LOG_ERROR_LEVEL, str_of(client->id),
                "no session: started without master");
        return false;
    }
    stream_flush(client->stream);
    log_say(client->server->log, LOG_INFO_LEVEL, str_of(client->id),
            "login: user=<" STR_FMT ">, service=%s, rip=%s, session=%s%s", STR_ARG(attempt->user),
            client->server->protocol->name, client->ip, client->id, client_has_tls(client) ? ", TLS" : "");
    bool started = client_has_tls(client) ? hand_over_tls(client, attempt, tag)
                                          : request_session(client, attempt, tag, stream_fd(client->stream));
    client->over = client->over || started;
    client->handed_over = started;
    return started;
}
