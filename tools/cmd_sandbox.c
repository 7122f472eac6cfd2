/* SPDX-License-Identifier: BSD-2-Clause */
/* relais sandbox: starts, stops and removes private instances. What one is: sandbox.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "account/name.h"
#include "io/file.h"
#include "io/listen.h"
#include "mail/address.h"
#include "tools/sandbox.h"
#include "tools/subcommand.h"

enum { RUN_MEMORY = 512 * 1024 * 1024, BASE_PORT = 2500, HIGHEST_BASE_PORT = 65535 - 995 };

static const char usage[] =
    "usage: relais sandbox start DIR [--domain D]... [--user NAME@D:PASSWORD]... [--users N]\n"
    "                      [--host ADDRESS] [--base-port P] [--dns-zone FILE] [-o name=value]...\n"
    "       relais sandbox stop|wipe|env DIR\n"
    "\n"
    "start  makes and starts a private instance in DIR; returns when it serves. Without options, a\n"
    "       sandbox that is there is started as it was.\n"
    "stop   stops it; wipe stops it and removes DIR; env prints its addresses and places.\n";

static const struct option long_options[] = {
    {"domain", required_argument, NULL, 'd'},
    {"user", required_argument, NULL, 'u'},
    {"users", required_argument, NULL, 'n'},
    {"host", required_argument, NULL, 'h'},
    {"base-port", required_argument, NULL, 'p'},
    {"dns-zone", required_argument, NULL, 'z'},
    {0},
};

static bool complain_of(const char *what, const char *why)
{
    fprintf(stderr, "relais sandbox: %s: %s\n", what, why);
    return false;
}

/* --- the command line --- */

static bool take_domain(struct sandbox *sandbox, struct str domain)
{
    if (!address_domain_is_name(domain, false))
        return false;
    domain = arena_lower(sandbox->arena, domain);
    for (size_t i = 0; i < sandbox->domain_count; i++)
        if (str_eq(sandbox->domains[i], domain))
            return true;
    if (sandbox->domain_count == SANDBOX_DOMAINS)
        return false;
    sandbox->domains[sandbox->domain_count++] = domain;
    return true;
}

static struct str domain_of(struct str name)
{
    return str_from(name, str_find_last(name, '@') + 1);
}

static bool take_account(struct sandbox *sandbox, struct str text)
{
    struct str name, canonical;
    if (sandbox->account_count == SANDBOX_USERS || !str_cut(&text, ':', &name) || !str_contains(name, '@') ||
        text.len == 0 || !address_domain_is_name(domain_of(name), false) ||
        !account_name(name, STR(""), sandbox->arena, &canonical))
        return false;
    sandbox->accounts[sandbox->account_count++] = (struct sandbox_account){name, text};
    return true;
}

static bool take_number(struct str text, uint64_t most, uint64_t *number)
{
    return str_to_u64(text, number) && *number <= most;
}

static bool take_setting(struct sandbox *sandbox, struct str text)
{
    size_t equals = str_find(text, '=');
    if (sandbox->setting_count == SANDBOX_SETTINGS || equals == SIZE_MAX || str_contains(text, '\n') ||
        str_trim(str_sub(text, 0, equals)).len == 0)
        return false;
    sandbox->settings[sandbox->setting_count++] = text;
    return true;
}

/* What is said of a value that an option does not take. */
static const char *wanted_by(int option)
{
    switch (option) {
    case 'd':
        return "--domain wants a domain name, in A-labels where it is an international one";
    case 'u':
        return "--user wants NAME@DOMAIN:PASSWORD";
    case 'n':
        return "--users wants a number, at most 100000";
    case 'h':
        return "--host wants an IP address";
    case 'p':
        return "--base-port wants a number, at most 64540";
    case 'z':
        return strerror(errno);
    default:
        return "-o wants name=value, on one line";
    }
}

static bool take_option(struct sandbox *sandbox, int option, const char *given)
{
    struct str text = str_of(given);
    struct address address;
    uint64_t number = 0;
    bool good = false;
    sandbox->configured = true;
    switch (option) {
    case 'd':
        return take_domain(sandbox, text);
    case 'u':
        return take_account(sandbox, text);
    case 'n':
        good = take_number(text, SANDBOX_USERS, &number);
        sandbox->numbered_users = (size_t)number;
        return good;
    case 'h':
        sandbox->host = given;
        return address_from_ip(text, 0, &address);
    case 'p':
        good = take_number(text, HIGHEST_BASE_PORT, &number);
        sandbox->base_port = (uint16_t)number;
        return good;
    case 'z':
        sandbox->zone_file = given;
        return access(given, R_OK) == 0;
    default:
        return take_setting(sandbox, text);
    }
}

static bool read_options(struct sandbox *sandbox, int argc, char **argv)
{
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "+o:", long_options, NULL)) != -1) {
        if (option == '?') {
            fputs(usage, stderr);
            return false;
        }
        if (!take_option(sandbox, option, optarg))
            return complain_of(optarg, wanted_by(option));
    }
    if (optind != argc)
        return complain_of(argv[optind], "one directory is enough");
    return true;
}

/* --- places --- */

/* The one name of a directory, whatever links and dots it was given with: by it a running master is known.
 * Of what is not there yet the last part is taken as it is. NULL: errno. */
static const char *true_path(struct arena *arena, const char *given)
{
    struct str path = str_of(given), last;
    while (path.len > 1 && path.at[path.len - 1] == '/')
        path.len--;
    char *whole = realpath(arena_cstr(arena, path), NULL);
    if (whole || errno != ENOENT) {
        const char *copy = whole ? arena_cstr(arena, str_of(whole)) : NULL;
        free(whole);
        return copy;
    }
    size_t slash = str_find_last(path, '/');
    last = slash == SIZE_MAX ? path : str_from(path, slash + 1);
    if (str_eq(last, STR("..")) || str_eq(last, STR(".")))
        return NULL;
    const char *above = slash == SIZE_MAX ? "."
                        : slash == 0      ? "/"
                                          : arena_cstr(arena, str_sub(path, 0, slash));
    above = true_path(arena, above);
    return above ? arena_printf(arena, "%s/" STR_FMT, above[1] ? above : "", STR_ARG(last)).at : NULL;
}

/* Absolute, and of characters that mean nothing in a configuration. */
static bool take_directory(struct sandbox *sandbox, const char *given)
{
    sandbox->directory = true_path(sandbox->arena, given);
    if (!sandbox->directory)
        return complain_of(given, strerror(errno));
    struct str path = str_of(sandbox->directory);
    if (path.len < 2 || path.len > SANDBOX_DIRECTORY_ROOM)
        return complain_of(sandbox->directory, "its sockets' paths would be too long; take a shorter one");
    for (size_t i = 0; i < path.len; i++)
        if (!char_is_alnum(path.at[i]) && !strchr("/._-+@", path.at[i]))
            return complain_of(sandbox->directory, "use letters, digits and /._-+@ only");
    return true;
}

/* HOST and base port of a sandbox that is there, out of its variables. */
static bool read_variables(struct sandbox *sandbox, struct buf *text)
{
    struct str rest, line, name;
    uint64_t number;
    buf_init(text, SANDBOX_FILE_LIMIT);
    if (!file_read_whole(AT_FDCWD, sandbox_path(sandbox, "sandbox.env"), text))
        return complain_of(sandbox->directory, errno == ENOENT ? "there is no sandbox" : strerror(errno));
    rest = buf_str(text);
    while (str_cut(&rest, '\n', &line)) {
        if (!str_cut(&line, '=', &name))
            continue;
        if (str_eq(name, STR("HOST")) && line.len > 2)
            sandbox->host = arena_cstr(sandbox->arena, str_sub(line, 1, line.len - 2));
        if (str_eq(name, STR("SMTP_PORT")) && str_to_u64(line, &number) && number >= 25 && number <= 65535)
            sandbox->base_port = (uint16_t)(number - 25);
    }
    return true;
}

/* --- the verbs --- */

static bool failed(const struct sandbox *sandbox, const struct verdict *verdict)
{
    return complain_of(sandbox->directory, verdict->text);
}

static bool configure(struct sandbox *sandbox, struct verdict *verdict)
{
    for (size_t i = 0; i < sandbox->account_count; i++)
        if (!take_domain(sandbox, domain_of(sandbox->accounts[i].name)))
            return verdict_set(verdict, 550, "3.5", "the users have too many domains");
    if (sandbox->domain_count == 0)
        take_domain(sandbox, STR("relais.example"));
    return sandbox_make_roles(verdict) && sandbox_write_files(sandbox, verdict) &&
           sandbox_make_certificate(sandbox, verdict) && sandbox_make_accounts(sandbox, verdict);
}

/* A directory that has something else in it would be lost with the sandbox. */
static bool is_free(const struct sandbox *sandbox)
{
    DIR *directory = opendir(sandbox->directory);
    struct dirent *entry;
    bool empty = true;
    while (directory && empty && (entry = readdir(directory)))
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    if (directory)
        closedir(directory);
    return empty || complain_of(sandbox->directory, "there is something else in it");
}

static bool run_start(struct sandbox *sandbox, int argc, char **argv)
{
    struct verdict verdict;
    struct buf text;
    if (!read_options(sandbox, argc, argv))
        return false;
    if (sandbox_master(sandbox))
        return complain_of(sandbox->directory, "it runs already");
    bool there = access(sandbox_path(sandbox, "sandbox.env"), F_OK) == 0;
    if (there && !sandbox->configured) {
        bool known = read_variables(sandbox, &text);
        buf_finish(&text);
        return known && (sandbox_run(sandbox, &verdict) || failed(sandbox, &verdict));
    }
    if (!there && !is_free(sandbox))
        return false;
    return (configure(sandbox, &verdict) && sandbox_run(sandbox, &verdict)) || failed(sandbox, &verdict);
}

static bool run_env(struct sandbox *sandbox)
{
    struct buf text;
    bool good = read_variables(sandbox, &text);
    pid_t pid = sandbox_master(sandbox);
    if (good)
        fputs(buf_cstr(&text), stdout);
    if (good && pid)
        printf("MASTER_PID=%d\n", (int)pid);
    else if (good)
        puts("MASTER_PID=");
    buf_finish(&text);
    return good;
}

static bool run_stop(struct sandbox *sandbox, bool wipe)
{
    struct verdict verdict;
    struct buf text;
    bool good = read_variables(sandbox, &text);
    buf_finish(&text);
    if (!good)
        return false;
    return (sandbox_end(sandbox, &verdict) && (!wipe || sandbox_remove(sandbox, &verdict))) ||
           failed(sandbox, &verdict);
}

static bool run_verb(struct sandbox *sandbox, int argc, char **argv)
{
    const char *verb = argv[1];
    if (argv[2][0] == '-') {
        fputs(usage, stderr);
        return false;
    }
    if (!take_directory(sandbox, argv[2]))
        return false;
    if (strcmp(verb, "start") == 0)
        return run_start(sandbox, argc - 2, argv + 2);
    if (argc == 3 && (strcmp(verb, "stop") == 0 || strcmp(verb, "wipe") == 0))
        return run_stop(sandbox, strcmp(verb, "wipe") == 0);
    if (argc == 3 && strcmp(verb, "env") == 0)
        return run_env(sandbox);
    fputs(usage, stderr);
    return false;
}

static int sandbox_main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    if (argc < 3) {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    struct arena *arena = arena_create(RUN_MEMORY);
    struct sandbox sandbox = {.arena = arena, .host = "127.0.0.1", .base_port = BASE_PORT};
    sandbox.domains = arena_array(arena, SANDBOX_DOMAINS, sizeof *sandbox.domains);
    sandbox.accounts = arena_array(arena, SANDBOX_USERS, sizeof *sandbox.accounts);
    sandbox.settings = arena_array(arena, SANDBOX_SETTINGS, sizeof *sandbox.settings);
    bool good = run_verb(&sandbox, argc, argv);
    arena_destroy(arena);
    return good && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct subcommand subcommand_sandbox = {
    .name = "sandbox", .summary = "make, start, stop and remove a private instance", .run = sandbox_main};
