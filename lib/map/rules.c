/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules in order, with blocks: an `if` knows where its block ends. */
#include "map/rules.h"

#include <stdlib.h>

#include "base/memory.h"
#include "map/table_text.h"

struct rule {
    void *pattern; /* owned; NULL: an `if` that could not be read, which never matches */
    bool negated;
    bool opens_block;
    size_t block_end; /* with opens_block: index of the first rule behind the block */
    struct str value; /* in the arena */
};

struct rules {
    const struct rules_type *type;
    struct arena *texts;
    struct rule *at;
    size_t count, room;
};

/* --- reading --- */

struct reader {
    const struct map_source *source;
    struct rules *rules;
    size_t open[RULES_NESTING_LIMIT]; /* indices of the ifs whose block is open */
    size_t depth;
    size_t ignored_depth; /* blocks nested too deeply, skipped */
};

static struct rule *add_rule(struct rules *rules)
{
    if (rules->count == rules->room) {
        rules->room = rules->room ? rules->room * 2 : 8;
        rules->at = memory_resize(rules->at, rules->room, sizeof *rules->at);
    }
    struct rule *rule = &rules->at[rules->count++];
    *rule = (struct rule){0};
    return rule;
}

/* Takes the word off the front of the line when it stands there as a word. */
static bool take_word(struct str *line, struct str word)
{
    if (!str_starts_nocase(*line, word) || (line->len > word.len && char_is_alnum(line->at[word.len])))
        return false;
    *line = str_trim(str_from(*line, word.len));
    return true;
}

static bool take_bang(struct str *line)
{
    bool negated = false;
    while (line->len && line->at[0] == '!') {
        negated = !negated;
        *line = str_trim(str_from(*line, 1));
    }
    return negated;
}

static void read_if(struct reader *reader, struct str line, size_t number)
{
    if (reader->depth == RULES_NESTING_LIMIT || reader->ignored_depth) {
        map_note(reader->source, number, "blocks nested too deeply; block skipped");
        reader->ignored_depth++;
        return;
    }
    const char *why = "";
    bool negated = take_bang(&line);
    void *pattern = reader->rules->type->parse(&line, &why);
    if (!pattern)
        map_note(reader->source, number, "%s; block skipped", why);
    else if (str_trim(line).len)
        map_note(reader->source, number, "text after the pattern of an if is ignored");
    struct rule *rule = add_rule(reader->rules);
    rule->pattern = pattern;
    rule->negated = negated;
    rule->opens_block = true;
    reader->open[reader->depth++] = reader->rules->count - 1;
}

static void read_endif(struct reader *reader, struct str line, size_t number)
{
    if (line.len)
        map_note(reader->source, number, "text after endif is ignored");
    if (reader->ignored_depth) {
        reader->ignored_depth--;
        return;
    }
    if (!reader->depth) {
        map_note(reader->source, number, "endif without if; skipped");
        return;
    }
    size_t opened = reader->open[--reader->depth];
    reader->rules->at[opened].block_end = reader->rules->count;
}

static void read_rule(struct reader *reader, struct str line, size_t number)
{
    const struct rules_type *type = reader->rules->type;
    const char *why = "";
    if (reader->ignored_depth)
        return;
    bool negated = take_bang(&line);
    void *pattern = type->parse(&line, &why);
    if (!pattern) {
        map_note(reader->source, number, "%s; skipped", why);
        return;
    }
    struct str value = str_trim(line);
    const char *wrong = type->check ? type->check(pattern, negated, value) : NULL;
    if (!wrong && !value.len)
        wrong = "no value";
    if (wrong) {
        map_note(reader->source, number, "%s; skipped", wrong);
        type->release(pattern);
        return;
    }
    struct rule *rule = add_rule(reader->rules);
    rule->pattern = pattern;
    rule->negated = negated;
    rule->value = arena_copy(reader->rules->texts, value);
}

static bool read_rules(struct reader *reader, struct verdict *verdict)
{
    struct table_text text;
    struct str line;
    size_t number = 0;
    bool good = table_text_open(&text, reader->source, verdict);
    while (good && table_text_next(&text, &line, &number)) {
        if (reader->rules->count == RULES_LIMIT)
            good = verdict_set(verdict, 451, "3.5", "more than %d rules in a table", RULES_LIMIT);
        else if (take_word(&line, STR("if")))
            read_if(reader, line, number);
        else if (take_word(&line, STR("endif")))
            read_endif(reader, line, number);
        else
            read_rule(reader, line, number);
    }
    if (good && reader->depth)
        map_note(reader->source, number, "if without endif: its block ends with the table");
    while (reader->depth)
        reader->rules->at[reader->open[--reader->depth]].block_end = reader->rules->count;
    table_text_close(&text);
    return good;
}

bool rules_load(const struct rules_type *type, const struct map_source *source, void **contents,
                struct verdict *verdict)
{
    struct rules *rules = memory_get(sizeof *rules);
    rules->type = type;
    rules->texts = arena_create(2 * (size_t)MAP_FILE_LIMIT);
    struct reader reader = {.source = source, .rules = rules};
    if (!read_rules(&reader, verdict)) {
        rules_unload(rules);
        return false;
    }
    *contents = rules;
    return true;
}

void rules_unload(void *contents)
{
    struct rules *rules = contents;
    for (size_t i = 0; i < rules->count; i++)
        if (rules->at[i].pattern)
            rules->type->release(rules->at[i].pattern);
    free(rules->at);
    arena_destroy(rules->texts);
    free(rules);
}

/* --- asking --- */

static enum map_result give(const struct rules *rules, const struct rule *rule, struct str key,
                            struct arena *arena, struct str *value)
{
    if (rules->type->expand && !rule->negated)
        return rules->type->expand(rule->pattern, key, rule->value, arena, value);
    return arena_try_copy(arena, rule->value, value) ? MAP_FOUND : MAP_ERROR;
}

enum map_result rules_find(void *contents, struct str key, struct arena *arena, struct str *value,
                           struct verdict *verdict)
{
    const struct rules *rules = contents;
    size_t i = 0;
    while (i < rules->count) {
        const struct rule *rule = &rules->at[i++];
        enum rule_hit hit = rule->pattern ? rules->type->match(rule->pattern, key, verdict) : RULE_NO;
        if (hit == RULE_ERROR)
            return MAP_ERROR;
        bool matched = rule->pattern && (hit == RULE_YES) != rule->negated;
        if (rule->opens_block) {
            i = matched ? i : rule->block_end;
            continue;
        }
        if (!matched)
            continue;
        enum map_result result = give(rules, rule, key, arena, value);
        if (result == MAP_ERROR)
            verdict_set(verdict, 451, "3.1", "no room for the value of a table");
        return result;
    }
    return MAP_NOT_FOUND;
}
