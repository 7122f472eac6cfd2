/* SPDX-License-Identifier: BSD-2-Clause */
/* cidr:/file: nets and addresses, tried from the top. A key that is no IP address is not found. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "map/map.h"
#include "map/net.h"
#include "map/rules.h"

static void *cidr_parse(struct str *rest, const char **why)
{
    struct str word;
    struct net net;
    if (!str_word(rest, " \t", &word)) {
        *why = "no net";
        return NULL;
    }
    if (!net_parse(word, &net, why))
        return NULL;
    struct net *pattern = memory_get(sizeof *pattern);
    *pattern = net;
    return pattern;
}

/* key: the octets of the struct net that cidr_find made. */
static enum rule_hit cidr_match(const void *pattern, struct str key, struct verdict *verdict)
{
    (void)verdict;
    struct net address;
    memcpy(&address, key.at, sizeof address);
    return net_contains(pattern, &address) ? RULE_YES : RULE_NO;
}

static const struct rules_type cidr_rules = {.parse = cidr_parse, .release = free, .match = cidr_match};

static bool cidr_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    return rules_load(&cidr_rules, source, contents, verdict);
}

static enum map_result cidr_find(void *contents, struct str key, struct arena *arena, struct str *value,
                                 struct verdict *verdict)
{
    struct net address;
    if (!net_parse_address(key, &address))
        return MAP_NOT_FOUND; /* also for rules with `!` */
    return rules_find(contents, str_make(&address, sizeof address), arena, value, verdict);
}

const struct map_type map_cidr = {
    .name = "cidr",
    .flags = MAP_HAS_FILE | MAP_WHOLE_KEY,
    .suffix = "",
    .load = cidr_load,
    .unload = rules_unload,
    .find = cidr_find,
};
