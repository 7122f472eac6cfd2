/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ticket: random octets that master knows, from us and not from login, to stand for one session of one
 * account. login gets the octets and nothing else.
 */
#include <errno.h>
#include <string.h>

#include "auth/params.h"
#include "auth/server.h"
#include "base/random.h"
#include "conf/params.h"
#include "store/home.h"
#include "wire/account.h"
#include "worker/control.h"
#include "worker/control_ticket.h"

enum { HOME_LIMIT = 4000 };

static bool home_of(const struct server *server, const struct exchange *exchange, struct arena *arena,
                    struct str *home, struct verdict *verdict)
{
    struct str name = exchange_user(exchange);
    size_t at = str_find(name, '@');
    struct str user = at == SIZE_MAX ? name : str_sub(name, 0, at);
    struct str domain = at == SIZE_MAX ? server->conf->mydomain : str_from(name, at + 1);
    struct buf path;
    *home = exchange_record(exchange)->home;
    if (home->len > 0 && home->at[0] == '/')
        return true;
    buf_init(&path, HOME_LIMIT);
    bool made = home_make(server->conf->mail_home, user, domain, &path);
    if (made)
        *home = arena_copy(arena, buf_str(&path));
    buf_finish(&path);
    return made ||
           verdict_set(verdict, 451, "3.5", "mail_home gives no path for <" STR_FMT ">", STR_ARG(name));
}

static bool send_ticket(struct server *server, const struct exchange *exchange, struct arena *arena,
                        const char ticket[AUTH_TICKET_SIZE], struct verdict *verdict)
{
    const struct user_record *record = exchange_record(exchange);
    struct account account = {.user = exchange_user(exchange), .quota = record->quota};
    struct buf encoded;
    buf_init(&encoded, 8192);
    bool good = home_of(server, exchange, arena, &account.home, verdict);
    if (good && !wire_encode(&account_message, &account, &encoded))
        good = verdict_set(verdict, 451, "3.0", "account does not fit a message");
    struct control_ticket message = {
        .ticket = str_make(ticket, AUTH_TICKET_SIZE),
        .service = exchange_service(exchange),
        .uid = record->uid ? record->uid : server->uid,
        .gid = record->gid ? record->gid : server->gid,
        .account = buf_str(&encoded),
    };
    if (good && !sender_send(&server->master, CONTROL_TICKET, &control_ticket_message, &message, NULL))
        good = verdict_system(verdict, "ticket to master", errno);
    buf_finish(&encoded);
    return good;
}

bool ticket_give(struct server *server, const struct exchange *exchange, char ticket[AUTH_TICKET_SIZE],
                 struct verdict *verdict)
{
    if (server->master.fd < 0)
        return verdict_set(verdict, 451, "3.0", "no master to give a ticket to");
    struct arena *arena = arena_create(32 * 1024);
    random_octets(ticket, AUTH_TICKET_SIZE);
    bool good = send_ticket(server, exchange, arena, ticket, verdict);
    arena_destroy(arena);
    return good;
}
