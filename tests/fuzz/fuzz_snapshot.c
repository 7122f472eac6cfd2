/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mailbox's snapshot and its cache, in a store that is sound otherwise. The first octet says which of them
 * the rest is, and whether its sums are put right. The mailbox opens or says why not, and what the cache
 * yields is octets of it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/crc.h"
#include "base/cursor.h"
#include "fuzz/fuzz.h"
#include "store/parts.h"

enum { INPUT_LIMIT = 64 * 1024, SNAPSHOT_HEADER = 64, BODY_SUM = 56, HEADER_SUM = 60, KINDS = 4 };

static void put_right_snapshot(struct buf *file)
{
    if (file->len < SNAPSHOT_HEADER)
        return;
    put_u32_at(file, BODY_SUM, crc32c(0, str_from(buf_str(file), SNAPSHOT_HEADER)));
    put_u32_at(file, HEADER_SUM, crc32c(0, str_sub(buf_str(file), 0, HEADER_SUM)));
}

static void put_right_cache(struct buf *file)
{
    size_t at = 0;
    while (file->len - at > 8) {
        struct cursor cursor = cursor_over(str_from(buf_str(file), at));
        uint32_t len = cursor_u32(&cursor);
        if (len > file->len - at - 8)
            return;
        put_u32_at(file, at + 4, crc32c(0, str_sub(buf_str(file), at + 8, len)));
        at += 8 + (size_t)len;
    }
}

static void write_blob(const char *home, const char *suffix, struct str octets)
{
    char path[128];
    snprintf(path, sizeof path, "%s/index/00000001.%s", home, suffix);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    assert(fd >= 0 && write(fd, octets.at, octets.len) == (ssize_t)octets.len);
    close(fd);
}

static void use(struct mailbox *mailbox, size_t limit)
{
    struct verdict verdict;
    struct str blob;
    for (size_t i = 0; i < mailbox_count(mailbox); i++) {
        const struct message *message = mailbox_message(mailbox, i);
        struct message_file file;
        assert(i == 0 || mailbox_message(mailbox, i - 1)->uid < message->uid);
        for (uint8_t kind = 0; kind < KINDS; kind++)
            assert(!cache_get(mailbox, message->uid, kind, &blob) || blob.len <= limit);
        if (message_open(mailbox, message, &file, &verdict) == STORE_OK)
            message_close(&file);
    }
    mailbox_expunge(mailbox, (struct uid_ranges){&(struct uid_range){1, UINT32_MAX}, 1}, true, &verdict);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    uint8_t choice = fuzz_choice(&input);
    const struct store_options options = {.create = true, .compact_size = 4096, .lock_ms = 1000};
    char home[64];
    struct buf file;
    struct store *store;
    struct mailbox *mailbox;
    struct verdict verdict;
    if (size > INPUT_LIMIT)
        return 0;
    buf_init(&file, INPUT_LIMIT);
    buf_add(&file, input);
    if (choice & 2)
        (choice & 1 ? put_right_cache : put_right_snapshot)(&file);
    fuzz_directory_make(home);
    store_close(fuzz_store_make(home, &options, STR("A: b\r\n\r\n")));
    write_blob(home, choice & 1 ? "cache" : "snap", buf_str(&file));
    if (store_open(home, &options, &store, &verdict) == STORE_OK) {
        if (mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict) == STORE_OK) {
            use(mailbox, size);
            mailbox_close(mailbox);
        }
        store_close(store);
    }
    fuzz_directory_remove(home);
    buf_finish(&file);
    return 0;
}
