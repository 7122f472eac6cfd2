/* SPDX-License-Identifier: BSD-2-Clause */
/* Every row of every folder, for who reads whole configurations: master and the tools, which link
 * params_registry. */
#ifndef CONF_REGISTRY_H
#define CONF_REGISTRY_H

#include "conf/param.h"

/* NULL-terminated, libraries first. */
extern const struct param_set *const all_param_sets[];

#endif
