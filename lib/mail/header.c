/* SPDX-License-Identifier: BSD-2-Clause */
/* Header fields, read line by line where they lie. */
#include "mail/header.h"

#include <string.h>

/* Octets of the first line with its ending. */
static size_t line_size(struct str s)
{
    size_t end = str_find(s, '\n');
    return end == SIZE_MAX ? s.len : end + 1;
}

static bool is_empty_line(struct str s)
{
    return str_starts(s, STR("\n")) || str_starts(s, STR("\r\n"));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct str without_ending(struct str line)
{
    if (str_ends(line, STR("\n")))
        line.len--;
    if (str_ends(line, STR("\r")))
        line.len--;
    return line;
}

struct header_reader header_read(struct str message)
{
    return (struct header_reader){str_sub(message, 0, HEADER_LIMIT)};
}

/* RFC 5322 2.2: printable US-ASCII but colon (4.5: blanks may stand before the colon); and UTF-8 is let pass.
 */
static bool is_field_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.at[i] <= ' ' || name.at[i] == 0x7f)
            return false;
    return name.len > 0;
}

bool header_next(struct header_reader *reader, struct header_field *field)
{
    struct str rest = reader->rest;
    if (!rest.len || is_empty_line(rest))
        return false;
    size_t size = line_size(rest), colon = str_find(str_sub(rest, 0, size), ':');
    while (size < rest.len && is_blank(rest.at[size]))
        size += line_size(str_from(rest, size));
    field->whole = str_sub(rest, 0, size);
    reader->rest = str_from(rest, size);

    struct str name = str_sub(rest, 0, colon == SIZE_MAX ? 0 : colon);
    while (name.len && is_blank(name.at[name.len - 1]))
        name.len--;
    bool sound = is_field_name(name);
    field->name = sound ? name : (struct str){"", 0};
    field->value = without_ending(str_from(field->whole, sound ? colon + 1 : 0));
    return true;
}

size_t header_size(struct str message)
{
    size_t at = 0;
    while (at < message.len) {
        struct str rest = str_from(message, at);
        bool last = is_empty_line(rest);
        at += line_size(rest);
        if (last)
            break;
    }
    return at;
}

bool header_find(struct str message, struct str name, struct header_field *field)
{
    struct header_reader reader = header_read(message);
    while (header_next(&reader, field))
        if (str_eq_nocase(field->name, name))
            return true;
    return false;
}

size_t header_count(struct str message, struct str name)
{
    struct header_reader reader = header_read(message);
    struct header_field field;
    size_t count = 0;
    while (header_next(&reader, &field))
        count += str_eq_nocase(field.name, name);
    return count;
}

/* Writes the unfolded value to `out`, which has room for value.len octets; returns how many. */
static size_t unfold_into(struct str value, char *out)
{
    size_t len = 0;
    struct str trimmed = str_trim(value);
    for (size_t i = 0; i < trimmed.len; i++) {
        char c = trimmed.at[i];
        struct str rest = str_from(trimmed, i);
        size_t ending = str_starts(rest, STR("\r\n")) ? 2 : c == '\n' ? 1 : 0;
        bool fold = ending && ending < rest.len && is_blank(rest.at[ending]);
        if (fold)
            i += ending - 1;
        else
            out[len++] = c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    }
    return len;
}

bool header_unfold(struct str value, struct buf *out)
{
    char *room = buf_room(out, value.len);
    if (!room)
        return false;
    out->len += unfold_into(value, room);
    return true;
}

bool header_unfold_in(struct arena *arena, struct str value, struct str *text)
{
    char *room = arena_try_get(arena, value.len + 1);
    *text = (struct str){"", 0};
    if (!room)
        return false;
    *text = str_make(room, unfold_into(value, room));
    return true;
}

bool header_message_id(struct str *rest, struct str *id)
{
    struct str s = *rest;
    size_t open = str_find(s, '<');
    if (open == SIZE_MAX)
        return false;
    s = str_from(s, open);
    size_t close = str_find(s, '>');
    if (close == SIZE_MAX)
        return false;
    *id = str_sub(s, 0, close + 1);
    *rest = str_from(s, close + 1);
    return true;
}

/* --- what IMAP's ENVELOPE is made of --- */

/* What an array of so many has room for: header_addresses() doubles from 4 on, and so do we, for a message
 * may have a field for each address. */
static size_t room_of(size_t count)
{
    size_t room = 4;
    while (room < count)
        room *= 2;
    return room;
}

static void join(struct header_addresses *list, const struct header_addresses *more, struct arena *arena)
{
    struct header_address *at = list->at;
    size_t count = list->count + more->count;
    list->cut = list->cut || more->cut;
    if (!more->count)
        return;
    if (!list->count) {
        *list = *more;
        return;
    }
    if (count > room_of(list->count))
        at = count > HEADER_ADDRESS_LIMIT ? NULL : arena_try_get(arena, room_of(count) * sizeof *at);
    if (!at || count > HEADER_ADDRESS_LIMIT) {
        list->cut = true;
        return;
    }
    if (at != list->at)
        memcpy(at, list->at, list->count * sizeof *at);
    memcpy(at + list->count, more->at, more->count * sizeof *at);
    *list = (struct header_addresses){at, count, list->cut};
}

struct envelope_row {
    struct str name;
    size_t offset;
    bool addresses;
};
#define TEXT_AT(name_, field)                                                                                \
    {                                                                                                        \
        STR_INIT(name_), offsetof(struct header_envelope, field), false                                      \
    }
#define LIST_AT(name_, field)                                                                                \
    {                                                                                                        \
        STR_INIT(name_), offsetof(struct header_envelope, field), true                                       \
    }
static const struct envelope_row envelope_rows[] = {
    TEXT_AT("Date", date),
    TEXT_AT("Subject", subject),
    TEXT_AT("In-Reply-To", in_reply_to),
    TEXT_AT("Message-ID", message_id),
    LIST_AT("From", from),
    LIST_AT("Sender", sender),
    LIST_AT("Reply-To", reply_to),
    LIST_AT("To", to),
    LIST_AT("Cc", cc),
    LIST_AT("Bcc", bcc),
};

static void take_into_envelope(const struct envelope_row *row, struct str value, struct arena *arena,
                               struct header_envelope *envelope)
{
    void *place = (char *)envelope + row->offset;
    if (row->addresses) {
        struct header_addresses list;
        header_addresses(value, arena, &list);
        join(place, &list, arena);
        return;
    }
    struct str *text = place;
    if (!text->at)
        header_unfold_in(arena, value, text);
}

void header_envelope(struct str message, struct arena *arena, struct header_envelope *envelope)
{
    struct header_reader reader = header_read(message);
    struct header_field field;
    *envelope = (struct header_envelope){0};
    while (header_next(&reader, &field))
        for (size_t i = 0; i < sizeof envelope_rows / sizeof envelope_rows[0]; i++)
            if (str_eq_nocase(field.name, envelope_rows[i].name))
                take_into_envelope(&envelope_rows[i], field.value, arena, envelope);
    if (!envelope->sender.count)
        envelope->sender = envelope->from;
    if (!envelope->reply_to.count)
        envelope->reply_to = envelope->from;
}
