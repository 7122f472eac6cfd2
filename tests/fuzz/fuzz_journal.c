/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mail store's journal. The first octet says what the rest is: octets of a journal as they are (0), such
 * octets with their sums put right (1), or choices of entries that are encoded here, as a writer gone mad
 * would (2). A store that opens can have its INBOX opened and a message put into it; one that does not says
 * so.
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

/* Numbers where something could turn over. */
static uint64_t choose_number(struct cursor *choices)
{
    static const uint64_t numbers[] = {
        0,         1,         2, 3, 4, 5, 8, 100, 1024, 65536, INT32_MAX, UINT32_MAX, UINT32_MAX + 1ULL,
        INT64_MAX, UINT64_MAX};
    return numbers[cursor_u8(choices) % (sizeof numbers / sizeof numbers[0])];
}

static struct str choose_name(struct cursor *choices)
{
    static const struct str names[] = {STR_INIT("INBOX"),        STR_INIT("Sent"),     STR_INIT("a/b"),
                                       STR_INIT("1.q.host,S=8"), STR_INIT("$Keyword"), STR_INIT("../x")};
    uint8_t choice = cursor_u8(choices);
    return choice < 128 ? names[choice % (sizeof names / sizeof names[0])]
                        : cursor_bytes(choices, choice % 16);
}

static void put_entry(struct cursor *choices, struct buf *payload)
{
    struct entry entry = {.kind = cursor_u8(choices) % (ENTRY_KINDS + 1), .mailbox = cursor_u8(choices) % 5};
    entry.modseq = choose_number(choices);
    entry.uid = choose_number(choices);
    entry.flags = choose_number(choices);
    entry.messages = choose_number(choices);
    entry.ceiling = choose_number(choices);
    entry.uidvalidity = choose_number(choices);
    entry.size = choose_number(choices);
    entry.unseen = entry.recent = entry.flags_off = choose_number(choices);
    entry.keywords = entry.keywords_off = entry.recent_from = choose_number(choices);
    entry.name = choose_name(choices);
    entry.uids = cursor_bytes(choices, cursor_u8(choices) % 8);
    if (cursor_ok(choices))
        journal_encode(&entry, payload);
}

/* A header and records of a few entries each; their sums are put right later. */
static void compose(struct str input, struct buf *file)
{
    struct cursor choices = cursor_over(input);
    buf_add(file, STR("RELAISJ1"));
    put_u32(file, 1);
    put_u32(file, 0);
    put_u64(file, 1);
    put_u64(file, 0);
    while (choices.rest.len && cursor_ok(&choices)) {
        size_t start = file->len;
        put_u64(file, 0);
        put_u64(file, 1700000000000000);
        for (int left = cursor_u8(&choices) % 8; left >= 0; left--)
            put_entry(&choices, file);
        put_u32_at(file, start, (uint32_t)(file->len - start - RECORD_HEADER));
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
    uint8_t choice = fuzz_choice(&input) % 3;
    char home[64];
    struct buf file;
    struct store *store;
    struct verdict verdict;
    struct store_options options = {.create = true, .compact_size = 4096, .lock_ms = 1000};
    if (size > INPUT_LIMIT)
        return 0;
    buf_init(&file, 4 * INPUT_LIMIT);
    if (choice == 2)
        compose(input, &file);
    else
        buf_add(&file, input);
    if (choice)
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
