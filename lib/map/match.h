/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Match lists, the value of mynetworks, relay_domains, mydestination and their like: names, addresses, nets,
 * files and tables, in order, the first that matches decides, `!` in front makes it decide "no". No
 * wildcards.
 *
 *     name                 the name itself, ASCII letters without case
 *     .name                every name below it (lists without parent matching)
 *     192.0.2.1  192.0.2.0/24  [2001:db8::1]  [2001:db8::]/32
 *     /file/name           the patterns in that file (comments, continuation as in tables), read again when
 * it changes type:table           whether the table has the name (its parents) or the address as a key
 */
#ifndef MAP_MATCH_H
#define MAP_MATCH_H

#include "map/map.h"

struct match_list;

enum match_result {
    MATCH_NO,
    MATCH_YES,
    MATCH_ERROR, /* a table or file cannot be asked now: a temporary failure, the verdict says why */
};

enum {
    MATCH_FILE_DEPTH = 8,          /* files that name files */
    MATCH_PATTERN_LIMIT = 1000000, /* patterns in a list with its files */
};

/* parents: a pattern "example.com" also matches names below it (the parameter is listed in
 * parent_domain_matches_subdomains). NULL with *verdict for what can never become right by itself: a bad net,
 * an unknown table type. A missing file gives a list that ends in MATCH_ERROR until the file is there. */
struct match_list *match_list_open(struct str text, bool parents, struct verdict *verdict);
void match_list_close(struct match_list *list); /* NULL is fine */

bool match_list_is_empty(const struct match_list *list);
bool match_list_probe(struct match_list *list, struct verdict *verdict);
void match_list_take_notes(struct match_list *list, map_note_fn *fn, void *arg);
void match_list_set_recheck(struct match_list *list, int64_t recheck_ms);
/* Calls fn with the path of each file in or behind the list. */
void match_list_each_path(struct match_list *list, map_note_fn *fn, void *arg);

/* Is the domain or host name in the list (relay_domains, mydestination)? A NULL list has nothing in it. */
enum match_result match_domain(struct match_list *list, struct str name, struct verdict *verdict);
/* Is the string in the list, without any parents? */
enum match_result match_string(struct match_list *list, struct str text, struct verdict *verdict);
/* Is the client in the list (mynetworks)? name may be empty or "unknown"; address is "192.0.2.1" or
 * "2001:db8::1", without brackets or zone. Each pattern is tried with the name, then with the address. */
enum match_result match_client(struct match_list *list, struct str name, struct str address,
                               struct verdict *verdict);

#endif
