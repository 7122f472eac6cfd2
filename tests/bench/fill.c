/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fills a queue directory with messages that were tried once and wait: for tests/bench/queue.py. Nothing is
 * synced. Message N is from tenant N modulo a hundred and for domain N modulo the number of domains.
 *
 *     bench_fill DIRECTORY MESSAGES DOMAINS DUE-IN-SECONDS
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc.h"
#include "io/file.h"
#include "mail/queuefile.h"
#include "mail/queueid.h"

enum { TENANTS = 100, SLOT = 7777, FILE_LIMIT = 1 << 20 };
static const struct str letter = STR_INIT("From: <sender@example.org>\r\nTo: <rcpt@example.org>\r\n"
                                          "Subject: waiting\r\n\r\nA short letter that waits.\r\n");

static void add_deferral(struct buf *file, int64_t now_us, int64_t due_us)
{
    struct outcome outcome = {.class = 4,
                              .code = 451,
                              .subject = 4,
                              .detail = 1,
                              .text = STR("connect to mx1.host.example[192.0.2.1]:25: Connection refused")};
    struct queue_record records[] = {
        {.kind = QUEUE_OUTCOME, .time_us = (uint64_t)now_us, .outcomes = &outcome, .outcomes_count = 1},
        {.kind = QUEUE_RETRY, .time_us = (uint64_t)now_us, .next_us = (uint64_t)due_us, .attempts = 1},
    };
    queuefile_record(&records[0], file);
    queuefile_record(&records[1], file);
}

static bool write_message(int directory, const struct queue_id *id, unsigned long number,
                          unsigned long domains, int64_t due_us)
{
    char sender[64], rcpt[64], tenant[64];
    int64_t now_us = clock_now_us();
    snprintf(sender, sizeof sender, "sender@tenant%lu.example", number % TENANTS);
    snprintf(tenant, sizeof tenant, "tenant%lu.example", number % TENANTS);
    snprintf(rcpt, sizeof rcpt, "rcpt%lu@domain%lu.example", number, number % domains);
    struct recipient to = {.address = str_of(rcpt)};
    struct envelope envelope = {.sender = str_of(sender),
                                .rcpts = &to,
                                .rcpts_count = 1,
                                .tenant = str_of(tenant),
                                .arrival_us = (uint64_t)now_us,
                                .protocol = STR("ESMTP"),
                                .longest_line = 34,
                                .header_size = 72};
    struct buf file, tail;
    buf_init(&file, FILE_LIMIT);
    buf_init(&tail, FILE_LIMIT);
    bool good = queuefile_start(&envelope, crc32c(0, letter), letter.len, &file, &tail);
    buf_add(&file, letter);
    while (file.len % 8)
        buf_add(&file, str_make("", 1));
    add_deferral(&file, now_us, due_us);
    int fd = openat(directory, id->text, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0660);
    good = good && fd >= 0 && file_write_all(fd, buf_str(&file));
    if (fd >= 0)
        close(fd);
    buf_finish(&file);
    buf_finish(&tail);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t numbers[3];
    struct queue_id_maker ids;
    for (int i = 0; i < 3; i++)
        if (argc != 5 || !str_to_u64(str_of(argv[i + 2]), &numbers[i])) {
            fprintf(stderr, "usage: bench_fill DIRECTORY MESSAGES DOMAINS DUE-IN-SECONDS\n");
            return EXIT_FAILURE;
        }
    int directory = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int64_t start_us = clock_now_us();
    queue_id_init(&ids, SLOT, 1);
    for (uint64_t i = 0; i < numbers[0]; i++) {
        struct queue_id id = queue_id_next(&ids, start_us);
        int64_t due_us = start_us + (int64_t)numbers[2] * 1000000;
        if (write_message(directory, &id, i, numbers[1] ? numbers[1] : 1, due_us))
            continue;
        perror(argv[1]);
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
