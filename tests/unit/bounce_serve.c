/* SPDX-License-Identifier: BSD-2-Clause */
/* The conversation of qmgr and bounce, over a pair of sockets. */
#include "unit/test.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bounce/serve.h"
#include "io/task.h"
#include "mail/dsn.h"
#include "mail/queuefile.h"
#include "wire/channel.h"
#include "wire/reported.h"

static const struct bounce_params params = {
    .size_limit = 50000, .mail_name = STR_INIT("Relais"), .double_bounce_sender = STR_INIT("double-bounce")};
static const struct bounce bounce = {
    .params = &params, .host = STR_INIT("mx.paris.example"), .origin = STR_INIT("paris.example")};

#define ORIGINAL "Subject: hello\r\n\r\nbody\r\n"

static void ask(int line, uint64_t number, struct str sender, const int fds[2], size_t fd_count)
{
    struct recipient rcpt = {.address = STR("b@lyon.example")};
    struct outcome outcome = {
        .class = 5, .code = 550, .subject = 1, .detail = 1, .text = STR("no such user")};
    struct report report = {.request = number,
                            .kind = DSN_FAILURE,
                            .queue_id = STR("4BCDFF0000z0000001"),
                            .report_id = STR("4BCDFG0000z0000001"),
                            .sender = sender,
                            .size = sizeof ORIGINAL - 1,
                            .header_size = 18,
                            .rcpts = &rcpt,
                            .rcpts_count = 1,
                            .outcomes = &outcome,
                            .outcomes_count = 1};
    CHECK(channel_send(line, BOUNCE_REPORT, &report_message, &report, fds, fd_count, deadline_in(1000)));
}

static void hear(int line, struct packet *packet, struct arena *arena, struct reported *reported)
{
    CHECK_INT(channel_receive(line, packet, deadline_in(1000)), 1);
    CHECK_INT(packet->kind, BOUNCE_REPORTED);
    CHECK(packet_decode(packet, &reported_message, arena, reported));
}

TEST(requests_are_answered_one_by_one_until_the_peer_goes)
{
    int ends[2], fds[2] = {memfd_create("original", MFD_CLOEXEC), memfd_create("fresh", MFD_CLOEXEC)};
    struct arena *arena = arena_create(1 << 20);
    struct packet packet;
    struct reported reported;
    struct queue_entry entry;
    struct verdict verdict;
    CHECK(write(fds[0], ORIGINAL, sizeof ORIGINAL - 1) == sizeof ORIGINAL - 1);
    CHECK(unix_pair(ends));
    packet_init(&packet);
    ask(ends[0], 7, STR("a@paris.example"), fds, 2);
    ask(ends[0], 8, STR(""), fds, 2);
    ask(ends[0], 9, STR("a@paris.example"), fds, 1);
    shutdown(ends[0], SHUT_WR);
    bounce_converse(&bounce, ends[1]);

    hear(ends[0], &packet, arena, &reported);
    CHECK_INT(reported.request, 7);
    CHECK_INT(reported.class, VERDICT_OK);
    CHECK_INT(queuefile_read(fds[1], arena, &entry, &verdict), QUEUEFILE_OK);
    CHECK_INT(reported.size, entry.message_size);
    CHECK_INT(reported.envelope.len, entry.envelope_size);
    hear(ends[0], &packet, arena, &reported);
    CHECK_INT(reported.request, 8);
    CHECK_INT(reported.class, VERDICT_REJECT);
    hear(ends[0], &packet, arena, &reported);
    CHECK_INT(reported.request, 9);
    CHECK_INT(reported.class, VERDICT_REJECT);

    packet_finish(&packet);
    arena_destroy(arena);
    for (int i = 0; i < 2; i++) {
        io_close(ends[i]);
        close(fds[i]);
    }
}

TEST(what_is_no_request_ends_the_conversation)
{
    int ends[2];
    CHECK(unix_pair(ends));
    struct reported odd = {.request = 1};
    CHECK(channel_send(ends[0], 99, &reported_message, &odd, NULL, 0, deadline_in(1000)));
    bounce_converse(&bounce, ends[1]);
    io_close(ends[0]);
    io_close(ends[1]);
}
