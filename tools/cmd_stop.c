/* SPDX-License-Identifier: BSD-2-Clause */
/* relais stop: asks master to end, and waits until it and all programs have. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tools/control.h"
#include "tools/master_process.h"
#include "tools/subcommand.h"

enum { STOP_MS = 60000 };

static bool run_stop(struct control *control)
{
    if (!control->master)
        return control_failed(control, "master does not run");
    if (kill(control->master, SIGTERM) != 0 && errno != ESRCH)
        return control_failed(control, "process %d: %s", (int)control->master, strerror(errno));
    return process_await_end(control->master, STOP_MS) ||
           control_failed(control, "master (process %d) does not end", (int)control->master);
}

static int stop_main(int argc, char **argv)
{
    return control_main(argc, argv, "relais stop", false, run_stop);
}

const struct subcommand subcommand_stop = {
    .name = "stop", .summary = "stop the mail system", .run = stop_main};
