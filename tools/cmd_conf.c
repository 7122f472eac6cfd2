/* SPDX-License-Identifier: BSD-2-Clause */
/* relais conf, also as postconf: shows and changes main.cf and master.cf. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "conf/registry.h"
#include "io/file.h"
#include "tools/conf_view.h"
#include "tools/subcommand.h"

enum { FILE_LIMIT = 16 * 1024 * 1024, FOLD_COLUMN = 80, SETTINGS = 1000 };

static const char usage[] =
    "usage: relais conf [-dfhHjnpqx] [-c directory] [-C class,...] [-o name=value]... [parameter ...]\n"
    "       relais conf [-e] [-c directory] parameter=value ...\n"
    "       relais conf -# | -X [-c directory] parameter ...\n"
    "       relais conf -M [-f] [-c directory] [service[/type] ...]\n"
    "       relais conf -F | -P [-fhHx] [-c directory] [service[/type[/name]] ...]\n"
    "       relais conf -M | -F | -P -e [-c directory] service/type[/name]=value ...\n"
    "       relais conf -M -# | -MX | -PX [-c directory] service/type[/parameter] ...\n"
    "       relais conf -l | -m\n"
    "\n"
    "  -n  what the files set        -d  defaults            -x  with $names expanded\n"
    "  -h  values only               -H  names only          -f  fold long lines\n"
    "  -e  change in place           -#  comment out         -X  remove\n"
    "  -M  services of master.cf     -F  their fields        -P  their -o parameters\n"
    "  -C  builtin, service, user, all                       -j  a JSON object a line\n"
    "  -m  types of tables           -l  ways to lock        -o  as if main.cf said so\n";

void conf_say(const struct conf_view *view, const char *kind, const char *format, ...)
{
    va_list args;
    fflush(stdout);
    fprintf(stderr, "%s: %s: ", view->name, kind);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

/* --- printing --- */

void conf_print_folded(const struct conf_view *view, struct str text)
{
    struct str word;
    size_t column = 0;
    while (str_word(&text, " \t\r\n", &word)) {
        if (view->folded && column && column + 1 + word.len > FOLD_COLUMN) {
            fputs("\n    ", stdout);
            column = 4;
        } else if (column) {
            putchar(' ');
            column++;
        }
        printf(STR_FMT, STR_ARG(word));
        column += word.len;
    }
    putchar('\n');
}

void conf_print(const struct conf_view *view, struct str name, struct str value)
{
    if (view->json) {
        struct buf line;
        buf_init(&line, FILE_LIMIT);
        buf_add_text(&line, "{\"name\": ");
        json_add_text(&line, name);
        buf_add_text(&line, ", \"value\": ");
        json_add_text(&line, value);
        printf(STR_FMT "}\n", STR_ARG(buf_str(&line)));
        buf_finish(&line);
    } else if (view->no_value) {
        printf(STR_FMT "\n", STR_ARG(name));
    } else if (view->no_name) {
        conf_print_folded(view, value);
    } else {
        struct buf line;
        buf_init(&line, FILE_LIMIT);
        buf_printf(&line, STR_FMT " = " STR_FMT, STR_ARG(name), STR_ARG(value));
        if (value.len)
            conf_print_folded(view, buf_str(&line));
        else
            printf(STR_FMT " =\n", STR_ARG(name));
        buf_finish(&line);
    }
}

/* --- files --- */

bool conf_file_read(const struct conf_view *view, const char *file, struct buf *text)
{
    const char *path = arena_printf(view->arena, "%s/%s", view->directory, file).at;
    buf_init(text, FILE_LIMIT);
    if (file_read_whole(AT_FDCWD, path, text))
        return true;
    conf_say(view, "fatal", "%s: %s", path, strerror(errno));
    return false;
}

bool conf_file_write(const struct conf_view *view, const char *file, const struct buf *text)
{
    const char *path = arena_printf(view->arena, "%s/%s", view->directory, file).at;
    struct stat st;
    mode_t mode = stat(path, &st) == 0 ? st.st_mode & 07777 : 0644;
    if (!text->over && file_replace(AT_FDCWD, path, buf_str(text), mode))
        return true;
    conf_say(view, "fatal", "%s: %s", path, text->over ? "too large" : strerror(errno));
    return false;
}

/* --- the command line --- */

static bool take_classes(struct conf_view *view, const char *text)
{
    static const struct {
        const char *name;
        unsigned bits;
    } classes[] = {
        {"builtin", CONF_BUILTIN}, {"service", CONF_SERVICE}, {"user", CONF_USER}, {"all", CONF_ALL}};
    struct str rest = str_of(text), word;
    while (str_word(&rest, ", \t", &word)) {
        unsigned bits = 0;
        for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
            if (str_eq(word, str_of(classes[i].name)))
                bits = classes[i].bits;
        if (!bits)
            return false;
        view->classes |= bits;
    }
    return view->classes != 0;
}

static bool take_subject(struct conf_view *view, int option)
{
    enum conf_subject subject = option == 'M'   ? CONF_SERVICES
                                : option == 'F' ? CONF_FIELDS
                                : option == 'P' ? CONF_OVERRIDES
                                : option == 'm' ? CONF_MAP_TYPES
                                                : CONF_LOCKS;
    if (view->subject != CONF_PARAMETERS && view->subject != subject)
        return false;
    view->subject = subject;
    return true;
}

static bool take_action(struct conf_view *view, int option)
{
    enum conf_action action = option == 'e' ? CONF_SET : option == '#' ? CONF_COMMENT : CONF_REMOVE;
    if (view->action != CONF_SHOW && view->action != action)
        return false;
    view->action = action;
    return true;
}

static bool take_flag(struct conf_view *view, int option)
{
    bool *const flags[] = {&view->only_set, &view->defaults, &view->expanded, &view->no_name,
                           &view->no_value, &view->folded,   &view->json,     &view->quiet};
    const char *at = strchr("ndxhHfjq", option);
    if (at)
        *flags[at - "ndxhHfjq"] = true;
    return at || option == 'p' || option == 'v';
}

/* What postconf takes together. */
static bool fits_together(const struct conf_view *view)
{
    bool of_services =
        view->subject == CONF_SERVICES || view->subject == CONF_FIELDS || view->subject == CONF_OVERRIDES;
    bool names_or_values = view->no_name || view->no_value;
    return !(view->only_set && view->defaults) && !(view->no_name && view->no_value) &&
           !(of_services && (view->only_set || view->defaults)) &&
           !(view->subject == CONF_SERVICES && names_or_values);
}

struct settings {
    const char *at[SETTINGS];
    size_t count;
};

static bool read_options(struct conf_view *view, struct settings *settings, int argc, char **argv)
{
    int option;
    optind = 0; /* begins anew, also within a word */
    while ((option = getopt(argc, argv, "c:C:deEfFhHjlmMno:pPqvxX#")) != -1) {
        bool good;
        if (option == 'c')
            good = (view->directory = optarg);
        else if (option == 'C')
            good = take_classes(view, optarg);
        else if (option == 'o')
            good = settings->count < SETTINGS && (settings->at[settings->count++] = optarg);
        else if (strchr("MFPml", option))
            good = take_subject(view, option);
        else if (strchr("eX#", option))
            good = take_action(view, option);
        else
            good = option != '?' && take_flag(view, option);
        if (!good)
            return false;
    }
    view->words = argv + optind;
    view->word_count = (size_t)(argc - optind);
    return fits_together(view);
}

/* name=value without -e sets too. */
static void infer_action(struct conf_view *view)
{
    if (view->action == CONF_SHOW && view->word_count && strchr(view->words[0], '='))
        view->action = CONF_SET;
}

static bool apply_settings(struct conf_view *view, const struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        struct str value = str_of(settings->at[i]), name;
        str_cut(&value, '=', &name);
        if (!value.at) {
            conf_say(view, "fatal", "-o %s: not name=value", settings->at[i]);
            return false;
        }
        conf_set(view->conf, arena_copy(view->arena, str_trim(name)),
                 arena_copy(view->arena, str_trim(value)));
    }
    return true;
}

static bool print_list(const char *const *names)
{
    while (*names)
        puts(*names++);
    return true;
}

/* One who changes waits for another, so that neither loses what the other did. The lock goes with the
 * descriptor; -1 when there is no such directory. */
static int lock_directory(const struct conf_view *view)
{
    int fd = open(view->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && flock(fd, LOCK_EX) == 0)
        return fd;
    conf_say(view, "fatal", "%s: %s", view->directory, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool edit(struct conf_view *view)
{
    int lock = lock_directory(view);
    bool good =
        lock >= 0 && (view->subject == CONF_PARAMETERS ? conf_main_edit(view) : conf_master_edit(view));
    if (lock >= 0)
        close(lock);
    return good;
}

static bool run_view(struct conf_view *view)
{
    static const char *const locks[] = {"fcntl", "dotlock", NULL};
    static const char *const types[] = {
#define MAP_TYPE(name)        #name,
#define MAP_NAME(other, name) #other,
#include "map/types.def"
#undef MAP_TYPE
#undef MAP_NAME
        NULL};
    if (view->subject == CONF_MAP_TYPES || view->subject == CONF_LOCKS)
        return print_list(view->subject == CONF_LOCKS ? locks : types);
    if (view->action != CONF_SHOW)
        return edit(view);
    return view->subject == CONF_PARAMETERS ? conf_main_show(view) : conf_master_show(view);
}

static int conf_main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');
    struct settings settings = {.count = 0};
    struct conf_view view = {.name = slash ? slash + 1 : argv[0]};
    bool help = argc == 2 && strcmp(argv[1], "--help") == 0;
    if (help || !read_options(&view, &settings, argc, argv)) {
        fputs(usage, help ? stdout : stderr);
        return help ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    view.arena = arena_create(CONFIGURATION_MEMORY);
    view.named = view.directory || getenv("MAIL_CONFIG");
    view.directory = configuration_directory(view.directory, view.arena);
    complaints_init(&view.complaints, view.arena);
    infer_action(&view);
    view.conf = conf_load(view.directory, all_param_sets, view.arena, &view.complaints);
    bool good = view.complaints.fatal_count == 0 || view.action != CONF_SHOW || view.defaults;
    if (!good)
        complaints_print(&view.complaints, view.name, false);
    good = good && apply_settings(&view, &settings) && run_view(&view);
    conf_free(view.conf);
    arena_destroy(view.arena);
    return fflush(stdout) == 0 && good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static const char *const also[] = {"postconf", NULL};

const struct subcommand subcommand_conf = {
    .name = "conf", .also = also, .summary = "show and change main.cf and master.cf", .run = conf_main};
