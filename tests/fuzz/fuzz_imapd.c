/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whole IMAP sessions: what stands before the first octet 1 is a message in INBOX, and what stands behind it
 * the client says, after a SELECT. FETCH and SEARCH so meet messages that are as strange as they are.
 */
#include "fuzz/fuzz.h"
#include "imapd/session.h"

enum { OUTPUT_LIMIT = 16 << 20, INPUT_LIMIT = 64 * 1024 };

static const struct imapd_params params = {
    .timeout = 1000, .poll_interval = 1000, .append_limit = 1000000, .error_limit = 10};

static void converse(struct store *store, struct str said)
{
    struct imap_session session;
    struct buf input, output;
    buf_init(&input, INPUT_LIMIT + 100);
    buf_init(&output, OUTPUT_LIMIT);
    buf_add_text(&input, "S SELECT INBOX\r\n");
    buf_add(&input, said);
    struct stream *stream = stream_over_memory(buf_str(&input), IMAP_INPUT_LIMIT, &output);
    imap_session_init(&session, stream, store, &params);
    imap_session_run(&session, STR("L"));
    imap_session_finish(&session);
    stream_destroy(stream);
    assert(str_starts(buf_str(&output), STR("L OK [CAPABILITY ")));
    buf_finish(&input);
    buf_finish(&output);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str said = str_make(octets, size), message;
    char home[64];
    const struct store_options options = {.create = true, .compact_size = 1024, .lock_ms = 1000};
    if (size > INPUT_LIMIT || !str_cut(&said, '\1', &message))
        return 0;
    fuzz_directory_make(home);
    struct store *store = fuzz_store_make(home, &options, message);
    converse(store, said);
    store_close(store);
    fuzz_directory_remove(home);
    return 0;
}
