/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and values in memory, for tables that are text: filled once, then only asked. */
#ifndef MAP_KEYTABLE_H
#define MAP_KEYTABLE_H

#include "map/map.h"

struct keytable;

struct keytable *keytable_create(void);
void keytable_destroy(struct keytable *table); /* NULL is fine */
/* Copies key (ASCII letters folded to lower case) and value; false, changing nothing, when the key is there.
 */
bool keytable_add(struct keytable *table, struct str key, struct str value);
/* The key must be folded. */
bool keytable_find(const struct keytable *table, struct str key, struct str *value);
size_t keytable_count(const struct keytable *table);
/* In the order added. */
void keytable_at(const struct keytable *table, size_t index, struct str *key, struct str *value);

/* What a type of table does whose contents are one (struct map_type). */
void keytable_unload(void *contents);
enum map_result keytable_look_up(void *contents, struct str key, struct arena *arena, struct str *value,
                                 struct verdict *verdict);
bool keytable_each(void *contents, map_entry_fn *fn, void *arg, struct verdict *verdict);

#endif
