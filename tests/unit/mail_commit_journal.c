/* SPDX-License-Identifier: BSD-2-Clause */
/* The commit journal: what was appended and synced is walked, in order, and nothing else. */
#include "unit/test.h"

#include <sys/mman.h>
#include <unistd.h>

#include "mail/commit_journal.h"

static const char boot[] = "0f1c2d3e-0000-4000-8000-00000000beef";
static const char *const ids[] = {"4jbPFp23tkz00ZCcsx", "4jbPFp23tlz00ZCcsy", "4jbPFp23tmz00ZCcsw"};

enum { SIZE = 16 * 1024, COUNT = 3 };

struct book {
    struct buf file;
    struct commit_journal_head head;
};

static void put_padded_head(struct book *book)
{
    commit_journal_put_head(&book->head, &book->file);
    CHECK_INT(book->file.len, COMMIT_JOURNAL_HEAD);
    while (book->file.len < COMMIT_JOURNAL_START)
        buf_add_char(&book->file, '\0');
}

static void put(struct book *book, const char *id, uint64_t generation, const char *text)
{
    char copy[1000];
    size_t len = strlen(text);
    memcpy(copy, text, len);
    const struct iovec parts[2] = {{copy, len / 2}, {copy + len / 2, len - len / 2}};
    size_t before = book->file.len;
    commit_journal_put(str_of(id), generation, parts, 2, &book->file);
    CHECK_INT(book->file.len - before, commit_journal_size(len));
}

static void fill_up(struct book *book)
{
    while (book->file.len < SIZE)
        buf_add_char(&book->file, '\0');
}

/* Three records of generation 4, and zeros. */
static struct book book_open(void)
{
    struct book book = {.head = {.done = 3}};
    memcpy(book.head.boot, boot, sizeof boot);
    buf_init(&book.file, SIZE);
    put_padded_head(&book);
    for (size_t i = 0; i < COUNT; i++)
        put(&book, ids[i], 4, "octets of a queue file");
    return book;
}

static size_t count(const struct book *book)
{
    struct commit_journal_walk walk = commit_journal_walk(buf_str(&book->file), &book->head);
    struct commit_journal_record record;
    size_t found = 0;
    while (commit_journal_next(&walk, &record))
        CHECK(str_eq(record.id, str_of(ids[found++ % COUNT])));
    CHECK(!commit_journal_next(&walk, &record));
    return found;
}

TEST(a_head_is_read_back)
{
    struct book book = book_open();
    struct commit_journal_head head;
    CHECK(commit_journal_get_head(buf_str(&book.file), &head) == COMMIT_JOURNAL_OK);
    CHECK_INT(head.done, 3);
    CHECK(!head.failed);
    CHECK_STR(str_of(head.boot), boot);
    buf_finish(&book.file);
}

TEST(a_head_of_zeros_or_a_short_file_is_unfinished)
{
    static const char zeros[COMMIT_JOURNAL_START];
    struct commit_journal_head head;
    CHECK(commit_journal_get_head(str_make(zeros, sizeof zeros), &head) == COMMIT_JOURNAL_UNFINISHED);
    CHECK(commit_journal_get_head(STR(""), &head) == COMMIT_JOURNAL_UNFINISHED);
    struct book book = book_open();
    struct str file = buf_str(&book.file);
    CHECK(commit_journal_get_head(str_sub(file, 0, COMMIT_JOURNAL_START - 1), &head) ==
          COMMIT_JOURNAL_UNFINISHED);
    buf_finish(&book.file);
}

TEST(no_octet_of_a_head_can_change_unnoticed)
{
    struct book book = book_open();
    struct commit_journal_head head;
    for (size_t i = 0; i < COMMIT_JOURNAL_HEAD; i++) {
        book.file.at[i] ^= 1;
        CHECK(commit_journal_get_head(buf_str(&book.file), &head) == COMMIT_JOURNAL_UNKNOWN);
        book.file.at[i] ^= 1;
    }
    buf_finish(&book.file);
}

TEST(records_are_walked_in_order_with_their_payload)
{
    struct book book = book_open();
    struct commit_journal_walk walk = commit_journal_walk(buf_str(&book.file), &book.head);
    struct commit_journal_record record;
    CHECK(commit_journal_next(&walk, &record));
    CHECK_STR(record.payload, "octets of a queue file");
    CHECK_INT(record.at, COMMIT_JOURNAL_START);
    CHECK(!record.struck);
    CHECK_INT(count(&book), COUNT);
    fill_up(&book);
    CHECK_INT(count(&book), COUNT);
    buf_finish(&book.file);
}

TEST(a_record_that_does_not_check_ends_the_walk)
{
    struct book book = book_open();
    size_t size = commit_journal_size(strlen("octets of a queue file"));
    fill_up(&book);
    for (size_t i = 0; i < size; i++) {
        book.file.at[COMMIT_JOURNAL_START + size + i] ^= 1;
        size_t found = count(&book);
        /* The last octet of its first word says whether it was struck out. */
        CHECK(i == 3 ? found == COUNT : found == 1);
        book.file.at[COMMIT_JOURNAL_START + size + i] ^= 1;
    }
    buf_finish(&book.file);
}

TEST(a_file_that_ends_within_a_record_ends_the_walk)
{
    struct book book = book_open();
    size_t whole = book.file.len, size = commit_journal_size(strlen("octets of a queue file"));
    for (size_t less = 1; less < size; less++) {
        book.file.len = whole - less;
        CHECK_INT(count(&book), COUNT - 1);
    }
    buf_finish(&book.file);
}

TEST(what_is_left_of_an_older_generation_is_not_walked)
{
    struct book book = book_open();
    book.file.len = COMMIT_JOURNAL_START;
    put(&book, ids[0], 5, "octets of a queue file");
    put(&book, ids[1], 4, "octets of a queue file");
    CHECK_INT(count(&book), 1);
    buf_finish(&book.file);
}

TEST(generations_that_are_done_are_not_walked)
{
    struct book book = book_open();
    book.head.done = 4;
    CHECK_INT(count(&book), 0);
    buf_finish(&book.file);
}

TEST(a_letter_that_holds_a_record_is_not_taken_for_one)
{
    struct book inner = book_open(), book = book_open();
    char text[200];
    size_t size = commit_journal_size(strlen("octets of a queue file"));
    memcpy(text, inner.file.at + COMMIT_JOURNAL_START, size);
    const struct iovec part = {text, size};
    book.file.len = COMMIT_JOURNAL_START;
    commit_journal_put(str_of(ids[0]), 4, &part, 1, &book.file);
    CHECK_INT(count(&book), 1);
    buf_finish(&book.file);
    buf_finish(&inner.file);
}

TEST(a_name_that_is_no_queue_id_ends_the_walk)
{
    struct book book = book_open();
    book.file.len = COMMIT_JOURNAL_START;
    put(&book, "../../etc/passwd..", 4, "x");
    CHECK_INT(count(&book), 0);
    buf_finish(&book.file);
}

TEST(a_record_that_is_struck_out_is_told_so_and_the_next_is_found)
{
    struct book book = book_open();
    int fd = memfd_create("journal", MFD_CLOEXEC);
    CHECK(write(fd, book.file.at, book.file.len) == (ssize_t)book.file.len);
    CHECK(commit_journal_strike(fd, COMMIT_JOURNAL_START));
    CHECK(pread(fd, book.file.at, book.file.len, 0) == (ssize_t)book.file.len);
    struct commit_journal_walk walk = commit_journal_walk(buf_str(&book.file), &book.head);
    struct commit_journal_record record;
    CHECK(commit_journal_next(&walk, &record) && record.struck);
    CHECK(commit_journal_next(&walk, &record) && !record.struck);
    close(fd);
    buf_finish(&book.file);
}
