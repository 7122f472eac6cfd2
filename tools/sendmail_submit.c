/* SPDX-License-Identifier: BSD-2-Clause */
/* SMTP with our own smtpd, as a client. */
#include "tools/sendmail_submit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "io/file.h"
#include "io/stream.h"

enum {
    REPLY_LINE_LIMIT = 4096,
    REPLY_LIMIT = 16 * 1024,
    INPUT_LIMIT = 8192,
    TALK_WAIT_MS = 3600 * 1000,
    ANSWER_MS = 60 * 1000,      /* for each answer but the last */
    LAST_ANSWER_MS = 600 * 1000 /* RFC 5321 4.5.3.2.6: who gives up too early sends twice */
};

/* --- the conversation --- */

struct talk {
    struct stream *stream;
    struct buf reply; /* of the last command: texts of its lines, each with a newline */
    struct buf *why;
    bool all_said; /* the end of the message was sent */
    bool lost;     /* the conversation broke */
};

static int lost(struct talk *talk)
{
    talk->lost = true;
    buf_printf(talk->why, "conversation with the mail system broke: %s", stream_error(talk->stream));
    if (talk->all_said)
        buf_add_text(
            talk->why,
            "; the message may have been taken: see mailq(1) and relais-trace(1) before sending it again");
    return EX_TEMPFAIL;
}

/* Reads a reply; its code, or 0 when there is none. */
static int read_reply(struct talk *talk)
{
    struct str line;
    uint64_t code = 0;
    buf_clear(&talk->reply);
    do {
        if (stream_line(talk->stream, REPLY_LINE_LIMIT, &line) != STREAM_OK)
            return 0;
        line = str_trim(line);
        if (line.len < 3 || !str_to_u64(str_sub(line, 0, 3), &code) || code < 200 || code > 599)
            return 0;
        buf_add(&talk->reply, str_from(line, 4));
        buf_add_char(&talk->reply, '\n');
    } while (line.len > 3 && line.at[3] == '-' && !talk->reply.over);
    return talk->reply.over ? 0 : (int)code;
}

/* What a server says, for people. */
static void add_printable(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++)
        buf_add_char(out, char_is_print(text.at[i]) || (unsigned char)text.at[i] >= 0x80 ? text.at[i] : ' ');
}

/* Sends what was written and wants a reply of the class; EX_OK, or what the refusal means with *why. */
static int expect(struct talk *talk, int class, int refused, const char *what)
{
    int code = stream_flush(talk->stream) == STREAM_OK ? read_reply(talk) : 0;
    if (code / 100 == class)
        return EX_OK;
    if (code == 0)
        return lost(talk);
    buf_printf(talk->why, "%s: %d ", what, code);
    add_printable(str_trim(buf_str(&talk->reply)), talk->why);
    return code / 100 == 5 ? refused : EX_TEMPFAIL;
}

static bool offers(const struct talk *talk, struct str extension)
{
    struct str rest = buf_str(&talk->reply), line, word;
    while (rest.len && str_cut(&rest, '\n', &line))
        if (str_word(&line, " ", &word) && str_eq_nocase(word, extension))
            return true;
    return false;
}

/* What the server can do of what we may need. */
struct offers {
    bool dsn, eight_bit, utf8;
};

static bool has_high_octets(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.at[i] >= 0x80)
            return true;
    return false;
}

bool submission_needs_utf8(const struct submission *submission)
{
    bool needs = has_high_octets(submission->sender);
    for (size_t i = 0; i < submission->recipient_count; i++)
        needs = needs || has_high_octets(submission->recipients[i]);
    return needs;
}

/* RFC 3461 4. */
static void write_xtext(struct stream *stream, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c > 0x20 && c < 0x7f && c != '+' && c != '=')
            stream_write(stream, str_make(&c, 1));
        else
            stream_printf(stream, "+%02X", (unsigned)(unsigned char)c);
    }
}

static int send_sender(struct talk *talk, const struct submission *submission, const struct offers *offers)
{
    struct stream *stream = talk->stream;
    stream_printf(stream, "MAIL FROM:<" STR_FMT ">", STR_ARG(submission->sender));
    if (submission_needs_utf8(submission)) {
        if (!offers->utf8) {
            buf_add_text(talk->why, "the mail system does not take addresses with other letters than ASCII");
            return EX_UNAVAILABLE;
        }
        stream_printf(stream, " SMTPUTF8");
    }
    if (offers->eight_bit && submission->eight_bit)
        stream_printf(stream, " BODY=8BITMIME");
    if (offers->dsn && submission->ret.len)
        stream_printf(stream, " RET=" STR_FMT, STR_ARG(submission->ret));
    if (offers->dsn && submission->envid.len) {
        stream_printf(stream, " ENVID=");
        write_xtext(stream, submission->envid);
    }
    stream_printf(stream, "\r\n");
    return expect(talk, 2, EX_NOPERM, "sender refused");
}

static int send_recipients(struct talk *talk, const struct submission *submission,
                           const struct offers *offers)
{
    for (size_t i = 0; i < submission->recipient_count; i++) {
        struct str recipient = submission->recipients[i];
        stream_printf(talk->stream, "RCPT TO:<" STR_FMT ">", STR_ARG(recipient));
        if (offers->dsn && submission->notify.len)
            stream_printf(talk->stream, " NOTIFY=" STR_FMT, STR_ARG(submission->notify));
        stream_printf(talk->stream, "\r\n");
        char what[400];
        snprintf(what, sizeof what, "nothing was sent: recipient " STR_FMT " refused", STR_ARG(recipient));
        int status = expect(talk, 2, EX_NOUSER, what);
        if (status != EX_OK)
            return status;
    }
    return EX_OK;
}

/* As Postfix's sendmail ends then: it is not the data that are wrong. */
static int refused_for_size(const struct talk *talk, int status)
{
    return status == EX_DATAERR && str_starts(buf_str(&talk->reply), STR("5.3.4")) ? EX_UNAVAILABLE : status;
}

/* RFC 5321 4.5.2: a dot in front of each line that begins with one. */
static int send_message(struct talk *talk, struct str message)
{
    stream_printf(talk->stream, "DATA\r\n");
    int status = expect(talk, 3, EX_UNAVAILABLE, "message refused");
    if (status != EX_OK)
        return status;
    while (message.len) {
        size_t end = str_find(message, '\n');
        struct str line = str_sub(message, 0, end == SIZE_MAX ? end : end + 1);
        if (line.at[0] == '.')
            stream_write(talk->stream, STR("."));
        stream_write(talk->stream, line);
        message = str_from(message, line.len);
    }
    /* While the last three octets are not sent, there is no message. */
    if (stream_flush(talk->stream) != STREAM_OK)
        return lost(talk);
    stream_printf(talk->stream, ".\r\n");
    if (stream_flush(talk->stream) != STREAM_OK)
        return lost(talk);
    talk->all_said = true;
    stream_set_timeout(talk->stream, LAST_ANSWER_MS);
    return refused_for_size(talk, expect(talk, 2, EX_DATAERR, "message refused"));
}

/* Up to the sender. */
static int begin(struct talk *talk, const struct submission *submission, struct offers *can)
{
    int status = expect(talk, 2, EX_NOPERM, "the mail system does not serve you");
    if (status != EX_OK)
        return status;
    stream_printf(talk->stream, "EHLO localhost\r\n");
    status = expect(talk, 2, EX_UNAVAILABLE, "greeting refused");
    if (status != EX_OK)
        return status;
    *can = (struct offers){offers(talk, STR("DSN")), offers(talk, STR("8BITMIME")),
                           offers(talk, STR("SMTPUTF8"))};
    return send_sender(talk, submission, can);
}

static int converse(struct talk *talk, const struct submission *submission)
{
    struct offers can;
    int status = begin(talk, submission, &can);
    if (status == EX_OK)
        status = send_recipients(talk, submission, &can);
    if (status == EX_OK)
        status = send_message(talk, submission->message);
    return status;
}

int submission_send(int fd, const struct submission *submission, struct buf *why, enum submission_fate *fate)
{
    struct talk talk = {.stream = stream_over_fd(fd, INPUT_LIMIT), .why = why};
    buf_init(&talk.reply, REPLY_LIMIT);
    stream_set_timeout(talk.stream, ANSWER_MS);
    int status = converse(&talk, submission);
    *fate = status == EX_OK              ? SUBMISSION_TAKEN
            : status != EX_TEMPFAIL      ? SUBMISSION_REFUSED
            : talk.all_said && talk.lost ? SUBMISSION_IN_DOUBT
                                         : SUBMISSION_PUT_OFF;
    stream_printf(talk.stream, "QUIT\r\n");
    stream_flush(talk.stream);
    stream_destroy(talk.stream);
    buf_finish(&talk.reply);
    return status;
}

static int ask_about(struct talk *talk, struct str recipient, struct buf *report)
{
    stream_printf(talk->stream, "RCPT TO:<" STR_FMT ">\r\n", STR_ARG(recipient));
    int code = stream_flush(talk->stream) == STREAM_OK ? read_reply(talk) : 0;
    if (code == 0)
        return lost(talk);
    buf_printf(report, "<" STR_FMT ">: %s (%d ", STR_ARG(recipient),
               code < 400   ? "would be taken"
               : code < 500 ? "would be put off"
                            : "would be refused",
               code);
    add_printable(str_trim(buf_str(&talk->reply)), report);
    buf_add_text(report, ")\r\n");
    return EX_OK;
}

int submission_verify(int fd, const struct submission *submission, struct buf *report, struct buf *why)
{
    struct talk talk = {.stream = stream_over_fd(fd, INPUT_LIMIT), .why = why};
    struct offers can;
    buf_init(&talk.reply, REPLY_LIMIT);
    stream_set_timeout(talk.stream, ANSWER_MS);
    int status = begin(&talk, submission, &can);
    for (size_t i = 0; status == EX_OK && i < submission->recipient_count; i++)
        status = ask_about(&talk, submission->recipients[i], report);
    stream_printf(talk.stream, "QUIT\r\n");
    stream_flush(talk.stream);
    stream_destroy(talk.stream);
    buf_finish(&talk.reply);
    return status;
}

/* --- SMTP on standard input --- */

/* Copies what is there; false at the end. */
static bool pass_on(int from, int to, bool *broken)
{
    char piece[16 * 1024];
    ssize_t got = read(from, piece, sizeof piece);
    if (got < 0 && errno == EINTR)
        return true;
    *broken = got < 0 || (got > 0 && !file_write_all(to, str_make(piece, (size_t)got)));
    return got > 0 && !*broken;
}

int submission_talk(int fd)
{
    struct pollfd ends[2] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    bool broken = false;
    while (!broken) {
        int ready = poll(ends, 2, TALK_WAIT_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            break;
        if (ends[1].revents && !pass_on(fd, STDOUT_FILENO, &broken)) {
            close(fd);
            return broken ? EX_IOERR : EX_OK;
        }
        if (ends[0].revents && !pass_on(STDIN_FILENO, fd, &broken)) {
            shutdown(fd, SHUT_WR);
            ends[0].fd = -1;
        }
    }
    close(fd);
    return EX_TEMPFAIL;
}
