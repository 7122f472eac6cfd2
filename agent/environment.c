/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment of a command: what it may know of the message, and nothing of ours. */
#include <paths.h>
#include <stdlib.h>

#include "agent/agent.h"

enum { VARIABLES = 32 };

static void add(const struct mail *mail, char **list, const char *name, struct str value)
{
    size_t count = 0;
    while (list[count])
        count++;
    struct str text = rcpt_names_filter(value, mail->agent->params->command_filter, mail->arena);
    list[count] = (char *)(uintptr_t)arena_printf(mail->arena, "%s=" STR_FMT, name, STR_ARG(text)).at;
}

static void add_known(const struct mail *mail, char **list, const char *name, struct str value)
{
    if (value.len)
        add(mail, list, name, value);
}

/* An alias is nobody's home. */
static void add_user(const struct mail *mail, char **list)
{
    const struct agent *agent = mail->agent;
    add(mail, list, "PATH", STR(_PATH_DEFPATH));
    add_known(mail, list, "TZ", str_of(getenv("TZ")));
    add(mail, list, "USER", mail->errand->user);
    add(mail, list, "LOGNAME", mail->errand->user);
    if (mail->errand->alias)
        return;
    add(mail, list, "HOME", str_of(agent->home));
    add_known(mail, list, "SHELL", str_of(agent->shell));
}

struct rcpt_names names_of(const struct mail *mail, struct str allowed)
{
    const struct errand *errand = mail->errand;
    struct str local = str_sub(errand->address, 0, str_find_last(errand->address, '@'));
    return (struct rcpt_names){
        .user = errand->user,
        .home = errand->alias ? STR("") : str_of(mail->agent->home),
        .shell = errand->alias ? STR("") : str_of(mail->agent->shell),
        .recipient = errand->address,
        .local = local,
        .domain = errand->domain,
        .extension = errand->extension,
        .delimiter = errand->extension.len ? str_sub(local, errand->user.len, 1) : STR(""),
        .allowed = allowed,
    };
}

char **environment_make(const struct mail *mail)
{
    const struct errand *errand = mail->errand;
    char **list = arena_array(mail->arena, VARIABLES, sizeof *list);
    struct str original = errand->original.len ? errand->original : errand->address;
    add_user(mail, list);
    add(mail, list, "SENDER", errand->sender);
    add(mail, list, "RECIPIENT", errand->address);
    add(mail, list, "ORIGINAL_RECIPIENT", original);
    add(mail, list, "LOCAL", str_sub(errand->address, 0, str_find_last(errand->address, '@')));
    add(mail, list, "DOMAIN", errand->domain);
    add_known(mail, list, "EXTENSION", errand->extension);
    add_known(mail, list, "CLIENT_ADDRESS", errand->client_ip);
    add_known(mail, list, "CLIENT_HELO", errand->client_helo);
    add_known(mail, list, "CLIENT_HOSTNAME", errand->client_name);
    add_known(mail, list, "CLIENT_PROTOCOL", errand->client_protocol);
    add_known(mail, list, "SASL_METHOD", errand->auth_method);
    add_known(mail, list, "SASL_USERNAME", errand->auth_user);
    return list;
}
