/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending: SMTP (RFC 5321) and LMTP (RFC 2033), with the pipelining of RFC 2920. */
#include "load.h"
#include "io/task.h"

enum { IDLE_MS = 600 * 1000 };

/* Reads a reply with all its lines; true when its code begins with the digit. */
static bool expect(struct load *load, struct stream *stream, const char *doing, char digit)
{
    struct str line;
    do {
        if (!load_line(stream, &line)) {
            load_fail(load, doing, str_of(stream_error(stream)));
            return false;
        }
    } while (line.len > 3 && line.at[3] == '-');
    if (line.len > 0 && line.at[0] == digit)
        return true;
    load_fail(load, doing, line);
    return false;
}

static bool greet(struct load *load, struct stream *stream)
{
    if (!expect(load, stream, "greeting", '2'))
        return false;
    stream_printf(stream, "%s client.load.example\r\n", load->lmtp ? "LHLO" : "EHLO");
    return expect(load, stream, "EHLO", '2');
}

static bool send_one(struct load *load, struct stream *stream, unsigned number)
{
    int64_t began = load_now_us();
    stream_printf(stream, "MAIL FROM:<sender@load.example>\r\nRCPT TO:<user%u@%s>\r\nDATA\r\n",
                  number % load->users + 1, load->domain);
    if (!expect(load, stream, "MAIL", '2') || !expect(load, stream, "RCPT", '2') ||
        !expect(load, stream, "DATA", '3'))
        return false;
    stream_write(stream, buf_str(&load->message));
    if (!expect(load, stream, "end of data", '2'))
        return false;
    load_done(load, began);
    return true;
}

/* One connection's messages; false when the server failed. */
static bool converse(struct load *load, unsigned first)
{
    struct stream *stream = load_connect(load);
    if (!stream)
        return false;
    bool good = greet(load, stream) && send_one(load, stream, first);
    unsigned number;
    for (unsigned sent = 1; good && sent != load->per_connection && load_take(load, &number); sent++)
        good = send_one(load, stream, number);
    if (good) {
        stream_write(stream, STR("QUIT\r\n"));
        good = expect(load, stream, "QUIT", '2');
    }
    stream_destroy(stream);
    return good;
}

void load_send(void *arg)
{
    struct load *load = arg;
    unsigned number;
    while (load_take(load, &number))
        if (!converse(load, number))
            return;
}

void load_idle(void *arg)
{
    struct load *load = arg;
    struct stream *stream = load_connect(load);
    if (!stream)
        return;
    if (greet(load, stream)) {
        load->done++;
        stream_set_timeout(stream, IDLE_MS);
        struct str line;
        load_line(stream, &line);
    }
    stream_destroy(stream);
}
