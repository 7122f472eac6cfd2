/* SPDX-License-Identifier: BSD-2-Clause */
/* What an SMTP server reads of strangers: command lines, the paths and parameters of MAIL and RCPT, message
 * data; and what a client reads: replies and the list of extensions. */
#include "fuzz/fuzz.h"
#include "smtp/command.h"
#include "smtp/data.h"
#include "smtp/extension.h"
#include "smtp/reply.h"

enum { MEMORY = 1 << 20, LINE_LIMIT = 4096 };

static const struct smtp_offer everything = {
    .tls_possible = true, .auth = STR_INIT("PLAIN"), .size_limit = 1000000, .vrfy = true};
static const struct smtp_peer understands_all = {.offered = UINT32_MAX, .esmtp = true};

/* RFC 3461 4.4: what ENVID decodes to. */
static bool is_printable(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!char_is_print(text.at[i]))
            return false;
    return true;
}

static void try_mail(struct str args, struct arena *arena)
{
    struct smtp_mail mail = {0}, again = {0};
    struct verdict verdict;
    struct str path, params;
    struct buf out;
    if (!smtp_path_read(args, STR("FROM:"), &path, &params, &verdict) ||
        !smtp_mail_params_read(params, &everything, arena, &mail, &verdict))
        return;
    assert(is_printable(mail.envid) && !str_contains(mail.auth, '\n') && !str_contains(mail.auth, '\r'));
    buf_init(&out, MEMORY);
    smtp_mail_params_write(&understands_all, &mail, &out);
    bool reads = smtp_mail_params_read(buf_str(&out), &everything, arena, &again, &verdict);
    assert(reads && again.size == mail.size && again.ret == mail.ret && str_eq(again.envid, mail.envid));
    assert(again.smtputf8 == mail.smtputf8 && again.eight_bit == mail.eight_bit);
    buf_finish(&out);
}

static void try_rcpt(struct str args, struct arena *arena)
{
    struct smtp_rcpt rcpt = {0}, again = {0};
    struct verdict verdict;
    struct str path, params;
    struct buf out;
    if (!smtp_path_read(args, STR("TO:"), &path, &params, &verdict) ||
        !smtp_rcpt_params_read(params, &everything, arena, &rcpt, &verdict))
        return;
    assert(!str_contains(rcpt.orcpt, '\n') && !str_contains(rcpt.orcpt, '\r') &&
           !str_contains(rcpt.orcpt, '\0'));
    buf_init(&out, MEMORY);
    smtp_rcpt_params_write(&understands_all, &rcpt, &out);
    bool reads = smtp_rcpt_params_read(buf_str(&out), &everything, arena, &again, &verdict);
    assert(reads && again.notify == rcpt.notify && str_eq(again.orcpt, rcpt.orcpt));
    buf_finish(&out);
}

static void try_commands(struct str input, struct arena *arena)
{
    struct stream *stream = stream_over_memory(input, 2 * LINE_LIMIT, NULL);
    struct str line, verb, args;
    enum stream_status status;
    while ((status = stream_line(stream, LINE_LIMIT, &line)) == STREAM_OK || status == STREAM_TOO_LONG) {
        arena_reset(arena);
        if (status == STREAM_TOO_LONG || !smtp_command_split(line, &verb, &args))
            continue;
        assert(!str_contains(args, '\r') && !str_contains(args, '\n') && !str_contains(args, '\0'));
        try_mail(args, arena);
        try_rcpt(args, arena);
    }
    stream_destroy(stream);
}

static bool is_sound(const struct smtp_data *data)
{
    return data->finished && !data->bare && !data->nul;
}

/* Sound data written for another server is the same data there; the reader does not mind how pieces fall. */
static void try_data(struct str input, size_t piece)
{
    struct smtp_data whole, pieces, again;
    struct buf out, cut, wire;
    size_t used = 0;
    bool line_start = true;
    buf_init(&out, MEMORY);
    buf_init(&cut, MEMORY);
    buf_init(&wire, 3 * MEMORY);
    smtp_data_init(&whole);
    smtp_data_init(&pieces);
    smtp_data_init(&again);
    size_t end = smtp_data_read(&whole, input, &out);
    while (used < input.len && !pieces.finished)
        used += smtp_data_read(&pieces, str_sub(input, used, piece), &cut);
    assert(used == end && whole.finished == pieces.finished && is_sound(&whole) == is_sound(&pieces));
    assert(!is_sound(&whole) || str_eq(buf_str(&out), buf_str(&cut)));
    if (is_sound(&whole)) {
        smtp_data_write(buf_str(&out), &line_start, &wire);
        buf_add_text(&wire, ".\r\n");
        buf_clear(&cut);
        assert(line_start && smtp_data_read(&again, buf_str(&wire), &cut) == wire.len && is_sound(&again));
        assert(str_eq(buf_str(&out), buf_str(&cut)));
    }
    buf_finish(&out);
    buf_finish(&cut);
    buf_finish(&wire);
}

static void try_chunks(struct str input, size_t piece)
{
    struct smtp_data whole, pieces;
    smtp_data_init(&whole);
    smtp_data_init(&pieces);
    smtp_data_check(&whole, input, true);
    for (size_t at = 0; at < input.len; at += piece)
        smtp_data_check(&pieces, str_sub(input, at, piece), false);
    smtp_data_check(&pieces, STR(""), true);
    assert(whole.bare == pieces.bare && whole.nul == pieces.nul);
}

static void try_replies(struct str input, struct arena *arena)
{
    struct stream *stream = stream_over_memory(input, 2 * SMTP_REPLY_LINE_LIMIT, NULL);
    struct smtp_peer peer = {0};
    struct smtp_reply reply;
    struct verdict verdict;
    smtp_reply_init(&reply);
    while (smtp_reply_read(stream, &reply) == STREAM_OK) {
        struct str text = buf_str(&reply.text), line;
        assert(reply.code >= 200 && reply.code < 600);
        smtp_reply_to_verdict(&reply, &verdict);
        while (text.at && str_cut(&text, '\n', &line) && arena_has_room(arena, MEMORY / 2))
            smtp_peer_learn(&peer, line, arena);
    }
    smtp_reply_finish(&reply);
    stream_destroy(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    uint8_t choice = fuzz_choice(&input);
    if (size > MEMORY / 2)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    switch (choice % 4) {
    case 0:
        try_commands(input, arena);
        break;
    case 1:
        try_data(input, (size_t)choice / 4 + 1);
        break;
    case 2:
        try_chunks(input, (size_t)choice / 4 + 1);
        break;
    default:
        try_replies(input, arena);
    }
    arena_destroy(arena);
    return 0;
}
