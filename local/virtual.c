/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual mailboxes: from an address to a home, and into its store. */
#include <time.h>

#include "local/local.h"
#include "mail/address.h"
#include "store/home.h"

/* What virtual_mailbox_maps says of a mailbox behind its first word: "quota=OCTETS", and at the end
 * "home=PATH". */
struct mailbox_row {
    uint64_t quota;  /* 0: the configuration's */
    struct str home; /* empty: by mail_home */
};

static void read_row(struct str value, struct mailbox_row *row)
{
    struct str word;
    while (str_word(&value, " \t", &word)) {
        if (str_starts(word, STR("quota=")))
            (void)str_to_u64(str_from(word, 6), &row->quota);
        if (!str_starts(word, STR("home=/")))
            continue;
        row->home = str_make(word.at + 5, word.len - 5 + value.len);
        return;
    }
}

static bool find_mailbox(struct local *local, struct str address, struct arena *arena,
                         struct mailbox_row *row, struct verdict *verdict)
{
    struct address_match match;
    struct address_query query = {
        .address = address,
        .keys = ADDRESS_FULL | ADDRESS_PLAIN | ADDRESS_AT_DOMAIN,
        .delimiters = local->conf->recipient_delimiter,
    };
    *row = (struct mailbox_row){0};
    if (maps_is_empty(local->mailbox_maps))
        return true;
    switch (maps_find_address(local->mailbox_maps, &query, arena, &match, verdict)) {
    case MAP_FOUND:
        read_row(match.value, row);
        return true;
    case MAP_ERROR:
        return false;
    default:
        return verdict_set(verdict, 550, "1.1", "unknown user: \"" STR_FMT "\"", STR_ARG(address));
    }
}

static bool store_it(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                     const struct mailbox_row *row, struct str mailbox, struct verdict *verdict)
{
    const struct store_options options = store_options_of(local->store);
    struct open_store *entry =
        stores_take(local->stores, arena_cstr(letter->arena, row->home), &options, verdict);
    if (!entry)
        return false;
    store_set_quota(open_store_of(entry), row->quota ? row->quota : options.quota);
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

/* By the row, else by mail_home. */
static bool find_home(struct local *local, struct str user, struct str domain, struct arena *arena,
                      struct str *home)
{
    struct buf made;
    if (home->len > 0)
        return true;
    buf_init(&made, 1000);
    bool good = home_make(local->conf->mail_home, user, domain, &made);
    *home = arena_copy(arena, buf_str(&made));
    buf_finish(&made);
    return good;
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
    struct mailbox_row row;
    if (!find_mailbox(local, address, arena, &row, verdict))
        return false;
    bool done = find_home(local, user, domain, arena, &row.home)
                    ? store_it(local, letter, rcpt, &row, mailbox, verdict)
                    : verdict_set(verdict, 550, "1.3", "the address cannot name a mailbox here");
    outcome->unsynced = done;
    return done && verdict_set(verdict, 250, "0.0", "delivered to mailbox");
}
