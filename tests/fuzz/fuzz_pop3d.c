/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole POP3 sessions: what stands before the first octet 1 is a message, and what stands behind it the
 * client says. Whatever a message has in it, each answer of several lines ends at its own dot: a client that
 * unstuffs finds the next answer behind it.
 */
#include "fuzz/fuzz.h"
#include "pop3d/session.h"

enum { OUTPUT_LIMIT = 16 << 20, INPUT_LIMIT = 64 * 1024, LINE_LIMIT = 4096 };

static void converse(struct mailbox *mailbox, struct str said, struct buf *output)
{
    const struct pop3_limits limits = {.messages = 1000, .errors = 10, .mark_seen = true};
    struct pop3_session session;
    struct stream *stream = stream_over_memory(said, LINE_LIMIT, output);
    pop3_session_init(&session, stream, mailbox, &limits);
    pop3_session_run(&session);
    stream_flush(stream);
    pop3_session_finish(&session);
    stream_destroy(stream);
}

/* RFC 1939 3: a line that begins with a dot is stuffed, so a dot alone ends exactly one RETR. */
static void check_stuffing(struct mailbox *mailbox)
{
    struct buf output;
    buf_init(&output, OUTPUT_LIMIT);
    converse(mailbox, STR("RETR 1\r\nNOOP\r\n"), &output);
    struct str rest = buf_str(&output), line;
    size_t dots = 0;
    while (rest.len && dots == 0 && str_cut(&rest, '\n', &line))
        dots += str_eq(line, STR(".\r"));
    assert(dots == 0 || (str_starts(rest, STR("+OK")) && str_find(rest, '\n') == rest.len - 1));
    buf_finish(&output);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str said = str_make(octets, size), message;
    char home[64];
    struct mailbox *mailbox;
    struct verdict verdict;
    struct buf output;
    if (size > INPUT_LIMIT || !str_cut(&said, '\1', &message))
        return 0;
    fuzz_directory_make(home);
    struct store *store = fuzz_store_make(home, &(struct store_options){.create = true}, message);
    bool opened = mailbox_open(store, STR("INBOX"), false, &mailbox, &verdict) == STORE_OK;
    assert(opened);
    check_stuffing(mailbox);
    buf_init(&output, OUTPUT_LIMIT);
    converse(mailbox, said, &output);
    assert(str_starts(buf_str(&output), STR("+OK")));
    buf_finish(&output);
    mailbox_close(mailbox);
    store_close(store);
    fuzz_directory_remove(home);
    return 0;
}
