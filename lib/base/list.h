/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists in parameters and tables: items separated by commas or white space, where `{ }` holds an item with
 * separators in it together (reference: Postfix list syntax).
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/str.h"

/* Cuts the next item off *rest, braces included. False at the end of the list, or with *broken set when a
 * brace is not closed. */
bool list_next(struct str *rest, struct str *item, bool *broken);
/* "{ text }" becomes "text": the outer braces and the blanks inside them go. False when s is not one braced
 * text. */
bool list_unbrace(struct str s, struct str *inner);

#endif
