/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of a list of the queue. */
#include "mail/queue_print.h"

#include <time.h>

#include "base/json.h"

static const char *state_name(enum queue_state state)
{
    return state == QUEUE_ACTIVE ? "active" : state == QUEUE_ON_HOLD ? "hold" : "deferred";
}

static struct str sender_of(const struct listing *listing)
{
    return listing->sender.len ? listing->sender : STR("MAILER-DAEMON");
}

/* Reasons come from peers: printable they are already, but a line must end. */
static void print_plain(struct str id, enum queue_state state, const struct listing *listing, struct buf *out)
{
    char when[32];
    time_t seconds = (time_t)(listing->arrival_us / 1000000);
    struct tm local;
    localtime_r(&seconds, &local);
    strftime(when, sizeof when, "%a %b %d %H:%M:%S", &local);
    buf_printf(out, STR_FMT "%c %8llu %s " STR_FMT "\n", STR_ARG(id),
               state == QUEUE_ACTIVE    ? '*'
               : state == QUEUE_ON_HOLD ? '!'
                                        : ' ',
               (unsigned long long)listing->size, when, STR_ARG(sender_of(listing)));
    struct str last = {NULL, 0};
    for (size_t i = 0; i < listing->rcpts_count; i++) {
        const struct listing_rcpt *rcpt = &listing->rcpts[i];
        if (rcpt->reason.len && !str_eq(rcpt->reason, last))
            buf_printf(out, "%*s(" STR_FMT ")\n", rcpt->reason.len > 76 ? 0 : (int)(77 - rcpt->reason.len),
                       "", STR_ARG(rcpt->reason));
        last = rcpt->reason;
        buf_printf(out, "%49s" STR_FMT "\n", "", STR_ARG(rcpt->address));
    }
    buf_add_char(out, '\n');
}

static void print_member(const char *name, struct str text, struct buf *out)
{
    buf_printf(out, "\"%s\": ", name);
    json_add_text(out, text);
}

static void print_json(struct str id, enum queue_state state, const struct listing *listing, struct buf *out)
{
    buf_printf(out, "{\"queue_name\": \"%s\", ", state_name(state));
    print_member("queue_id", id, out);
    buf_printf(out, ", \"arrival_time\": %llu, \"message_size\": %llu, \"attempts\": %llu, ",
               (unsigned long long)(listing->arrival_us / 1000000), (unsigned long long)listing->size,
               (unsigned long long)listing->attempts);
    print_member("sender", sender_of(listing), out);
    buf_add_text(out, ", \"recipients\": [");
    for (size_t i = 0; i < listing->rcpts_count; i++) {
        buf_add_text(out, i ? ", {" : "{");
        print_member("address", listing->rcpts[i].address, out);
        if (listing->rcpts[i].reason.len) {
            buf_add_text(out, ", ");
            print_member("delay_reason", listing->rcpts[i].reason, out);
        }
        buf_add_char(out, '}');
    }
    buf_add_text(out, "]}\n");
}

void queue_print_one(struct queue_print *print, struct str id, enum queue_state state,
                     const struct listing *listing, struct buf *out)
{
    if (print->json)
        print_json(id, state, listing, out);
    else if (print->count == 0)
        buf_add_text(out, "-----Queue ID------ --Size-- ---Arrival Time---- --Sender/Recipient------\n");
    if (!print->json)
        print_plain(id, state, listing, out);
    print->count++;
    print->octets += listing->size;
}

void queue_print_end(const struct queue_print *print, struct buf *out)
{
    if (print->json)
        return;
    if (print->count == 0)
        buf_add_text(out, "Mail queue is empty\n");
    else
        buf_printf(out, "-- %llu Kbytes in %llu Request%s.\n", (unsigned long long)(print->octets / 1024),
                   (unsigned long long)print->count, print->count == 1 ? "" : "s");
}
