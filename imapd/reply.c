/* SPDX-License-Identifier: BSD-2-Clause */
/* Untagged lines, and the tagged reply that is sent when a command is done. */
#include <stdarg.h>

#include "imapd/session.h"

void imap_send(struct imap_session *session, const char *format, ...)
{
    struct buf line;
    va_list args;
    buf_init(&line, IMAP_RESPONSE_LIMIT);
    va_start(args, format);
    buf_vprintf(&line, format, args);
    va_end(args);
    stream_write(session->stream, STR("* "));
    stream_write(session->stream, buf_str(&line));
    stream_write(session->stream, STR("\r\n"));
    buf_finish(&line);
}

static void set_reply(struct imap_session *session, enum imap_reply_kind kind, const char *code,
                      const char *format, va_list args) __attribute__((format(printf, 4, 0)));
static void set_reply(struct imap_session *session, enum imap_reply_kind kind, const char *code,
                      const char *format, va_list args)
{
    session->reply = kind;
    buf_clear(&session->reply_text);
    if (code)
        buf_printf(&session->reply_text, "[%s] ", code);
    buf_vprintf(&session->reply_text, format, args);
}

void imap_ok(struct imap_session *session, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_reply(session, IMAP_REPLY_OK, code, format, args);
    va_end(args);
}

void imap_no(struct imap_session *session, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_reply(session, IMAP_REPLY_NO, code, format, args);
    va_end(args);
}

void imap_bad(struct imap_session *session, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set_reply(session, IMAP_REPLY_BAD, NULL, format, args);
    va_end(args);
}

bool imap_result(struct imap_session *session, enum store_result result, const struct verdict *verdict)
{
    static const char *const codes[] = {
        [STORE_NONEXISTENT] = "NONEXISTENT",
        [STORE_ALREADY_EXISTS] = "ALREADYEXISTS",
        [STORE_BAD_NAME] = "CANNOT",
        [STORE_HAS_CHILDREN] = "HASCHILDREN",
        [STORE_LIMIT] = "LIMIT",
        [STORE_OVER_QUOTA] = "OVERQUOTA",
        [STORE_READ_ONLY] = "READ-ONLY",
        [STORE_EXPUNGED] = "EXPUNGEISSUED",
        [STORE_BUSY] = "INUSE",
        [STORE_FAILED] = "UNAVAILABLE",
    };
    if (result == STORE_OK)
        return true;
    imap_no(session, codes[result], "%s", verdict->text);
    return false;
}
