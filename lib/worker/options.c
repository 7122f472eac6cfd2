/* SPDX-License-Identifier: BSD-2-Clause */
/* Command lines: as master starts us, and as a person does. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/installed.h"
#include "worker/control.h"
#include "worker/run.h"

static void print_usage(const struct worker *worker)
{
    printf("usage: %s [--listen ADDRESS:PORT]... [--stdio] [-c DIRECTORY] [-o NAME=VALUE]...\n"
           "  --listen    serve connections to this address (may be given again)\n"
           "  --stdio     serve one conversation on standard input, a socket or a terminal\n"
           "  --foreground    as always\n"
           "  -c          directory of main.cf and master.cf\n"
           "  -o          set a parameter\n"
           "  --escape-test   confine, try what is forbidden, say what was blocked\n"
           "Normally started by master(8).\n",
           worker->name);
}

static bool add_listen(struct worker_options *options, const char *address)
{
    if (options->listen_count == RUN_LISTENERS)
        return false;
    options->listen[options->listen_count++] = address;
    return true;
}

static bool add_override(struct worker_options *options, const char *text)
{
    if (options->override_count == sizeof options->overrides / sizeof options->overrides[0] ||
        !strchr(text, '='))
        return false;
    options->overrides[options->override_count++] = text;
    return true;
}

static bool read_number(const char *text, unsigned *number)
{
    uint64_t value;
    if (!str_to_u64(str_of(text), &value) || value > UINT32_MAX)
        return false;
    *number = (unsigned)value;
    return true;
}

/* Long options have these numbers; the short ones are master's. */
enum { OPTION_LISTEN = 256, OPTION_STDIO, OPTION_FOREGROUND, OPTION_ESCAPE, OPTION_HELP };

static bool take_option(struct run *run, struct worker_options *options, int option)
{
    switch (option) {
    case OPTION_LISTEN:
        return add_listen(options, optarg);
    case OPTION_STDIO:
        return run->stdio = true;
    case OPTION_FOREGROUND:
        return true;
    case OPTION_ESCAPE:
        return run->escape_test = true;
    case 'c':
        options->config_directory = optarg;
        return true;
    case 'o':
        return add_override(options, optarg);
    case 'n':
        run->service = optarg;
        run->alone = false;
        return true;
    case 't':
        run->service_type = optarg;
        return true;
    case 's':
        return read_number(optarg, &options->listeners) && options->listeners <= RUN_LISTENERS;
    case 'i':
        return read_number(optarg, &run->slot);
    case 'u':
        run->session_user = optarg;
        return true;
    case 'H':
        run->session_home = optarg;
        return true;
    default:
        return false;
    }
}

bool options_read(struct run *run, int argc, char **argv, struct worker_options *options, int *status)
{
    static const struct option longs[] = {
        {"listen", required_argument, NULL, OPTION_LISTEN},
        {"stdio", no_argument, NULL, OPTION_STDIO},
        {"foreground", no_argument, NULL, OPTION_FOREGROUND},
        {"escape-test", no_argument, NULL, OPTION_ESCAPE},
        {"help", no_argument, NULL, OPTION_HELP},
        {NULL, 0, NULL, 0},
    };
    int option;
    run->alone = true;
    run->service = run->worker->name;
    options->config_directory = INSTALLED_CONFIGURATION;
    while ((option = getopt_long(argc, argv, "c:o:n:t:s:i:u:H:", longs, NULL)) != -1) {
        if (option == OPTION_HELP) {
            print_usage(run->worker);
            *status = EXIT_SUCCESS;
            return false;
        }
        if (!take_option(run, options, option)) {
            fprintf(stderr, "%s: see %s --help\n", argv[0], argv[0]);
            *status = 64; /* EX_USAGE */
            return false;
        }
    }
    return true;
}
