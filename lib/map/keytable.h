/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and values in memory, for tables that are text: filled once, then only asked. */
#ifndef MAP_KEYTABLE_H
#define MAP_KEYTABLE_H

#include "base/str.h"

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

#endif
