/* SPDX-License-Identifier: BSD-2-Clause */
/* What a loaded configuration is made of, for the files of lib/conf that look at all of it. */
#ifndef CONF_CONF_STATE_H
#define CONF_CONF_STATE_H

#include "base/hash.h"
#include "conf/conf.h"

struct setting {
    struct str name, raw;
    const char *file; /* NULL: computed, or set by conf_set */
    size_t line;
};

struct conf {
    struct arena *arena; /* borrowed */
    const struct param_set *const *sets;
    struct hash *settings; /* name -> struct setting */
    struct hash *rows;     /* name -> const struct param_row */
    struct hash *used;     /* names that values refer to and the like; of tables: the prefix with its '_' */
    struct services services;
    const char *services_file;
};

/* Fills conf->used once all is loaded. */
void conf_note_uses(struct conf *conf);

#endif
