/* SPDX-License-Identifier: BSD-2-Clause */
/* What a way in tells qmgr: who it is, then every message in order, again after a connection that broke, and
 * that nobody waits for it. */
#include "unit/test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "intake/announcer.h"
#include "io/listen.h"
#include "io/task.h"
#include "mail/envelope.h"
#include "mail/queueid.h"
#include "wire/channel.h"
#include "wire/intake.h"
#include "wire/intake_hello.h"
#include "wire/intake_seal.h"

enum { SOON_MS = 10000 };

struct scene {
    char path[200];
    int listener;
    struct announcer *announcer;
    struct queue_id_maker ids;
    struct queue_id told[300];
    size_t count; /* told */
};

static void scene_open(struct scene *scene, const char *name)
{
    snprintf(scene->path, sizeof scene->path, "%s/%s", test_directory(), name);
    scene->listener = listen_unix(scene->path, SOCK_SEQPACKET, 0600);
    CHECK(scene->listener >= 0);
    queue_id_init(&scene->ids, 42, 1);
    scene->count = 0;
}

static void tell(struct scene *scene, const struct envelope *envelope)
{
    struct queue_id id = queue_id_next(&scene->ids, 1700000000000000);
    scene->told[scene->count++] = id;
    announcer_tell(scene->announcer, str_of(id.text), 1000 + scene->count, 0, envelope);
}

static int take_connection(struct scene *scene, struct packet *packet)
{
    struct address peer;
    struct intake_hello hello;
    struct arena *arena = arena_create(1000);
    int fd = accept_one(scene->listener, &peer, deadline_in(SOON_MS));
    CHECK(fd >= 0);
    CHECK_INT(channel_receive(fd, packet, deadline_in(SOON_MS)), 1);
    CHECK_INT(packet->kind, INTAKE_HELLO);
    CHECK(packet_decode(packet, &intake_hello_message, arena, &hello));
    CHECK_INT(hello.slot, 42);
    arena_destroy(arena);
    return fd;
}

static void take_message(int fd, struct packet *packet, const struct queue_id *wanted)
{
    struct intake message;
    struct arena *arena = arena_create(1000);
    CHECK_INT(channel_receive(fd, packet, deadline_in(SOON_MS)), 1);
    CHECK_INT(packet->kind, INTAKE_MESSAGE);
    CHECK(packet_decode(packet, &intake_message, arena, &message));
    CHECK_STR(message.queue_id, wanted->text);
    arena_destroy(arena);
}

static void run(struct scene *scene, void (*fn)(void *arg))
{
    struct loop *loop = loop_create();
    scene->announcer = announcer_create(loop, scene->path, 42, NULL);
    CHECK(task_start(loop, fn, scene));
    loop_run(loop);
    loop_destroy(loop);
    close(scene->listener);
}

static void hear_all(void *arg)
{
    struct scene *scene = arg;
    struct packet packet;
    struct envelope envelope = {.sender = STR("a@example.org")};
    packet_init(&packet);
    int fd = take_connection(scene, &packet);
    for (int i = 0; i < 200; i++)
        tell(scene, &envelope);
    announcer_destroy(scene->announcer); /* what waits is told before the end */
    for (size_t i = 0; i < scene->count; i++)
        take_message(fd, &packet, &scene->told[i]);
    CHECK_INT(channel_receive(fd, &packet, deadline_in(SOON_MS)), 0);
    packet_finish(&packet);
    io_close(fd);
}

TEST(it_says_who_it_is_and_tells_every_message_in_order)
{
    struct scene scene;
    scene_open(&scene, "all");
    run(&scene, hear_all);
}

static void break_off(void *arg)
{
    struct scene *scene = arg;
    struct packet packet;
    struct envelope envelope = {.sender = STR("a@example.org")};
    packet_init(&packet);
    int fd = take_connection(scene, &packet);
    tell(scene, &envelope);
    take_message(fd, &packet, &scene->told[0]);
    io_close(fd); /* qmgr dies; its successor listens at once */
    tell(scene, &envelope);
    fd = take_connection(scene, &packet);
    take_message(fd, &packet, &scene->told[1]);
    announcer_destroy(scene->announcer);
    CHECK_INT(channel_receive(fd, &packet, deadline_in(SOON_MS)), 0);
    packet_finish(&packet);
    io_close(fd);
}

TEST(a_successor_is_told_at_once)
{
    struct scene scene;
    scene_open(&scene, "successor");
    run(&scene, break_off);
}

static void send_a_large_envelope(void *arg)
{
    struct scene *scene = arg;
    struct packet packet;
    struct intake message;
    static struct recipient rcpts[3000];
    struct arena *arena = arena_create(1000);
    for (size_t i = 0; i < 3000; i++)
        rcpts[i] = (struct recipient){.index = i, .address = STR("somebody.of.them@example.org")};
    struct envelope envelope = {.sender = STR("a@example.org"), .rcpts = rcpts, .rcpts_count = 3000};
    packet_init(&packet);
    int fd = take_connection(scene, &packet);
    tell(scene, &envelope);
    CHECK_INT(channel_receive(fd, &packet, deadline_in(SOON_MS)), 1);
    CHECK(packet_decode(&packet, &intake_message, arena, &message));
    CHECK_STR(message.queue_id, scene->told[0].text);
    CHECK_INT(message.envelope.len, 0); /* qmgr reads the file */
    announcer_destroy(scene->announcer);
    packet_finish(&packet);
    io_close(fd);
    arena_destroy(arena);
}

TEST(an_envelope_too_large_for_a_packet_is_left_out)
{
    struct scene scene;
    scene_open(&scene, "large");
    run(&scene, send_a_large_envelope);
}

static void tell_nobody(void *arg)
{
    struct scene *scene = arg;
    struct envelope envelope = {.sender = STR("a@example.org")};
    int64_t start = time_monotonic_ms();
    for (int i = 0; i < 300; i++)
        tell(scene, &envelope);
    CHECK(time_monotonic_ms() - start < 1000);
    announcer_destroy(scene->announcer);
}

TEST(nobody_waits_for_a_qmgr_that_is_not_there)
{
    struct scene scene;
    scene_open(&scene, "nobody");
    CHECK(unlink(scene.path) == 0);
    int64_t start = time_monotonic_ms();
    run(&scene, tell_nobody);
    CHECK(time_monotonic_ms() - start < 5000);
    announcer_destroy(NULL);
}

static void come_late(void *arg)
{
    struct scene *scene = arg;
    struct packet packet;
    struct envelope envelope = {.sender = STR("a@example.org")};
    packet_init(&packet);
    tell(scene, &envelope);
    task_yield(); /* it is tried, in vain */
    close(scene->listener);
    scene->listener = listen_unix(scene->path, SOCK_SEQPACKET, 0600);
    CHECK(scene->listener >= 0);
    int fd = take_connection(scene, &packet);
    take_message(fd, &packet, &scene->told[0]);
    announcer_destroy(scene->announcer);
    packet_finish(&packet);
    io_close(fd);
}

/* A sweep would find the message too, but only after queue_run_delay. */
TEST(what_qmgr_could_not_be_told_it_is_told_when_it_is_there)
{
    struct scene scene;
    scene_open(&scene, "late");
    CHECK(unlink(scene.path) == 0);
    run(&scene, come_late);
}

enum { TOO_MANY = 10001, MANY = TOO_MANY - 1 };

static void tell_too_many(void *arg)
{
    struct scene *scene = arg;
    struct packet packet;
    struct envelope envelope = {.sender = STR("a@example.org")};
    packet_init(&packet);
    for (int i = 0; i < TOO_MANY; i++) {
        scene->count = 0;
        tell(scene, &envelope);
    }
    task_yield(); /* the first is tried, in vain */
    close(scene->listener);
    scene->listener = listen_unix(scene->path, SOCK_SEQPACKET, 0600);
    int fd = take_connection(scene, &packet);
    for (int i = 0; i < MANY; i++)
        CHECK_INT(channel_receive(fd, &packet, deadline_in(SOON_MS)), 1);
    CHECK_INT(channel_receive(fd, &packet, deadline_in(SOON_MS)), 0);
    io_close(fd);
    scene->count = 0;
    tell(scene, &envelope); /* and what comes then is told of as ever */
    fd = take_connection(scene, &packet);
    take_message(fd, &packet, &scene->told[0]);
    announcer_destroy(scene->announcer);
    packet_finish(&packet);
    io_close(fd);
}

/* Whose connection ends, his files are listed. */
TEST(when_there_were_too_many_to_tell_of_the_connection_ends_with_them)
{
    struct scene scene;
    scene_open(&scene, "many");
    CHECK(unlink(scene.path) == 0);
    run(&scene, tell_too_many);
}

/* --- sealing --- */

struct sealer {
    struct scene *scene;
    bool sealed, done;
};

static void seal_task(void *arg)
{
    struct sealer *sealer = arg;
    sealer->sealed = announcer_seal(sealer->scene->announcer, 5);
    sealer->done = true;
}

static void begin_sealing(struct sealer *sealer, struct scene *scene)
{
    *sealer = (struct sealer){.scene = scene};
    CHECK(task_start(task_loop(), seal_task, sealer));
}

static void take_seal(int fd, struct packet *packet)
{
    struct intake_seal seal;
    struct arena *arena = arena_create(1000);
    CHECK_INT(channel_receive(fd, packet, deadline_in(SOON_MS)), 1);
    CHECK_INT(packet->kind, INTAKE_SEAL);
    CHECK(packet_decode(packet, &intake_seal_message, arena, &seal));
    CHECK_INT(seal.serial, 5);
    arena_destroy(arena);
}

static bool end_sealing(const struct sealer *sealer)
{
    while (!sealer->done)
        task_sleep(1);
    return sealer->sealed;
}

static void answer(int fd, uint64_t serial)
{
    struct intake_seal seal = {.serial = serial};
    CHECK(channel_send(fd, INTAKE_SEALED, &intake_seal_message, &seal, NULL, 0, deadline_in(SOON_MS)));
}

static void seal_thrice(void *arg)
{
    struct scene *scene = arg;
    struct packet packet;
    struct sealer sealer;
    struct envelope envelope = {.sender = STR("a@example.org")};
    packet_init(&packet);
    int fd = take_connection(scene, &packet);
    begin_sealing(&sealer, scene);
    take_seal(fd, &packet);
    task_sleep(5);
    CHECK(!sealer.done); /* it has not been answered */
    answer(fd, 5);
    CHECK(end_sealing(&sealer));
    begin_sealing(&sealer, scene);
    take_seal(fd, &packet);
    answer(fd, 4); /* to another question */
    CHECK(!end_sealing(&sealer));
    io_close(fd);
    tell(scene, &envelope);
    fd = take_connection(scene, &packet);
    take_message(fd, &packet, &scene->told[0]);
    begin_sealing(&sealer, scene);
    take_seal(fd, &packet);
    io_close(fd); /* qmgr dies */
    CHECK(!end_sealing(&sealer));
    announcer_destroy(scene->announcer);
    CHECK(!announcer_seal(scene->announcer, 5));
    packet_finish(&packet);
}

TEST(sealed_is_what_qmgr_has_said_yes_to)
{
    struct scene scene;
    scene_open(&scene, "seal");
    run(&scene, seal_thrice);
}
