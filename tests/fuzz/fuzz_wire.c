/* SPDX-License-Identifier: BSD-2-Clause */
/* Every message between programs and every record on disk: what decodes has exactly that encoding. */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "messages.h"

enum { MEMORY = 1 << 22 };

static void try_message(const struct wire_message *message, struct str bytes)
{
    struct arena *arena = arena_create(MEMORY);
    struct buf out;
    void *object = malloc(message->size);
    buf_init(&out, MEMORY);
    if (wire_decode(message, bytes, arena, object)) {
        bool fits = wire_encode(message, object, &out);
        assert(fits && str_eq(buf_str(&out), bytes));
        buf_clear(&out);
        wire_print(message, object, &out);
    }
    buf_finish(&out);
    free(object);
    arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    size_t number = fuzz_choice(&input);
    try_message(all_messages[number % all_messages_count], input);
    return 0;
}
