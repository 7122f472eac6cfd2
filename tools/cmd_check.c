/* SPDX-License-Identifier: BSD-2-Clause */
/* relais check: everything that is wrong with a configuration, all at once, before anything runs with it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/check.h"
#include "tools/subcommand.h"

static const char usage[] =
    "usage: relais check [-q] [-c directory]\n"
    "\n"
    "Looks at main.cf, conf.d and master.cf, tables, certificates and users. Fails when the\n"
    "configuration must not be used. -q: no warnings.\n";

static int check_main(int argc, char **argv)
{
    struct configuration configuration;
    const char *directory = NULL;
    bool quiet = false;
    int option;
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    optind = 1;
    while ((option = getopt(argc, argv, "c:q")) != -1) {
        if (option == '?') {
            fputs(usage, stderr);
            return EXIT_FAILURE;
        }
        if (option == 'c')
            directory = optarg;
        quiet = quiet || option == 'q';
    }
    if (optind != argc) {
        fputs(usage, stderr);
        return EXIT_FAILURE;
    }
    bool good = configuration_open_checked(&configuration, "relais check", directory, !quiet);
    configuration_close(&configuration);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct subcommand subcommand_check = {
    .name = "check", .summary = "say all that is wrong with the configuration", .run = check_main};
