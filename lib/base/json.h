/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON (RFC 8259), as far as we write it by hand. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

/* Adds the text as a string, quotes included (RFC 8259 7). Controls are escaped, and octets that are not
 * UTF-8 become U+FFFD, so that it is JSON whatever the text is. */
void json_add_text(struct buf *out, struct str text);

#endif
