/* SPDX-License-Identifier: BSD-2-Clause */
/* Content transfer encodings, octet by octet, so that it does not matter how the input is cut. */
#include "mail/decode.h"

#include <string.h>

bool mime_encoding_named(struct str name, enum mime_encoding *encoding)
{
    *encoding = MIME_IDENTITY;
    if (str_eq_nocase(name, STR("quoted-printable")))
        *encoding = MIME_QUOTED_PRINTABLE;
    else if (str_eq_nocase(name, STR("base64")))
        *encoding = MIME_BASE64;
    else
        return name.len == 0 || str_eq_nocase(name, STR("7bit")) || str_eq_nocase(name, STR("8bit")) ||
               str_eq_nocase(name, STR("binary"));
    return true;
}

void mime_decoder_init(struct mime_decoder *decoder, enum mime_encoding encoding)
{
    *decoder = (struct mime_decoder){.encoding = encoding};
}

/* --- base64 (RFC 2045 6.8): octets outside the alphabet are passed by; padding ends a group --- */

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (char_is_digit(c))
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static void end_base64_group(struct mime_decoder *decoder, struct buf *out)
{
    if (decoder->digits >= 2)
        buf_add_char(out, (char)(decoder->bits >> (decoder->digits == 2 ? 4 : 10)));
    if (decoder->digits == 3)
        buf_add_char(out, (char)(decoder->bits >> 2));
    decoder->digits = 0;
    decoder->bits = 0;
}

static void base64_octet(struct mime_decoder *decoder, char c, struct buf *out)
{
    int value = base64_value(c);
    if (c == '=')
        end_base64_group(decoder, out);
    if (value < 0)
        return;
    decoder->bits = decoder->bits << 6 | (unsigned)value;
    if (++decoder->digits < 4)
        return;
    char octets[3] = {(char)(decoder->bits >> 16), (char)(decoder->bits >> 8), (char)decoder->bits};
    buf_add_bytes(out, octets, 3);
    decoder->digits = 0;
    decoder->bits = 0;
}

/* --- quoted-printable (RFC 2045 6.7): blanks at the end of a line are transport's, not the text's --- */

static int hex_value(char c)
{
    uint64_t value;
    return str_hex_to_u64(str_make(&c, 1), &value) ? (int)value : -1;
}

static void hold(struct mime_decoder *decoder, char c)
{
    decoder->held[decoder->held_count++] = c;
}

static void let_go(struct mime_decoder *decoder, struct buf *out)
{
    buf_add_bytes(out, decoder->held, decoder->held_count);
    decoder->held_count = 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Behind '=': true when c was taken; false when what is held was no escape and went out as it is. */
static bool take_escape(struct mime_decoder *decoder, char c, struct buf *out)
{
    char last = decoder->held[decoder->held_count - 1];
    bool hex_half = decoder->held_count == 2 && hex_value(last) >= 0;
    if (hex_half && hex_value(c) >= 0) {
        decoder->held_count = 0;
        buf_add_char(out, (char)(hex_value(last) * 16 + hex_value(c)));
        return true;
    }
    if (!hex_half && c == '\n') {
        decoder->held_count = 0;
        return true;
    }
    bool goes_on = is_blank(c) || c == '\r' || (decoder->held_count == 1 && hex_value(c) >= 0);
    if (!hex_half && goes_on && decoder->held_count < sizeof decoder->held) {
        hold(decoder, c);
        return true;
    }
    let_go(decoder, out);
    return false;
}

static void printable_octet(struct mime_decoder *decoder, char c, struct buf *out)
{
    if (decoder->held_count && decoder->held[0] == '=' && take_escape(decoder, c, out))
        return;
    bool after_return = decoder->held_count && decoder->held[decoder->held_count - 1] == '\r';
    if (c == '\n') {
        decoder->held_count = 0;
        buf_add_text(out, after_return ? "\r\n" : "\n");
        return;
    }
    bool holds = is_blank(c) || c == '\r';
    if (after_return || !holds || decoder->held_count == sizeof decoder->held)
        let_go(decoder, out);
    if (holds || c == '=')
        hold(decoder, c);
    else
        buf_add_char(out, c);
}

bool mime_decode(struct mime_decoder *decoder, struct str piece, struct buf *out)
{
    if (decoder->encoding == MIME_IDENTITY)
        return buf_add(out, piece);
    for (size_t i = 0; i < piece.len && !out->over; i++)
        if (decoder->encoding == MIME_BASE64)
            base64_octet(decoder, piece.at[i], out);
        else
            printable_octet(decoder, piece.at[i], out);
    return !out->over;
}

bool mime_decode_end(struct mime_decoder *decoder, struct buf *out)
{
    if (decoder->encoding == MIME_BASE64)
        end_base64_group(decoder, out);
    if (decoder->held_count > 1 && decoder->held[0] == '=' && hex_value(decoder->held[1]) >= 0)
        let_go(decoder, out);
    decoder->held_count = 0;
    return !out->over;
}
