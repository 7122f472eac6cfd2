/* SPDX-License-Identifier: BSD-2-Clause */
/* The command loop and what replies have in common. */
#include "smtpd/session.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/tally.h"
#include "io/task.h"
#include "io/tls.h"
#include "smtp/command.h"
#include "smtp/reply.h"
#include "smtpd/access.h"
#include "smtpd/auth_client.h"
#include "smtpd/server.h"
#include "smtpd/txn.h"
#include "worker/system_user.h"
#include "worker/metrics.h"

enum { SESSION_MEMORY = 64 * 1024 };

void session_enter(struct session *session, enum session_state state)
{
    if (!(state & (IN_TRANSACTION | HAVE_RCPT | IN_BDAT))) {
        txn_destroy(session->txn);
        session->txn = NULL;
    }
    assert(session->txn || state & (EXPECT_HELLO | READY | REFUSED));
    session->state = state;
}

void session_end(struct session *session)
{
    session->ending = true;
}

bool session_has_tls(const struct session *session)
{
    return stream_tls(session->stream) != NULL;
}

size_t session_recipient_limit(const struct session *session)
{
    size_t limit = (size_t)session->server->params->recipient_limit;
    return session->client.local && limit < SMTP_LOCAL_RECIPIENTS ? SMTP_LOCAL_RECIPIENTS : limit;
}

const char *session_protocol(const struct session *session)
{
    return session->server->lmtp ? "LMTP" : session->esmtp ? "ESMTP" : "SMTP";
}

const char *session_with(const struct session *session)
{
    static const char *const smtp[] = {"ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA"};
    static const char *const lmtp[] = {"LMTP", "LMTPS", "LMTPA", "LMTPSA"};
    static const char *const utf8lmtp[] = {"UTF8LMTP", "UTF8LMTPS", "UTF8LMTPA", "UTF8LMTPSA"};
    static const char *const utf8smtp[] = {"UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA"};
    unsigned kind = (session_has_tls(session) ? 1 : 0) + (session->auth_user.len ? 2 : 0);
    if (!session->esmtp)
        return "SMTP";
    bool utf8 = session->txn && session->txn->mail.smtputf8;
    if (session->server->lmtp)
        return utf8 ? utf8lmtp[kind] : lmtp[kind];
    return utf8 ? utf8smtp[kind] : smtp[kind];
}

/* Past the soft limit replies come late; past the hard limit the session ends (RFC 5321 4.5.3.2.7 leaves it
 * to us). */
static void count_error(struct session *session)
{
    const struct smtpd_params *params = session->server->params;
    session->errors++;
    if ((int64_t)session->errors > params->soft_error_limit)
        task_sleep(params->error_sleep_time);
}

static void reply_text(struct session *session, int code, const char *status, struct str text)
{
    if (code >= 400)
        count_error(session);
    smtp_reply_write(session->stream, code, status, text);
}

void session_reply(struct session *session, int code, const char *status, const char *format, ...)
{
    char text[2048], whole_status[16];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    snprintf(whole_status, sizeof whole_status, "%d.%s", code / 100, status);
    reply_text(session, code, whole_status, str_of(text));
}

void session_reply_verdict(struct session *session, const struct verdict *verdict)
{
    char status[12];
    reply_text(session, verdict->code, verdict_status(verdict, status), str_of(verdict->text));
}

void session_refuse(struct session *session, const char *command, struct str recipient,
                    const struct verdict *verdict)
{
    struct log_event event;
    char status[12];
    metrics_add(session->server->metrics, METRIC_smtp_refusals, 1);
    log_begin(&event, session->log, LOG_INFO_LEVEL, STR("NOQUEUE"));
    log_words(&event, "reject: %s from " STR_FMT "[" STR_FMT "]: %d %s", command,
              STR_ARG(session->client.name), STR_ARG(session->client.ip), verdict->code,
              verdict_status(verdict, status));
    log_words(&event, "%s;", verdict->text);
    if (session->txn)
        log_words(&event, "from=<" STR_FMT ">", STR_ARG(session->txn->sender));
    if (recipient.len)
        log_words(&event, "to=<" STR_FMT ">", STR_ARG(recipient));
    log_words(&event, "proto=%s helo=<" STR_FMT ">", session_protocol(session), STR_ARG(session->helo));
    log_send(&event);
    session_reply_verdict(session, verdict);
}

struct smtp_offer session_offer(struct session *session)
{
    const struct server *server = session->server;
    bool tls = session_has_tls(session);
    bool auth = server->auth && !session->auth_user.len && (tls || !server->params->tls_auth_only);
    return (struct smtp_offer){
        .tls_possible = server->tls && !tls && !server->params->tls_wrappermode,
        .auth = auth ? auth_client_mechanisms(server->auth, tls) : STR(""),
        .size_limit = (uint64_t)server->conf->message_size_limit,
        .vrfy = !server->params->disable_vrfy,
        .discard = server->params->discard_ehlo_keywords,
    };
}

void session_succeeded(struct session *session)
{
    session->junk = 0;
}

static const char *wanted_before(const struct session *session, const struct command *command)
{
    if (session->state == IN_BDAT)
        return "Only BDAT may come before the last chunk";
    if (session->state == REFUSED)
        return "Access was denied: only QUIT is of use";
    if (session->state == EXPECT_HELLO)
        return session->server->lmtp ? "Send LHLO first" : "Send EHLO or HELO first";
    if (session->state == READY)
        return "Need MAIL command";
    return command->states & HAVE_RCPT ? "No valid recipients" : "A mail transaction is under way";
}

static void run_command(struct session *session, const struct command *command, struct str args)
{
    const struct server *server = session->server;
    unsigned errors = session->errors;
    session->counts[command_number(command)]++;
    if (server->tls_required && !session_has_tls(session) && !session->client.local &&
        session->state != REFUSED && !(command->states & EXPECT_HELLO))
        session_reply(session, 530, "7.0", "Must issue a STARTTLS command first");
    else if (!(command->states & session->state))
        session_reply(session, 503, "5.1", "%s", wanted_before(session, command));
    else if (command->ends_group && !session->client.local && stream_buffered(session->stream).len)
        session_reply(session, 503, "5.0", "%s must be the last command of a group", command->verb);
    else
        command->run(session, args);
    if (session->errors == errors)
        session->accepted[command_number(command)]++;
    if (command->junk && (int64_t)++session->junk > server->params->junk_command_limit)
        count_error(session);
}

/* A browser, say, that somebody made to post commands to us; what else it says is not listened to. A table
 * that cannot be asked forbids nothing. */
static bool is_forbidden(const struct session *session, struct str line)
{
    struct verdict verdict;
    struct str word;
    return str_word(&line, " \t\r\n", &word) &&
           match_string(session->server->forbidden, word, &verdict) == MATCH_YES;
}

static void send_away(struct session *session, struct str line)
{
    log_say(session->log, LOG_WARNING_LEVEL, STR(""),
            "non-SMTP command from " STR_FMT "[" STR_FMT "]: " STR_FMT, STR_ARG(session->client.name),
            STR_ARG(session->client.ip), STR_ARG(str_sub(str_trim(line), 0, 100)));
    session_reply(session, 221, "7.0", "Not a command of mail: good-bye");
    session_end(session);
}

static void handle_line(struct session *session, struct str line)
{
    struct str verb, args;
    bool sound = smtp_command_split(line, &verb, &args);
    const struct command *command = sound ? command_find(verb) : NULL;
    if (command)
        run_command(session, command, args);
    else if (is_forbidden(session, line))
        send_away(session, line);
    else if (sound)
        session_reply(session, 500, "5.2", "Command not recognized");
    else
        session_reply(session, 500, "5.2", "Syntax error, a command is a word and CRLF");
}

/* RFC 5321 3.8: the server ends, and says so when nothing of a message would be lost. */
static bool is_sent_away(struct session *session)
{
    if (!session->server->ending || session->txn)
        return false;
    session_reply(session, 421, "3.2", "Service shutting down, come again");
    session_end(session);
    return true;
}

void sessions_end(struct server *server)
{
    server->ending = true;
    for (struct session *session = server->sessions; session; session = session->next)
        if (!session->txn)
            stream_stop_waiting(session->stream);
}

static bool next_line(struct session *session, struct str *line)
{
    if (stream_buffered(session->stream).len == 0 && stream_flush(session->stream) != STREAM_OK)
        return false;
    enum stream_status status =
        stream_line(session->stream, (size_t)session->server->params->line_length_limit, line);
    if (status == STREAM_TOO_LONG) {
        session_reply(session, 500, "5.2", "Line too long");
        *line = STR("");
        return true;
    }
    return status == STREAM_OK;
}

static void command_loop(struct session *session)
{
    const struct smtpd_params *params = session->server->params;
    struct str line;
    while (!session->ending && !is_sent_away(session) && next_line(session, &line)) {
        if (line.len)
            handle_line(session, line);
        if ((int64_t)session->errors >= params->hard_error_limit && !session->ending) {
            session_reply(session, 421, "7.0", "Error: too many errors");
            session_end(session);
        }
        if (time_monotonic_ms() > session->deadline && !session->ending) {
            session_reply(session, 421, "4.2", "Session time limit reached");
            session_end(session);
        }
    }
    stream_flush(session->stream);
}

/* "disconnect from name[ip] ehlo=1 mail=1/2 quit=1 commands=3/4": accepted of given, as Postfix counts. */
static void log_disconnect(struct session *session)
{
    struct log_event event;
    unsigned given = 0, accepted = 0;
    log_begin(&event, session->log, LOG_INFO_LEVEL, STR(""));
    log_words(&event, "disconnect from " STR_FMT "[" STR_FMT "]", STR_ARG(session->client.name),
              STR_ARG(session->client.ip));
    for (size_t i = 0; i < command_count(); i++) {
        char verb[16];
        if (!session->counts[i])
            continue;
        snprintf(verb, sizeof verb, "%s", command_at(i)->verb);
        for (char *c = verb; *c; c++)
            *c = char_lower(*c);
        if (session->accepted[i] == session->counts[i])
            log_words(&event, "%s=%u", verb, session->counts[i]);
        else
            log_words(&event, "%s=%u/%u", verb, session->accepted[i], session->counts[i]);
        given += session->counts[i];
        accepted += session->accepted[i];
    }
    if (given == accepted)
        log_words(&event, "commands=%u", given);
    else
        log_words(&event, "commands=%u/%u", accepted, given);
    log_send(&event);
}

/* RFC 5321 3.8: who is not waited for any longer is told so. */
static void say_goodbye(struct session *session)
{
    if (!stream_reopen_for_farewell(session->stream))
        return;
    if (!is_sent_away(session))
        session_reply(session, 421, "4.2", "Error: timeout exceeded");
    stream_flush(session->stream);
}

static bool begin_tls(struct session *session)
{
    const struct server *server = session->server;
    if (!server->params->tls_wrappermode)
        return true;
    if (server->tls && stream_accept_tls(session->stream, server->tls) == STREAM_OK)
        return true;
    log_say(session->log, LOG_INFO_LEVEL, STR(""), "SSL_accept error from " STR_FMT "[" STR_FMT "]: %s",
            STR_ARG(session->client.name), STR_ARG(session->client.ip),
            server->tls ? stream_error(session->stream) : "TLS not available");
    return false;
}

/* Clients in mynetworks may have as many as they like, as by Postfix's smtpd_client_event_limit_exceptions.
 */
static bool is_one_too_many(const struct session *session)
{
    int64_t limit = session->server->params->client_connection_count_limit;
    return limit > 0 && session->nth_of_client > (size_t)limit && !session->client.trusted;
}

/* A user of this host must be one who may send; everybody is judged by the restrictions, now or at RCPT. */
static bool is_welcome(struct session *session, struct verdict *verdict)
{
    const struct server *server = session->server;
    struct access_request request = {.session = session, .subject = SUBJECT_CLIENT, .stage = "CONNECT"};
    if (session->client.local &&
        !system_user_may(session->client.local, server->submitters, "submit mail", verdict))
        return false;
    return server->params->delay_reject || access_decide(server->access.client, &request, verdict);
}

/* Greets, or says why not: at once only when refusals are not held back until RCPT. RFC 5321 3.1: who got 554
 * may still say QUIT; there is no 4yz greeting but 421, which ends it. */
static void greet(struct session *session)
{
    const struct server *server = session->server;
    struct verdict verdict;
    if (is_sent_away(session))
        return;
    if (is_one_too_many(session)) {
        verdict_set(&verdict, 421, "7.0", "Too many connections from your address");
        session_refuse(session, "CONNECT", STR(""), &verdict);
        session_end(session);
        return;
    }
    if (is_welcome(session, &verdict)) {
        smtp_reply_write(session->stream, 220, NULL, server->params->banner);
        return;
    }
    bool for_good = verdict.class == VERDICT_REJECT;
    verdict.code = for_good ? 554 : 421;
    session_refuse(session, "CONNECT", STR(""), &verdict);
    session_enter(session, REFUSED);
    if (!for_good)
        session_end(session);
}

static void join(struct session *session)
{
    struct server *server = session->server;
    session->next = server->sessions;
    session->at = &server->sessions;
    if (session->next)
        session->next->at = &session->next;
    server->sessions = session;
    session->nth_of_client = tally_add(server->clients, session->client.ip);
}

static void leave(struct session *session)
{
    *session->at = session->next;
    if (session->next)
        session->next->at = session->at;
    tally_drop(session->server->clients, session->client.ip);
}

void session_run(struct server *server, struct stream *stream, const struct client *client)
{
    struct session session = {.server = server,
                              .stream = stream,
                              .log = server->log,
                              .client = *client,
                              .state = EXPECT_HELLO,
                              .helo = STR(""),
                              .deadline = deadline_in(server->params->session_limit),
                              .arena = arena_create(SESSION_MEMORY)};
    session.counts = arena_array(session.arena, command_count(), sizeof *session.counts);
    session.accepted = arena_array(session.arena, command_count(), sizeof *session.accepted);
    stream_set_timeout(stream, server->params->timeout);
    stream_set_deadline(stream, session.deadline);

    metrics_add(server->metrics, METRIC_smtp_sessions, 1);
    log_say(session.log, LOG_INFO_LEVEL, STR(""), "connect from " STR_FMT "[" STR_FMT "]",
            STR_ARG(client->name), STR_ARG(client->ip));
    join(&session);
    if (begin_tls(&session)) {
        greet(&session);
        command_loop(&session);
    }
    if (!session.ending && stream_status(stream) != STREAM_OK)
        log_say(session.log, LOG_INFO_LEVEL, STR(""), "%s after %s from " STR_FMT "[" STR_FMT "]",
                stream_error(stream), session.txn ? "MAIL" : "CONNECT", STR_ARG(client->name),
                STR_ARG(client->ip));
    say_goodbye(&session);
    leave(&session);
    log_disconnect(&session);
    session_enter(&session, EXPECT_HELLO);
    arena_destroy(session.arena);
}
