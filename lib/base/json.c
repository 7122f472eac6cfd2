/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing JSON. */
#include "base/json.h"

#include "base/utf8.h"

static void add_character(struct buf *out, struct str octets, uint32_t point)
{
    if (utf8_is_control(point))
        buf_printf(out, "\\u%04x", (unsigned)point);
    else if (point == '"' || point == '\\')
        buf_printf(out, "\\%c", (char)point);
    else
        buf_add(out, octets);
}

void json_add_text(struct buf *out, struct str text)
{
    uint32_t point;
    buf_add_char(out, '"');
    while (text.len) {
        struct str before = text;
        if (utf8_take(&text, &point)) {
            add_character(out, str_sub(before, 0, before.len - text.len), point);
        } else {
            buf_add_text(out, "\\ufffd");
            text = str_from(before, 1);
        }
    }
    buf_add_char(out, '"');
}
