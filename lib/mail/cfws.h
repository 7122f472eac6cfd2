/* SPDX-License-Identifier: BSD-2-Clause */
/* Comments and folding white space (CFWS, RFC 5322 3.2.2) between the words of a structured field. */
#ifndef MAIL_CFWS_H
#define MAIL_CFWS_H

#include "base/str.h"

/* Takes blanks, line ends and comments, nested ones too, off the front; a comment that does not end takes
 * all. */
void cfws_skip(struct str *s);
/* The same, and then this character; false, with the blanks gone, when another one is there. */
bool cfws_take(struct str *s, char c);

#endif
