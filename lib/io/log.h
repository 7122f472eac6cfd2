/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: one line an event, in Postfix's shape ("Nov 23 21:53:00 host relais/smtpd[123]: ID: to=<a@b>,
 * relay=..., status=sent (...)") or as JSON lines, to a file descriptor opened for appending or to syslog's
 * socket. Lines are gathered over a turn of the loop and written together. Text from outside is made
 * printable (control characters and octets that are not UTF-8 become '?'; in JSON they are escaped, as
 * RFC 8259 8.1 wants it), so a line is a line; what is longer than 8 KiB is cut and ends in "...". Libraries
 * do not log: who decides logs.
 */
#ifndef IO_LOG_H
#define IO_LOG_H

#include "base/buf.h"
#include "base/str.h"

struct log;

enum log_level { LOG_DEBUG_LEVEL, LOG_INFO_LEVEL, LOG_WARNING_LEVEL, LOG_ERROR_LEVEL, LOG_FATAL_LEVEL };
enum log_format { LOG_FORMAT_POSTFIX, LOG_FORMAT_JSON };

/* Appends to fd (borrowed; each write whole lines). name: "relais/smtpd"; both strings are copied. */
struct log *log_to_fd(int fd, enum log_format format, const char *name, const char *host);
/* To /dev/log, facility mail; falls back to standard error when there is none. */
struct log *log_to_syslog(enum log_format format, const char *name);
void log_destroy(struct log *log); /* flushes; NULL is fine */
void log_flush(struct log *log);
void log_set_level(struct log *log, enum log_level least);

/* --- one event, built piece by piece; lives on the caller's stack --- */

struct log_event {
    struct log *log;
    enum log_level level;
    struct buf text; /* "ID: name=value, name=value" */
    struct buf json; /* the same as members; empty in the Postfix format */
    size_t pairs;
};

/* id: the queue id, "NOQUEUE", a session id, or empty. Nothing is written before log_send. */
void log_begin(struct log_event *event, struct log *log, enum log_level level, struct str id);
/* Adds "name=value", joined with ", ". */
void log_pair(struct log_event *event, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds free words, joined with a space: "reject: RCPT from host[ip]:". In JSON "message" has
 * them, and the pairs once more. */
void log_words(struct log_event *event, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_send(struct log_event *event);

/* The seconds between two times as delay= and delays= have them (Postfix's delay_logging_resolution_limit):
 * two digits that count and at most two behind the point, "0.03", "1.5", "120"; "0" when the clock went back.
 */
enum { LOG_SECONDS = 32 };
const char *log_seconds(int64_t from_us, int64_t to_us, char out[LOG_SECONDS]);

/* A whole event in one call; id may be empty. A NULL log is allowed and silent (tests). */
void log_say(struct log *log, enum log_level level, struct str id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
