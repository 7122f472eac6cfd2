/* SPDX-License-Identifier: BSD-2-Clause */
/* Greeting, EHLO, STARTTLS, and EHLO again: what was learned in clear text is forgotten (RFC 3207 4.2). */
#include "smtp/peer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "io/task.h"
#include "io/tls.h"
#include "smtp/client.h"

enum { INPUT_LIMIT = 64 * 1024, PEER_MEMORY = 64 * 1024 };

static bool broken(struct peer *peer, const char *during, struct verdict *verdict)
{
    return verdict_set(verdict, 421, "4.2", "%s with %s: %s", "lost connection", peer->name,
                       stream_status(peer->stream) == STREAM_OK ? during : stream_error(peer->stream));
}

bool peer_reply(struct peer *peer, int64_t timeout_ms, struct verdict *verdict)
{
    stream_set_timeout(peer->stream, timeout_ms);
    if (stream_flush(peer->stream) != STREAM_OK || smtp_reply_read(peer->stream, &peer->reply) != STREAM_OK)
        return broken(peer, "not an SMTP reply", verdict);
    return true;
}

static bool greeting(struct peer *peer, struct verdict *verdict)
{
    if (!peer_reply(peer, peer->client->params->helo_timeout, verdict))
        return false;
    if (peer->reply.code == 220)
        return true;
    smtp_reply_to_verdict(&peer->reply, verdict);
    /* A host that will not talk is not the word on the mail: another may (RFC 5321 3.1,
     * smtp_skip_5xx_greeting). */
    if (verdict->class == VERDICT_REJECT && peer->client->params->skip_5xx_greeting) {
        verdict->class = VERDICT_DEFER;
        verdict->code = 450;
    }
    if (verdict->class == VERDICT_OK)
        verdict_set(verdict, 450, "5.0", "strange greeting from %s", peer->name);
    return false;
}

static void learn(struct peer *peer)
{
    struct str rest = buf_str(&peer->reply.text), line;
    peer->offers = (struct smtp_peer){.esmtp = true};
    str_cut(&rest, '\n', &line);
    while (str_cut(&rest, '\n', &line))
        smtp_peer_learn(&peer->offers, line, peer->arena);
}

/* EHLO, and HELO for those that do not know it (RFC 5321 3.2). */
static bool hello(struct peer *peer, struct verdict *verdict)
{
    const struct smtp_params *params = peer->client->params;
    stream_printf(peer->stream, "%s " STR_FMT "\r\n", peer->client->lmtp ? "LHLO" : "EHLO",
                  STR_ARG(params->helo_name));
    if (!peer_reply(peer, params->helo_timeout, verdict))
        return false;
    if (peer->reply.code == 250) {
        learn(peer);
        return true;
    }
    if (peer->reply.code / 100 == 5 && !peer->client->lmtp) {
        peer->offers = (struct smtp_peer){0};
        stream_printf(peer->stream, "HELO " STR_FMT "\r\n", STR_ARG(params->helo_name));
        if (!peer_reply(peer, params->helo_timeout, verdict))
            return false;
        if (peer->reply.code == 250)
            return true;
    }
    smtp_reply_to_verdict(&peer->reply, verdict);
    if (verdict->class == VERDICT_OK)
        verdict_set(verdict, 450, "5.0", "strange reply to hello from %s", peer->name);
    return false;
}

static bool secure(struct peer *peer, const struct target *target, struct verdict *verdict)
{
    const struct client *client = peer->client;
    if (!client->tls || target->unix_path.len)
        return true;
    if (!smtp_peer_offers(&peer->offers, SMTP_EXT_starttls))
        return !client->tls_required ||
               verdict_set(verdict, 450, "7.4", "TLS is required, but was not offered by %s", peer->name);
    stream_printf(peer->stream, "STARTTLS\r\n");
    if (!peer_reply(peer, client->params->starttls_timeout, verdict))
        return false;
    if (peer->reply.code != 220)
        return !client->tls_required ||
               verdict_set(verdict, 450, "7.4", "STARTTLS was refused by %s", peer->name);
    peer->offers = (struct smtp_peer){0};
    stream_set_deadline(peer->stream, deadline_in(client->params->starttls_timeout));
    if (stream_connect_tls(peer->stream, client->tls, target->host) != STREAM_OK)
        return verdict_set(verdict, 450, "7.5", "TLS with %s failed: %s", peer->name,
                           stream_error(peer->stream));
    stream_set_deadline(peer->stream, DEADLINE_NEVER);
    return hello(peer, verdict);
}

static int connect_target(struct client *client, const struct target *target)
{
    if (target->unix_path.len)
        return connect_unix(target->unix_path, deadline_in(client->params->connect_timeout));
    bool v6 = target->address.storage.ss_family == AF_INET6;
    struct str from = v6 ? client->params->bind_address6 : client->params->bind_address;
    struct address local;
    bool bound = from.len && address_from_ip(from, 0, &local);
    return connect_inet(&target->address, bound ? &local : NULL,
                        deadline_in(client->params->connect_timeout));
}

static void name_peer(struct peer *peer, const struct target *target)
{
    char ip[INET6_ADDRSTRLEN];
    snprintf(peer->host, sizeof peer->host, STR_FMT, STR_ARG(target->host));
    if (target->unix_path.len)
        snprintf(peer->name, sizeof peer->name, "%s[" STR_FMT "]", peer->host, STR_ARG(target->unix_path));
    else
        snprintf(peer->name, sizeof peer->name, "%s[%s]:%u", peer->host, address_ip(&target->address, ip),
                 target->port);
}

struct peer *peer_connect(struct client *client, const struct target *target, struct str nexthop,
                          struct verdict *verdict)
{
    struct peer *peer = memory_get(sizeof *peer);
    peer->client = client;
    name_peer(peer, target);
    int fd = connect_target(client, target);
    if (fd < 0) {
        verdict_set(verdict, 451, "4.1", "connect to %s: %s", peer->name, strerror(errno));
        free(peer);
        return NULL;
    }
    peer->stream = stream_over_fd(fd, INPUT_LIMIT);
    peer->arena = arena_create(PEER_MEMORY);
    peer->nexthop = arena_copy(peer->arena, nexthop);
    smtp_reply_init(&peer->reply);
    if (greeting(peer, verdict) && hello(peer, verdict) && secure(peer, target, verdict))
        return peer;
    peer_end(peer);
    return NULL;
}

void peer_end(struct peer *peer)
{
    if (!peer)
        return;
    if (stream_status(peer->stream) == STREAM_OK && !peer->unusable) {
        stream_set_timeout(peer->stream, 1000);
        stream_printf(peer->stream, "QUIT\r\n");
        stream_flush(peer->stream);
    }
    stream_destroy(peer->stream);
    smtp_reply_finish(&peer->reply);
    arena_destroy(peer->arena);
    free(peer);
}
