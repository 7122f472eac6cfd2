/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notifications about messages, recipients and answers of strangers. Whatever they are, what is written is a
 * sound queue file with one header, three parts, and no line end but CRLF.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "base/cursor.h"
#include "bounce/notice.h"
#include "fuzz/fuzz.h"
#include "mail/dsn.h"
#include "mail/header.h"
#include "mail/mime.h"
#include "mail/queuefile.h"

enum { MEMORY = 8 << 20, INPUT_LIMIT = 64 * 1024 };

static const struct bounce_params params = {
    .size_limit = 50000, .mail_name = STR_INIT("Relais"), .double_bounce_sender = STR_INIT("double-bounce")};

static int file_with(struct str octets)
{
    int fd = memfd_create("file", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, octets.at, octets.len) == (ssize_t)octets.len);
    return fd;
}

/* Line ends of the original are as they came: intake lets nothing else in. */
static void check_lines(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        assert((text.at[i] != '\n' || (i && text.at[i - 1] == '\r')) &&
               (text.at[i] != '\r' || (i + 1 < text.len && text.at[i + 1] == '\n')));
}

static void check_text(struct str text, bool sound, struct arena *arena)
{
    struct header_field field;
    struct mime mime;
    assert(header_count(text, STR("Subject")) == 1 && header_count(text, STR("To")) == 1 &&
           header_count(text, STR("Auto-Submitted")) == 1);
    assert(header_find(text, STR("To"), &field) && field.value.len > 0);
    mime_parse(&mime, text, arena);
    size_t parts = 0;
    for (size_t i = 0; i < mime.count; i++)
        parts += mime.parts[i].depth == 1;
    assert(mime.parts[0].kind == MIME_MULTIPART && parts == 3);
    mime_finish(&mime);
    if (sound)
        check_lines(text);
}

static void check_file(int fresh, const struct notice *notice, const struct report *report, bool sound,
                       struct arena *arena)
{
    struct queue_entry entry;
    struct verdict verdict;
    bool reads = queuefile_read(fresh, arena, &entry, &verdict) == QUEUEFILE_OK &&
                 queuefile_check(fresh, &entry, &verdict) == QUEUEFILE_OK;
    assert(reads && entry.message_size == notice->size && entry.envelope.rcpts_count == 1 &&
           str_eq(entry.envelope.rcpts[0].address, report->sender) &&
           entry.envelope.sender.len == (report->second ? entry.envelope.sender.len : 0));
    char *text = arena_get(arena, notice->size + 1);
    bool read = pread(fresh, text, notice->size, (off_t)entry.message_at) == (ssize_t)notice->size;
    assert(read);
    check_text(str_make(text, notice->size), sound, arena);
}

static bool has_sound_lines(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((text.at[i] == '\n' && (i == 0 || text.at[i - 1] != '\r')) ||
            (text.at[i] == '\r' && (i + 1 == text.len || text.at[i + 1] != '\n')))
            return false;
    return true;
}

static void try_report(struct cursor *input, struct arena *arena)
{
    struct recipient rcpt = {.notify = DSN_NOTIFY_FAILURE};
    struct outcome outcome = {.class = cursor_u8(input) % 8};
    struct report report = {.kind = cursor_u8(input) % 5,
                            .rcpts = &rcpt,
                            .rcpts_count = 1,
                            .outcomes = &outcome,
                            .outcomes_count = 1,
                            .ret = cursor_u8(input) % 3};
    uint8_t flags = cursor_u8(input);
    struct verdict verdict;
    report.smtputf8 = flags & 1;
    report.second = flags & 2;
    outcome.code = cursor_u16(input);
    outcome.subject = cursor_u16(input);
    outcome.detail = cursor_u16(input);
    report.queue_id = report.report_id = STR("4BCDFG0000z0000001");
    report.sender = cursor_text(input);
    report.envid = cursor_text(input);
    rcpt.address = cursor_text(input);
    rcpt.orcpt = cursor_text(input);
    outcome.text = cursor_text(input);
    outcome.remote = cursor_text(input);
    if (!cursor_ok(input))
        return;
    report.size = input->rest.len;
    report.header_size = header_size(input->rest);
    int original = file_with(input->rest), fresh = file_with(STR(""));
    struct notice notice = {.params = &params,
                            .host = STR("mx.paris.example"),
                            .origin = STR("paris.example"),
                            .arena = arena,
                            .now_us = 880127706000000};
    if (notice_write(&notice, &report, original, fresh, &verdict))
        check_file(fresh, &notice, &report, has_sound_lines(input->rest), arena);
    else
        assert(verdict.class == VERDICT_REJECT || verdict.class == VERDICT_DEFER);
    close(original);
    close(fresh);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct cursor input = cursor_over(str_make(octets, size));
    if (size > INPUT_LIMIT)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    try_report(&input, arena);
    arena_destroy(arena);
    return 0;
}
