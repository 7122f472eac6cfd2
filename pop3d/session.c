/* SPDX-License-Identifier: BSD-2-Clause */
/* The session: reading commands, and what several of them need. */
#include "pop3d/session.h"

#include <stdarg.h>
#include <stdlib.h>

#include "base/memory.h"
#include "pop3d/command.h"

enum { REPLY_LIMIT = 512 }; /* RFC 1939 3, RFC 2449 4 */

void pop3_session_init(struct pop3_session *session, struct stream *stream, struct mailbox *mailbox,
                       const struct pop3_limits *limits)
{
    struct mailbox_status status;
    mailbox_status(mailbox, &status);
    size_t count = mailbox_count(mailbox);
    if (count > limits->messages)
        count = limits->messages;
    *session = (struct pop3_session){
        .stream = stream, .mailbox = mailbox, .limits = *limits, .uidvalidity = status.uidvalidity};
    session->items = memory_array(count + 1, sizeof session->items[0]);
    for (size_t i = 0; i < count; i++) {
        const struct message *message = mailbox_message(mailbox, i);
        if (!message->gone)
            session->items[session->count++] =
                (struct pop3_item){.uid = message->uid, .size = message->size, .index = i};
    }
}

void pop3_session_finish(struct pop3_session *session)
{
    free(session->items);
}

static void __attribute__((format(printf, 3, 0)))
reply(struct pop3_session *session, const char *status, const char *format, va_list args)
{
    struct buf line;
    buf_init(&line, REPLY_LIMIT - 2);
    buf_printf(&line, "%s ", status);
    buf_vprintf(&line, format, args);
    stream_write(session->stream, buf_str(&line));
    stream_write(session->stream, STR("\r\n"));
    buf_finish(&line);
}

void pop3_ok(struct pop3_session *session, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    reply(session, "+OK", format, args);
    va_end(args);
}

void pop3_error(struct pop3_session *session, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    reply(session, "-ERR", format, args);
    va_end(args);
    session->errors++;
}

struct pop3_item *pop3_item(struct pop3_session *session, struct str text)
{
    uint64_t number;
    if (!str_to_u64(text, &number) || number == 0 || number > session->count) {
        pop3_error(session, "No such message");
        return NULL;
    }
    struct pop3_item *item = &session->items[number - 1];
    if (!item->deleted)
        return item;
    pop3_error(session, "Message is marked as deleted");
    return NULL;
}

void pop3_drop_size(const struct pop3_session *session, size_t *messages, uint64_t *octets)
{
    *messages = 0;
    *octets = 0;
    for (size_t i = 0; i < session->count; i++)
        if (!session->items[i].deleted) {
            *messages += 1;
            *octets += session->items[i].size;
        }
}

/* --- commands --- */

/* Keyword and arguments, one blank between (RFC 1939 3; runs of blanks, and blanks at the end, are taken
 * too). */
static void run_line(struct pop3_session *session, struct str line)
{
    struct str verb, args[POP3_ARGS], extra;
    unsigned count = 0;
    if (!str_word(&line, " ", &verb)) {
        pop3_error(session, "Empty command");
        return;
    }
    const struct pop3_command *command = pop3_command_find(verb);
    if (!command) {
        pop3_error(session, "Unknown command");
        return;
    }
    while (count < POP3_ARGS && str_word(&line, " ", &args[count]))
        count++;
    if (count < command->least || count > command->most || str_word(&line, " ", &extra)) {
        pop3_error(session, "Wrong number of arguments");
        return;
    }
    command->run(session, args, count);
}

void pop3_session_run(struct pop3_session *session)
{
    struct str line;
    pop3_ok(session, "Logged in, %zu messages", session->count);
    while (!session->over) {
        enum stream_status status = stream_line(session->stream, POP3_LINE_LIMIT, &line);
        if (status == STREAM_TOO_LONG)
            pop3_error(session, "Line too long");
        else if (status != STREAM_OK)
            return;
        else
            run_line(session, str_without_line_end(line));
        if (session->errors > session->limits.errors) {
            pop3_error(session, "Too many errors");
            session->over = true;
        }
    }
    stream_flush(session->stream);
}
