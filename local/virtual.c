/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual mailboxes: from an address to a home, and into its store. */
#include <time.h>

#include "local/local.h"
#include "mail/address.h"
#include "store/home.h"

static bool mailbox_exists(struct local *local, struct str address, struct arena *arena,
                           struct verdict *verdict)
{
    struct address_match match;
    struct address_query query = {
        .address = address,
        .keys = ADDRESS_FULL | ADDRESS_PLAIN | ADDRESS_AT_DOMAIN,
        .delimiters = local->conf->recipient_delimiter,
    };
    if (maps_is_empty(local->mailbox_maps))
        return true;
    switch (maps_find_address(local->mailbox_maps, &query, arena, &match, verdict)) {
    case MAP_FOUND:
        return true;
    case MAP_ERROR:
        return false;
    default:
        return verdict_set(verdict, 550, "1.1", "unknown user: \"" STR_FMT "\"", STR_ARG(address));
    }
}

static bool store_it(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                     const char *home, struct str mailbox, struct verdict *verdict)
{
    const struct store_options options = store_options_of(local->store);
    struct open_store *entry = stores_take(local->stores, home, &options, verdict);
    if (!entry)
        return false;
    struct delivery_result delivered;
    struct delivery delivery = {
        .mailbox = STR("INBOX"),
        .queue_id = letter->request->queue_id,
        .recipient = rcpt->index,
        .prefix = prefix_make(letter, rcpt, mailbox),
        .fd = letter->fd,
        .offset = (off_t)letter->request->offset,
        .size = letter->request->size,
        .internal_date = (int64_t)time(NULL),
    };
    enum store_result result = store_deliver(open_store_of(entry), &delivery, &delivered, verdict);
    stores_release(local->stores, entry, result == STORE_FAILED);
    return result == STORE_OK;
}

bool virtual_deliver(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                     struct outcome *outcome, struct verdict *verdict)
{
    struct arena *arena = letter->arena;
    struct str local_part, domain, user, extension;
    struct str address = arena_lower(arena, rcpt->address);
    address_cut(address, &local_part, &domain);
    address_split_extension(local_part, local->conf->recipient_delimiter, &user, &extension);
    struct str mailbox = arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(user), STR_ARG(domain));
    if (letter_was_at(letter, rcpt, mailbox))
        return verdict_set(verdict, 554, "4.6", "mail forwarding loop for " STR_FMT, STR_ARG(mailbox));
    if (!mailbox_exists(local, address, arena, verdict))
        return false;
    struct buf home;
    buf_init(&home, 1000);
    bool done = home_make(local->conf->mail_home, user, domain, &home)
                    ? store_it(local, letter, rcpt, buf_cstr(&home), mailbox, verdict)
                    : verdict_set(verdict, 550, "1.3", "the address cannot name a mailbox here");
    buf_finish(&home);
    outcome->unsynced = done;
    return done && verdict_set(verdict, 250, "0.0", "delivered to mailbox");
}
