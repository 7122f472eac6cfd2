/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What became of something, in the words of mail: a class, an SMTP reply code (RFC 5321 4.2), an enhanced
 * status code (RFC 3463) and a text. A verdict is born where the failure happens and travels unchanged to the
 * reply, the log, the queue's record and the bounce. It is plain data and can be copied.
 */
#ifndef BASE_VERDICT_H
#define BASE_VERDICT_H

#include "base/str.h"

enum verdict_class {
    VERDICT_OK = 2,     /* done */
    VERDICT_DEFER = 4,  /* try again later */
    VERDICT_REJECT = 5, /* never */
};

enum { VERDICT_TEXT_LIMIT = 512 };

struct verdict {
    enum verdict_class class;
    uint16_t code;                 /* SMTP reply code; its first digit agrees with class */
    uint16_t subject, detail;      /* the X.y.z of RFC 3463 is class.subject.detail */
    char text[VERDICT_TEXT_LIMIT]; /* NUL-terminated, printable, no CR or LF; longer ones are cut */
};

/* Fills *verdict: class from code's first digit, subject.detail from status ("7.1" for x.7.1), the text
 * printed with control characters made '?'. Returns false when code is 4yz or 5yz, true for 2yz and 3yz, so
 * that `return verdict_set(v, 450, "2.0", "...")` reads well. */
bool verdict_set(struct verdict *verdict, int code, const char *status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Reads "X.Y.Z rest" at the start of an SMTP reply text; false when there is no enhanced code (RFC 2034). */
bool verdict_parse_status(struct str text, int *class_digit, int *subject, int *detail, struct str *rest);

/* From a peer's reply: code and (joined) text. An enhanced code at the front of the text that agrees with the
 * code's class is taken, else x.0.0. */
void verdict_from_reply(struct verdict *verdict, int code, struct str text);

/* For 4xx because of the system: "451 4.3.0 <what>: <strerror(error)>". Returns false. */
bool verdict_system(struct verdict *verdict, const char *what, int error);

bool verdict_is_ok(const struct verdict *verdict);
/* Prints "5.7.1" into the caller's array of at least 12 octets; returns it. */
const char *verdict_status(const struct verdict *verdict, char out[12]);

#endif
