/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking at a configuration as a whole before anything runs with it: values, names, services, tables,
 * certificates and the users that programs become. */
#ifndef TOOLS_CHECK_H
#define TOOLS_CHECK_H

#include "tools/configuration.h"

/* Loads, checks, prints all there is to complain about; false when the configuration must not be used.
 * warnings: print those too. End with configuration_close in any case. */
bool configuration_open_checked(struct configuration *configuration, const char *name, const char *given,
                                bool warnings);

#endif
