/* SPDX-License-Identifier: BSD-2-Clause */
/* The items of restriction lists, one row each, and the walk over a list. */
#include "smtpd/access.h"

#include "conf/restriction.h"
#include "mail/address.h"
#include "map/maps.h"
#include "smtpd/server.h"
#include "smtpd/session.h"

struct access_list {
    enum restriction restriction;
    struct maps *maps; /* owned; NULL: has none */
    struct access_list *next;
};

enum access_decision access_refuse(const struct access_request *request, enum access_subject subject,
                                   int code, const char *status, struct str text, struct verdict *verdict)
{
    static const char *const words[] = {"Client host", "Helo command", "Sender address", "Recipient address"};
    const struct client *client = &request->session->client;
    const struct str names[] = {client->name, request->helo, request->sender, request->recipient};
    if (subject == SUBJECT_CLIENT)
        verdict_set(verdict, code, status, "<" STR_FMT "[" STR_FMT "]>: %s rejected: " STR_FMT,
                    STR_ARG(client->name), STR_ARG(client->ip), words[subject], STR_ARG(text));
    else
        verdict_set(verdict, code, status, "<" STR_FMT ">: %s rejected: " STR_FMT, STR_ARG(names[subject]),
                    words[subject], STR_ARG(text));
    return ACCESS_REFUSE;
}

static enum access_decision decide_permit(const struct access_request *request, struct verdict *verdict)
{
    (void)request, (void)verdict;
    return ACCESS_PERMIT;
}

static enum access_decision decide_reject(const struct access_request *request, struct verdict *verdict)
{
    return access_refuse(request, request->subject, 554, "7.1", STR("Access denied"), verdict);
}

static enum access_decision decide_defer(const struct access_request *request, struct verdict *verdict)
{
    return access_refuse(request, request->subject, 450, "7.1", STR("Access denied for now"), verdict);
}

static enum access_decision decide_mynetworks(const struct access_request *request, struct verdict *verdict)
{
    (void)verdict;
    return request->session->client.trusted ? ACCESS_PERMIT : ACCESS_NEXT;
}

/* Who has one of our own addresses: is on this host. */
static enum access_decision decide_inet_interfaces(const struct access_request *request,
                                                   struct verdict *verdict)
{
    const struct client *client = &request->session->client;
    struct str rest = request->session->server->conf->inet_interfaces, word;
    (void)verdict;
    if (client->local || str_eq(client->ip, STR("::1")) || str_starts(client->ip, STR("127.")))
        return ACCESS_PERMIT;
    while (str_word(&rest, ", \t\r\n", &word))
        if (str_eq_nocase(word, client->ip))
            return ACCESS_PERMIT;
    return ACCESS_NEXT;
}

static enum access_decision decide_authenticated(const struct access_request *request,
                                                 struct verdict *verdict)
{
    (void)verdict;
    return request->session->auth_user.len ? ACCESS_PERMIT : ACCESS_NEXT;
}

/* Ours to take: any class but the default one, and <Postmaster> wherever it lives (RFC 5321 4.5.1). A
 * recipient that hides a route in its local part is nobody's.
 */
static bool is_auth_destination(const struct access_request *request, bool *ours, struct verdict *verdict)
{
    struct str local, domain;
    enum route_class class;
    address_cut(request->recipient, &local, &domain);
    if (!router_class(request->session->server->router, domain, &class, verdict))
        return false;
    bool routed = class != ROUTE_VIRTUAL_MAILBOX &&
                  (str_contains(local, '@') || str_contains(local, '%') || str_contains(local, '!'));
    bool postmaster = router_is_system_postmaster(request->session->server->router, request->recipient);
    *ours = (class != ROUTE_DEFAULT && !routed) || postmaster;
    return true;
}

static enum access_decision decide_auth_destination(const struct access_request *request,
                                                    struct verdict *verdict)
{
    bool ours;
    if (!is_auth_destination(request, &ours, verdict))
        return ACCESS_REFUSE;
    return ours ? ACCESS_PERMIT : ACCESS_NEXT;
}

static enum access_decision refuse_relaying(const struct access_request *request, int code,
                                            struct verdict *verdict)
{
    verdict_set(verdict, code, "7.1", "<" STR_FMT ">: Relay access denied", STR_ARG(request->recipient));
    return ACCESS_REFUSE;
}

static enum access_decision decide_reject_unauth(const struct access_request *request,
                                                 struct verdict *verdict)
{
    bool ours;
    if (!is_auth_destination(request, &ours, verdict))
        return ACCESS_REFUSE;
    return ours ? ACCESS_NEXT : refuse_relaying(request, 554, verdict);
}

static enum access_decision decide_defer_unauth(const struct access_request *request, struct verdict *verdict)
{
    bool ours;
    if (!is_auth_destination(request, &ours, verdict))
        return ACCESS_REFUSE;
    return ours ? ACCESS_NEXT : refuse_relaying(request, 454, verdict);
}

static enum access_decision decide_unlisted_recipient(const struct access_request *request,
                                                      struct verdict *verdict)
{
    return access_recipient_listed(request, verdict) ? ACCESS_NEXT : ACCESS_REFUSE;
}

static bool is_fqdn(struct str address)
{
    struct str local, domain;
    address_cut(address, &local, &domain);
    return address.len == 0 || str_contains(domain, '.') || str_starts(domain, STR("["));
}

static enum access_decision decide_non_fqdn_sender(const struct access_request *request,
                                                   struct verdict *verdict)
{
    return is_fqdn(request->sender) ? ACCESS_NEXT
                                    : access_refuse(request, SUBJECT_SENDER, 504, "5.2",
                                                    STR("need fully-qualified address"), verdict);
}

static enum access_decision decide_non_fqdn_recipient(const struct access_request *request,
                                                      struct verdict *verdict)
{
    return is_fqdn(request->recipient) ? ACCESS_NEXT
                                       : access_refuse(request, SUBJECT_RECIPIENT, 504, "5.2",
                                                       STR("need fully-qualified address"), verdict);
}

static enum access_decision decide_non_fqdn_helo(const struct access_request *request,
                                                 struct verdict *verdict)
{
    struct str helo = request->helo;
    return helo.len == 0 || str_contains(helo, '.') || str_starts(helo, STR("["))
               ? ACCESS_NEXT
               : access_refuse(request, SUBJECT_HELO, 504, "5.2", STR("need fully-qualified hostname"),
                               verdict);
}

static enum access_decision decide_invalid_helo(const struct access_request *request, struct verdict *verdict)
{
    struct str helo = request->helo;
    enum address_domain_kind kind;
    return helo.len == 0 || address_domain_is_name(helo, true) || address_domain_is_literal(helo, &kind)
               ? ACCESS_NEXT
               : access_refuse(request, SUBJECT_HELO, 501, "5.2", STR("invalid name"), verdict);
}

static enum access_decision decide_plaintext_session(const struct access_request *request,
                                                     struct verdict *verdict)
{
    if (session_has_tls(request->session))
        return ACCESS_NEXT;
    verdict_set(verdict, 450, "7.1", "Session encryption is required");
    return ACCESS_REFUSE;
}

static enum access_decision decide(const struct access_list *item, const struct access_request *request,
                                   struct verdict *verdict)
{
    switch (item->restriction) {
#define RESTRICTION(name, who)                                                                               \
    case RESTRICTION_##name:                                                                                 \
        return decide_##who(request, verdict);
#define TABLE_RESTRICTION(name, what)                                                                        \
    case RESTRICTION_##name:                                                                                 \
        return access_look_up_##what(request, item->maps, verdict);
#include "conf/restrictions.def"
#undef RESTRICTION
#undef TABLE_RESTRICTION
    case RESTRICTIONS:
        break;
    }
    return ACCESS_NEXT;
}

bool access_parse(struct str text, struct arena *arena, struct access_list **list, struct verdict *verdict)
{
    struct access_list **link = list;
    struct restriction_item item;
    enum restriction_result result;
    *list = NULL;
    while ((result = restriction_next(&text, &item, verdict)) == RESTRICTION_READ) {
        struct access_list *made = *link = arena_get(arena, sizeof *made);
        *made = (struct access_list){.restriction = item.restriction};
        link = &made->next;
        if (item.table.len && !(made->maps = maps_open(item.table, verdict)))
            return false;
    }
    return result == RESTRICTION_END;
}

void access_close(struct access_list *list)
{
    for (; list; list = list->next)
        maps_close(list->maps);
}

void access_take_notes(const struct access_list *list, map_note_fn *fn, void *arg)
{
    for (; list; list = list->next)
        if (list->maps)
            maps_take_notes(list->maps, fn, arg);
}

bool access_decide(const struct access_list *list, const struct access_request *request,
                   struct verdict *verdict)
{
    for (; list; list = list->next) {
        enum access_decision decision = decide(list, request, verdict);
        if (decision != ACCESS_NEXT)
            return decision == ACCESS_PERMIT;
    }
    return true;
}

static int reject_code(const struct smtpd_params *params, enum route_class class)
{
    switch (class) {
    case ROUTE_LOCAL:
        return (int)params->unknown_local_code;
    case ROUTE_VIRTUAL_ALIAS:
        return (int)params->unknown_alias_code;
    case ROUTE_VIRTUAL_MAILBOX:
        return (int)params->unknown_mailbox_code;
    case ROUTE_RELAY:
        return (int)params->unknown_relay_code;
    case ROUTE_DEFAULT:
        break;
    }
    return 550;
}

bool access_recipient_listed(const struct access_request *request, struct verdict *verdict)
{
    static const char *const tables[] = {"local recipient table", "virtual alias table",
                                         "virtual mailbox table", "relay recipient table", ""};
    const struct server *server = request->session->server;
    struct str local, domain;
    enum route_class class;
    bool known;
    address_cut(request->recipient, &local, &domain);
    if (!router_class(server->router, domain, &class, verdict) ||
        !router_recipient_known(server->router, request->recipient, class, &known, verdict))
        return false;
    return known || verdict_set(verdict, reject_code(server->params, class), "1.1",
                                "<" STR_FMT ">: Recipient address rejected: User unknown in %s",
                                STR_ARG(request->recipient), tables[class]);
}

bool access_decide_rcpt(const struct access_request *request, struct verdict *verdict)
{
    const struct server *server = request->session->server;
    const struct access_list *const lists[] = {server->access.client, server->access.helo,
                                               server->access.sender, server->access.relay,
                                               server->access.recipient};
    static const enum access_subject subjects[] = {SUBJECT_CLIENT, SUBJECT_HELO, SUBJECT_SENDER,
                                                   SUBJECT_RECIPIENT, SUBJECT_RECIPIENT};
    for (size_t i = server->params->delay_reject ? 0 : 3; i < sizeof lists / sizeof lists[0]; i++) {
        struct access_request asked = *request;
        asked.subject = subjects[i];
        if (!access_decide(lists[i], &asked, verdict))
            return false;
    }
    return !server->params->reject_unlisted_recipient || access_recipient_listed(request, verdict);
}
