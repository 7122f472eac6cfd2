/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and reading queue ids: see the header. */
#include "mail/queueid.h"

#include <string.h>

static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

enum {
    TIME_BASE = 52,
    TAIL_BASE = 51,
    SECOND_DIGITS = 6,
    MICRO_DIGITS = 4,
    SLOT_DIGITS = 3,
    SEQUENCE_DIGITS = 4,
    SEQUENCES = 51 * 51 * 51 * 51,
    SEPARATOR_AT = SECOND_DIGITS + MICRO_DIGITS,
};
_Static_assert(SEPARATOR_AT + 1 + SLOT_DIGITS + SEQUENCE_DIGITS == QUEUE_ID_LENGTH, "the form of an id");

void queue_id_init(struct queue_id_maker *maker, uint32_t slot, uint32_t start)
{
    *maker = (struct queue_id_maker){.slot = slot % QUEUE_ID_SLOTS, .sequence = start % SEQUENCES};
}

static void put_digits(char *at, unsigned digits, unsigned base, uint64_t value)
{
    for (unsigned i = digits; i > 0; i--, value /= base)
        at[i - 1] = alphabet[value % base];
}

struct queue_id queue_id_next(struct queue_id_maker *maker, int64_t now_us)
{
    struct queue_id id;
    maker->last_us = now_us > maker->last_us ? now_us : maker->last_us + 1;
    maker->sequence = (maker->sequence + 1) % SEQUENCES;
    put_digits(id.text, SECOND_DIGITS, TIME_BASE, (uint64_t)maker->last_us / 1000000);
    put_digits(id.text + SECOND_DIGITS, MICRO_DIGITS, TIME_BASE, (uint64_t)maker->last_us % 1000000);
    id.text[SEPARATOR_AT] = 'z';
    put_digits(id.text + SEPARATOR_AT + 1, SLOT_DIGITS, TAIL_BASE, maker->slot);
    put_digits(id.text + SEPARATOR_AT + 1 + SLOT_DIGITS, SEQUENCE_DIGITS, TAIL_BASE, maker->sequence);
    id.text[QUEUE_ID_LENGTH] = '\0';
    return id;
}

static bool take_digits(struct str *s, size_t digits, unsigned base, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < digits; i++) {
        const char *digit = s->at[i] ? strchr(alphabet, s->at[i]) : NULL;
        if (!digit || (unsigned)(digit - alphabet) >= base)
            return false;
        *value = *value * base + (unsigned)(digit - alphabet);
    }
    *s = str_from(*s, digits);
    return true;
}

bool queue_id_parse(struct str text, int64_t *time_us)
{
    uint64_t seconds, micros, slot, sequence;
    if (text.len != QUEUE_ID_LENGTH || text.at[SEPARATOR_AT] != 'z')
        return false;
    if (!take_digits(&text, SECOND_DIGITS, TIME_BASE, &seconds) ||
        !take_digits(&text, MICRO_DIGITS, TIME_BASE, &micros) || micros >= 1000000)
        return false;
    text = str_from(text, 1);
    if (!take_digits(&text, SLOT_DIGITS, TAIL_BASE, &slot) ||
        !take_digits(&text, SEQUENCE_DIGITS, TAIL_BASE, &sequence))
        return false;
    if (time_us)
        *time_us = (int64_t)(seconds * 1000000 + micros);
    return true;
}

uint32_t queue_id_slot(const struct queue_id *id)
{
    struct str digits = str_make(id->text + SEPARATOR_AT + 1, SLOT_DIGITS);
    uint64_t slot;
    return take_digits(&digits, SLOT_DIGITS, TAIL_BASE, &slot) ? (uint32_t)slot : 0;
}
