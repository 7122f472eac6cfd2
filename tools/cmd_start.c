/* SPDX-License-Identifier: BSD-2-Clause */
/* relais start: starts master on a configuration that was looked at as a whole, and waits until it runs. */
#include <sys/wait.h>
#include <time.h>

#include "io/task.h"

#include "tools/control.h"
#include "tools/master_process.h"
#include "tools/subcommand.h"

enum { START_MS = 20000, LOOK_MS = 20 };

static bool run_start(struct control *control)
{
    struct timespec little = {.tv_nsec = LOOK_MS * 1000000L};
    struct verdict verdict;
    struct str directory;
    struct arena *arena = control->configuration.arena;
    pid_t pid;
    int status;
    if (control->master)
        return control_failed(control, "master runs already, process %d", (int)control->master);
    conf_raw(control->configuration.conf, NULL, STR("config_directory"), &directory);
    pid = master_spawn(master_path(control->configuration.params.program_directory, arena),
                       arena_cstr(arena, directory), NULL, &verdict);
    if (pid < 0)
        return control_failed(control, "%s", verdict.text);
    for (int64_t deadline = deadline_in(START_MS); time_monotonic_ms() < deadline; nanosleep(&little, NULL)) {
        if (configuration_master(&control->configuration) == pid)
            return true;
        if (waitpid(pid, &status, WNOHANG) == pid)
            return control_failed(control, "master has ended; its log says why");
    }
    return control_failed(control, "master (process %d) is not ready after %d s", (int)pid, START_MS / 1000);
}

static int start_main(int argc, char **argv)
{
    return control_main(argc, argv, "relais start", true, run_start);
}

const struct subcommand subcommand_start = {
    .name = "start", .summary = "start the mail system", .run = start_main};
