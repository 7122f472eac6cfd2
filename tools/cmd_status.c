/* SPDX-License-Identifier: BSD-2-Clause */
/* relais status: whether master runs, and which programs under it. */
#include <fcntl.h>
#include <stdio.h>

#include "io/file.h"

#include "tools/control.h"
#include "tools/master_process.h"
#include "tools/subcommand.h"
#include "worker/metrics.h"

enum { NAME_LIMIT = 64, CHILDREN_LIMIT = 1 << 20 };

/* The name of a process, as the kernel has it. */
static struct str process_name(struct control *control, struct str pid)
{
    struct buf text;
    const char *path = arena_printf(control->configuration.arena, "/proc/" STR_FMT "/comm", STR_ARG(pid)).at;
    buf_init(&text, NAME_LIMIT);
    struct str name = STR("?");
    if (file_read_whole(AT_FDCWD, path, &text))
        name = arena_copy(control->configuration.arena, str_trim(buf_str(&text)));
    buf_finish(&text);
    return name;
}

/* What the instance has counted since its start. */
static void print_counters(struct control *control, struct str queue_directory)
{
    const char *path =
        arena_printf(control->configuration.arena, STR_FMT "/pid/metrics", STR_ARG(queue_directory)).at;
    const struct metrics *metrics = metrics_open(path, false);
    for (int i = 0; metrics && i < METRICS; i++)
        printf("  %-16s %12llu  %s\n", metrics_name((enum metric)i),
               (unsigned long long)metrics_read(metrics, (enum metric)i), metrics_help((enum metric)i));
}

static bool run_status(struct control *control)
{
    struct buf children;
    if (!control->master) {
        puts("master does not run");
        return false;
    }
    printf("master runs, process %d\n", (int)control->master);
    const char *path = arena_printf(control->configuration.arena, "/proc/%d/task/%d/children",
                                    (int)control->master, (int)control->master)
                           .at;
    buf_init(&children, CHILDREN_LIMIT);
    if (file_read_whole(AT_FDCWD, path, &children)) {
        struct str rest = buf_str(&children), pid;
        while (str_word(&rest, " ", &pid)) {
            struct str name = process_name(control, pid);
            printf("  %-10.*s " STR_FMT "\n", STR_ARG(name), STR_ARG(pid));
        }
    }
    buf_finish(&children);
    print_counters(control, control->configuration.params.queue_directory);
    return true;
}

static int status_main(int argc, char **argv)
{
    return control_main(argc, argv, "relais status", false, run_status);
}

const struct subcommand subcommand_status = {
    .name = "status", .summary = "say what runs", .run = status_main};
