/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of the commands that deal with a running master. */
#include "tools/control.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/check.h"

bool control_failed(const struct control *control, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "%s: ", control->name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return false;
}

int control_main(int argc, char **argv, const char *name, bool check, control_fn *fn)
{
    struct control control = {.name = name};
    const char *directory = NULL;
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0, good = !help;
    int option;
    optind = 1;
    while (good && (option = getopt(argc, argv, "c:")) != -1) {
        good = option == 'c';
        directory = optarg;
    }
    if (!good || optind < argc - help) {
        fprintf(help ? stdout : stderr, "usage: %s [-c directory]\n", name);
        return help ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    good = check ? configuration_open_checked(&control.configuration, name, directory, false)
                 : configuration_open(&control.configuration, name, directory);
    if (good) {
        control.master = configuration_master(&control.configuration);
        good = fn(&control);
    }
    configuration_close(&control.configuration);
    return fflush(stdout) == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}
