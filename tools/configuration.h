/* SPDX-License-Identifier: BSD-2-Clause */
/* What every subcommand needs of the configuration: where it is, and its values. */
#ifndef TOOLS_CONFIGURATION_H
#define TOOLS_CONFIGURATION_H

#include <sys/types.h>

#include "conf/conf.h"
#include "conf/params.h"

enum { CONFIGURATION_MEMORY = 256 * 1024 * 1024 };

/* given (-c), else $MAIL_CONFIG, else what was installed; absolute when it is there. From the arena. */
const char *configuration_directory(const char *given, struct arena *arena);

struct configuration {
    struct arena *arena; /* owned */
    struct complaints complaints;
    struct conf *conf; /* owned */
    struct conf_params params;
};
/* Loads it and the parameters that the whole system shares; prints what is wrong with them, as `name`. False
 * when that is fatal; end with configuration_close in any case. */
bool configuration_open(struct configuration *configuration, const char *name, const char *given);
void configuration_close(struct configuration *configuration);

/* A text parameter, expanded; empty when it is not set. From the configuration's arena. */
struct str configuration_text(struct configuration *configuration, const char *name);
/* The process that is master of this configuration; 0 when none runs. */
pid_t configuration_master(struct configuration *configuration);
/* Prints complaints to standard error: "NAME: warning: ...". All, or those that are fatal. */
void complaints_print(const struct complaints *complaints, const char *name, bool warnings);

#endif
