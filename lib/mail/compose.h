/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes header fields that cannot be injected: a value with CR, LF or NUL is refused, as is a name that is
 * no field name, and the refusal sticks, so that a writer looks once at the end. Lines are folded at blanks
 * so that they have at most 78 octets where they can (RFC 5322 2.1.1); text that is not ASCII becomes
 * encoded-words unless the message is one of RFC 6532.
 */
#ifndef MAIL_COMPOSE_H
#define MAIL_COMPOSE_H

#include "base/buf.h"
#include "base/str.h"
#include "mail/date.h"

struct compose {
    struct buf *out; /* borrowed */
    bool utf8;       /* RFC 6532: UTF-8 goes as it is */
    bool refused;
};

struct compose compose_begin(struct buf *out, bool utf8);
/* A structured value as it is, folded. */
void compose_field(struct compose *compose, const char *name, struct str value);
void compose_printf(struct compose *compose, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Unstructured text of a person or a foreign host. */
void compose_text(struct compose *compose, const char *name, struct str text);
/* name: "display" <address>; display may be empty, address is canonical text (mail/address.h). */
void compose_address(struct compose *compose, const char *name, struct str display, struct str address);
void compose_date(struct compose *compose, const char *name, const struct mail_date *date);
/* <left@host>; both become what a dot-atom may have. */
void compose_message_id(struct compose *compose, const char *name, struct str left, struct str host);
/* The empty line. False when something was refused or the buffer is full. */
bool compose_end(struct compose *compose);

/* Whether a field may carry this value: no CR, LF, NUL. */
bool compose_value_is_safe(struct str value);

#endif
