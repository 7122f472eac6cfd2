/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Greeting, EHLO, STARTTLS, and EHLO again: what was learned in clear text is forgotten (RFC 3207 4.2). Where
 * TLS is only wished for (smtp_tls_security_level=may), a host whose TLS does not work is talked to again, in
 * clear text and in a new session: mail that went unprotected before STARTTLS was offered must not stop
 * because it is (RFC 7435 1.2).
 */
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

bool peer_broken(const struct peer *peer, const char *during, struct verdict *verdict)
{
    switch (stream_status(peer->stream)) {
    case STREAM_OK:
        return verdict_set(verdict, 421, "5.0", "%s said what is no SMTP reply while %s", peer->name, during);
    case STREAM_TIMEOUT:
        return verdict_set(verdict, 421, "4.2", "conversation with %s timed out while %s", peer->name,
                           during);
    default:
        return verdict_set(verdict, 421, "4.2", "lost connection with %s while %s", peer->name, during);
    }
}

bool peer_reply(struct peer *peer, int64_t timeout_ms, const char *during, struct verdict *verdict)
{
    stream_set_timeout(peer->stream, timeout_ms);
    stream_set_deadline(peer->stream, deadline_in(timeout_ms));
    bool heard =
        stream_flush(peer->stream) == STREAM_OK && smtp_reply_read(peer->stream, &peer->reply) == STREAM_OK;
    stream_set_deadline(peer->stream, DEADLINE_NEVER);
    return heard || peer_broken(peer, during, verdict);
}

/* The session is refused by a reply to `command`. */
static bool refused(struct peer *peer, const char *command, struct verdict *verdict)
{
    smtp_reply_to_verdict(&peer->reply, verdict);
    peer->said_to = command;
    if (verdict->class != VERDICT_OK)
        return false;
    peer->said_to = NULL;
    return verdict_set(verdict, 450, "5.0", "strange reply of %s to %s: %d", peer->name, command,
                       peer->reply.code);
}

static bool greeting(struct peer *peer, struct verdict *verdict)
{
    const struct smtp_params *params = peer->client->params;
    if (!peer_reply(peer, params->helo_timeout, "receiving the initial server greeting", verdict))
        return false;
    if (peer->reply.code / 100 == 2)
        return true;
    refused(peer, "greeting", verdict);
    /* A host that will not talk is not the word on the mail: another may (RFC 5321 3.1,
     * smtp_skip_5xx_greeting). */
    if (verdict->class == VERDICT_REJECT && params->skip_5xx_greeting) {
        verdict->class = VERDICT_DEFER;
        verdict->code = 450;
    }
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

/* Whatever the DNS calls the host: its answer to a hello begins with its name (RFC 5321 4.1.1.1). Mail to
 * ourselves, for a domain that we do not take mail for, would come back until it has gone too far. */
static bool is_another(const struct peer *peer, struct verdict *verdict)
{
    struct str rest = buf_str(&peer->reply.text), name;
    if (!peer->may_be_us || !str_word(&rest, " \t\n", &name) ||
        !str_eq_nocase(name, peer->client->conf->myhostname))
        return true;
    return verdict_set(verdict, 550, "4.6", "mail for " STR_FMT " loops back to myself",
                       STR_ARG(peer->nexthop));
}

/* EHLO, and HELO for those that do not know it (RFC 5321 3.2). */
static bool hello(struct peer *peer, struct verdict *verdict)
{
    const struct smtp_params *params = peer->client->params;
    const char *verb = peer->client->lmtp ? "LHLO" : "EHLO";
    stream_printf(peer->stream, "%s " STR_FMT "\r\n", verb, STR_ARG(params->helo_name));
    if (!peer_reply(peer, params->helo_timeout,
                    peer->client->lmtp ? "performing the LHLO handshake" : "performing the EHLO handshake",
                    verdict))
        return false;
    if (peer->reply.code / 100 == 2) {
        learn(peer);
        return is_another(peer, verdict);
    }
    if (peer->reply.code / 100 == 5 && !peer->client->lmtp) {
        verb = "HELO";
        peer->offers = (struct smtp_peer){0};
        stream_printf(peer->stream, "HELO " STR_FMT "\r\n", STR_ARG(params->helo_name));
        if (!peer_reply(peer, params->helo_timeout, "performing the HELO handshake", verdict))
            return false;
        if (peer->reply.code / 100 == 2)
            return is_another(peer, verdict);
    }
    return refused(peer, verb, verdict);
}

/* --- TLS --- */

/* What became of the wish for TLS. */
enum secured {
    SECURED,     /* the session may go on: with TLS, or without where that is allowed */
    SECURED_NOT, /* no session; the verdict says why */
    SECURED_DEAD /* TLS did not work and this session is dead, but clear text is allowed */
};

static void log_tls(const struct peer *peer)
{
    const struct tls_info *info = stream_tls(peer->stream);
    const struct client *client = peer->client;
    if (client->params->tls_loglevel < 1)
        return;
    const char *trust = !info->peer_sha256.len ? "Anonymous"
                        : client->tls_verified ? "Verified"
                        : info->peer_verified  ? "Trusted"
                                               : "Untrusted";
    log_say(client->log, LOG_INFO_LEVEL, STR(""),
            "%s TLS connection established to %s: %s with cipher %s (%d/%d bits)", trust, peer->relay,
            info->protocol, info->cipher, info->bits, info->bits);
}

static enum secured dead_by(const struct client *client)
{
    return client->tls_required ? SECURED_NOT : SECURED_DEAD;
}

/* Shakes hands behind the 220 to STARTTLS, and says hello anew. */
static enum secured shake_hands(struct peer *peer, const struct target *target, struct verdict *verdict)
{
    const struct client *client = peer->client;
    peer->offers = (struct smtp_peer){0};
    stream_set_deadline(peer->stream, deadline_in(client->params->starttls_timeout));
    bool stands = stream_connect_tls(peer->stream, client->tls, target->host) == STREAM_OK;
    stream_set_deadline(peer->stream, DEADLINE_NEVER);
    if (!stands) {
        const char *why = stream_error(peer->stream);
        log_say(client->log, LOG_INFO_LEVEL, STR(""), "SSL_connect error to %s: %s", peer->relay, why);
        verdict_set(verdict, 450, "7.5", "Cannot start TLS: handshake failure: %s", why);
        return dead_by(client);
    }
    log_tls(peer);
    if (hello(peer, verdict))
        return SECURED;
    /* With TLS 1.3 a server's last word on the handshake comes when ours is over (RFC 8446 2). */
    return stream_status(peer->stream) == STREAM_OK ? SECURED_NOT : dead_by(client);
}

static enum secured secure(struct peer *peer, const struct target *target, struct verdict *verdict)
{
    const struct client *client = peer->client;
    if (!client->tls || target->unix_path.len)
        return SECURED;
    if (!smtp_peer_offers(&peer->offers, SMTP_EXT_starttls)) {
        verdict_set(verdict, 450, "7.4", "TLS is required, but was not offered by host %s", peer->name);
        return client->tls_required ? SECURED_NOT : SECURED;
    }
    stream_printf(peer->stream, "STARTTLS\r\n");
    if (!peer_reply(peer, client->params->starttls_timeout, "performing the STARTTLS handshake", verdict))
        return dead_by(client);
    if (peer->reply.code == 220)
        return shake_hands(peer, target, verdict);
    verdict_set(verdict, 450, "7.4", "TLS is required, but host %s refused to start TLS: %d", peer->name,
                peer->reply.code);
    if (client->tls_required)
        return SECURED_NOT;
    return peer->reply.code == 421 ? SECURED_DEAD : SECURED;
}

/* --- connecting --- */

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
    if (target->unix_path.len) {
        snprintf(peer->name, sizeof peer->name, "%s[" STR_FMT "]", peer->host, STR_ARG(target->unix_path));
        snprintf(peer->relay, sizeof peer->relay, "%s", peer->name);
    } else {
        snprintf(peer->name, sizeof peer->name, "%s[%s]", peer->host, address_ip(&target->address, ip));
        snprintf(peer->relay, sizeof peer->relay, "%s:%u", peer->name, target->port);
    }
}

struct peer *peer_create(struct client *client, const struct target *target, struct str nexthop)
{
    struct peer *peer = memory_get(sizeof *peer);
    peer->client = client;
    peer->born = time_monotonic_ms();
    peer->arena = arena_create(PEER_MEMORY);
    peer->nexthop = arena_copy(peer->arena, nexthop);
    peer->may_be_us = target->may_be_us;
    name_peer(peer, target);
    smtp_reply_init(&peer->reply);
    return peer;
}

/* Connects, is greeted and says hello, in clear text. */
static bool meet(struct peer *peer, const struct target *target, struct verdict *verdict)
{
    int fd = connect_target(peer->client, target);
    if (fd < 0)
        return verdict_set(verdict, 451, "4.1", "connect to %s: %s", peer->relay, strerror(errno));
    peer->stream = stream_over_fd(fd, INPUT_LIMIT);
    return greeting(peer, verdict) && hello(peer, verdict);
}

bool peer_begin(struct peer *peer, const struct target *target, struct verdict *verdict)
{
    if (!meet(peer, target, verdict))
        return false;
    enum secured secured = secure(peer, target, verdict);
    if (secured != SECURED_DEAD)
        return secured == SECURED;
    log_say(peer->client->log, LOG_INFO_LEVEL, STR(""), "TLS with %s did not work: again without it",
            peer->relay);
    stream_destroy(peer->stream);
    peer->stream = NULL;
    return meet(peer, target, verdict);
}

const struct speaker *peer_speaker(const struct peer *peer, struct arena *arena)
{
    struct speaker *speaker = arena_get(arena, sizeof *speaker);
    speaker->relay = arena_cstr(arena, str_of(peer->relay));
    speaker->name = arena_cstr(arena, str_of(peer->name));
    speaker->host = arena_cstr(arena, str_of(peer->host));
    return speaker;
}

void peer_end(struct peer *peer)
{
    if (!peer)
        return;
    if (peer->stream && stream_status(peer->stream) == STREAM_OK && !peer->unusable) {
        stream_set_timeout(peer->stream, 1000);
        stream_printf(peer->stream, "QUIT\r\n");
        stream_flush(peer->stream);
    }
    stream_destroy(peer->stream);
    smtp_reply_finish(&peer->reply);
    arena_destroy(peer->arena);
    free(peer);
}
