/* SPDX-License-Identifier: BSD-2-Clause */
/* Encoded-words of header fields (RFC 2047, with RFC 2231 5's language). */
#include "mail/decode.h"

#include <string.h>

#include "base/base64.h"
#include "base/utf8.h"

enum {
    RAW_LIMIT = 128 * 1024,
    WORD_OCTETS = 45, /* of text in one word: 60 digits, with "=?utf-8?B?" and "?=" 72 octets */
};

struct word {
    struct str charset;
    struct str text;
    char encoding; /* 'b' or 'q' */
    size_t size;   /* octets it takes */
};

/* Reads a word at the start of s. A word's parts have no '?' and no blank in them, so each look ends at the
 * next
 * '?' and all looks together are linear. */
static bool read_word(struct str s, struct word *word)
{
    if (!str_starts(s, STR("=?")))
        return false;
    struct str rest = str_from(s, 2), encoding;
    if (!str_cut(&rest, '?', &word->charset) || !str_cut(&rest, '?', &encoding) || encoding.len != 1)
        return false;
    size_t end = str_find(rest, '?');
    if (end == SIZE_MAX || !str_starts(str_from(rest, end), STR("?=")))
        return false;
    word->text = str_sub(rest, 0, end);
    word->encoding = char_lower(encoding.at[0]);
    word->size = (size_t)(rest.at + end + 2 - s.at);
    size_t language = str_find(word->charset, '*');
    word->charset = str_sub(word->charset, 0, language);
    for (const char *c = s.at; c < s.at + word->size; c++)
        if (char_is_space(*c))
            return false;
    return word->charset.len && (word->encoding == 'b' || word->encoding == 'q');
}

/* RFC 2047 4.2: as quoted-printable, but '_' is a blank and lines do not end. */
static void decode_q(struct str text, struct buf *raw)
{
    for (size_t i = 0; i < text.len; i++) {
        uint64_t octet;
        if (text.at[i] == '=' && i + 2 < text.len && str_hex_to_u64(str_sub(text, i + 1, 2), &octet)) {
            buf_add_char(raw, (char)octet);
            i += 2;
        } else {
            buf_add_char(raw, text.at[i] == '_' ? ' ' : text.at[i]);
        }
    }
}

static void decode_word(const struct word *word, struct buf *raw)
{
    struct mime_decoder decoder;
    if (word->encoding == 'q') {
        decode_q(word->text, raw);
        return;
    }
    mime_decoder_init(&decoder, MIME_BASE64);
    mime_decode(&decoder, word->text, raw);
    mime_decode_end(&decoder, raw);
}

/* Octets of neighbouring words in one charset are joined before they are converted: characters are found cut
 * in two, against RFC 2047 5. */
static void flush_raw(struct str charset, struct buf *raw, struct buf *out)
{
    if (raw->len && !charset_to_utf8(charset, buf_str(raw), out))
        buf_add(out, buf_str(raw));
    buf_clear(raw);
}

static size_t blanks_before(struct str s, size_t at)
{
    while (at < s.len && char_is_space(s.at[at]))
        at++;
    return at;
}

/* Decodes the run of words at `at`; returns where it ends. */
static size_t decode_run(struct str value, size_t at, struct buf *raw, struct buf *out)
{
    struct word word;
    struct str charset = {"", 0};
    size_t end = at, next = at;
    while (read_word(str_from(value, next), &word)) {
        if (!str_eq_nocase(charset, word.charset))
            flush_raw(charset, raw, out);
        charset = word.charset;
        decode_word(&word, raw);
        end = next + word.size;
        next = blanks_before(value, end);
    }
    flush_raw(charset, raw, out);
    return end;
}

bool encoded_words_decode(struct str value, struct buf *out)
{
    struct buf raw;
    size_t at = 0;
    buf_init(&raw, RAW_LIMIT);
    while (at < value.len && !out->over) {
        size_t end = value.at[at] == '=' ? decode_run(value, at, &raw, out) : at;
        if (end == at)
            buf_add_char(out, value.at[end++]);
        at = end;
    }
    buf_finish(&raw);
    return !out->over;
}

/* --- writing --- */

bool encoded_words_encode(struct str text, struct buf *out)
{
    if (utf8_is_ascii(text) && str_find_str(text, STR("=?")) == SIZE_MAX)
        return buf_add(out, text);
    while (text.len) {
        size_t len = text.len < WORD_OCTETS ? text.len : WORD_OCTETS;
        while (len < text.len && len > WORD_OCTETS - 4 && ((unsigned char)text.at[len] & 0xc0) == 0x80)
            len--;
        buf_add_text(out, "=?utf-8?B?");
        base64_encode(str_sub(text, 0, len), out);
        buf_add_text(out, "?=");
        text = str_from(text, len);
        if (text.len)
            buf_add_char(out, ' ');
    }
    return !out->over;
}
