/* SPDX-License-Identifier: BSD-2-Clause */
/* Fewer outcomes in a packet, until they fit. */
#include "wire/delivery.h"

#include <errno.h>

static bool send_part(struct sender *sender, const struct delivered *part)
{
    while (!sender_send(sender, DELIVERY_ANSWER, &delivered_message, part, NULL))
        if (errno != ETIMEDOUT)
            return false;
    return true;
}

bool delivery_answer(struct sender *sender, const struct delivered *answer)
{
    struct delivered part = *answer;
    size_t left = answer->outcomes_count, most = left;
    do {
        part.outcomes_count = left < most ? left : most;
        part.more = part.outcomes_count < left;
        if (send_part(sender, &part)) {
            part.outcomes += part.outcomes_count;
            left -= part.outcomes_count;
        } else if (errno == EMSGSIZE && most > 1) {
            most /= 2;
        } else {
            return false;
        }
    } while (left);
    return true;
}
