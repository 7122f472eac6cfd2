/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages from programs: line ends, recipients in the header, a missing From. */
#include "tools/sendmail_message.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mail/address.h"
#include "mail/compose.h"
#include "mail/header.h"

enum { READ_PIECE = 64 * 1024, FIELD_LIMIT = 8192 };

/* --- line ends --- */

bool message_read(int fd, struct buf *raw)
{
    for (;;) {
        char *room = buf_room(raw, READ_PIECE);
        if (!room) {
            errno = EFBIG;
            return false;
        }
        ssize_t got = read(fd, room, READ_PIECE);
        if (got == 0)
            return true;
        if (got < 0 && errno != EINTR)
            return false;
        if (got > 0)
            raw->len += (size_t)got;
    }
}

/* What stands between NULs. */
static void add_text(struct str text, struct buf *message)
{
    struct str piece;
    if (text.len)
        while (str_cut(&text, '\0', &piece))
            buf_add(message, piece);
}

/* Adds a line without its LF: CRs and NULs in it as the header of this file says. */
static void add_line(struct str line, bool in_header, struct buf *message)
{
    struct str piece;
    if (str_ends(line, STR("\r")))
        line.len--;
    if (line.len)
        while (str_cut(&line, '\r', &piece)) {
            add_text(piece, message);
            if (line.at)
                buf_add(message, in_header ? STR(" ") : STR("\r\n"));
        }
    buf_add(message, STR("\r\n"));
}

static bool is_from_line(struct str line)
{
    while (str_starts(line, STR(">")))
        line = str_from(line, 1);
    return str_starts(line, STR("From "));
}

bool message_normalise(struct str raw, bool dot_ends, struct buf *message)
{
    bool in_header = true, at_start = true;
    while (raw.len) {
        size_t end = str_find(raw, '\n');
        struct str line = str_sub(raw, 0, end);
        raw = end == SIZE_MAX ? STR("") : str_from(raw, end + 1);
        if (dot_ends && (str_eq(line, STR(".")) || str_eq(line, STR(".\r"))))
            break;
        if (at_start && is_from_line(line))
            continue;
        at_start = false;
        if (line.len == 0 || str_eq(line, STR("\r")))
            in_header = false;
        add_line(line, in_header, message);
    }
    return !message->over;
}

bool message_is_eight_bit(struct str message)
{
    for (size_t i = 0; i < message.len; i++)
        if ((unsigned char)message.at[i] >= 0x80)
            return true;
    return false;
}

/* --- recipients --- */

static bool add_recipient(struct recipients *recipients, const struct header_address *found,
                          struct str origin, struct arena *arena, const char **why)
{
    struct address_parts parts;
    struct verdict verdict;
    struct buf text;
    buf_init(&text, 4096);
    address_print_local(found->mailbox, &text);
    buf_add_char(&text, '@');
    buf_add(&text, found->host.len ? found->host : origin);
    *why = text.over ? "a recipient is too long" : NULL;
    if (!*why && !address_parse(buf_str(&text), ADDRESS_UTF8, arena, &parts, &verdict))
        *why = arena_cstr(arena, str_of(verdict.text));
    if (!*why && recipients->count == RECIPIENT_LIMIT)
        *why = "too many recipients";
    if (!*why)
        recipients->at[recipients->count++] = address_text(&parts, arena);
    buf_finish(&text);
    return !*why;
}

bool recipients_add(struct recipients *recipients, struct str list, struct str origin, struct arena *arena,
                    const char **why)
{
    struct header_addresses found;
    header_addresses(list, arena, &found);
    if (found.cut) {
        *why = "too many recipients";
        return false;
    }
    for (size_t i = 0; i < found.count; i++)
        if (found.at[i].kind == HEADER_MAILBOX &&
            !add_recipient(recipients, &found.at[i], origin, arena, why))
            return false;
    return true;
}

static bool is_one_of(struct str name, const struct str names[3])
{
    return str_eq_nocase(name, names[0]) || str_eq_nocase(name, names[1]) || str_eq_nocase(name, names[2]);
}

static const struct str plain_names[3] = {STR_INIT("To"), STR_INIT("Cc"), STR_INIT("Bcc")};
static const struct str resent_names[3] = {STR_INIT("Resent-To"), STR_INIT("Resent-Cc"),
                                           STR_INIT("Resent-Bcc")};

/* RFC 5322 3.6.6: when a message is sent again, only the Resent- fields count. */
static const struct str *names_that_count(struct str message)
{
    struct header_reader reader = header_read(message);
    struct header_field field;
    while (header_next(&reader, &field))
        if (is_one_of(field.name, resent_names))
            return resent_names;
    return plain_names;
}

bool message_take_recipients(struct buf *message, struct recipients *recipients, struct str origin,
                             struct arena *arena, const char **why)
{
    struct str all = buf_str(message);
    const struct str *names = names_that_count(all);
    struct header_reader reader = header_read(all);
    struct header_field field;
    struct buf kept;
    bool good = header_size(all) <= HEADER_LIMIT;
    *why = "the header is too large to take the recipients from";
    buf_init(&kept, MESSAGE_LIMIT);
    while (good && header_next(&reader, &field)) {
        if (is_one_of(field.name, names))
            good = recipients_add(recipients, field.value, origin, arena, why);
        if (!str_eq_nocase(field.name, plain_names[2]) && !str_eq_nocase(field.name, resent_names[2]))
            buf_add(&kept, field.whole);
    }
    if (good) {
        size_t header = header_size(all);
        bool ended = header < all.len || str_ends(str_sub(all, 0, header), STR("\r\n\r\n"));
        buf_add(&kept, ended ? STR("\r\n") : STR(""));
        buf_add(&kept, str_from(all, header));
        struct buf old = *message;
        *message = kept;
        kept = old;
    }
    buf_finish(&kept);
    return good;
}

/* --- From and Date --- */

bool message_is_resent(struct str message)
{
    struct header_reader reader = header_read(message);
    struct header_field field;
    while (header_next(&reader, &field))
        if (str_starts_nocase(field.name, STR("Resent-")))
            return true;
    return false;
}

/* Puts a field in front; what is no header gets the empty line that ends this one. */
static bool put_in_front(struct buf *message, struct str fields)
{
    struct header_field field;
    struct str all = buf_str(message);
    struct header_reader reader = header_read(all);
    bool has_header = header_next(&reader, &field) && field.name.len;
    bool ends_header = str_starts(all, STR("\r\n"));
    struct buf with;
    buf_init(&with, MESSAGE_LIMIT);
    buf_add(&with, fields);
    buf_add(&with, has_header || ends_header ? STR("") : STR("\r\n"));
    buf_add(&with, all);
    buf_finish(message);
    *message = with;
    return !with.over;
}

static void print_from(const char *name, struct str display, struct str address, struct buf *fields)
{
    struct compose compose = compose_begin(fields, false);
    compose_address(&compose, name, display, address);
    if (!compose.refused)
        return;
    buf_clear(fields);
    compose = compose_begin(fields, false);
    compose_address(&compose, name, STR(""), address);
}

bool message_add_from(struct buf *message, struct str display, struct str address)
{
    const char *name = message_is_resent(buf_str(message)) ? "Resent-From" : "From";
    struct header_field field;
    struct buf fields;
    if (header_find(buf_str(message), str_of(name), &field))
        return true;
    buf_init(&fields, FIELD_LIMIT);
    print_from(name, display, address, &fields);
    bool added = put_in_front(message, buf_str(&fields));
    buf_finish(&fields);
    return added;
}

bool message_add_date(struct buf *message, int64_t seconds)
{
    const char *name = message_is_resent(buf_str(message)) ? "Resent-Date" : "Date";
    struct mail_date date = mail_date_here(seconds);
    struct header_field field;
    struct buf fields;
    if (header_find(buf_str(message), str_of(name), &field))
        return true;
    buf_init(&fields, FIELD_LIMIT);
    struct compose compose = compose_begin(&fields, false);
    compose_date(&compose, name, &date);
    bool added = put_in_front(message, buf_str(&fields));
    buf_finish(&fields);
    return added;
}
