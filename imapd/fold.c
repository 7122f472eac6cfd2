/* SPDX-License-Identifier: BSD-2-Clause */
/* Case folding by utf8proc; ASCII, which is most of all mail, goes without it. */
#include "imapd/fold.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "mail/decode.h"

static bool fold_ascii(struct str text, struct buf *out)
{
    char *room = buf_room(out, text.len);
    if (!room)
        return text.len == 0;
    for (size_t i = 0; i < text.len; i++)
        room[i] = char_lower(text.at[i]);
    out->len += text.len;
    return true;
}

static bool fold_unicode(struct str text, struct buf *out)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)text.at, (utf8proc_ssize_t)text.len,
                                        &folded, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD);
    bool good = len >= 0 && buf_add_bytes(out, folded, (size_t)len);
    free(folded);
    return good;
}

bool imap_fold(struct str text, struct buf *out)
{
    struct buf valid;
    if (utf8_is_ascii(text))
        return fold_ascii(text, out);
    if (utf8_valid(text))
        return fold_unicode(text, out);
    buf_init(&valid, out->limit);
    bool good = charset_to_utf8(STR("utf-8"), text, &valid) && fold_unicode(buf_str(&valid), out);
    buf_finish(&valid);
    return good;
}
