/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parameters of one service (reference: postfix.md rule 18): the service's name in master.cf and an ending,
 * as smtp_destination_rate_delay. Such a name takes the place of a row (default_destination_rate_delay) for
 * that service, has its type and range, and its value where nobody sets it. Those that only Postfix acts on
 * have no row.
 */
#ifndef CONF_SERVICE_PARAM_H
#define CONF_SERVICE_PARAM_H

#include "conf/conf.h"

struct service_param {
    struct str ending; /* "_destination_rate_delay" */
    struct str row;    /* "default_destination_rate_delay"; empty: none */
};

/* What a name is, when it is made of a service of master.cf and an ending; else NULL. */
const struct service_param *conf_service_param(const struct conf *conf, struct str name);
/* The row of such a name, under the name itself, from the arena. False when it has none. */
bool conf_service_row(const struct conf *conf, struct str name, struct arena *arena, struct param_row *row);
/* By which ending a row is set for one service; NULL when it cannot be. */
const struct service_param *service_param_for(struct str row);

#endif
