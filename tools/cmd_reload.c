/* SPDX-License-Identifier: BSD-2-Clause */
/* relais reload: has master take a new configuration, after a look at all of it; a bad one changes nothing.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tools/control.h"
#include "tools/master_process.h"
#include "tools/subcommand.h"

static bool run_reload(struct control *control)
{
    if (!control->master)
        return control_failed(control, "master does not run");
    return kill(control->master, SIGHUP) == 0 ||
           control_failed(control, "process %d: %s", (int)control->master, strerror(errno));
}

static int reload_main(int argc, char **argv)
{
    return control_main(argc, argv, "relais reload", true, run_reload);
}

const struct subcommand subcommand_reload = {
    .name = "reload", .summary = "take a new configuration, when it is good", .run = reload_main};
