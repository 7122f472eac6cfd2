/* SPDX-License-Identifier: BSD-2-Clause */
/* relais mailbox: what mailboxes a virtual user has, and what is in them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "conf/installed.h"
#include "conf/params.h"
#include "store/home.h"
#include "store/store.h"
#include "tools/subcommand.h"

enum { RUN_MEMORY = 64 * 1024 * 1024 };

static const char usage[] = "usage: relais mailbox list [-c config_directory] user@domain\n"
                            "       relais mailbox status [-c config_directory] user@domain [mailbox ...]\n";

struct mailbox_run {
    struct arena *arena; /* owned */
    const char *config_directory;
    struct store *store; /* owned */
};

static bool complain_of(const char *what, const char *why)
{
    fprintf(stderr, "relais mailbox: %s: %s\n", what, why);
    return false;
}

/* The home of an address by the configuration. */
static bool find_home(struct mailbox_run *run, const char *address, struct buf *home)
{
    static const struct param_set *const sets[] = {&conf_param_set, NULL};
    struct complaints complaints;
    struct conf_params params;
    struct str text = arena_lower(run->arena, str_of(address));
    size_t at = str_find_last(text, '@');
    complaints_init(&complaints, run->arena);
    struct conf *conf = conf_load(run->config_directory, sets, run->arena, &complaints);
    conf_load_set(conf, NULL, &conf_param_set, run->arena, &complaints, &params);
    bool sound = complaints.fatal_count == 0;
    for (const struct complaint *complaint = complaints.first; complaint; complaint = complaint->next) {
        if (complaint->fatal)
            fprintf(stderr, "relais mailbox: " STR_FMT "\n", STR_ARG(complaint->text));
    }
    bool made = sound && at != SIZE_MAX &&
                home_make(params.mail_home, str_sub(text, 0, at), str_from(text, at + 1), home);
    conf_free(conf);
    return made || (sound && complain_of(address, "not an address of a mailbox"));
}

static bool open_of(struct mailbox_run *run, const char *address)
{
    struct verdict verdict;
    struct store_options options = {.create = false};
    struct buf home;
    buf_init(&home, 4096);
    bool found = find_home(run, address, &home);
    if (found && store_open(buf_cstr(&home), &options, &run->store, &verdict) != STORE_OK)
        found = complain_of(address, verdict.text);
    buf_finish(&home);
    return found;
}

static void print_attributes(unsigned attributes)
{
    static const struct {
        unsigned bit;
        const char *name;
    } rows[] = {
        {MAILBOX_NOSELECT, "\\Noselect"},
        {MAILBOX_NONEXISTENT, "\\NonExistent"},
        {MAILBOX_SUBSCRIBED, "\\Subscribed"},
        {MAILBOX_DRAFTS, "\\Drafts"},
        {MAILBOX_SENT, "\\Sent"},
        {MAILBOX_TRASH, "\\Trash"},
        {MAILBOX_JUNK, "\\Junk"},
        {MAILBOX_ARCHIVE, "\\Archive"},
    };
    const char *separator = "";
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (attributes & rows[i].bit) {
            printf("%s%s", separator, rows[i].name);
            separator = " ";
        }
    }
}

static bool get_list(struct mailbox_run *run, struct mailbox_list *list)
{
    struct verdict verdict;
    return store_list(run->store, run->arena, list, &verdict) == STORE_OK ||
           complain_of("list", verdict.text);
}

static bool print_list(struct mailbox_run *run)
{
    struct mailbox_list list;
    if (!get_list(run, &list))
        return false;
    for (size_t i = 0; i < list.count; i++) {
        print_attributes(list.at[i].attributes);
        printf("\t" STR_FMT "\n", STR_ARG(list.at[i].name));
    }
    return true;
}

static bool print_status(struct mailbox_run *run, struct str name)
{
    struct verdict verdict;
    struct mailbox_status status;
    if (store_status(run->store, name, &status, &verdict) != STORE_OK)
        return complain_of(arena_cstr(run->arena, name), verdict.text);
    printf(STR_FMT ": messages=%u unseen=%u size=%llu uidvalidity=%u uidnext=%u highestmodseq=%llu\n",
           STR_ARG(name), (unsigned)status.messages, (unsigned)status.unseen, (unsigned long long)status.size,
           (unsigned)status.uidvalidity, (unsigned)status.uidnext, (unsigned long long)status.highestmodseq);
    return true;
}

static bool print_statuses(struct mailbox_run *run, char **names, int count)
{
    struct mailbox_list list;
    bool good = true;
    for (int i = 0; i < count; i++)
        good = print_status(run, str_of(names[i])) && good;
    if (count || !get_list(run, &list))
        return count && good;
    for (size_t i = 0; i < list.count; i++) {
        if (!(list.at[i].attributes & (MAILBOX_NOSELECT | MAILBOX_NONEXISTENT)))
            good = print_status(run, list.at[i].name) && good;
    }
    return good;
}

/* argv[0] is the verb. */
static bool run_verb(struct mailbox_run *run, int argc, char **argv)
{
    bool list = strcmp(argv[0], "list") == 0, status = strcmp(argv[0], "status") == 0;
    int option;
    optind = 1;
    while ((option = getopt(argc, argv, "+c:")) == 'c')
        run->config_directory = optarg;
    int rest = argc - optind;
    if (option != -1 || rest < 1 || (list && rest != 1) || !(list || status)) {
        fputs(usage, stderr);
        return false;
    }
    if (!open_of(run, argv[optind]))
        return false;
    return list ? print_list(run) : print_statuses(run, argv + optind + 1, rest - 1);
}

static int mailbox_main(int argc, char **argv)
{
    struct mailbox_run run = {.arena = arena_create(RUN_MEMORY), .config_directory = getenv("MAIL_CONFIG")};
    if (!run.config_directory)
        run.config_directory = INSTALLED_CONFIGURATION;
    bool good = false;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        good = fputs(usage, stdout) >= 0;
    else if (argc < 2)
        fputs(usage, stderr);
    else
        good = run_verb(&run, argc - 1, argv + 1);
    store_close(run.store);
    arena_destroy(run.arena);
    return good && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct subcommand subcommand_mailbox = {
    .name = "mailbox",
    .verbs = true,
    .summary = "list a user's mailboxes, count what is in them",
    .run = mailbox_main,
};
