/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of endings, and names that have one. */
#include "conf/service_param.h"

static const struct service_param list[] = {
#define SERVICE_PARAM(ending, row) {STR_INIT(ending), STR_INIT(row)},
#include "conf/service_params.def"
#undef SERVICE_PARAM
};
enum { COUNT_OF_LIST = sizeof list / sizeof list[0] };

static bool is_service(const struct conf *conf, struct str name)
{
    const struct services *services = conf_services(conf);
    for (size_t i = 0; i < services->count; i++)
        if (str_eq(services->at[i].name, name))
            return true;
    return false;
}

const struct service_param *conf_service_param(const struct conf *conf, struct str name)
{
    for (size_t i = 0; i < COUNT_OF_LIST; i++)
        if (str_ends(name, list[i].ending) &&
            is_service(conf, str_sub(name, 0, name.len - list[i].ending.len)))
            return &list[i];
    return NULL;
}

bool conf_service_row(const struct conf *conf, struct str name, struct arena *arena, struct param_row *row)
{
    const struct service_param *param = conf_service_param(conf, name);
    const struct param_row *general = param && param->row.len ? conf_row(conf, param->row) : NULL;
    if (!general)
        return false;
    *row = *general;
    row->name = arena_cstr(arena, name);
    return true;
}

const struct service_param *service_param_for(struct str row)
{
    for (size_t i = 0; i < COUNT_OF_LIST; i++)
        if (list[i].row.len && str_eq(list[i].row, row))
            return &list[i];
    return NULL;
}
