/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatting events and sending them on their way. */
#include "io/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/utf8.h"

/* An octet of text is six of JSON at most, so what LINE_LIMIT let through always fits in JSON_LIMIT, and two
 * of those in a line. */
enum {
    ID_LIMIT = 256,
    LINE_LIMIT = 8 * 1024,
    JSON_LIMIT = 8 * LINE_LIMIT,
    FLUSH_AT = 64 * 1024,
    GATHER_LIMIT = FLUSH_AT + 3 * JSON_LIMIT,
    SYSLOG_MAIL = 2 << 3
};

struct log {
    int fd;
    bool syslog; /* fd is syslog's socket: each line is a datagram of its own */
    bool owned;
    int pid;
    enum log_format format;
    enum log_level least;
    char name[64], host[256];
    struct buf gathered;
    time_t stamp_second;
    char stamp[32]; /* "Nov 23 21:53:00" of stamp_second */
};

static struct log *log_create(int fd, enum log_format format, const char *name, const char *host)
{
    struct log *log = memory_get(sizeof *log);
    log->fd = fd;
    log->format = format;
    log->pid = (int)getpid();
    log->least = LOG_INFO_LEVEL;
    snprintf(log->name, sizeof log->name, "%s", name);
    snprintf(log->host, sizeof log->host, "%.*s", (int)strcspn(host, "."), host);
    buf_init(&log->gathered, GATHER_LIMIT);
    return log;
}

struct log *log_to_fd(int fd, enum log_format format, const char *name, const char *host)
{
    return log_create(fd, format, name, host);
}

struct log *log_to_syslog(enum log_format format, const char *name)
{
    static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    char host[256] = "localhost";
    gethostname(host, sizeof host - 1);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        struct log *log = log_create(fd, format, name, host);
        log->syslog = log->owned = true;
        return log;
    }
    if (fd >= 0)
        close(fd);
    return log_create(STDERR_FILENO, format, name, host);
}

/* A log that cannot be written to must not stop the mail: what does not go is lost. */
void log_flush(struct log *log)
{
    struct str rest = log ? buf_str(&log->gathered) : STR("");
    while (rest.len) {
        ssize_t done = write(log->fd, rest.at, rest.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            break;
        rest = str_from(rest, (size_t)done);
    }
    if (log)
        buf_clear(&log->gathered);
}

void log_destroy(struct log *log)
{
    if (!log)
        return;
    log_flush(log);
    if (log->owned)
        close(log->fd);
    buf_finish(&log->gathered);
    free(log);
}

void log_set_level(struct log *log, enum log_level least)
{
    log->least = least;
}

/* --- building --- */

/* Takes one character off the front of *text, or, where there is none, one octet: false. */
static bool take_character(struct str *text, struct str *taken, uint32_t *point)
{
    struct str before = *text;
    bool good = utf8_take(text, point);
    if (!good)
        *text = str_from(before, 1);
    *taken = str_sub(before, 0, before.len - text->len);
    return good;
}

/* Prints as much as there is room for; dots say that there was more. */
static void __attribute__((format(printf, 2, 0))) print_cut(struct buf *out, const char *format, va_list args)
{
    static const char dots[] = "...";
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    size_t room = out->limit - out->len, take = len < 0 ? 0 : (size_t)len < room ? (size_t)len : room;
    char *at = buf_room(out, take);
    if (at)
        vsnprintf(at, take + 1, format, again);
    va_end(again);
    out->len += at ? take : 0;
    if (len > 0 && (size_t)len > take && take >= sizeof dots)
        memcpy(out->at + out->len - (sizeof dots - 1), dots, sizeof dots - 1);
}

static bool wanted(const struct log_event *event)
{
    return event->log && event->level >= event->log->least;
}

void log_begin(struct log_event *event, struct log *log, enum log_level level, struct str id)
{
    static const char *const words[] = {"", "", "warning: ", "error: ", "fatal: "};
    *event = (struct log_event){.log = log, .level = level};
    buf_init(&event->text, LINE_LIMIT);
    buf_init(&event->json, JSON_LIMIT);
    if (!wanted(event))
        return;
    if (id.len) {
        id = str_sub(id, 0, ID_LIMIT);
        buf_printf(&event->text, STR_FMT ": ", STR_ARG(id));
        buf_add_text(&event->json, ",\"id\":");
        json_add_text(&event->json, id);
    }
    buf_add_text(&event->text, words[level]);
}

/* A pair whose name has no room is left out in both shapes. */
void log_pair(struct log_event *event, const char *name, const char *format, ...)
{
    va_list args;
    if (!wanted(event))
        return;
    struct str before = buf_str(&event->text);
    bool follows_words = !event->pairs && before.len && before.at[before.len - 1] != ' ';
    if (!buf_printf(&event->text, "%s%s=", event->pairs++ ? ", " : follows_words ? " " : "", name))
        return;
    size_t from = event->text.len;
    va_start(args, format);
    print_cut(&event->text, format, args);
    va_end(args);
    if (event->log->format != LOG_FORMAT_JSON)
        return;
    buf_printf(&event->json, ",\"%s\":", name);
    json_add_text(&event->json, str_from(buf_str(&event->text), from));
}

void log_words(struct log_event *event, const char *format, ...)
{
    va_list args;
    if (!wanted(event))
        return;
    struct str before = buf_str(&event->text);
    if (before.len && before.at[before.len - 1] != ' ')
        buf_add_char(&event->text, ' ');
    va_start(args, format);
    print_cut(&event->text, format, args);
    va_end(args);
}

/* --- sending --- */

/* The same second prints the same: localtime is asked once. */
static const char *stamp(struct log *log, int64_t now_us)
{
    time_t second = (time_t)(now_us / 1000000);
    struct tm when;
    if (second != log->stamp_second && localtime_r(&second, &when)) {
        strftime(log->stamp, sizeof log->stamp, "%b %e %H:%M:%S", &when);
        log->stamp_second = second;
    }
    return log->stamp;
}

/* In place: octets that are no character, and control characters, become '?', one each. */
static void make_printable(struct str text)
{
    struct str taken;
    uint32_t point;
    while (text.len) {
        bool good = take_character(&text, &taken, &point);
        if (!good || utf8_is_control(point))
            memset((char *)(uintptr_t)taken.at, '?', taken.len);
    }
}

static void put_json(const struct log *log, const struct log_event *event, int64_t now_us, struct buf *out)
{
    static const char *const levels[] = {"debug", "info", "warning", "error", "fatal"};
    buf_printf(out, "{\"time\":%lld.%06lld,\"host\":", (long long)(now_us / 1000000),
               (long long)(now_us % 1000000));
    json_add_text(out, str_of(log->host));
    buf_add_text(out, ",\"program\":");
    json_add_text(out, str_of(log->name));
    buf_printf(out, ",\"pid\":%d,\"level\":\"%s\"", log->pid, levels[event->level]);
    buf_add(out, buf_str(&event->json));
    buf_add_text(out, ",\"message\":");
    json_add_text(out, buf_str(&event->text));
    buf_add_char(out, '}');
}

static void put_line(struct log *log, const struct log_event *event, struct buf *out)
{
    int64_t now_us = clock_now_us();
    if (log->format == LOG_FORMAT_JSON) {
        put_json(log, event, now_us, out);
        return;
    }
    make_printable(buf_str(&event->text));
    if (!log->syslog)
        buf_printf(out, "%s %s ", stamp(log, now_us), log->host);
    buf_printf(out, "%s[%d]: ", log->name, log->pid);
    buf_add(out, buf_str(&event->text));
}

/* syslog adds time and host itself; a severity goes in front (RFC 3164 4.1.1). */
static void send_to_syslog(struct log *log, const struct log_event *event)
{
    static const int severity[] = {7, 6, 4, 3, 2};
    struct buf line;
    buf_init(&line, 3 * JSON_LIMIT);
    buf_printf(&line, "<%d>", SYSLOG_MAIL | severity[event->level]);
    put_line(log, event, &line);
    send(log->fd, line.at, line.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    buf_finish(&line);
}

void log_send(struct log_event *event)
{
    struct log *log = event->log;
    if (wanted(event) && log->syslog) {
        send_to_syslog(log, event);
    } else if (wanted(event)) {
        put_line(log, event, &log->gathered);
        buf_add_char(&log->gathered, '\n');
        if (log->gathered.len > FLUSH_AT || event->level >= LOG_ERROR_LEVEL)
            log_flush(log);
    }
    buf_finish(&event->text);
    buf_finish(&event->json);
}

const char *log_seconds(int64_t from_us, int64_t to_us, char out[LOG_SECONDS])
{
    double seconds = to_us > from_us ? (double)(to_us - from_us) / 1e6 : 0;
    int digits = seconds >= 9.95 ? 0 : seconds >= 0.995 ? 1 : 2;
    int len = snprintf(out, LOG_SECONDS, "%.*f", digits, seconds);
    while (digits && out[len - 1] == '0')
        out[--len] = '\0', digits--;
    if (out[len - 1] == '.')
        out[--len] = '\0';
    return out;
}

void log_say(struct log *log, enum log_level level, struct str id, const char *format, ...)
{
    struct log_event event;
    va_list args;
    log_begin(&event, log, level, id);
    if (wanted(&event)) {
        va_start(args, format);
        print_cut(&event.text, format, args);
        va_end(args);
    }
    log_send(&event);
}
