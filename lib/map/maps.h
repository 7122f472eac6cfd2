/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of tables as a parameter names it ("hash:/etc/relais/virtual, pcre:/etc/relais/more"): asked in
 * order, the first hit wins, the first error ends the search (what stands behind it must not decide in its
 * place). Also the ways in which addresses and domains are looked up: which keys, in which order.
 */
#ifndef MAP_MAPS_H
#define MAP_MAPS_H

#include "map/map.h"

struct maps;

/* Opens each table of the list, separated by commas or white space, `{ }` as quotes. An empty text gives a
 * list that finds nothing. NULL with *verdict when a table's name is wrong; see map_open. */
struct maps *maps_open(struct str text, struct verdict *verdict);
void maps_close(struct maps *maps); /* NULL is fine */

bool maps_is_empty(const struct maps *maps);
size_t maps_count(const struct maps *maps);
struct map *maps_at(const struct maps *maps, size_t index);
/* False with *verdict when one of the tables cannot be asked now. */
bool maps_probe(struct maps *maps, struct verdict *verdict);
/* As map_take_notes and map_set_recheck for all tables. */
void maps_take_notes(struct maps *maps, map_note_fn *fn, void *arg);
void maps_set_recheck(struct maps *maps, int64_t recheck_ms);
/* Calls fn with the path of each file behind the tables and their parts. */
void maps_each_path(struct maps *maps, map_note_fn *fn, void *arg);

/* Looks the key up as it is. A NULL or empty list finds nothing. An empty value is an error: a table says
 * "not found" by not having the key. */
enum map_result maps_find(struct maps *maps, struct str key, struct arena *arena, struct str *value,
                          struct verdict *verdict);

/* --- addresses --- */

/* Which keys are made of an address, always tried in this order. Tables of patterns see the whole address
 * only. */
enum address_key {
    ADDRESS_FULL = 1,           /* user+ext@domain */
    ADDRESS_PLAIN = 2,          /* user@domain */
    ADDRESS_LOCAL_PART = 4,     /* user+ext, then user; only when the domain is local */
    ADDRESS_AT_DOMAIN = 8,      /* @domain */
    ADDRESS_DOMAIN = 16,        /* domain and its parents, as maps_find_domain */
    ADDRESS_LOCAL_PART_AT = 32, /* user+ext@, then user@ */

    /* What the parameters of the trade use. */
    ADDRESS_FOR_VIRTUAL = ADDRESS_FULL | ADDRESS_PLAIN | ADDRESS_LOCAL_PART | ADDRESS_AT_DOMAIN,
    ADDRESS_FOR_CANONICAL = ADDRESS_FOR_VIRTUAL,
    ADDRESS_FOR_RECIPIENTS = ADDRESS_FOR_VIRTUAL,
    ADDRESS_FOR_TRANSPORT = ADDRESS_FULL | ADDRESS_PLAIN | ADDRESS_DOMAIN,
    ADDRESS_FOR_ACCESS = ADDRESS_FULL | ADDRESS_PLAIN | ADDRESS_DOMAIN | ADDRESS_LOCAL_PART_AT,
};

struct address_query {
    struct str address;    /* external form, a quoted local part stays quoted; no angle brackets */
    unsigned keys;         /* of enum address_key */
    struct str delimiters; /* recipient_delimiter; empty: there are no extensions */
    bool domain_is_local;  /* the domain is in mydestination or is myorigin */
    bool parents_bare;     /* see maps_find_domain */
};

struct address_match {
    struct str value;
    enum address_key key; /* which kind hit */
    struct str extension; /* "+ext" when the key that hit was made without it (to be propagated); else empty;
                             borrowed from the query's address */
};

enum map_result maps_find_address(struct maps *maps, const struct address_query *query, struct arena *arena,
                                  struct address_match *match, struct verdict *verdict);

/* Octets of the local part before its extension: all of it when it has none. Never splits postmaster,
 * mailer-daemon or double-bounce; with '-' for a delimiter, not owner-list nor list-request. */
size_t local_part_base(struct str local_part, struct str delimiters);

struct domain_query {
    struct str domain;
    bool parents_bare; /* the parameter is listed in parent_domain_matches_subdomains */
};

/* The domain, then its parents: with parents_bare "a.b.c", "b.c", "c", else "a.b.c", ".b.c", ".c". */
enum map_result maps_find_domain(struct maps *maps, struct domain_query query, struct arena *arena,
                                 struct str *value, struct verdict *verdict);

#endif
