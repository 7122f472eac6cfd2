/* SPDX-License-Identifier: BSD-2-Clause */
/* An answer with more words than a packet has room for. */
#include "wire/delivery.h"

#include <sys/socket.h>
#include <unistd.h>

#include "unit/test.h"

enum { OUTCOMES = 1000, WORDS = 500 };

struct scene {
    int ends[2];
    struct sender sender;
    struct delivered answer;
    bool sent;
};

static void answer_task(void *arg)
{
    struct scene *scene = arg;
    scene->sent = delivery_answer(&scene->sender, &scene->answer);
    sender_finish(&scene->sender);
    io_close(scene->ends[0]);
}

/* Outcomes in order, once; how many packets it took. */
static void hear_task(void *arg)
{
    struct scene *scene = arg;
    struct packet packet;
    struct delivered part = {.more = true};
    uint64_t next = 0;
    packet_init(&packet);
    while (part.more) {
        struct arena *arena = arena_create(1024 * 1024);
        CHECK_INT(channel_receive(scene->ends[1], &packet, deadline_in(10000)), 1);
        CHECK_INT(packet.kind, DELIVERY_ANSWER);
        CHECK(packet_decode(&packet, &delivered_message, arena, &part));
        CHECK(part.request == 7 && part.site_down);
        for (size_t i = 0; i < part.outcomes_count; i++)
            CHECK(part.outcomes[i].index == next++ && part.outcomes[i].text.len);
        arena_destroy(arena);
    }
    CHECK_INT(next, scene->answer.outcomes_count);
    CHECK_INT(channel_receive(scene->ends[1], &packet, deadline_in(10000)), 0);
    packet_finish(&packet);
    io_close(scene->ends[1]);
}

static void answer_with(size_t count, size_t words, bool heard)
{
    static struct outcome outcomes[OUTCOMES];
    static char text[128 * 1024];
    struct scene scene = {
        .answer = {.request = 7, .outcomes = outcomes, .outcomes_count = count, .site_down = true}};
    memset(text, 'w', words);
    for (size_t i = 0; i < count; i++)
        outcomes[i] = (struct outcome){.index = i, .text = str_make(text, words)};
    CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, scene.ends) == 0);
    CHECK(sender_init(&scene.sender, scene.ends[0]));
    struct loop *loop = loop_create();
    CHECK(task_start(loop, answer_task, &scene));
    if (heard)
        CHECK(task_start(loop, hear_task, &scene));
    else
        close(scene.ends[1]);
    loop_run(loop);
    loop_destroy(loop);
    CHECK(scene.sent == heard);
}

TEST(an_answer_for_many_comes_in_parts_and_whole)
{
    answer_with(OUTCOMES, WORDS, true);
    answer_with(OUTCOMES, 1, true);
    answer_with(3, 60000, true);
    answer_with(1, 10, true);
    answer_with(0, 0, true);
}

TEST(nobody_waits_for_a_qmgr_that_is_gone_nor_for_an_outcome_that_cannot_be_said)
{
    answer_with(OUTCOMES, WORDS, false);
    answer_with(1, 100000, false);
}
