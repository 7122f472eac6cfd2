/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a virtual user's store is: mail_home with the address filled in. */
#ifndef STORE_HOME_H
#define STORE_HOME_H

#include "base/buf.h"
#include "base/str.h"

/* The pattern with %d (domain), %n (user) and %u (user@domain) filled in; %% is a percent sign. user and
 * domain are taken as they are (the caller has made them lower case and cut an extension off). False when one
 * of them cannot be part of a path (empty, over 255 octets, a dot in front, a slash, a control character) or
 * what comes out is not absolute. */
bool home_make(struct str pattern, struct str user, struct str domain, struct buf *home);

#endif
