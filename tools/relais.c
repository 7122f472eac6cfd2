/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relais(1): the admin command. It is the list of its subcommands (subcommands.def), found by the first
 * argument, or by the name the program was called by: postconf, postqueue, mailq, postsuper, postcat,
 * postmap, postalias, newaliases.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/subcommand.h"

#define SUBCOMMAND(name) extern const struct subcommand subcommand_##name;
#include "tools/subcommands.def"
#undef SUBCOMMAND

static const struct subcommand *const subcommands[] = {
#define SUBCOMMAND(name) &subcommand_##name,
#include "tools/subcommands.def"
#undef SUBCOMMAND
};

enum { SUBCOMMAND_COUNT = sizeof subcommands / sizeof subcommands[0], NAME_ROOM = 64 };

static const struct subcommand *find_by_name(const char *name)
{
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
        if (strcmp(subcommands[i]->name, name) == 0)
            return subcommands[i];
    return NULL;
}

static const struct subcommand *find_by_call(const char *name)
{
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++)
        for (const char *const *also = subcommands[i]->also; also && *also; also++)
            if (strcmp(*also, name) == 0)
                return subcommands[i];
    return NULL;
}

static void print_list(FILE *out)
{
    fputs("usage: relais SUBCOMMAND [arguments]\n\n", out);
    for (size_t i = 0; i < SUBCOMMAND_COUNT; i++) {
        fprintf(out, "  %-8s  %s", subcommands[i]->name, subcommands[i]->summary);
        for (const char *const *also = subcommands[i]->also; also && *also; also++)
            fprintf(out, "%s%s", also == subcommands[i]->also ? " (also: " : ", ", *also);
        fputs(subcommands[i]->also ? ")\n" : "\n", out);
    }
    fputs("\nrelais SUBCOMMAND --help says more; so do the manuals, relais-SUBCOMMAND(1).\n", out);
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0)
            return true;
    return false;
}

static int run_subcommand(const struct subcommand *subcommand, int argc, char **argv)
{
    char *help[] = {argv[0], (char *)(uintptr_t) "--help", NULL};
    if (asks_for_help(argc, argv))
        return subcommand->run(2, help);
    return subcommand->run(argc, argv);
}

/* As "relais NAME", which begins what it complains of. */
static int run_named(const struct subcommand *subcommand, int argc, char **argv)
{
    char name[NAME_ROOM];
    snprintf(name, sizeof name, "relais %s", subcommand->name);
    argv[0] = name;
    if (subcommand->verbs && argc > 3 && strcmp(argv[1], "-c") == 0 && argv[3][0] != '-') {
        char *verb = argv[3];
        argv[3] = argv[2];
        argv[2] = argv[1];
        argv[1] = verb;
    }
    return run_subcommand(subcommand, argc, argv);
}

int main(int argc, char **argv)
{
    const char *slash = argc ? strrchr(argv[0], '/') : NULL;
    const char *called = slash ? slash + 1 : argc ? argv[0] : "";
    const struct subcommand *subcommand = find_by_call(called);
    if (subcommand)
        return run_subcommand(subcommand, argc, argv);
    if (argc < 2) {
        print_list(stderr);
        return EXIT_FAILURE;
    }
    if (strcmp(argv[1], "--version") == 0) {
        puts("relais " RELAIS_VERSION);
        return EXIT_SUCCESS;
    }
    bool help = strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0;
    if (help && argc == 2) {
        print_list(stdout);
        return EXIT_SUCCESS;
    }
    char *asked[] = {argv[help ? 2 : 1], (char *)(uintptr_t) "--help", NULL};
    subcommand = find_by_name(asked[0]);
    if (subcommand)
        return help ? run_named(subcommand, 2, asked) : run_named(subcommand, argc - 1, argv + 1);
    fprintf(stderr, "relais: there is no subcommand \"%s\"; relais --help lists them\n", asked[0]);
    return EXIT_FAILURE;
}
