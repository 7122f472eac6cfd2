/* SPDX-License-Identifier: BSD-2-Clause */
/* A transaction with a host that says anything: each recipient has an outcome, none is done without a 2yz,
 * and the end of the data goes out once at most. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "io/file.h"
#include "smtp/client.h"

enum { MEMORY = 4 << 20, INPUT_LIMIT = 64 * 1024, OUTPUT_LIMIT = 1 << 20, RCPTS = 3 };

static const char message[] = "Subject: x\r\n\r\nGr\xc3\xbc\xc3\x9f"
                              "e\r\n.\r\n..\r\n";
static const struct target target = {.host = {"mx.example", 10}, .unix_path = {"/mx", 3}};

static size_t count_of(struct str text, struct str needle)
{
    size_t count = 0, at;
    while ((at = str_find_str(text, needle)) != SIZE_MAX) {
        text = str_from(text, at + needle.len - 2); /* the last CRLF may begin the next */
        count++;
    }
    return count;
}

static struct dispatch begin(struct client *client, struct deliver *request, struct recipient *rcpts,
                             int file, struct arena *arena)
{
    struct dispatch dispatch = {.client = client, .request = request, .file = file, .arena = arena};
    dispatch.attempts = arena_array(arena, RCPTS, sizeof(struct attempt));
    dispatch.scratch = arena_array(arena, RCPTS, sizeof(struct attempt));
    dispatch.addresses = arena_array(arena, RCPTS, sizeof(struct str));
    dispatch.ascii = arena_array(arena, RCPTS, sizeof(struct str));
    dispatch.ascii_sender = request->sender;
    dispatch.wanted = arena_array(arena, RCPTS, sizeof(bool));
    dispatch.open = arena_array(arena, RCPTS, sizeof(bool));
    for (size_t i = 0; i < RCPTS; i++) {
        rcpts[i] = (struct recipient){.index = i, .address = arena_printf(arena, "r%zu@example.org", i)};
        dispatch.addresses[i] = dispatch.ascii[i] = rcpts[i].address;
    }
    request->rcpts = rcpts;
    request->rcpts_count = RCPTS;
    return dispatch;
}

static void check(const struct dispatch *dispatch, struct str said, struct str heard, bool decided)
{
    size_t ends = count_of(said, STR("\r\n.\r\n"));
    assert(ends <= 1);
    for (size_t i = 0; i < RCPTS; i++) {
        enum verdict_class class = dispatch->attempts[i].verdict.class;
        assert(decided ? class != 0 : class == 0);
        if (class == VERDICT_OK)
            assert(ends == 1 && str_contains(heard, '2'));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    uint8_t choice = fuzz_choice(&input);
    if (size > INPUT_LIMIT)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    struct smtp_params params = {.line_limit = 998, .min_data_rate = 500};
    struct client client = {.params = &params, .lmtp = choice & 1};
    struct recipient rcpts[RCPTS];
    struct deliver request = {.sender = STR("s@example.org"),
                              .size = sizeof message - 1,
                              .eight_bit = true,
                              .dot_lines = true,
                              .longest_line = 8};
    struct buf said;
    int file = memfd_create("message", MFD_CLOEXEC);
    bool written = file >= 0 && file_write_all(file, str_make(message, sizeof message - 1));
    assert(written);
    buf_init(&said, OUTPUT_LIMIT);
    struct dispatch dispatch = begin(&client, &request, rcpts, file, arena);
    struct peer *peer = peer_create(&client, &target, STR("example.org"));
    peer->stream = stream_over_memory(input, INPUT_LIMIT, &said);
    peer->offers.offered = (choice & 2 ? 1u << SMTP_EXT_pipelining : 0) |
                           (choice & 4 ? 1u << SMTP_EXT_eightbitmime : 0) |
                           (choice & 8 ? 1u << SMTP_EXT_size : 0);
    peer->uses = choice >> 4 & 1;
    peer->midway = choice >> 5 & 1;
    bool decided = transaction_run(peer, &dispatch);
    check(&dispatch, buf_str(&said), input, decided);
    peer->unusable = true;
    peer_end(peer);
    close(file);
    buf_finish(&said);
    arena_destroy(arena);
    return 0;
}
