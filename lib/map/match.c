/* SPDX-License-Identifier: BSD-2-Clause */
/* Match lists: the text is made into patterns once, and again when a file that it names changes. */
#include "map/match.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/task.h"
#include "base/list.h"
#include "map/net.h"
#include "map/table_text.h"
#include "map/watch.h"

enum { MATCH_TEXTS_LIMIT = 512 * 1024 * 1024, MATCH_FILES_LIMIT = 1000, MATCH_NOTES_LIMIT = 16 * 1024 };

struct match_pattern {
    bool negated;
    bool is_net;
    struct str text; /* in the arena */
    struct net net;  /* with is_net */
    struct map *map; /* owned; NULL unless a table */
};

struct match_file {
    const char *path; /* in the arena */
    struct file_mark mark;
};

/* What the text and its files say. Held by the list and by every question that is being asked: a question may
 * wait for a table while the list takes new contents over. */
struct match_contents {
    unsigned holders;
    struct arena *texts;
    struct match_pattern *patterns;
    size_t count;
    struct match_file *files;
    size_t file_count;
};

struct match_list {
    char *text; /* owned */
    bool parents;
    struct match_contents *contents; /* NULL: nothing could be read yet */
    bool loading;
    bool failed;
    struct verdict trouble;
    struct watch watch; /* its times only */
    struct buf notes;
};

/* --- reading --- */

enum reading { READ_GOOD, READ_LATER /* a file is missing */, READ_WRONG };

struct match_reader {
    struct match_contents *contents;
    struct buf notes;
    struct verdict *verdict;
    unsigned depth;
    int64_t recheck_ms;
};

static enum reading read_text(struct match_reader *reader, struct str text, bool negated);

static void keep_note(void *arg, struct str note)
{
    struct buf *notes = arg;
    if (note.len + 1 > notes->limit - notes->len)
        return;
    buf_add(notes, note);
    buf_add_char(notes, '\n');
}

static enum reading read_file(struct match_reader *reader, struct str name, bool negated)
{
    struct match_contents *contents = reader->contents;
    if (reader->depth == MATCH_FILE_DEPTH || contents->file_count == MATCH_FILES_LIMIT) {
        verdict_set(reader->verdict, 451, "3.5", STR_FMT ": too many files in a list", STR_ARG(name));
        return READ_WRONG;
    }
    contents->files = memory_resize(contents->files, contents->file_count + 1, sizeof *contents->files);
    struct match_file *file = &contents->files[contents->file_count++];
    file->path = arena_cstr(contents->texts, name);
    watch_look(file->path, &file->mark);
    file->mark.fresh = !watch_at_rest(&(struct watch){.recheck_ms = reader->recheck_ms}, &file->mark);
    struct map_notes notes = {keep_note, &reader->notes};
    struct map_source source = {.path = file->path, .notes = &notes};
    struct table_text text;
    struct str line;
    size_t number;
    enum reading result = table_text_open(&text, &source, reader->verdict) ? READ_GOOD : READ_LATER;
    reader->depth++;
    while (result == READ_GOOD && table_text_next(&text, &line, &number))
        result = read_text(reader, line, negated);
    reader->depth--;
    table_text_close(&text);
    return result;
}

static struct match_pattern *add_pattern(struct match_contents *contents, struct str text, bool negated)
{
    if (contents->count % 64 == 0)
        contents->patterns =
            memory_resize(contents->patterns, contents->count + 64, sizeof *contents->patterns);
    struct match_pattern *pattern = &contents->patterns[contents->count++];
    *pattern = (struct match_pattern){.negated = negated, .text = arena_lower(contents->texts, text)};
    return pattern;
}

static enum reading read_pattern(struct match_reader *reader, struct str text, bool negated)
{
    const char *why = "";
    struct net net;
    bool is_net = net_parse(text, &net, &why);
    if (reader->contents->count == MATCH_PATTERN_LIMIT) {
        verdict_set(reader->verdict, 451, "3.5", "more than %d patterns in a list", MATCH_PATTERN_LIMIT);
        return READ_WRONG;
    }
    if (!is_net && (text.at[0] == '[' || (str_contains(text, '/') && !str_contains(text, ':')))) {
        verdict_set(reader->verdict, 451, "3.5", "\"" STR_FMT "\": %s", STR_ARG(text), why);
        return READ_WRONG;
    }
    struct map *map = NULL;
    if (!is_net && str_contains(text, ':') && !(map = map_open(text, reader->verdict)))
        return READ_WRONG;
    struct match_pattern *pattern = add_pattern(reader->contents, text, negated);
    pattern->is_net = is_net;
    pattern->net = net;
    pattern->map = map;
    return READ_GOOD;
}

static enum reading read_item(struct match_reader *reader, struct str item, bool negated)
{
    while (item.len && item.at[0] == '!') {
        negated = !negated;
        item = str_trim(str_from(item, 1));
    }
    if (!item.len) {
        verdict_set(reader->verdict, 451, "3.5", "a ! without a pattern in a list");
        return READ_WRONG;
    }
    return item.at[0] == '/' ? read_file(reader, item, negated) : read_pattern(reader, item, negated);
}

static enum reading read_text(struct match_reader *reader, struct str text, bool negated)
{
    struct str rest = text, item;
    bool broken = false;
    while (list_next(&rest, &item, &broken)) {
        enum reading result = read_item(reader, item, negated);
        if (result != READ_GOOD)
            return result;
    }
    if (!broken)
        return READ_GOOD;
    verdict_set(reader->verdict, 451, "3.5", "a brace is not closed in \"" STR_FMT "\"", STR_ARG(text));
    return READ_WRONG;
}

static void contents_release(struct match_contents *contents)
{
    if (!contents || --contents->holders)
        return;
    for (size_t i = 0; i < contents->count; i++)
        map_close(contents->patterns[i].map);
    free(contents->patterns);
    free(contents->files);
    arena_destroy(contents->texts);
    free(contents);
}

static struct match_contents *hold(struct match_list *list)
{
    list->contents->holders++;
    return list->contents;
}

/* --- taking over what was read --- */

/* What a reading thread works on. */
struct match_job {
    const char *text;
    struct match_reader reader;
    struct verdict verdict;
    enum reading result;
};

static void run_read(void *arg)
{
    struct match_job *job = arg;
    job->result = read_text(&job->reader, str_of(job->text), false);
}

static void take_over(struct match_list *list, struct match_job *job)
{
    if (job->result == READ_GOOD) {
        contents_release(list->contents);
        list->contents = job->reader.contents;
        list->failed = false;
        return;
    }
    contents_release(job->reader.contents);
    if (list->contents && (!list->failed || strcmp(list->trouble.text, job->verdict.text) != 0)) {
        keep_note(&list->notes, str_of(job->verdict.text));
        keep_note(&list->notes, STR("the old contents of the list stay in use"));
    }
    list->trouble = job->verdict;
    list->failed = true;
}

static enum reading list_load(struct match_list *list)
{
    struct match_job job = {.text = list->text};
    struct match_contents *contents = memory_get(sizeof *contents);
    contents->holders = 1;
    contents->texts = arena_create(MATCH_TEXTS_LIMIT);
    job.reader = (struct match_reader){
        .contents = contents, .verdict = &job.verdict, .recheck_ms = list->watch.recheck_ms};
    buf_init(&job.reader.notes, MATCH_NOTES_LIMIT);
    list->loading = true;
    task_blocking(run_read, &job);
    list->loading = false;
    struct str rest = buf_str(&job.reader.notes), note;
    while (rest.len && str_cut(&rest, '\n', &note))
        keep_note(&list->notes, note);
    buf_finish(&job.reader.notes);
    take_over(list, &job);
    return job.result;
}

static bool files_changed(const struct match_list *list)
{
    struct file_mark seen;
    bool changed = false;
    for (size_t i = 0; i < list->contents->file_count; i++) {
        const struct match_file *file = &list->contents->files[i];
        watch_look(file->path, &seen);
        if (file_mark_same(&seen, &file->mark))
            continue;
        if (!watch_at_rest(&list->watch, &seen))
            return false;
        changed = true;
    }
    return changed;
}

static void list_refresh(struct match_list *list)
{
    if (list->loading || (!list->failed && !list->contents->file_count) || !watch_is_due(&list->watch))
        return;
    if (list->failed || files_changed(list))
        list_load(list);
}

struct match_list *match_list_open(struct str text, bool parents, struct verdict *verdict)
{
    struct match_list *list = memory_get(sizeof *list);
    list->text = memory_get(text.len + 1);
    if (text.len)
        memcpy(list->text, text.at, text.len);
    list->parents = parents;
    buf_init(&list->notes, MATCH_NOTES_LIMIT);
    watch_init(&list->watch);
    watch_is_due(&list->watch);
    if (list_load(list) != READ_WRONG)
        return list;
    *verdict = list->trouble;
    match_list_close(list);
    return NULL;
}

void match_list_close(struct match_list *list)
{
    if (!list)
        return;
    assert(!list->loading);
    contents_release(list->contents);
    buf_finish(&list->notes);
    free(list->text);
    free(list);
}

bool match_list_is_empty(const struct match_list *list)
{
    return !list || (list->contents && list->contents->count == 0 && list->contents->file_count == 0);
}

bool match_list_probe(struct match_list *list, struct verdict *verdict)
{
    if (!list)
        return true;
    list_refresh(list);
    if (list->failed) {
        *verdict = list->trouble;
        return false;
    }
    struct match_contents *contents = hold(list);
    bool good = true;
    for (size_t i = 0; good && i < contents->count; i++)
        good = !contents->patterns[i].map || map_probe(contents->patterns[i].map, verdict);
    contents_release(contents);
    return good;
}

void match_list_take_notes(struct match_list *list, map_note_fn *fn, void *arg)
{
    if (!list)
        return;
    struct str rest = buf_str(&list->notes), note;
    while (rest.len && str_cut(&rest, '\n', &note))
        fn(arg, note);
    buf_clear(&list->notes);
    for (size_t i = 0; list->contents && i < list->contents->count; i++)
        if (list->contents->patterns[i].map)
            map_take_notes(list->contents->patterns[i].map, fn, arg);
}

void match_list_set_recheck(struct match_list *list, int64_t recheck_ms)
{
    if (!list)
        return;
    watch_set_recheck(&list->watch, recheck_ms);
    for (size_t i = 0; list->contents && i < list->contents->count; i++)
        if (list->contents->patterns[i].map)
            map_set_recheck(list->contents->patterns[i].map, recheck_ms);
}

void match_list_each_path(struct match_list *list, map_note_fn *fn, void *arg)
{
    if (!list || !list->contents)
        return;
    for (size_t i = 0; i < list->contents->file_count; i++)
        fn(arg, str_of(list->contents->files[i].path));
    for (size_t i = 0; i < list->contents->count; i++)
        if (list->contents->patterns[i].map)
            map_each_path(list->contents->patterns[i].map, fn, arg);
}

/* --- matching --- */

/* One question. */
struct question {
    struct match_list *list;
    struct str name;
    const struct net *address; /* NULL: only a name */
    struct str address_text;
    bool cut; /* try the parents of the name */
    struct arena *scratch;
    struct verdict *verdict;
};

static bool name_matches(struct str name, struct str pattern, bool parents)
{
    if (str_eq_nocase(name, pattern))
        return true;
    if (pattern.len >= name.len || !pattern.len || !str_ends_nocase(name, pattern))
        return false;
    return parents ? name.at[name.len - pattern.len - 1] == '.' : pattern.at[0] == '.';
}

static enum map_result table_has(struct question *question, struct map *map, struct str key)
{
    struct str value;
    arena_reset(question->scratch);
    return key.len ? map_find(map, key, question->scratch, &value, question->verdict) : MAP_NOT_FOUND;
}

static enum map_result table_has_name(struct question *question, struct map *map)
{
    struct str name = question->name;
    for (;;) {
        enum map_result result = table_has(question, map, name);
        if (result != MAP_NOT_FOUND || !question->cut || map_wants_whole_key(map))
            return result;
        size_t dot = str_find(str_from(name, 1), '.');
        if (dot == SIZE_MAX)
            return MAP_NOT_FOUND;
        name = str_from(name, dot + (question->list->parents ? 2 : 1));
    }
}

static enum match_result ask_table(struct question *question, struct map *map)
{
    enum map_result result = table_has_name(question, map);
    if (result == MAP_NOT_FOUND && question->address)
        result = table_has(question, map, question->address_text);
    return result == MAP_ERROR ? MATCH_ERROR : result == MAP_FOUND ? MATCH_YES : MATCH_NO;
}

static enum match_result ask_pattern(struct question *question, const struct match_pattern *pattern)
{
    if (pattern->map)
        return ask_table(question, pattern->map);
    if (pattern->is_net && question->address)
        return net_contains(&pattern->net, question->address) ? MATCH_YES : MATCH_NO;
    bool matches = question->cut ? name_matches(question->name, pattern->text, question->list->parents)
                                 : str_eq_nocase(question->name, pattern->text);
    return question->name.len && matches ? MATCH_YES : MATCH_NO;
}

static enum match_result ask_list(struct question *question)
{
    struct match_list *list = question->list;
    if (!list)
        return MATCH_NO;
    list_refresh(list);
    if (!list->contents) {
        *question->verdict = list->trouble;
        return MATCH_ERROR;
    }
    struct match_contents *contents = hold(list);
    const struct match_pattern *decider = NULL;
    enum match_result result = MATCH_NO;
    question->scratch = arena_create((size_t)4 * 1024 * 1024);
    for (size_t i = 0; i < contents->count && result == MATCH_NO; i++) {
        decider = &contents->patterns[i];
        result = ask_pattern(question, decider);
    }
    arena_destroy(question->scratch);
    if (result == MATCH_YES && decider->negated)
        result = MATCH_NO;
    contents_release(contents);
    return result;
}

enum match_result match_domain(struct match_list *list, struct str name, struct verdict *verdict)
{
    return ask_list(&(struct question){.list = list, .name = name, .cut = true, .verdict = verdict});
}

enum match_result match_string(struct match_list *list, struct str text, struct verdict *verdict)
{
    return ask_list(&(struct question){.list = list, .name = text, .verdict = verdict});
}

enum match_result match_client(struct match_list *list, struct str name, struct str address,
                               struct verdict *verdict)
{
    struct net parsed;
    bool known = net_parse_address(address, &parsed);
    return ask_list(&(struct question){
        .list = list,
        .name = str_eq(name, STR("unknown")) ? STR("") : name,
        .address = known ? &parsed : NULL,
        .address_text = address,
        .cut = true,
        .verdict = verdict,
    });
}
