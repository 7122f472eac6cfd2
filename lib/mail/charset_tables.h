/* SPDX-License-Identifier: BSD-2-Clause */
/* Charsets by table: those of charset_points.def, and ISO-2022-JP over one of them. */
#ifndef MAIL_CHARSET_TABLES_H
#define MAIL_CHARSET_TABLES_H

#include "base/buf.h"

struct charset_table;

/* The table of a charset, by a name in any case, '_' for '-' too; NULL when there is none. */
const struct charset_table *charset_table_named(struct str name);
/* Appends the text as UTF-8; octets without meaning become U+FFFD. */
void charset_table_to_utf8(const struct charset_table *table, struct str text, struct buf *out);

#endif
