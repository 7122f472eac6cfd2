/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is to be done for a recipient: one destination of an alias or of a .forward file is delivered to here;
 * of several, each is given back, to be a recipient of its own that is tried again alone and done once. Who
 * has none gets mail into the mailbox.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/agent.h"
#include "map/maps.h"

static bool errand_is(const struct mail *mail, const char *destination)
{
    return str_eq(mail->errand->destination, str_of(destination));
}

/* --- the user's mailbox --- */

static bool find_command(const struct mail *mail, struct str *command, struct verdict *verdict)
{
    const struct agent_params *params = mail->agent->params;
    struct maps *maps = maps_open(params->mailbox_command_maps, verdict);
    if (!maps)
        return false;
    enum map_result found = maps_find(maps, mail->errand->user, mail->arena, command, verdict);
    if (found == MAP_NOT_FOUND)
        *command = params->mailbox_command;
    maps_close(maps);
    return found != MAP_ERROR;
}

static bool write_home(const struct mail *mail, struct verdict *verdict)
{
    struct target target;
    struct str path = arena_printf(mail->arena, "%s/" STR_FMT, mail->agent->home,
                                   STR_ARG(mail->agent->params->home_mailbox));
    if (!target_of(mail, path, &target, verdict))
        return false;
    target.strict = mail->agent->params->strict_ownership;
    return mailbox_write(&target, mail, verdict);
}

static void into_mailbox(const struct mail *mail, struct answer *answer)
{
    struct str command = STR("");
    if (!find_command(mail, &command, &answer->verdict))
        return;
    if (command.len) {
        command_deliver(mail, command, &answer->verdict);
    } else if (mail->agent->params->home_mailbox.len) {
        write_home(mail, &answer->verdict);
    } else {
        answer->mailbox = true;
        verdict_set(&answer->verdict, 250, "0.0", "to the mailbox");
    }
}

/* An agent for this alone. */
static void into_spool(const struct mail *mail, struct answer *answer)
{
    struct target target;
    struct str spool = str_of(mail->agent->spool);
    bool directories = str_ends(spool, STR("/"));
    struct str path = arena_printf(mail->arena, STR_FMT "%s%s%s", STR_ARG(spool), directories ? "" : "/",
                                   mail->agent->name, directories ? "/" : "");
    if (str_contains(str_of(mail->agent->name), '/'))
        verdict_set(&answer->verdict, 550, "1.3", "the name cannot name a mailbox");
    else if (target_of(mail, path, &target, &answer->verdict)) {
        target.strict = mail->agent->params->strict_ownership;
        mailbox_write(&target, mail, &answer->verdict);
    }
}

/* --- destinations --- */

static bool is_allowed(const struct mail *mail, const struct destination *one, struct str list)
{
    const char *where = one->included ? "include" : mail->errand->alias ? "alias" : "forward";
    struct str word;
    while (str_word(&list, ", \t\r\n", &word))
        if (str_eq_nocase(word, str_of(where)))
            return true;
    return false;
}

static void into_file(const struct mail *mail, const struct destination *one, struct verdict *verdict)
{
    struct target target;
    if (!is_allowed(mail, one, mail->agent->params->allow_files))
        verdict_set(verdict, 550, "7.1", "mail to files is not allowed here");
    else if (str_eq(one->text, STR("/dev/null")))
        verdict_set(verdict, 250, "0.0", "delivered to file: /dev/null");
    else if (target_of(mail, one->text, &target, verdict) && mailbox_write(&target, mail, verdict))
        verdict_set(verdict, 250, "0.0", "delivered to file: " STR_FMT, STR_ARG(one->text));
}

static void give_back(const struct mail *mail, struct texts *list, const struct destination *one)
{
    *list = (struct texts){arena_array(mail->arena, 1, sizeof *list->at), 1};
    list->at[0] = destination_name(one, mail->arena);
}

static void deliver_one(const struct mail *mail, const struct destination *one, struct answer *answer)
{
    verdict_set(&answer->verdict, 250, "0.0", "forwarded");
    switch (one->kind) {
    case ALIAS_ADDRESS:
        if (one->self && !mail->errand->alias)
            into_mailbox(mail, answer);
        else
            give_back(mail, one->self ? &answer->parts : &answer->forward, one);
        break;
    case ALIAS_COMMAND:
        if (is_allowed(mail, one, mail->agent->params->allow_commands))
            command_deliver(mail, one->text, &answer->verdict);
        else
            verdict_set(&answer->verdict, 550, "7.1", "mail to commands is not allowed here");
        break;
    case ALIAS_FILE:
        into_file(mail, one, &answer->verdict);
        break;
    case ALIAS_INCLUDE:
        break; /* was read */
    }
}

/* One that is there no more, because somebody has changed the list meanwhile: then all that it has now. Who
 * got the message before does not get it again: qmgr sees to that. */
static void deliver_list(const struct mail *mail, const struct destinations *list, struct answer *answer)
{
    struct str wanted = mail->errand->destination;
    for (size_t i = 0; wanted.len && i < list->count; i++)
        if (str_eq(destination_name(&list->at[i], mail->arena), wanted)) {
            deliver_one(mail, &list->at[i], answer);
            return;
        }
    if (list->count == 1) {
        deliver_one(mail, &list->at[0], answer);
        return;
    }
    destinations_share_out(list, &answer->forward, &answer->parts);
    verdict_set(&answer->verdict, 250, "0.0", "forwarded");
}

/* --- whose --- */

static void for_alias(const struct mail *mail, struct answer *answer)
{
    struct destinations list;
    if (!source_alias(mail, &list, &answer->verdict))
        return;
    if (list.count)
        deliver_list(mail, &list, answer);
    else
        verdict_set(&answer->verdict, 550, "1.1", "the alias " STR_FMT " has no address",
                    STR_ARG(mail->errand->user));
}

static void for_user(const struct mail *mail, struct answer *answer)
{
    struct destinations list;
    struct stat status;
    bool found = false;
    if (mail->agent->params->require_home && stat(mail->agent->home, &status) != 0) {
        verdict_system(&answer->verdict, mail->agent->home, errno);
        return;
    }
    if (!errand_is(mail, "\\") && !source_forward(mail, &list, &found, &answer->verdict))
        return;
    /* An empty file says: do not forward. */
    if (found && list.count)
        deliver_list(mail, &list, answer);
    else
        into_mailbox(mail, answer);
}

void errand_run(const struct mail *mail, struct answer *answer)
{
    if (!mail->agent->is_user)
        verdict_set(&answer->verdict, 451, "3.0", "cannot become the user %s", mail->agent->name);
    else if (mail->agent->spool)
        into_spool(mail, answer);
    else if (mail->errand->alias)
        for_alias(mail, answer);
    else
        for_user(mail, answer);
}
