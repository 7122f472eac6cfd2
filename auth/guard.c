/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that are looked at before libsasl2 sees them. Its SCRAM plugin takes "p=" without a channel
 * binding at hand to mean there is one, and does not know that we offered -PLUS, so it cannot see that
 * somebody took it out of our list on the way (RFC 5802 6). Its LOGIN plugin keeps the password for ever when
 * the name turns out to be none: strangers could fill our memory with it.
 */
#include "auth/engine_state.h"

#include "account/name.h"

static bool plus_was_offered(const struct exchange *exchange)
{
    if (exchange->binding.len == 0)
        return false;
    struct str all = buf_str(&exchange->engine->mechanisms), word;
    while (str_word(&all, " ", &word))
        if (str_ends(word, STR("-PLUS")) &&
            str_starts_nocase(exchange->mechanism, str_sub(word, 0, word.len - 5)))
            return true;
    return false;
}

static bool binding_fits(const struct exchange *exchange, struct str message, const char **why)
{
    struct str name;
    struct str rest = str_from(message, 2);
    *why = "channel binding of another type";
    return str_starts(message, STR("p=")) && str_cut(&rest, ',', &name) && exchange->binding.len > 0 &&
           str_eq(name, str_of(exchange->binding.name));
}

bool guard_login(struct exchange *exchange, const struct auth_request *request, const char **why)
{
    struct str name;
    bool empty_start = request->step == AUTH_START && request->response.len == 0;
    if (!str_eq_nocase(exchange->mechanism, STR("LOGIN")) || empty_start)
        return true;
    *why = "not a user name";
    if (exchange->named)
        return exchange->name_is_good;
    exchange->named = true;
    exchange->name_is_good =
        account_name(request->response, exchange->engine->options->realm, exchange->arena, &name);
    return true;
}

bool guard_first(const struct exchange *exchange, struct str message, const char **why)
{
    if (!str_starts_nocase(exchange->mechanism, STR("SCRAM-")))
        return true;
    *why = "not a message of SCRAM";
    if (message.len < 10 || str_contains(message, '\0'))
        return false;
    if (str_ends_nocase(exchange->mechanism, STR("-PLUS")))
        return binding_fits(exchange, message, why);
    *why = "channel binding without -PLUS";
    if (message.at[0] != 'n' && message.at[0] != 'y')
        return false;
    *why = "client was made to believe that there is no channel binding";
    return message.at[0] == 'n' || !plus_was_offered(exchange);
}
