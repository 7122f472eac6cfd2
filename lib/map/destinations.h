/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an alias, a .forward file or an :include: file stands for: the destinations that its texts name, each
 * once, with domains where they have none. :include: stays a destination, for the caller to read as whom it
 * may.
 */
#ifndef MAP_DESTINATIONS_H
#define MAP_DESTINATIONS_H

#include "base/verdict.h"
#include "map/alias.h"
#include "wire/message.h"

struct destination {
    enum alias_kind kind;
    bool self;     /* ALIAS_ADDRESS: whose list it is himself */
    bool mailbox;  /* with a backslash: into the mailbox, whatever aliases and .forward files there are */
    bool included; /* stands in an :include: file */
    /* ALIAS_ADDRESS: user@domain; else as struct alias_item has it. */
    struct str text;
};

struct destinations {
    struct arena *arena;
    struct str user, domain;
    struct destination *at;
    size_t count, octets;
};

/* All are told to qmgr in one outcome, which has to fit a packet (io/fdpass.h). */
enum { DESTINATIONS_LIMIT = 1000, DESTINATIONS_OCTETS = 56 * 1024 };

/* Whose alias it is, without an extension; the domain also completes names without one. */
void destinations_init(struct destinations *list, struct str user, struct str domain, struct arena *arena);
/* Adds those of one right-hand side. False with *verdict: unbalanced (4.3.5), too many (5.4.6), out of the
 * arena's room (4.3.0). */
bool destinations_add(struct destinations *list, struct str text, bool included, struct verdict *verdict);
/* The same for lines of them; '#' begins a comment line. */
bool destinations_add_lines(struct destinations *list, struct str text, bool included,
                            struct verdict *verdict);
void destinations_remove(struct destinations *list, size_t index);
/* How recipient.destination names it: "|command", "/file", "=" for the user himself, a backslash for his
 * mailbox. */
struct str destination_name(const struct destination *destination, struct arena *arena);
/* Each for itself: addresses as outcome.forward, what else there is as outcome.parts. From the arena. */
void destinations_share_out(const struct destinations *list, struct texts *forward, struct texts *parts);

#endif
