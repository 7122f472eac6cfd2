/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole configuration: main.cf, the .cf files of conf.d behind it in order of name, master.cf, and the rows
 * that say what each parameter is when nobody set it. It is loaded and checked as a whole, and all complaints
 * come at once; what runs is a snapshot of it (snapshot.h).
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "conf/master_cf.h"
#include "conf/param.h"

struct conf;

/* sets: every row there is, NULL-terminated (the build makes all_param_sets for master and the tools). The
 * directory's main.cf must be there, master.cf need not. Complaints about what cannot be read or parsed; a
 * conf comes in any case. Text and services live in the arena. */
struct conf *conf_load(const char *directory, const struct param_set *const *sets, struct arena *arena,
                       struct complaints *complaints);
void conf_free(struct conf *conf); /* NULL is fine */

const struct services *conf_services(const struct conf *conf);
/* As given to conf_load. */
const struct param_set *const *conf_sets(const struct conf *conf);
/* Sets a value over what the files say (-o on a command line). A name that they set stays one that they set.
 */
void conf_set(struct conf *conf, struct str name, struct str value);

/* As written in the files; false when they do not set it. */
bool conf_explicit(const struct conf *conf, struct str name, struct str *raw);
/* The row of a built-in parameter; NULL when there is none. */
const struct param_row *conf_row(const struct conf *conf, struct str name);
/* Whether a name that is neither a row nor known may be set: some value refers to it, or it is listed as a
 * class of restrictions, or it belongs to a table that names its parameters in main.cf. */
bool conf_is_used(const struct conf *conf, struct str name);
/* What it is when nobody sets it: the row's default, Postfix's, or the parameter that it is one service's own
 * of. False: nobody knows the name. */
bool conf_default(const struct conf *conf, struct str name, struct str *raw);
/* The raw value in force: what a service is (service_name, process_name), its -o, files, its default. service
 * may be NULL. */
bool conf_raw(const struct conf *conf, const struct service *service, struct str name, struct str *raw);
/* The same expanded (but for a RAW row), from the arena. False with a complaint when it cannot be expanded.
 */
bool conf_value(const struct conf *conf, const struct service *service, struct str name, struct arena *arena,
                struct complaints *complaints, struct str *value);
/* A raw value expanded as that of the name would be, outside any service. */
bool conf_expand(const struct conf *conf, struct str name, struct str raw, struct arena *arena,
                 struct complaints *complaints, struct str *value);
/* "FILE, line N: " of what gives a name its value; empty for defaults. */
struct str conf_place(const struct conf *conf, const struct service *service, struct str name,
                      struct arena *arena);
/* Every name set in the files, in order of name. */
void conf_each_explicit(const struct conf *conf, void (*fn)(void *arg, struct str name, struct str raw),
                        void *arg);

/* Looks at every row for every service, for names that nobody uses or that are not defined, and for what
 * Relais does not act on. Complaints say file and line. */
void conf_check(const struct conf *conf, struct arena *arena, struct complaints *complaints);
/* Only what is no matter of values: names that nobody uses or that are not defined, and what cannot be
 * expanded. */
void conf_check_names(const struct conf *conf, struct arena *arena, struct complaints *complaints);
/* One set of rows with the values of a service (NULL: of none). */
void conf_load_set(const struct conf *conf, const struct service *service, const struct param_set *set,
                   struct arena *arena, struct complaints *complaints, void *params);

#endif
