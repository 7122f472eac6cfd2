/* SPDX-License-Identifier: BSD-2-Clause */
/* Dropped files: names, and what is believed of what lies there. */
#include "mail/drop.h"
#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crc.h"
#include "io/file.h"

static const struct str message = STR_INIT("Subject: x\r\n\r\nx\r\n");

/* A directory with a good file in it. */
struct place {
    int fd;
    struct drop_name name;
    struct buf octets;
    struct arena *arena;
    struct drop_file file;
    struct drop_terms terms;
};

static void print_file(struct buf *octets)
{
    struct recipient rcpt = {.address = STR("b@lyon.example"), .notify = 4};
    struct envelope envelope = {.sender = STR("a@paris.example"), .rcpts = &rcpt, .rcpts_count = 1};
    struct buf tail;
    buf_init(octets, 1 << 20);
    buf_init(&tail, QUEUEFILE_ENVELOPE_LIMIT + QUEUEFILE_BLOCK);
    CHECK(queuefile_start(&envelope, crc32c(0, message), message.len, octets, &tail));
    buf_add(octets, message);
    buf_add(octets, buf_str(&tail));
    buf_finish(&tail);
}

static void write_file(struct place *place, struct str octets)
{
    CHECK(file_replace(place->fd, place->name.text, octets, 0640));
}

static void place_open(struct place *place, const char *name)
{
    char path[200];
    struct stat status;
    *place = (struct place){.name = drop_name_make(), .arena = arena_create(1 << 20)};
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    CHECK(file_make_dirs(path, 0700));
    place->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    print_file(&place->octets);
    write_file(place, buf_str(&place->octets));
    CHECK(fstatat(place->fd, place->name.text, &status, 0) == 0);
    place->terms = (struct drop_terms){.size_limit = 10000, .unfinished_s = 100, .now_s = status.st_mtime};
}

static enum drop_kind look(struct place *place)
{
    return drop_open(place->fd, place->name.text, &place->terms, place->arena, &place->file);
}

/* Nothing of it is left open. */
static void check_is(struct place *place, enum drop_kind kind, const char *why)
{
    CHECK_INT(look(place), kind);
    CHECK_INT(place->file.fd, -1);
    CHECK_STR(str_of(place->file.why), why);
}

static void place_close(struct place *place)
{
    close(place->fd);
    buf_finish(&place->octets);
    arena_destroy(place->arena);
}

TEST(names_are_32_hexadecimal_digits_and_never_twice_the_same)
{
    struct drop_name one = drop_name_make(), other = drop_name_make();
    CHECK(drop_name_is_good(str_of(one.text)) && strcmp(one.text, other.text) != 0);
    CHECK(drop_name_is_good(STR("0123456789abcdef0123456789abcdef")));
    CHECK(!drop_name_is_good(STR("0123456789ABCDEF0123456789abcdef")));
    CHECK(!drop_name_is_good(STR("0123456789abcdef0123456789abcde")));
    CHECK(!drop_name_is_good(STR("0123456789abcdef0123456789abcdef0")));
    CHECK(!drop_name_is_good(STR("../3456789abcdef0123456789abcdef")));
    CHECK(!drop_name_is_good(STR("0123456789abcdef0123456789abcde\0")));
    CHECK(!drop_name_is_good(STR("")));
}

TEST(a_whole_file_is_a_message_of_its_owner)
{
    struct place place;
    place_open(&place, "whole");
    CHECK_INT(look(&place), DROP_MESSAGE);
    CHECK(place.file.fd >= 0);
    CHECK_INT(place.file.uid, getuid());
    CHECK_STR(place.file.entry.envelope.sender, "a@paris.example");
    CHECK_STR(place.file.entry.envelope.rcpts[0].address, "b@lyon.example");
    CHECK_INT(place.file.entry.message_size, message.len);
    close(place.file.fd);
    place_close(&place);
}

TEST(no_prefix_of_a_file_is_a_message)
{
    struct place place;
    place_open(&place, "prefix");
    for (size_t len = 0; len < place.octets.len; len++) {
        write_file(&place, str_sub(buf_str(&place.octets), 0, len));
        CHECK_INT(look(&place), DROP_UNFINISHED);
        CHECK_INT(place.file.fd, -1);
    }
    place_close(&place);
}

TEST(what_is_not_finished_in_time_never_will_be)
{
    struct place place;
    place_open(&place, "late");
    write_file(&place, str_sub(buf_str(&place.octets), 0, 100));
    place.terms.now_s += 99;
    CHECK_INT(look(&place), DROP_UNFINISHED);
    place.terms.now_s += 100;
    check_is(&place, DROP_BROKEN, "never finished");
    place.terms.now_s -= 1000; /* its time is one to come */
    check_is(&place, DROP_BROKEN, "never finished");
    place_close(&place);
}

TEST(octets_that_are_not_the_file_are_no_message)
{
    struct place place;
    place_open(&place, "octets");
    while (place.octets.len % 8)
        buf_add_char(&place.octets, '\0');
    buf_add_text(&place.octets, "more octets behind");
    write_file(&place, buf_str(&place.octets));
    check_is(&place, DROP_BROKEN, "octets behind the message");
    place.octets.at[70] ^= 1;
    write_file(&place, buf_str(&place.octets));
    CHECK_INT(look(&place), DROP_BROKEN);
    write_file(&place,
               STR("Subject: this is a message, as people know it, and of more octets than a header\n"));
    CHECK_INT(look(&place), DROP_BROKEN);
    place_close(&place);
}

TEST(links_pipes_directories_and_giants_are_junk)
{
    struct place place;
    place_open(&place, "junk");
    place.terms.size_limit = place.octets.len - 1;
    check_is(&place, DROP_JUNK, "larger than drop_file_size_limit");
    place.terms.size_limit = 0;
    CHECK(linkat(place.fd, place.name.text, place.fd, "second", 0) == 0);
    check_is(&place, DROP_JUNK, "a file with several names");
    CHECK(unlinkat(place.fd, place.name.text, 0) == 0 && symlinkat("second", place.fd, place.name.text) == 0);
    check_is(&place, DROP_JUNK, "not a regular file");
    CHECK(unlinkat(place.fd, place.name.text, 0) == 0 && mkfifoat(place.fd, place.name.text, 0600) == 0);
    check_is(&place, DROP_JUNK, "not a regular file");
    CHECK(unlinkat(place.fd, place.name.text, 0) == 0 && mkdirat(place.fd, place.name.text, 0700) == 0);
    check_is(&place, DROP_JUNK, "not a regular file");
    CHECK(unlinkat(place.fd, place.name.text, AT_REMOVEDIR) == 0);
    check_is(&place, DROP_GONE, "");
    place_close(&place);
}

TEST(a_name_that_sendmail_does_not_make_is_not_taken)
{
    struct place place;
    place_open(&place, "name");
    CHECK(renameat(place.fd, place.name.text, place.fd, "0123") == 0);
    snprintf(place.name.text, sizeof place.name.text, "0123");
    check_is(&place, DROP_BROKEN, "not a name that sendmail makes");
    place_close(&place);
}
