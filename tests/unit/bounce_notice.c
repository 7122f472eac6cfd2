/* SPDX-License-Identifier: BSD-2-Clause */
/* A notification is a whole queue file, and a null sender gets none. */
#include "unit/test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "bounce/notice.h"
#include "mail/dsn.h"
#include "mail/queuefile.h"

#define ORIGINAL "Subject: hello\r\n\r\n.dot\r\nbody\r\n"

static const struct bounce_params params = {
    .size_limit = 50000, .mail_name = STR_INIT("Relais"), .double_bounce_sender = STR_INIT("double-bounce")};
static struct recipient rcpt = {.address = STR_INIT("b@lyon.example"), .notify = 4};
static struct outcome outcome = {
    .class = 5, .code = 550, .subject = 1, .detail = 1, .text = STR_INIT("no such user")};
static struct verdict verdict;
static struct notice notice;

static struct report sample(void)
{
    return (struct report){.request = 1,
                           .kind = DSN_FAILURE,
                           .queue_id = STR("4BCDFF0000z0000001"),
                           .report_id = STR("4BCDFG0000z0000001"),
                           .sender = STR("a@paris.example"),
                           .arrival_us = 880127000000000,
                           .offset = 100,
                           .size = sizeof ORIGINAL - 1,
                           .header_size = 18,
                           .tenant = STR("paris"),
                           .rcpts = &rcpt,
                           .rcpts_count = 1,
                           .outcomes = &outcome,
                           .outcomes_count = 1};
}

static int original_file(void)
{
    int fd = memfd_create("original", MFD_CLOEXEC);
    CHECK(pwrite(fd, ORIGINAL, sizeof ORIGINAL - 1, 100) == sizeof ORIGINAL - 1);
    return fd;
}

static bool write_notice(const struct report *report, const struct bounce_params *with, int fresh)
{
    int original = original_file();
    notice = (struct notice){.params = with,
                             .host = STR("mx.paris.example"),
                             .origin = STR("paris.example"),
                             .arena = arena_create(1 << 20),
                             .now_us = 880127706000000};
    bool written = notice_write(&notice, report, original, fresh, &verdict);
    close(original);
    return written;
}

/* The message in the fresh file, after checking the file. */
static void read_back(int fresh, struct buf *text, struct queue_entry *entry)
{
    struct verdict why;
    CHECK_INT(queuefile_read(fresh, notice.arena, entry, &why), QUEUEFILE_OK);
    CHECK_INT(queuefile_check(fresh, entry, &why), QUEUEFILE_OK);
    buf_init(text, 1 << 20);
    char *room = buf_room(text, entry->message_size);
    CHECK(pread(fresh, room, entry->message_size, (off_t)entry->message_at) == (ssize_t)entry->message_size);
    text->len = entry->message_size;
}

TEST(a_notification_is_a_whole_queue_file)
{
    struct report report = sample();
    struct queue_entry entry;
    struct buf text;
    int fresh = memfd_create("fresh", MFD_CLOEXEC);
    CHECK(write_notice(&report, &params, fresh));
    read_back(fresh, &text, &entry);
    CHECK_STR(entry.envelope.sender, "");
    CHECK_INT(entry.envelope.rcpts_count, 1);
    CHECK_STR(entry.envelope.rcpts[0].address, "a@paris.example");
    CHECK_INT(entry.envelope.rcpts[0].notify, DSN_NOTIFY_NEVER);
    CHECK_STR(entry.envelope.tenant, "paris");
    CHECK(entry.envelope.dot_lines && !entry.envelope.eight_bit && entry.envelope.longest_line > 20);
    CHECK_INT(notice.size, entry.message_size);
    CHECK(str_find_str(buf_str(&text), STR("\r\n\r\n" ORIGINAL)) != SIZE_MAX);
    CHECK(str_eq(str_sub(buf_str(&text), entry.envelope.header_size - 4, 4), STR("\r\n\r\n")));
    buf_finish(&text);
    arena_destroy(notice.arena);
    close(fresh);
}

TEST(of_a_large_message_only_the_header_is_returned)
{
    struct bounce_params small = params;
    small.size_limit = 20;
    struct report report = sample();
    struct queue_entry entry;
    struct buf text;
    int fresh = memfd_create("fresh", MFD_CLOEXEC);
    CHECK(write_notice(&report, &small, fresh));
    read_back(fresh, &text, &entry);
    CHECK(str_find_str(buf_str(&text), STR("Subject: hello\r\n\r\n\r\n--")) != SIZE_MAX);
    CHECK(str_find_str(buf_str(&text), STR("text/rfc822-headers")) != SIZE_MAX);
    CHECK(str_find_str(buf_str(&text), STR(".dot")) == SIZE_MAX);
    buf_finish(&text);
    arena_destroy(notice.arena);
    close(fresh);
}

/* RFC 3464 2.3.3 */
TEST(success_is_delivered_here_relayed_elsewhere_or_expanded)
{
    static const struct {
        const char *remote, *action;
        bool expanded;
    } cases[] = {{"", "delivered", false}, {"mx.lyon.example", "relayed", false}, {"", "expanded", true}};
    for (size_t i = 0; i < 3; i++) {
        struct recipient one = {
            .address = STR("b@lyon.example"), .notify = DSN_NOTIFY_SUCCESS, .expanded = cases[i].expanded};
        struct outcome done = {.class = 2, .code = 250, .text = STR("ok"), .remote = str_of(cases[i].remote)};
        struct report report = sample();
        struct queue_entry entry;
        struct buf text, line;
        int fresh = memfd_create("fresh", MFD_CLOEXEC);
        report.kind = DSN_SUCCESS;
        report.rcpts = &one;
        report.outcomes = &done;
        CHECK(write_notice(&report, &params, fresh));
        read_back(fresh, &text, &entry);
        buf_init(&line, 100);
        buf_printf(&line, "\r\nAction: %s\r\nStatus: 2.0.0\r\n", cases[i].action);
        CHECK(str_find_str(buf_str(&text), buf_str(&line)) != SIZE_MAX);
        buf_finish(&line);
        buf_finish(&text);
        arena_destroy(notice.arena);
        close(fresh);
    }
}

static void check_refused(const struct report *report, int fresh, enum verdict_class class)
{
    CHECK(!write_notice(report, &params, fresh));
    CHECK_INT(verdict.class, class);
    arena_destroy(notice.arena);
}

TEST(a_null_sender_and_the_mail_system_get_none)
{
    int fresh = memfd_create("fresh", MFD_CLOEXEC);
    struct report report = sample();
    report.sender = STR("");
    check_refused(&report, fresh, VERDICT_REJECT);
    report.sender = STR("Double-Bounce@paris.example");
    check_refused(&report, fresh, VERDICT_REJECT);
    CHECK_INT(lseek(fresh, 0, SEEK_END), 0);
    close(fresh);
}

TEST(a_request_that_makes_no_sense_is_refused)
{
    int fresh = memfd_create("fresh", MFD_CLOEXEC), full = original_file();
    struct report report = sample();
    report.kind = 4;
    check_refused(&report, fresh, VERDICT_REJECT);
    report = sample();
    report.outcomes_count = 0;
    check_refused(&report, fresh, VERDICT_REJECT);
    report = sample();
    report.header_size = report.size + 1;
    check_refused(&report, fresh, VERDICT_REJECT);
    report = sample();
    check_refused(&report, full, VERDICT_REJECT);
    check_refused(&report, -1, VERDICT_REJECT);
    report.size = 40000;
    check_refused(&report, fresh, VERDICT_DEFER);
    close(fresh);
    close(full);
}
