/* SPDX-License-Identifier: BSD-2-Clause */
/* Parameters of Postfix's that Relais does not act on: configurations that set them are taken, and told so.
 */
#ifndef CONF_KNOWN_H
#define CONF_KNOWN_H

#include "base/str.h"

/* What becomes of it here: "Relais does not ..., ..."; NULL when nobody knows the name. */
const char *conf_known(struct str name);

#endif
