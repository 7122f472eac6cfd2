/* SPDX-License-Identifier: BSD-2-Clause */
/* Encoding and decoding by the tables that the rows were made into. */
#include "wire/message.h"

#include <inttypes.h>
#include <string.h>

#include "base/cursor.h"

static const void *field_at(const void *object, const struct wire_field *field)
{
    return (const char *)object + field->offset;
}

static void *field_in(void *object, const struct wire_field *field)
{
    return (char *)object + field->offset;
}

static size_t list_count(const void *object, const struct wire_field *field)
{
    size_t count;
    memcpy(&count, (const char *)object + field->count_offset, sizeof count);
    return count;
}

/* --- encoding --- */

static void encode_number(uint64_t value, struct buf *out)
{
    char octets[8];
    size_t len = 0;
    for (; value; value >>= 8)
        octets[len++] = (char)value;
    put_text(out, str_make(octets, len));
}

static void encode_texts(const struct texts *texts, struct buf *out)
{
    put_varint(out, texts->count);
    for (size_t i = 0; i < texts->count; i++)
        put_text(out, texts->at[i]);
}

static bool encode_list(const void *object, const struct wire_field *field, struct buf *out)
{
    const char *records;
    size_t count = list_count(object, field);
    struct buf record;
    bool fits = true;
    memcpy(&records, field_at(object, field), sizeof records);
    put_varint(out, count);
    buf_init(&record, out->limit);
    for (size_t i = 0; fits && i < count; i++) {
        fits = wire_encode(field->of, records + i * field->of->size, &record);
        put_text(out, buf_str(&record));
        buf_clear(&record);
    }
    buf_finish(&record);
    return fits;
}

/* Whether there is something to say: zero and empty are not written. */
static bool is_set(const void *object, const struct wire_field *field)
{
    const void *at = field_at(object, field);
    switch (field->type) {
    case WIRE_NUMBER:
        return *(const wire_number *)at != 0;
    case WIRE_FLAG:
        return *(const wire_flag *)at;
    case WIRE_TEXT:
        return ((const wire_text *)at)->len != 0;
    case WIRE_TEXTS:
        return ((const wire_texts *)at)->count != 0;
    case WIRE_LIST:
        return list_count(object, field) != 0;
    }
    return false;
}

static bool encode_field(const void *object, const struct wire_field *field, struct buf *out)
{
    const void *at = field_at(object, field);
    struct buf inner;
    bool fits = true;
    switch (field->type) {
    case WIRE_NUMBER:
        encode_number(*(const wire_number *)at, out);
        return true;
    case WIRE_FLAG:
        return put_text(out, STR("\x01")), true;
    case WIRE_TEXT:
        return put_text(out, *(const wire_text *)at), true;
    case WIRE_TEXTS:
    case WIRE_LIST:
        buf_init(&inner, out->limit);
        if (field->type == WIRE_TEXTS)
            encode_texts(at, &inner);
        else
            fits = encode_list(object, field, &inner);
        put_text(out, buf_str(&inner));
        fits = fits && !inner.over;
        buf_finish(&inner);
    }
    return fits;
}

bool wire_encode(const struct wire_message *message, const void *object, struct buf *out)
{
    bool fits = true;
    for (size_t i = 0; fits && i < message->count; i++) {
        if (!is_set(object, &message->fields[i]))
            continue;
        put_varint(out, i + 1);
        fits = encode_field(object, &message->fields[i], out);
    }
    return fits && !out->over;
}

/* --- decoding --- */

static bool decode_number(struct str value, wire_number *number)
{
    if (value.len == 0 || value.len > 8 || value.at[value.len - 1] == 0)
        return false;
    *number = 0;
    for (size_t i = value.len; i > 0; i--)
        *number = *number << 8 | (unsigned char)value.at[i - 1];
    return true;
}

static bool decode_texts(struct str value, struct arena *arena, wire_texts *texts)
{
    struct cursor cursor = cursor_over(value);
    uint64_t count = cursor_varint(&cursor);
    if (count == 0 || count > cursor.rest.len) /* each text is an octet at least */
        return false;
    struct str *at = arena_try_get(arena, (size_t)count * sizeof *at);
    if (!at)
        return false;
    for (size_t i = 0; i < count; i++)
        at[i] = cursor_text(&cursor);
    *texts = (wire_texts){at, (size_t)count};
    return cursor_done(&cursor);
}

static bool decode_list(struct str value, const struct wire_field *field, struct arena *arena, void *object)
{
    struct cursor cursor = cursor_over(value);
    uint64_t count = cursor_varint(&cursor);
    size_t size = field->of->size, total;
    if (count == 0 || count > cursor.rest.len || __builtin_mul_overflow((size_t)count, size, &total))
        return false;
    char *records = arena_try_get(arena, total);
    if (!records)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct str record = cursor_text(&cursor);
        if (!cursor_ok(&cursor) || !wire_decode(field->of, record, arena, records + i * size))
            return false;
    }
    size_t stored = (size_t)count;
    memcpy(field_in(object, field), &records, sizeof records);
    memcpy((char *)object + field->count_offset, &stored, sizeof stored);
    return cursor_done(&cursor);
}

static bool decode_field(struct str value, const struct wire_field *field, struct arena *arena, void *object)
{
    void *at = field_in(object, field);
    switch (field->type) {
    case WIRE_NUMBER:
        return decode_number(value, at);
    case WIRE_FLAG:
        *(wire_flag *)at = true;
        return value.len == 1 && value.at[0] == 1;
    case WIRE_TEXT:
        *(wire_text *)at = value;
        return value.len > 0;
    case WIRE_TEXTS:
        return decode_texts(value, arena, at);
    case WIRE_LIST:
        return decode_list(value, field, arena, object);
    }
    return false;
}

bool wire_decode(const struct wire_message *message, struct str bytes, struct arena *arena, void *object)
{
    struct cursor cursor = cursor_over(bytes);
    uint64_t last = 0;
    memset(object, 0, message->size);
    while (cursor.rest.len) {
        uint64_t number = cursor_varint(&cursor);
        struct str value = cursor_text(&cursor);
        if (!cursor_ok(&cursor) || number <= last || number > message->count ||
            !decode_field(value, &message->fields[number - 1], arena, object))
            return false;
        last = number;
    }
    return cursor_done(&cursor);
}

/* --- printing --- */

static void print_text(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (char_is_print(text.at[i]) && text.at[i] != '\\')
            buf_add_char(out, text.at[i]);
        else
            buf_printf(out, "\\x%02x", (unsigned char)text.at[i]);
    }
}

static void print_list(const void *object, const struct wire_field *field, struct buf *out)
{
    const char *records;
    memcpy(&records, field_at(object, field), sizeof records);
    for (size_t i = 0; i < list_count(object, field); i++) {
        buf_printf(out, "%s[%zu]\n", field->name, i);
        wire_print(field->of, records + i * field->of->size, out);
    }
}

static void print_texts(const wire_texts *texts, const char *name, struct buf *out)
{
    for (size_t i = 0; i < texts->count; i++) {
        buf_printf(out, "%s[%zu]=", name, i);
        print_text(texts->at[i], out);
        buf_add_char(out, '\n');
    }
}

void wire_print(const struct wire_message *message, const void *object, struct buf *out)
{
    for (size_t i = 0; i < message->count; i++) {
        const struct wire_field *field = &message->fields[i];
        const void *at = field_at(object, field);
        switch (field->type) {
        case WIRE_NUMBER:
            buf_printf(out, "%s=%" PRIu64 "\n", field->name, *(const wire_number *)at);
            break;
        case WIRE_FLAG:
            buf_printf(out, "%s=%s\n", field->name, *(const wire_flag *)at ? "yes" : "no");
            break;
        case WIRE_TEXT:
            buf_printf(out, "%s=", field->name);
            print_text(*(const wire_text *)at, out);
            buf_add_char(out, '\n');
            break;
        case WIRE_TEXTS:
            print_texts(at, field->name, out);
            break;
        case WIRE_LIST:
            print_list(object, field, out);
            break;
        }
    }
}
