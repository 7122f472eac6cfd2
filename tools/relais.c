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

enum { SUBCOMMAND_COUNT = sizeof subcommands / sizeof subcommands[0] };

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

int main(int argc, char **argv)
{
    const char *slash = argc ? strrchr(argv[0], '/') : NULL;
    const char *called = slash ? slash + 1 : argc ? argv[0] : "";
    const struct subcommand *subcommand = find_by_call(called);
    if (subcommand)
        return subcommand->run(argc, argv);
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
        return help ? subcommand->run(2, asked) : subcommand->run(argc - 1, argv + 1);
    fprintf(stderr, "relais: there is no subcommand \"%s\"; relais --help lists them\n", asked[0]);
    return EXIT_FAILURE;
}
