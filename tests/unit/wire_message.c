/* SPDX-License-Identifier: BSD-2-Clause */
/* The encoding of messages: one for each, nothing else is taken, and work and memory are bounded by the
 * input. */
#include "unit/test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/cursor.h"
#include "wire/handover.h"
#include "wire/outcome.h"
#include "wire/report.h"

static struct report example(struct recipient rcpts[2], struct outcome outcomes[1], struct str forward[2])
{
    rcpts[0] = (struct recipient){.index = 0, .address = STR("a@example.org"), .notify = 6};
    rcpts[1] =
        (struct recipient){.index = 300, .address = STR("b@example.org"), .orcpt = STR("rfc822;\xc3\xa4+")};
    forward[0] = STR("");
    forward[1] = STR("c@example.org");
    outcomes[0] = (struct outcome){.class = 5, .code = 550, .forward = {forward, 2}, .unsynced = true};
    return (struct report){.request = UINT64_MAX,
                           .kind = 1,
                           .queue_id = STR("4ABC"),
                           .size = 256,
                           .smtputf8 = true,
                           .rcpts = rcpts,
                           .rcpts_count = 2,
                           .outcomes = outcomes,
                           .outcomes_count = 1};
}

static void check_refused(struct str bytes)
{
    struct arena *arena = arena_create(100000);
    struct report got;
    if (wire_decode(&report_message, bytes, arena, &got))
        test_failed(__FILE__, __LINE__, "taken");
    arena_destroy(arena);
}

/* The number by which an encoding names the field of report: its row, from 1. */
static char number_of(const char *name)
{
    for (size_t i = 0; i < report_message.count; i++)
        if (!strcmp(report_message.fields[i].name, name))
            return (char)(i + 1);
    test_failed(__FILE__, __LINE__, "report has no field %s", name);
    return 0;
}

static struct str field(struct buf *out, const char *name, struct str length_and_value)
{
    buf_clear(out);
    CHECK(buf_add_char(out, number_of(name)) && buf_add(out, length_and_value));
    return buf_str(out);
}

static void check_field_refused(const char *name, struct str length_and_value)
{
    struct buf bytes;
    buf_init(&bytes, 100);
    check_refused(field(&bytes, name, length_and_value));
    buf_finish(&bytes);
}

TEST(all_kinds_of_fields_survive)
{
    struct recipient rcpts[2];
    struct outcome outcomes[1];
    struct str forward[2];
    struct report report = example(rcpts, outcomes, forward), got;
    struct arena *arena = arena_create(10000);
    struct buf bytes;
    buf_init(&bytes, 10000);
    CHECK(wire_encode(&report_message, &report, &bytes));
    CHECK(wire_decode(&report_message, buf_str(&bytes), arena, &got));
    CHECK(got.request == UINT64_MAX && got.kind == 1 && got.size == 256 && got.smtputf8);
    CHECK_STR(got.queue_id, "4ABC");
    CHECK_INT(got.rcpts_count, 2);
    CHECK_INT(got.rcpts[1].index, 300);
    CHECK_STR(got.rcpts[1].orcpt, "rfc822;\xc3\xa4+");
    CHECK_INT(got.outcomes_count, 1);
    CHECK_INT(got.outcomes[0].forward.count, 2);
    CHECK_STR(got.outcomes[0].forward.at[0], "");
    CHECK_STR(got.outcomes[0].forward.at[1], "c@example.org");
    CHECK(got.outcomes[0].unsynced && !got.outcomes[0].dsn_passed);
    CHECK_INT(got.ret, 0);
    buf_finish(&bytes);
    arena_destroy(arena);
}

TEST(a_message_of_zeros_is_no_octets_and_back)
{
    struct report nothing = {.request = 0}, got;
    struct arena *arena = arena_create(100);
    struct buf bytes;
    buf_init(&bytes, 100);
    CHECK(wire_encode(&report_message, &nothing, &bytes));
    CHECK_INT(bytes.len, 0);
    memset(&got, 0xff, sizeof got);
    CHECK(wire_decode(&report_message, STR(""), arena, &got));
    CHECK(got.request == 0 && got.queue_id.len == 0 && !got.smtputf8 && got.rcpts_count == 0);
    buf_finish(&bytes);
    arena_destroy(arena);
}

TEST(no_prefix_of_a_message_is_that_message_and_none_is_ambiguous)
{
    struct recipient rcpts[2];
    struct outcome outcomes[1];
    struct str forward[2];
    struct report report = example(rcpts, outcomes, forward), got;
    struct arena *arena = arena_create(100000);
    struct buf bytes, again;
    buf_init(&bytes, 10000);
    buf_init(&again, 10000);
    CHECK(wire_encode(&report_message, &report, &bytes));
    for (size_t len = 0; len < bytes.len; len++) {
        struct str prefix = str_sub(buf_str(&bytes), 0, len);
        buf_clear(&again);
        arena_reset(arena);
        if (wire_decode(&report_message, prefix, arena, &got))
            CHECK(wire_encode(&report_message, &got, &again) && str_eq(buf_str(&again), prefix));
    }
    for (size_t i = 0; i < bytes.len; i++)
        for (int change = 1; change < 256; change++) {
            bytes.at[i] = (char)(bytes.at[i] ^ change);
            buf_clear(&again);
            arena_reset(arena);
            if (wire_decode(&report_message, buf_str(&bytes), arena, &got))
                CHECK(wire_encode(&report_message, &got, &again) && str_eq(buf_str(&again), buf_str(&bytes)));
            bytes.at[i] = (char)(bytes.at[i] ^ change);
        }
    buf_finish(&bytes);
    buf_finish(&again);
    arena_destroy(arena);
}

TEST(what_an_encoder_would_not_write_is_refused)
{
    check_refused(STR("\x00\x01x"));                     /* there is no field 0 */
    check_refused(STR("\x63\x01x"));                     /* nor 99 */
    check_refused(STR("\x03\x01x\x01\x01\x07"));         /* out of order */
    check_refused(STR("\x03\x01x\x03\x01y"));            /* twice */
    check_refused(STR("\x83\x00\x01x"));                 /* a number not in its shortest form */
    check_field_refused("queue_id", STR("\x81\x00x"));   /* a length likewise */
    check_field_refused("request", STR("\x00"));         /* a number of nothing */
    check_field_refused("request", STR("\x01\x00"));     /* zero */
    check_field_refused("request", STR("\x02\x05\x00")); /* leading zero */
    check_field_refused("request", STR("\x09\x01\x01\x01\x01\x01\x01\x01\x01\x01")); /* nine octets */
    check_field_refused("queue_id", STR("\x00"));                                    /* an empty text */
    check_field_refused("queue_id", STR("\x05x")); /* shorter than it says */
    check_field_refused("queue_id", STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"));
    check_field_refused("smtputf8", STR("\x01\x00")); /* a flag that is off */
    check_field_refused("smtputf8", STR("\x01\x02"));
    check_field_refused("smtputf8", STR("\x02\x01\x01"));
    check_field_refused("rcpts", STR("\x01\x00"));         /* an empty list */
    check_field_refused("rcpts", STR("\x02\x01\x05"));     /* a record that is not there */
    check_field_refused("rcpts", STR("\x03\x01\x00\x00")); /* octets behind the last record */
}

TEST(a_count_larger_than_the_octets_behind_it_takes_no_memory)
{
    struct arena *arena = arena_create(SIZE_MAX / 2);
    struct report got;
    struct buf bytes;
    buf_init(&bytes, 100);
    /* a list that says there are 2^63 of them */
    CHECK(!wire_decode(&report_message,
                       field(&bytes, "rcpts", STR("\x0b\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x00")), arena,
                       &got));
    CHECK_INT(arena_used(arena), 0);
    buf_finish(&bytes);
    arena_destroy(arena);
}

TEST(an_arena_that_is_full_refuses_the_message)
{
    struct recipient rcpts[2];
    struct outcome outcomes[1];
    struct str forward[2];
    struct report report = example(rcpts, outcomes, forward), got;
    struct buf bytes;
    bool done = false;
    buf_init(&bytes, 10000);
    CHECK(wire_encode(&report_message, &report, &bytes));
    for (size_t limit = 0; limit < 2000 && !done; limit += 16) {
        struct arena *arena = arena_create(limit);
        done = wire_decode(&report_message, buf_str(&bytes), arena, &got);
        CHECK(!done || limit > 2 * sizeof(struct recipient));
        arena_destroy(arena);
    }
    CHECK(done);
    buf_finish(&bytes);
}

TEST(a_buffer_that_is_full_refuses_the_encoding)
{
    struct recipient rcpts[2];
    struct outcome outcomes[1];
    struct str forward[2];
    struct report report = example(rcpts, outcomes, forward);
    struct buf bytes;
    buf_init(&bytes, 10000);
    CHECK(wire_encode(&report_message, &report, &bytes));
    size_t whole = bytes.len;
    buf_finish(&bytes);
    for (size_t limit = 0; limit <= whole; limit++) {
        buf_init(&bytes, limit);
        CHECK(wire_encode(&report_message, &report, &bytes) == (limit == whole));
        buf_finish(&bytes);
    }
}

TEST(printing_makes_one_line_a_field_and_nothing_can_forge_one)
{
    struct recipient rcpts[2];
    struct outcome outcomes[1];
    struct str forward[2];
    struct report report = example(rcpts, outcomes, forward);
    struct buf out;
    report.sender = STR("a\nkind=9\\\xff");
    buf_init(&out, 10000);
    wire_print(&report_message, &report, &out);
    CHECK(str_find_str(buf_str(&out), STR("\nkind=9")) == SIZE_MAX);
    CHECK(str_find_str(buf_str(&out), STR("sender=a\\x0akind=9\\x5c\\xff\n")) != SIZE_MAX);
    CHECK(str_find_str(buf_str(&out), STR("smtputf8=yes\n")) != SIZE_MAX);
    CHECK(str_find_str(buf_str(&out), STR("forward[1]=c@example.org\n")) != SIZE_MAX);
    buf_finish(&out);
}

/* --- the hand-over of a session --- */

static int memory_file(struct str bytes)
{
    int fd = memfd_create("handover", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, bytes.at, bytes.len) == (ssize_t)bytes.len);
    return fd;
}

static bool read_back(struct str bytes, struct account *account, struct session *session, struct arena *arena)
{
    int fd = memory_file(bytes);
    bool done = handover_read(fd, arena, account, session);
    close(fd);
    return done;
}

static void join(const struct account *account, const struct session *session, struct buf *out)
{
    struct buf first, second;
    buf_init(&first, 10000);
    buf_init(&second, 10000);
    CHECK(wire_encode(&account_message, account, &first) && wire_encode(&session_message, session, &second));
    CHECK(handover_join(buf_str(&first), buf_str(&second), out));
    buf_finish(&first);
    buf_finish(&second);
}

TEST(login_cannot_say_whose_session_it_is)
{
    struct account account = {.user = STR("marie@example.org"), .home = STR("/home/marie"), .quota = 1000},
                   got;
    struct session session = {.user = STR("victim@example.org"),
                              .home = STR("/home/victim"),
                              .quota = 1 << 30,
                              .service = STR("imap"),
                              .tag = STR("a1")};
    struct session about;
    struct arena *arena = arena_create(10000);
    struct buf bytes;
    buf_init(&bytes, HANDOVER_LIMIT);
    join(&account, &session, &bytes);
    CHECK(read_back(buf_str(&bytes), &got, &about, arena));
    CHECK_STR(about.user, "marie@example.org");
    CHECK_STR(about.home, "/home/marie");
    CHECK_INT(about.quota, 1000);
    CHECK_STR(about.service, "imap");
    CHECK_STR(about.tag, "a1");
    buf_finish(&bytes);
    arena_destroy(arena);
}

TEST(a_hand_over_that_is_cut_off_or_goes_on_is_refused)
{
    struct account account = {.user = STR("marie@example.org"), .home = STR("/home/marie")}, got;
    struct session session = {.service = STR("imap")}, about;
    struct arena *arena = arena_create(100000);
    struct buf bytes;
    buf_init(&bytes, HANDOVER_LIMIT);
    join(&account, &session, &bytes);
    for (size_t len = 0; len < bytes.len; len++)
        CHECK(!read_back(str_sub(buf_str(&bytes), 0, len), &got, &about, arena));
    buf_add_char(&bytes, '\0');
    CHECK(!read_back(buf_str(&bytes), &got, &about, arena));
    CHECK(!handover_read(-1, arena, &got, &about));
    buf_finish(&bytes);
    arena_destroy(arena);
}

TEST(a_hand_over_without_user_or_with_a_relative_home_is_refused)
{
    static const struct account bad[] = {
        {.home = STR_INIT("/home/marie")},
        {.user = STR_INIT("marie@example.org")},
        {.user = STR_INIT("marie@example.org"), .home = STR_INIT("home/marie")}};
    struct session session = {.service = STR("imap")}, about;
    struct account got;
    struct arena *arena = arena_create(10000);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct buf bytes;
        buf_init(&bytes, HANDOVER_LIMIT);
        join(&bad[i], &session, &bytes);
        CHECK(!read_back(buf_str(&bytes), &got, &about, arena));
        buf_finish(&bytes);
    }
    arena_destroy(arena);
}

TEST(a_hand_over_over_the_limit_is_refused)
{
    struct arena *arena = arena_create(1 << 20);
    struct account got;
    struct session about;
    int fd = memfd_create("handover", MFD_CLOEXEC);
    CHECK(ftruncate(fd, HANDOVER_LIMIT + 1) == 0);
    CHECK(!handover_read(fd, arena, &got, &about));
    CHECK(arena_used(arena) == 0);
    close(fd);
    arena_destroy(arena);
}
