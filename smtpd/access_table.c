/* SPDX-License-Identifier: BSD-2-Clause */
/* Access tables (access(5)): which keys a client, its hello and the addresses of the envelope are looked up
 * by, and what the entry found decides. */
#include <stdio.h>

#include "mail/address.h"
#include "map/maps.h"
#include "smtpd/access.h"
#include "smtpd/server.h"
#include "smtpd/session.h"

enum { LOOKUP_MEMORY = 256 * 1024 };

/* --- actions --- */

/* "[X.Y.Z] [text]" behind an action that refuses; a class that does not agree with the code is not taken. */
static enum access_decision refuse(const struct access_request *request, enum access_subject about, int code,
                                   struct str text, struct verdict *verdict)
{
    int class_digit, subject, detail;
    char status[32] = "7.1";
    text = str_trim(text);
    if (verdict_parse_status(text, &class_digit, &subject, &detail, &text) && class_digit == code / 100)
        snprintf(status, sizeof status, "%d.%d", subject, detail);
    text = str_trim(text);
    return access_refuse(request, about, code, status, text.len ? text : STR("Access denied"), verdict);
}

static void note(const struct access_request *request, struct str word, struct str text)
{
    const struct session *session = request->session;
    log_say(session->log, LOG_INFO_LEVEL, STR("NOQUEUE"),
            STR_FMT ": %s from " STR_FMT "[" STR_FMT "]: " STR_FMT, STR_ARG(word), request->stage,
            STR_ARG(session->client.name), STR_ARG(session->client.ip), STR_ARG(str_trim(text)));
}

enum access_decision access_act(const struct access_request *request, struct str action,
                                enum access_subject subject, struct verdict *verdict)
{
    struct str text = action, word = STR("");
    uint64_t code;
    str_word(&text, " \t", &word);
    bool number = str_to_u64(word, &code);
    if (number && word.len == 3 && code >= 400 && code < 600)
        return refuse(request, subject, (int)code, text, verdict);
    if (number || str_eq_nocase(word, STR("OK")) || str_eq_nocase(word, STR("PERMIT")) ||
        str_eq_nocase(word, STR("RELAY")))
        return ACCESS_PERMIT;
    if (str_eq_nocase(word, STR("REJECT")))
        return refuse(request, subject, 554, text, verdict);
    if (str_eq_nocase(word, STR("DEFER")))
        return refuse(request, subject, 450, text, verdict);
    if (str_eq_nocase(word, STR("WARN")) || str_eq_nocase(word, STR("INFO")))
        note(request, word, text);
    else if (!str_eq_nocase(word, STR("DUNNO"))) {
        verdict_set(verdict, 451, "3.5", "Server configuration error: access table says " STR_FMT,
                    STR_ARG(word));
        return ACCESS_REFUSE;
    }
    return ACCESS_NEXT;
}

/* --- keys --- */

struct asking {
    const struct access_request *request;
    struct maps *maps;
    struct arena *arena;
    enum access_subject subject;
};

static enum access_decision settle(const struct asking *asking, enum map_result result, struct str value,
                                   struct verdict *verdict)
{
    if (result == MAP_FOUND)
        return access_act(asking->request, value, asking->subject, verdict);
    return result == MAP_ERROR ? ACCESS_REFUSE : ACCESS_NEXT;
}

static enum access_decision ask_name(const struct asking *asking, struct str name, struct verdict *verdict)
{
    struct domain_query query = {.domain = name, .parents_bare = true};
    struct str value = STR("");
    enum map_result result =
        name.len ? maps_find_domain(asking->maps, query, asking->arena, &value, verdict) : MAP_NOT_FOUND;
    return settle(asking, result, value, verdict);
}

/* 192.0.2.7, 192.0.2, 192.0, 192; 2001:db8::1, 2001:db8:, 2001:db8, 2001. */
static enum access_decision ask_ip(const struct asking *asking, struct str ip, struct verdict *verdict)
{
    char between = str_contains(ip, ':') ? ':' : '.';
    enum map_result result = MAP_NOT_FOUND;
    struct str value = STR("");
    while (ip.len && result == MAP_NOT_FOUND) {
        result = maps_find(asking->maps, ip, asking->arena, &value, verdict);
        size_t at = str_find_last(ip, between);
        ip = at == SIZE_MAX ? STR("") : str_sub(ip, 0, at);
    }
    return settle(asking, result, value, verdict);
}

static enum access_decision ask_address(const struct asking *asking, struct str address,
                                        struct verdict *verdict)
{
    struct address_query query = {
        .address = address,
        .keys = ADDRESS_FOR_ACCESS,
        .delimiters = asking->request->session->server->conf->recipient_delimiter,
        .parents_bare = true,
    };
    struct address_match match = {.value = STR("")};
    enum map_result result = maps_find_address(asking->maps, &query, asking->arena, &match, verdict);
    return settle(asking, result, match.value, verdict);
}

enum access_decision access_look_up_client(const struct access_request *request, struct maps *maps,
                                           struct verdict *verdict)
{
    const struct client *client = &request->session->client;
    struct asking asking = {request, maps, arena_create(LOOKUP_MEMORY), SUBJECT_CLIENT};
    enum access_decision decision = ask_name(&asking, client->name, verdict);
    if (decision == ACCESS_NEXT)
        decision = ask_ip(&asking, client->ip, verdict);
    arena_destroy(asking.arena);
    return decision;
}

enum access_decision access_look_up_helo(const struct access_request *request, struct maps *maps,
                                         struct verdict *verdict)
{
    struct asking asking = {request, maps, arena_create(LOOKUP_MEMORY), SUBJECT_HELO};
    enum access_decision decision = ask_name(&asking, request->helo, verdict);
    arena_destroy(asking.arena);
    return decision;
}

/* The null sender is looked up as "<>", as by Postfix's smtpd_null_access_lookup_key. */
enum access_decision access_look_up_sender(const struct access_request *request, struct maps *maps,
                                           struct verdict *verdict)
{
    if (!request->session->txn) /* before MAIL there is none, not even the null one */
        return ACCESS_NEXT;
    struct asking asking = {request, maps, arena_create(LOOKUP_MEMORY), SUBJECT_SENDER};
    struct str value = STR("");
    enum access_decision decision =
        request->sender.len
            ? ask_address(&asking, request->sender, verdict)
            : settle(&asking, maps_find(maps, STR("<>"), asking.arena, &value, verdict), value, verdict);
    arena_destroy(asking.arena);
    return decision;
}

enum access_decision access_look_up_recipient(const struct access_request *request, struct maps *maps,
                                              struct verdict *verdict)
{
    struct asking asking = {request, maps, arena_create(LOOKUP_MEMORY), SUBJECT_RECIPIENT};
    enum access_decision decision =
        request->recipient.len ? ask_address(&asking, request->recipient, verdict) : ACCESS_NEXT;
    arena_destroy(asking.arena);
    return decision;
}
