/* SPDX-License-Identifier: BSD-2-Clause */
/* One new file in a directory that we may not list. */
#include "tools/sendmail_drop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crc.h"
#include "base/memory.h"
#include "io/fdpass.h"
#include "io/file.h"
#include "mail/drop.h"
#include "mail/dsn.h"

/* Readable for pickup, whose group the directory gives; for nobody else. */
enum { DROP_MODE = 0640 };

static uint64_t notify_bits(struct str list)
{
    static const struct {
        struct str word;
        uint64_t bit;
    } words[] = {{STR_INIT("never"), DSN_NOTIFY_NEVER},
                 {STR_INIT("success"), DSN_NOTIFY_SUCCESS},
                 {STR_INIT("failure"), DSN_NOTIFY_FAILURE},
                 {STR_INIT("delay"), DSN_NOTIFY_DELAY}};
    struct str word;
    uint64_t bits = 0;
    while (str_cut(&list, ',', &word))
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            bits |= str_eq_nocase(word, words[i].word) ? words[i].bit : 0;
    return bits;
}

static struct envelope envelope_of(const struct submission *submission, struct recipient *rcpts)
{
    struct str ret = submission->ret;
    for (size_t i = 0; i < submission->recipient_count; i++)
        rcpts[i] = (struct recipient){
            .index = i, .address = submission->recipients[i], .notify = notify_bits(submission->notify)};
    return (struct envelope){
        .sender = submission->sender,
        .rcpts = rcpts,
        .rcpts_count = submission->recipient_count,
        .arrival_us = (uint64_t)clock_now_us(),
        .ret = str_eq_nocase(ret, STR("full"))   ? DSN_RET_FULL
               : str_eq_nocase(ret, STR("hdrs")) ? DSN_RET_HEADERS
                                                 : 0,
        .envid = submission->envid,
        .smtputf8 = submission_needs_utf8(submission),
    };
}

static bool write_file(int fd, struct buf *head, struct str message, struct buf *tail)
{
    struct iovec parts[3] = {
        {head->at, head->len}, {(char *)(uintptr_t)message.at, message.len}, {tail->at, tail->len}};
    return fchmod(fd, DROP_MODE) == 0 && file_writev_all(fd, parts, 3) && file_sync_new(fd);
}

static int give_up(struct buf *why, const char *what, int error)
{
    buf_printf(why, "%s: %s", what, strerror(error));
    return EX_TEMPFAIL;
}

static int make_file(const char *directory, struct buf *head, struct str message, struct buf *tail,
                     struct buf *why)
{
    struct drop_name name = drop_name_make();
    int place = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd = place < 0
                 ? -1
                 : openat(place, name.text, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, DROP_MODE);
    int status = fd < 0 ? give_up(why, directory, errno) : EX_OK;
    if (fd >= 0 && !write_file(fd, head, message, tail)) {
        status = give_up(why, directory, errno);
        unlinkat(place, name.text, 0);
    }
    if (fd >= 0)
        close(fd);
    if (place >= 0)
        close(place);
    return status;
}

int drop_submission(const char *directory, const struct submission *submission, uint64_t size_limit,
                    struct buf *why)
{
    struct recipient *rcpts = memory_array(submission->recipient_count, sizeof *rcpts);
    struct envelope envelope = envelope_of(submission, rcpts);
    struct str message = submission->message;
    struct buf head, tail;
    int status = EX_UNAVAILABLE;
    buf_init(&head, QUEUEFILE_ENVELOPE_LIMIT + QUEUEFILE_BLOCK);
    buf_init(&tail, QUEUEFILE_ENVELOPE_LIMIT + QUEUEFILE_BLOCK);
    bool fits = queuefile_start(&envelope, crc32c(0, message), message.len, &head, &tail);
    uint64_t size = head.len + message.len + tail.len;
    if (!fits || (size_limit && size > size_limit))
        buf_add_text(why, "the message is larger than drop_file_size_limit");
    else
        status = make_file(directory, &head, message, &tail, why);
    buf_finish(&head);
    buf_finish(&tail);
    free(rcpts);
    return status;
}

void drop_announce(const char *pickup_socket)
{
    int fd = unix_connect_stream(pickup_socket);
    if (fd >= 0)
        close(fd);
}
