/* SPDX-License-Identifier: BSD-2-Clause */
/* Channels: messages in packets with descriptors, and peers that send anything else. */
#include "unit/test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/task.h"
#include "wire/channel.h"
#include "wire/intake.h"
#include "wire/listing_rcpt.h"
#include "wire/queue_answer.h"
#include "wire/sender.h"

enum { SOON_MS = 50, KIND = 7 };

static size_t count_open(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

struct line {
    int ends[2];
    struct packet packet;
    struct arena *arena;
    size_t open_before;
};

static void line_open(struct line *line)
{
    line->open_before = count_open();
    CHECK(unix_pair(line->ends));
    packet_init(&line->packet);
    line->arena = arena_create(100000);
}

static void line_close(struct line *line)
{
    packet_finish(&line->packet);
    arena_destroy(line->arena);
    for (int i = 0; i < 2; i++)
        if (line->ends[i] >= 0)
            close(line->ends[i]);
    CHECK_INT(count_open(), line->open_before);
}

static int receive(struct line *line)
{
    return channel_receive(line->ends[1], &line->packet, deadline_in(SOON_MS));
}

static void send_octets(struct line *line, struct str octets)
{
    CHECK(packet_send(line->ends[0], octets, NULL, 0, deadline_in(SOON_MS)));
}

TEST(a_message_arrives_with_kind_fields_and_descriptors)
{
    struct line line;
    struct intake sent = {.queue_id = STR("4ABC"), .size = 1234567}, got;
    line_open(&line);
    int fds[2] = {line.ends[0], line.ends[1]};
    CHECK(channel_send(line.ends[0], KIND, &intake_message, &sent, fds, 2, deadline_in(SOON_MS)));
    CHECK_INT(receive(&line), 1);
    CHECK_INT(line.packet.kind, KIND);
    CHECK(packet_decode(&line.packet, &intake_message, line.arena, &got));
    CHECK_STR(got.queue_id, "4ABC");
    CHECK_INT(got.size, 1234567);
    CHECK_INT(got.envelope.len, 0);
    int first = packet_take_fd(&line.packet, 0);
    CHECK(first >= 0);
    CHECK_INT(packet_take_fd(&line.packet, 0), -1);
    CHECK_INT(packet_take_fd(&line.packet, 2), -1);
    CHECK_INT(packet_take_fd(&line.packet, SIZE_MAX), -1);
    close(first);
    line_close(&line); /* the second one was not taken, and is closed */
}

TEST(descriptors_not_taken_are_closed_by_the_next_packet)
{
    struct line line;
    struct intake message = {.queue_id = STR("4ABC")};
    line_open(&line);
    for (int i = 0; i < 100; i++) {
        CHECK(
            channel_send(line.ends[0], KIND, &intake_message, &message, line.ends, 2, deadline_in(SOON_MS)));
        CHECK_INT(receive(&line), 1);
        CHECK_INT(line.packet.fd_count, 2);
    }
    CHECK(count_open() <= line.open_before + 4);
    CHECK_INT(receive(&line), -1);
    CHECK_INT(errno, ETIMEDOUT);
    CHECK_INT(count_open(), line.open_before + 2);
    line_close(&line);
}

TEST(a_message_too_large_for_a_packet_is_not_sent)
{
    struct line line;
    char *much = malloc(PACKET_LIMIT);
    struct intake message = {.queue_id = STR("4ABC"), .envelope = {much, PACKET_LIMIT}}, got;
    memset(much, 'e', PACKET_LIMIT);
    line_open(&line);
    CHECK(!channel_send(line.ends[0], KIND, &intake_message, &message, NULL, 0, deadline_in(SOON_MS)));
    CHECK_INT(errno, EMSGSIZE);
    message.envelope.len = PACKET_LIMIT - 11; /* kind, 1 + 1 + 4 for the id, 1 + 3 for the length */
    CHECK(channel_send(line.ends[0], KIND, &intake_message, &message, NULL, 0, deadline_in(SOON_MS)));
    CHECK_INT(receive(&line), 1);
    CHECK_INT(line.packet.bytes.len, PACKET_LIMIT);
    CHECK(packet_decode(&line.packet, &intake_message, line.arena, &got));
    CHECK(str_eq(got.envelope, message.envelope));
    CHECK_INT(receive(&line), -1);
    line_close(&line);
    free(much);
}

/* Every prefix and every single changed octet: either it is refused, or it is another message's only
 * encoding. */
TEST(octets_cut_off_or_changed_are_refused_or_another_message)
{
    struct line line;
    struct intake message = {.queue_id = STR("4ABC"), .size = 77, .envelope = STR("an envelope")}, got;
    struct buf whole, again;
    line_open(&line);
    buf_init(&whole, PACKET_LIMIT);
    buf_init(&again, PACKET_LIMIT);
    buf_add_char(&whole, KIND);
    CHECK(wire_encode(&intake_message, &message, &whole));
    for (size_t len = 1; len < whole.len; len++) {
        send_octets(&line, str_sub(buf_str(&whole), 0, len));
        CHECK_INT(receive(&line), 1);
        bool decoded = packet_decode(&line.packet, &intake_message, line.arena, &got);
        buf_clear(&again);
        buf_add_char(&again, KIND);
        if (decoded)
            CHECK(wire_encode(&intake_message, &got, &again) &&
                  str_eq(buf_str(&again), str_sub(buf_str(&whole), 0, len)));
        else
            CHECK_INT(errno, EBADMSG);
    }
    for (size_t i = 1; i < whole.len; i++) {
        for (unsigned octet = 0; octet < 256; octet += 5) {
            char kept = whole.at[i];
            whole.at[i] = (char)octet;
            send_octets(&line, buf_str(&whole));
            CHECK_INT(receive(&line), 1);
            arena_reset(line.arena);
            buf_clear(&again);
            buf_add_char(&again, KIND);
            if (packet_decode(&line.packet, &intake_message, line.arena, &got))
                CHECK(wire_encode(&intake_message, &got, &again) && str_eq(buf_str(&again), buf_str(&whole)));
            whole.at[i] = kept;
        }
    }
    buf_finish(&whole);
    buf_finish(&again);
    line_close(&line);
}

TEST(an_unknown_kind_is_handed_to_the_caller_and_another_message_does_not_decode)
{
    struct line line;
    struct listing_rcpt got;
    struct queue_answer answer;
    line_open(&line);
    send_octets(&line, STR("\xff"));
    CHECK_INT(receive(&line), 1);
    CHECK_INT(line.packet.kind, 255);
    CHECK(packet_decode(&line.packet, &listing_rcpt_message, line.arena, &got)); /* a message of nothing */
    send_octets(&line, STR("\x01garbage\xff\xff\xff"));
    CHECK_INT(receive(&line), 1);
    CHECK(!packet_decode(&line.packet, &listing_rcpt_message, line.arena, &got));
    CHECK_INT(errno, EBADMSG);
    CHECK(!packet_decode(&line.packet, &queue_answer_message, line.arena, &answer));
    line_close(&line);
}

TEST(nothing_was_received_nothing_decodes)
{
    struct line line;
    struct intake got;
    line_open(&line);
    CHECK(!packet_decode(&line.packet, &intake_message, line.arena, &got));
    CHECK_INT(errno, EBADMSG);
    CHECK_INT(packet_take_fd(&line.packet, 0), -1);
    line_close(&line);
}

TEST(a_peer_that_dies_is_the_end_after_what_it_said)
{
    struct line line;
    struct intake message = {.queue_id = STR("last")};
    line_open(&line);
    CHECK(channel_send(line.ends[0], KIND, &intake_message, &message, line.ends, 1, deadline_in(SOON_MS)));
    close(line.ends[0]);
    line.ends[0] = -1;
    CHECK_INT(receive(&line), 1);
    CHECK_INT(line.packet.fd_count, 1);
    CHECK_INT(receive(&line), 0);
    CHECK_INT(line.packet.fd_count, 0);
    CHECK(!channel_send(line.ends[1], KIND, &intake_message, &message, NULL, 0, deadline_in(SOON_MS)));
    line_close(&line);
}

TEST(an_oversized_packet_is_refused_and_what_came_with_it_closed)
{
    struct line line;
    char *much = malloc(PACKET_LIMIT + 1);
    memset(much, KIND, PACKET_LIMIT + 1);
    line_open(&line);
    CHECK(packet_send(line.ends[0], str_make(much, PACKET_LIMIT + 1), line.ends, 2, deadline_in(SOON_MS)));
    CHECK_INT(receive(&line), -1);
    CHECK_INT(errno, EMSGSIZE);
    CHECK_INT(line.packet.fd_count, 0);
    CHECK_INT(count_open(), line.open_before + 2);
    line_close(&line);
    free(much);
}

/* --- several senders --- */

struct crowd {
    struct line line;
    struct sender sender;
    uint64_t next;
    size_t received;
    bool seen[300];
};

static void send_ten(void *arg)
{
    struct crowd *crowd = arg;
    for (int i = 0; i < 10; i++) {
        struct intake message = {.queue_id = STR("4ABC"), .size = ++crowd->next};
        CHECK(sender_send(&crowd->sender, KIND, &intake_message, &message, NULL));
    }
}

static void receive_all(void *arg)
{
    struct crowd *crowd = arg;
    struct intake got;
    for (; crowd->received < 250; crowd->received++) {
        CHECK_INT(channel_receive(crowd->line.ends[1], &crowd->line.packet, deadline_in(10000)), 1);
        CHECK(packet_decode(&crowd->line.packet, &intake_message, crowd->line.arena, &got));
        CHECK(got.size < 300 && !crowd->seen[got.size]);
        crowd->seen[got.size < 300 ? got.size : 0] = true;
        task_yield();
    }
    sender_finish(&crowd->sender);
    io_close(crowd->line.ends[1]);
    crowd->line.ends[1] = -1;
}

TEST(many_tasks_send_on_one_channel_and_no_message_is_lost)
{
    struct crowd crowd = {.next = 0};
    loop_destroy(loop_create()); /* the first one opens what the process keeps */
    line_open(&crowd.line);
    CHECK(sender_init(&crowd.sender, crowd.line.ends[0]));
    struct loop *loop = loop_create();
    for (int i = 0; i < 25; i++)
        CHECK(task_start(loop, send_ten, &crowd));
    CHECK(task_start(loop, receive_all, &crowd));
    loop_run(loop);
    loop_destroy(loop);
    CHECK_INT(crowd.received, 250);
    line_close(&crowd.line);
}

static void send_to_nobody(void *arg)
{
    struct crowd *crowd = arg;
    struct intake message = {.queue_id = STR("4ABC")};
    CHECK(!sender_send(&crowd->sender, KIND, &intake_message, &message, NULL));
    CHECK(errno == EPIPE || errno == ECONNRESET);
    CHECK(!crowd->sender.busy);
}

TEST(a_sender_whose_peer_died_fails_for_all_tasks)
{
    struct crowd crowd = {.next = 0};
    line_open(&crowd.line);
    CHECK(sender_init(&crowd.sender, crowd.line.ends[0]));
    close(crowd.line.ends[1]);
    crowd.line.ends[1] = -1;
    struct loop *loop = loop_create();
    for (int i = 0; i < 3; i++)
        CHECK(task_start(loop, send_to_nobody, &crowd));
    loop_run(loop);
    loop_destroy(loop);
    sender_finish(&crowd.sender);
    CHECK(!sender_init(&crowd.sender, -1));
    line_close(&crowd.line);
}
