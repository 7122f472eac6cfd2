/* SPDX-License-Identifier: BSD-2-Clause */
/* pcre:/file: Perl's regular expressions, `/pattern/flags value`. Letters match without case unless the flag
 * i says otherwise; `.` matches line ends unless the flag s does. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "map/map.h"
#include "map/pattern.h"
#include "map/rules.h"

/* Each flag turns its option over. */
static bool turn(char flag, uint32_t *options)
{
    static const struct {
        char flag;
        uint32_t option;
    } flags[] = {
        {'i', PCRE2_CASELESS}, {'m', PCRE2_MULTILINE},      {'s', PCRE2_DOTALL},   {'x', PCRE2_EXTENDED},
        {'A', PCRE2_ANCHORED}, {'E', PCRE2_DOLLAR_ENDONLY}, {'U', PCRE2_UNGREEDY}, {'X', 0},
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (flags[i].flag == flag) {
            *options ^= flags[i].option;
            return true;
        }
    return false;
}

static void *pcre_parse(struct str *rest, const char **why)
{
    struct str text, flags;
    uint32_t options = PCRE2_CASELESS | PCRE2_DOTALL;
    if (!pattern_cut(rest, &text, &flags, why))
        return NULL;
    for (size_t i = 0; i < flags.len; i++)
        if (!turn(flags.at[i], &options)) {
            *why = "unknown flag behind the pattern";
            return NULL;
        }
    return pattern_compile(text, options, why);
}

static const struct rules_type pcre_rules = {
    .parse = pcre_parse,
    .release = pattern_release,
    .match = pattern_match,
    .check = pattern_check,
    .expand = pattern_expand,
};

static bool pcre_load(const struct map_source *source, void **contents, struct verdict *verdict)
{
    return rules_load(&pcre_rules, source, contents, verdict);
}

const struct map_type map_pcre = {
    .name = "pcre",
    .flags = MAP_HAS_FILE | MAP_WHOLE_KEY,
    .suffix = "",
    .load = pcre_load,
    .unload = rules_unload,
    .find = rules_find,
};
