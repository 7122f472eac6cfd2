/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relais map, also under the names postmap, postalias and newaliases: makes, asks, changes and lists lookup
 * tables. Tables are written beside the old one and renamed over it, so who reads them sees the old or the
 * new, never half.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/json.h"
#include "conf/conf.h"
#include "conf/installed.h"
#include "conf/params.h"
#include "base/list.h"
#include "map/maps.h"
#include "map/params.h"
#include "map/table_build.h"
#include "tools/subcommand.h"

enum {
    RUN_ARENA_LIMIT = 64 * 1024 * 1024,
    PATH_ROOM = 4096,
    INPUT_PIECE = 64 * 1024,
    ENTRY_LIMIT = 64 * 1024 * 1024
};

static const char made_type[] = "lmdb"; /* the only one that is made */

static const struct param_set *const rows[] = {&conf_param_set, &map_param_set, NULL};

enum map_job { MAP_MAKE, MAP_ADD, MAP_QUERY, MAP_DELETE, MAP_DUMP };

/* What one run is about. */
struct map_run {
    const char *name; /* ours, for messages */
    enum map_job job;
    const char *key; /* with MAP_QUERY and MAP_DELETE; "-": keys come from standard input */
    struct build_terms terms;
    bool json;
    bool keep_privileges;
    bool from_parameter; /* newaliases: the tables that alias_database names */
    const char *config_directory;
    struct map_params params;
    struct arena *arena;
    char **tables; /* as named */
    size_t count;
};

/* --- messages --- */

static void say(const struct map_run *run, const char *kind, struct str text)
{
    fflush(stdout);
    fprintf(stderr, "%s: %s: " STR_FMT "\n", run->name, kind, STR_ARG(text));
}

static void warn(void *arg, struct str note)
{
    say(arg, "warning", note);
}

static bool failed(const struct map_run *run, const struct verdict *verdict)
{
    say(run, "fatal", str_of(verdict->text));
    return false;
}

/* --- the table that a name means --- */

/* "type:name", with the default type where none is given. */
static struct str full_spec(const struct map_run *run, const char *name)
{
    if (strchr(name, ':'))
        return str_of(name);
    return arena_printf(run->arena, STR_FMT ":%s", STR_ARG(run->params.default_type), name);
}

/* The text file behind a table that can be written; NULL with *verdict for types that are used as they are.
 */
static const char *text_of(const struct map_run *run, const char *name, struct verdict *verdict)
{
    struct str spec = full_spec(run, name);
    size_t colon = str_find(spec, ':');
    struct str type_name = str_sub(spec, 0, colon);
    const struct map_type *type = map_type_find(type_name);
    if (type && str_eq(str_of(type->name), str_of(made_type)))
        return arena_cstr(run->arena, str_from(spec, colon + 1));
    verdict_set(verdict, 550, "3.3",
                type ? "tables of type " STR_FMT " are not made, they are used as they are"
                     : "unknown table type " STR_FMT,
                STR_ARG(type_name));
    return NULL;
}

/* --- privileges --- */

/* Root writes as the owner of the file, so that in a user's directory nothing is done with root's rights. */
static bool become_owner(const struct map_run *run, const char *path, struct verdict *verdict)
{
    struct stat st;
    if (geteuid() != 0 || run->keep_privileges)
        return true;
    if (stat(path, &st) != 0)
        return verdict_system(verdict, path, errno);
    if (st.st_uid == 0)
        return true;
    if (setgroups(0, NULL) != 0 || setegid(st.st_gid) != 0 || seteuid(st.st_uid) != 0)
        return verdict_system(verdict, "cannot become the owner of the table", errno);
    return true;
}

static bool become_self(struct verdict *verdict)
{
    if (geteuid() == getuid() || (seteuid(getuid()) == 0 && setegid(getgid()) == 0))
        return true;
    return verdict_system(verdict, "cannot become root again", errno);
}

/* --- making and changing --- */

static bool read_input(struct buf *input, struct verdict *verdict)
{
    for (;;) {
        char *room = buf_room(input, INPUT_PIECE);
        if (!room)
            return verdict_set(verdict, 550, "3.4", "too much input");
        ssize_t got = read(STDIN_FILENO, room, INPUT_PIECE);
        if (got < 0)
            return verdict_system(verdict, "standard input", errno);
        if (got == 0)
            return true;
        input->len += (size_t)got;
    }
}

/* Adds what stands on standard input to a table, which is made when it is not there. */
static bool add_to(const struct map_run *run, const char *table, struct verdict *verdict)
{
    struct map_notes notes = {warn, (void *)(uintptr_t)run};
    struct map_source source = {.path = "standard input", .notes = &notes};
    struct table_access open_to_all = {0644, (gid_t)-1};
    enum table_start start = access(table, F_OK) == 0 ? TABLE_CHANGE : TABLE_NEW;
    struct buf input;
    buf_init(&input, MAP_FILE_LIMIT);
    struct table_writer *writer = NULL;
    bool good =
        read_input(&input, verdict) && (writer = table_writer_begin(table, start, &open_to_all, verdict));
    if (good) {
        struct table_text text;
        table_text_over(&text, &source, buf_str(&input));
        good = table_build(&text, writer, &run->terms, verdict);
        table_text_close(&text);
    }
    buf_finish(&input);
    if (good)
        return table_writer_commit(writer, verdict);
    table_writer_discard(writer);
    return false;
}

static bool make_or_add(const struct map_run *run, const char *name)
{
    struct verdict verdict;
    const char *text = text_of(run, name, &verdict);
    if (!text)
        return failed(run, &verdict);
    struct map_notes notes = {warn, (void *)(uintptr_t)run};
    const char *table = arena_cstr(run->arena, arena_printf(run->arena, "%s.lmdb", text));
    bool is_new = run->job == MAP_ADD && access(table, F_OK) != 0;
    bool good = is_new || become_owner(run, run->job == MAP_ADD ? table : text, &verdict);
    if (good)
        good = run->job == MAP_ADD ? add_to(run, table, &verdict)
                                   : table_make(text, &run->terms, &notes, &verdict);
    if (!good)
        failed(run, &verdict);
    return (become_self(&verdict) || failed(run, &verdict)) && good;
}

static bool make_all(const struct map_run *run)
{
    bool good = true;
    for (size_t i = 0; i < run->count; i++)
        good = make_or_add(run, run->tables[i]) && good;
    return good;
}

/* --- keys from the command line or from standard input --- */

typedef bool key_fn(const struct map_run *run, struct map **maps, struct str key, bool *found);

/* Calls fn for each key. False when one failed; *found when one was found. */
static bool each_key(const struct map_run *run, struct map **maps, key_fn *fn, bool *found)
{
    if (strcmp(run->key, "-") != 0)
        return fn(run, maps, str_of(run->key), found);
    char *line = NULL;
    size_t room = 0;
    bool good = true;
    for (ssize_t len; good && (len = getline(&line, &room, stdin)) >= 0;) {
        struct str key = str_make(line, (size_t)len);
        if (str_ends(key, STR("\n")))
            key.len--;
        good = fn(run, maps, key, found);
        fflush(stdout);
    }
    free(line);
    return good;
}

/* --- removing --- */

static bool remove_from(const struct map_run *run, const char *name, struct str key, bool *found)
{
    struct verdict verdict;
    struct table_writer *writer = NULL;
    bool here = false;
    const char *text = text_of(run, name, &verdict);
    if (!text)
        return failed(run, &verdict);
    const char *table = arena_cstr(run->arena, arena_printf(run->arena, "%s.lmdb", text));
    bool good = become_owner(run, table, &verdict) &&
                (writer = table_writer_begin(table, TABLE_CHANGE, NULL, &verdict)) &&
                table_writer_remove(writer, key, &here, &verdict);
    if (good && here)
        good = table_writer_commit(writer, &verdict);
    else
        table_writer_discard(writer);
    *found = *found || (good && here);
    if (!good)
        failed(run, &verdict);
    return (become_self(&verdict) || failed(run, &verdict)) && good;
}

static bool remove_key(const struct map_run *run, struct map **maps, struct str key, bool *found)
{
    (void)maps;
    struct arena *arena = arena_create(RUN_ARENA_LIMIT);
    struct str folded = run->terms.keep_case ? key : arena_lower(arena, key);
    bool good = true;
    for (size_t i = 0; i < run->count; i++)
        good = remove_from(run, run->tables[i], folded, found) && good;
    arena_destroy(arena);
    return good;
}

/* --- asking and listing --- */

static bool print_entry(void *arg, struct str key, struct str value)
{
    const struct map_run *run = arg;
    if (run->json) {
        struct buf line;
        buf_init(&line, ENTRY_LIMIT);
        json_add_text(&line, key);
        buf_add_text(&line, ": ");
        json_add_text(&line, value);
        printf("{" STR_FMT "}\n", STR_ARG(buf_str(&line)));
        buf_finish(&line);
    } else {
        printf(STR_FMT "%s\t" STR_FMT "\n", STR_ARG(key), run->terms.aliases ? ":" : "", STR_ARG(value));
    }
    return true;
}

static bool ask_key(const struct map_run *run, struct map **maps, struct str key, bool *found)
{
    struct arena *arena = arena_create(RUN_ARENA_LIMIT);
    enum map_result result = MAP_NOT_FOUND;
    struct verdict verdict;
    struct str value;
    for (size_t i = 0; i < run->count && result == MAP_NOT_FOUND; i++)
        result = map_find(maps[i], key, arena, &value, &verdict);
    if (result == MAP_FOUND && strcmp(run->key, "-") == 0)
        printf(STR_FMT "\t" STR_FMT "\n", STR_ARG(key), STR_ARG(value));
    else if (result == MAP_FOUND)
        printf(STR_FMT "\n", STR_ARG(value));
    *found = *found || result == MAP_FOUND;
    arena_destroy(arena);
    return result != MAP_ERROR || failed(run, &verdict);
}

static bool dump_all(const struct map_run *run, struct map **maps)
{
    struct verdict verdict;
    for (size_t i = 0; i < run->count; i++)
        if (!map_each(maps[i], print_entry, (void *)(uintptr_t)run, &verdict))
            return failed(run, &verdict);
    return true;
}

static bool open_all(const struct map_run *run, struct map **maps)
{
    struct verdict verdict;
    for (size_t i = 0; i < run->count; i++) {
        maps[i] = map_open(full_spec(run, run->tables[i]), &verdict);
        if (!maps[i])
            return failed(run, &verdict);
        map_take_notes(maps[i], warn, (void *)(uintptr_t)run);
    }
    return true;
}

static bool read_tables(const struct map_run *run, bool *found)
{
    struct map **maps = arena_array(run->arena, run->count, sizeof(struct map *));
    bool good = open_all(run, maps);
    *found = run->job == MAP_DUMP;
    if (good)
        good = run->job == MAP_DUMP ? dump_all(run, maps) : each_key(run, maps, ask_key, found);
    for (size_t i = 0; i < run->count; i++)
        map_close(maps[i]);
    return good;
}

/* --- the command line --- */

static const char usage[] =
    "usage: relais map [-Afijnoprsuvw] [-c directory] [-d key] [-q key] [type:]file ...\n"
    "       postmap [options] [type:]file ...\n"
    "       postalias [options] [type:]file ...\n"
    "       newaliases\n";

/* Options that say which job it is; more than one is a mistake. */
static bool take_job(struct map_run *run, int option, const char *key)
{
    enum map_job job = option == 'i'   ? MAP_ADD
                       : option == 'q' ? MAP_QUERY
                       : option == 'd' ? MAP_DELETE
                                       : MAP_DUMP;
    if (run->job != MAP_MAKE)
        return false;
    run->job = job;
    run->key = key;
    return true;
}

static bool take_option(struct map_run *run, int option)
{
    switch (option) {
    case 'i':
    case 's':
    case 'q':
    case 'd':
        return take_job(run, option, optarg);
    case 'A':
        run->terms.aliases = true;
        return true;
    case 'f':
        run->terms.keep_case = true;
        return true;
    case 'j':
        run->json = true;
        return true;
    case 'o':
        run->keep_privileges = true;
        return true;
    case 'p':
        run->terms.default_access = true;
        return true;
    case 'r':
        run->terms.on_duplicate = DUPLICATE_REPLACES;
        return true;
    case 'w':
        run->terms.on_duplicate = DUPLICATE_IGNORED;
        return true;
    case 'c':
        run->config_directory = optarg;
        return true;
    default: /* -n, -N, -u and -v change nothing here */
        return strchr("nNuv", option) != NULL;
    }
}

static bool read_options(struct map_run *run, int argc, char **argv)
{
    int option;
    optind = 0; /* from the start, whoever read options before */
    while ((option = getopt(argc, argv, "Ac:d:fijnNopq:rsuvw")) != -1)
        if (option == '?' || !take_option(run, option))
            return false;
    run->tables = argv + optind;
    run->count = (size_t)(argc - optind);
    return (run->count > 0 || run->from_parameter) && (!run->json || run->job == MAP_DUMP);
}

static int run_map(struct map_run *run)
{
    bool found = true, good;
    if (run->job == MAP_MAKE || run->job == MAP_ADD) {
        good = make_all(run);
    } else if (run->job == MAP_DELETE) {
        found = false;
        good = each_key(run, NULL, remove_key, &found);
    } else {
        good = read_tables(run, &found);
    }
    if (fflush(stdout) != 0)
        good = false;
    return good && found ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* --- configuration --- */

/* Without a main.cf the rows' defaults count: tables can be made before there is a system. */
static bool load_params(struct map_run *run)
{
    struct complaints complaints;
    const char *directory = run->config_directory ? run->config_directory : getenv("MAIL_CONFIG");
    char path[PATH_ROOM];
    complaints_init(&complaints, run->arena);
    directory = directory ? directory : INSTALLED_CONFIGURATION;
    snprintf(path, sizeof path, "%s/main.cf", directory);
    run->params.default_type = str_of(made_type);
    run->params.alias_database = STR("hash:/etc/aliases");
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return true;
    struct conf *conf = conf_load(directory, rows, run->arena, &complaints);
    conf_load_set(conf, NULL, &map_param_set, run->arena, &complaints, &run->params);
    conf_free(conf);
    for (const struct complaint *one = complaints.first; one; one = one->next)
        if (one->fatal)
            say(run, "fatal", one->text);
    return complaints.fatal_count == 0;
}

/* newaliases: the words of alias_database are the tables. */
static void take_alias_database(struct map_run *run)
{
    struct str rest = run->params.alias_database, item;
    bool broken = false;
    run->tables = arena_array(run->arena, rest.len + 1, sizeof *run->tables);
    run->count = 0;
    while (list_next(&rest, &item, &broken))
        run->tables[run->count++] = (char *)(uintptr_t)arena_cstr(run->arena, item);
}

static int map_main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return EXIT_SUCCESS;
    }
    const char *slash = strrchr(argv[0], '/');
    struct map_run run = {.name = slash ? slash + 1 : argv[0], .arena = arena_create(RUN_ARENA_LIMIT)};
    run.from_parameter = strcmp(run.name, "newaliases") == 0;
    run.terms.aliases = run.from_parameter || strcmp(run.name, "postalias") == 0;
    int status = EXIT_FAILURE;
    if (!read_options(&run, argc, argv)) {
        fputs(usage, stderr);
    } else if (load_params(&run)) {
        if (run.from_parameter)
            take_alias_database(&run);
        status = run_map(&run);
    }
    arena_destroy(run.arena);
    return status;
}

static const char *const also[] = {"postmap", "postalias", "newaliases", NULL};

const struct subcommand subcommand_map = {
    .name = "map", .also = also, .summary = "make, ask, change and list lookup tables", .run = map_main};
