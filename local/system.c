/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System users: aliases, then the user. What an alias or a user's .forward file stands for goes back to qmgr,
 * each destination for itself, so that each is tried again alone and done once; what is for the user himself
 * is an agent's errand.
 */
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>

#include "base/memory.h"
#include "io/task.h"
#include "local/local.h"
#include "mail/address.h"
#include "mail/rcpt_names.h"

/* --- who it is --- */

enum { ACCOUNT_ROOM = 16 * 1024 };

struct account {
    const char *name;
    struct passwd entry;
    char *room; /* owned: the entry's texts */
    int error;
    bool found;
};

static void account_look_up(void *arg)
{
    struct account *account = arg;
    struct passwd *result = NULL;
    account->error = getpwnam_r(account->name, &account->entry, account->room, ACCOUNT_ROOM, &result);
    account->found = result != NULL;
}

static bool account_find(struct account *account, const char *name, struct verdict *verdict)
{
    *account = (struct account){.name = name, .room = memory_get(ACCOUNT_ROOM)};
    task_blocking(account_look_up, account);
    if (account->found && account->entry.pw_uid == 0)
        return verdict_set(verdict, 550, "7.1", "no delivery as the superuser: give root an alias");
    if (account->found)
        return true;
    bool unknown = account->error == 0 || account->error == ENOENT || account->error == ESRCH;
    return unknown ? verdict_set(verdict, 550, "1.1", "unknown user: \"%s\"", name)
                   : verdict_system(verdict, "looking up the user", account->error);
}

/* --- in its place --- */

static bool forward(const struct addressee *addressee, const struct agent_result *result,
                    struct outcome *outcome, struct verdict *verdict)
{
    size_t count = result->forward.count + result->parts.count;
    outcome->forward = result->forward;
    outcome->parts = result->parts;
    outcome->forward_sender = result->owner;
    outcome->dsn_passed = !result->owner.len; /* to a mailing list it is delivered (RFC 3461 5.2.7.1) */
    outcome->forwarder = forwarders_with(addressee->rcpt, addressee->mailbox, addressee->letter->arena);
    return verdict_set(verdict, 250, "0.0", "forwarded to %zu %s%s", count,
                       result->parts.count ? "destination" : "address",
                       count == 1            ? ""
                       : result->parts.count ? "s"
                                             : "es");
}

static bool forward_to_relay(struct local *local, const struct addressee *addressee, struct outcome *outcome,
                             struct verdict *verdict)
{
    struct arena *arena = addressee->letter->arena;
    struct rcpt_names names = {
        .user = addressee->user,
        .recipient = addressee->rcpt->address,
        .local = addressee->local_part,
        .domain = addressee->domain,
        .extension = addressee->extension,
        .delimiter = str_sub(str_from(addressee->local_part, addressee->user.len), 0, 1),
    };
    struct str address;
    if (!rcpt_names_expand(&names, local->params->luser_relay, arena, &address, verdict))
        return false;
    if (str_find_last(address, '@') == SIZE_MAX)
        address = arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(address), STR_ARG(addressee->domain));
    struct agent_result result = {.forward = {&address, 1}};
    result.forward.at = arena_array(arena, 1, sizeof address);
    result.forward.at[0] = address;
    return forward(addressee, &result, outcome, verdict);
}

/* --- the user --- */

void errand_fill(const struct addressee *addressee, struct str name, struct errand *errand)
{
    const struct deliver *request = addressee->letter->request;
    *errand = (struct errand){
        .queue_id = request->queue_id,
        .rcpt_index = addressee->rcpt->index,
        .address = addressee->rcpt->address,
        .original = addressee->rcpt->original,
        .user = name,
        .extension = addressee->extension,
        .domain = addressee->domain,
        .destination = addressee->destination,
        .sender = request->sender,
        .prefix = prefix_make(addressee->letter, addressee->rcpt, addressee->mailbox),
        .offset = request->offset,
        .size = request->size,
        .arrival_us = request->arrival_us,
        .client_name = request->client_name,
        .client_ip = request->client_ip,
        .client_helo = request->client_helo,
        .client_protocol = request->client_protocol,
        .auth_method = request->auth_method,
        .auth_user = request->auth_user,
    };
}

/* A user's own destinations are marked: they are past the aliases. */
static void mark_parts(struct texts *parts, struct arena *arena)
{
    for (size_t i = 0; i < parts->count; i++)
        parts->at[i] = arena_printf(arena, "=" STR_FMT, STR_ARG(parts->at[i]));
}

static bool user_deliver(struct local *local, const struct addressee *addressee, struct outcome *outcome,
                         struct verdict *verdict)
{
    struct errand errand;
    struct agent_result result = {.mailbox = false};
    struct agent_order order = {.user = arena_cstr(addressee->letter->arena, addressee->user),
                                .errand = &errand};
    errand_fill(addressee, addressee->user, &errand);
    bool done = agents_run(local, &order, addressee->letter, &result, verdict);
    order.spool = true;
    if (done && result.mailbox)
        return agents_run(local, &order, addressee->letter, &result, verdict);
    if (!done || result.forward.count + result.parts.count == 0)
        return done;
    mark_parts(&result.parts, addressee->letter->arena);
    return forward(addressee, &result, outcome, verdict);
}

static bool user_find(const struct addressee *addressee, struct verdict *verdict)
{
    struct account account;
    bool found = account_find(&account, arena_cstr(addressee->letter->arena, addressee->user), verdict);
    free(account.room);
    return found;
}

static bool is_unknown(const struct verdict *verdict)
{
    return verdict->class == VERDICT_REJECT && verdict->subject == 1 && verdict->detail == 1;
}

/* --- a recipient --- */

static bool alias_deliver(struct local *local, struct addressee *addressee, const struct alias *alias,
                          struct outcome *outcome, struct verdict *verdict)
{
    struct agent_result result;
    if (!alias_expand(local, addressee, alias, &result, verdict))
        return false;
    size_t count = result.forward.count + result.parts.count;
    if (count == 0)
        return true;
    /* It stands for the user of its name only. */
    if (count == 1 && result.parts.count == 1 && !result.owner.len) {
        bool mailbox = str_eq(result.parts.at[0], STR("\\"));
        addressee->destination = mailbox ? result.parts.at[0] : STR("");
        return user_find(addressee, verdict) && user_deliver(local, addressee, outcome, verdict);
    }
    return forward(addressee, &result, outcome, verdict);
}

/* "=" and a backslash in front of a destination: see recipient.def. */
static void addressee_init(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                           struct addressee *addressee)
{
    struct arena *arena = letter->arena;
    struct str destination = rcpt->destination;
    bool marked = str_starts(destination, STR("="));
    *addressee = (struct addressee){
        .letter = letter,
        .rcpt = rcpt,
        .past_aliases = marked || str_eq(destination, STR("\\")),
        .destination = str_from(destination, marked),
    };
    address_cut(arena_lower(arena, rcpt->address), &addressee->local_part, &addressee->domain);
    address_split_extension(addressee->local_part, local->conf->recipient_delimiter, &addressee->user,
                            &addressee->extension);
    addressee->mailbox =
        arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(addressee->user), STR_ARG(addressee->domain));
}

bool system_deliver(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                    struct outcome *outcome, struct verdict *verdict)
{
    struct addressee addressee;
    struct alias alias = {.found = false};
    addressee_init(local, letter, rcpt, &addressee);
    if (letter_was_at(letter, rcpt, addressee.mailbox))
        return verdict_set(verdict, 554, "4.6", "mail forwarding loop for " STR_FMT,
                           STR_ARG(addressee.mailbox));
    if (!addressee.past_aliases && !alias_find(local, &addressee, &alias, verdict))
        return false;
    if (alias.found)
        return alias_deliver(local, &addressee, &alias, outcome, verdict);
    if (!user_find(&addressee, verdict))
        return is_unknown(verdict) && !addressee.past_aliases && local->params->luser_relay.len &&
               forward_to_relay(local, &addressee, outcome, verdict);
    return user_deliver(local, &addressee, outcome, verdict);
}
