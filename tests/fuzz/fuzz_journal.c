/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mail store's journal: records whose sums are put right, with any entries in them. A store that opens can
 * be listed, its INBOX opened, and a message delivered into it; one that does not says so.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "store/message.h"
#include "store/parts.h"

enum { INPUT_LIMIT = 64 * 1024 };

static void put_right(struct buf *file)
{
    size_t at = JOURNAL_HEADER;
    if (file->len < JOURNAL_HEADER)
        return;
    put_u32_at(file, JOURNAL_HEADER - 4, crc32c(0, str_sub(buf_str(file), 0, JOURNAL_HEADER - 4)));
    while (file->len - at > RECORD_HEADER) {
        struct cursor cursor = cursor_over(str_from(buf_str(file), at));
        uint32_t len = cursor_u32(&cursor);
        if (len > file->len - at - RECORD_HEADER)
            return;
        uint32_t sum = crc32c(0, str_sub(buf_str(file), at, 4));
        put_u32_at(file, at + 4, crc32c(sum, str_sub(buf_str(file), at + RECORD_HEADER, len)));
        at += RECORD_HEADER + len;
    }
}

static void write_journal(const char *home, struct str octets)
{
    char path[128];
    snprintf(path, sizeof path, "%s/index", home);
    bool made = mkdir(path, 0700) == 0;
    snprintf(path, sizeof path, "%s/index/journal", home);
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert(made && fd >= 0 && write(fd, octets.at, octets.len) == (ssize_t)octets.len);
    close(fd);
}

static void use(struct store *store)
{
    struct verdict verdict;
    struct mailbox *mailbox;
    struct append *append;
    struct uid_pairs pairs;
    if (mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict) == STORE_OK)
        mailbox_close(mailbox);
    if (append_begin(store, STR("INBOX"), &append, &verdict) != STORE_OK)
        return;
    append_write(append, STR("A: b\r\n\r\n"), &verdict);
    append_message(append, &(struct append_about){0}, &verdict);
    if (append_commit(append, &pairs, &verdict) == STORE_OK)
        uid_pairs_finish(&pairs);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    bool right = fuzz_choice(&input) & 1;
    char home[64];
    struct buf file;
    struct store *store;
    struct verdict verdict;
    struct store_options options = {.create = true, .compact_size = 4096, .lock_ms = 1000};
    if (size > INPUT_LIMIT)
        return 0;
    buf_init(&file, INPUT_LIMIT);
    buf_add(&file, input);
    if (right)
        put_right(&file);
    fuzz_directory_make(home);
    write_journal(home, buf_str(&file));
    if (store_open(home, &options, &store, &verdict) == STORE_OK) {
        use(store);
        store_close(store);
    }
    fuzz_directory_remove(home);
    buf_finish(&file);
    return 0;
}
