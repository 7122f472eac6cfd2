/* SPDX-License-Identifier: BSD-2-Clause */
/* Eight fields and a command. */
#include "conf/master_cf.h"

#include "conf/file.h"

enum { SERVICE_LIMIT = 1000, OPTION_LIMIT = 200 };

struct reading {
    const char *file;
    size_t line;
    struct arena *arena;
    struct complaints *complaints;
};

/* The next word, or "{ ... }" without its braces and the blanks inside them. */
static bool take_word(struct str *rest, struct str *word)
{
    struct str s = str_trim(*rest);
    size_t depth = 0, end = 0;
    if (s.len == 0)
        return false;
    if (s.at[0] != '{') {
        while (end < s.len && !char_is_space(s.at[end]))
            end++;
        *word = str_sub(s, 0, end);
    } else {
        do {
            depth += s.at[end] == '{';
            depth -= s.at[end] == '}';
            end++;
        } while (end < s.len && depth);
        if (depth)
            return false;
        *word = str_trim(str_sub(s, 1, end - 2));
    }
    *rest = str_from(s, end);
    return true;
}

const struct str *service_option(const struct service *service, struct str name)
{
    for (size_t i = service->option_count; i > 0; i--)
        if (str_eq(service->options[i - 1].name, name))
            return &service->options[i - 1].value;
    return NULL;
}

static const char *const type_names[] = {[SERVICE_INET] = "inet",
                                         [SERVICE_UNIX] = "unix",
                                         [SERVICE_PASS] = "pass",
                                         [SERVICE_FIFO] = "fifo",
                                         [SERVICE_DATAGRAM] = "unix-dgram"};

const char *service_type_name(enum service_type type)
{
    return type_names[type];
}

static void read_type(const struct reading *reading, struct str word, struct service *service)
{
    for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++) {
        if (!str_eq(word, str_of(type_names[i])))
            continue;
        service->type = (enum service_type)i;
        return;
    }
    complain(reading->complaints, true, "%s, line %zu: bad transport type: " STR_FMT, reading->file,
             reading->line, STR_ARG(word));
}

static bool read_flag(const struct reading *reading, struct str word, const char *field, bool fallback)
{
    if (str_eq(word, STR("-")))
        return fallback;
    if (!str_eq(word, STR("y")) && !str_eq(word, STR("n")))
        complain(reading->complaints, true, "%s, line %zu: field \"%s\" must be y, n or -: " STR_FMT,
                 reading->file, reading->line, field, STR_ARG(word));
    return str_eq(word, STR("y"));
}

static int64_t read_number(const struct reading *reading, struct str word, const char *field)
{
    uint64_t number;
    if (str_eq(word, STR("-")))
        return -1;
    if (str_ends(word, STR("?")))
        word.len--;
    if (!str_to_u64(word, &number) || number > 1000000) {
        complain(reading->complaints, true, "%s, line %zu: field \"%s\" must be a number or -: " STR_FMT,
                 reading->file, reading->line, field, STR_ARG(word));
        return -1;
    }
    return (int64_t)number;
}

static void add_option(const struct reading *reading, struct str text, struct service *service)
{
    struct str name, value;
    if (!conf_line_split(text, &name, &value) || service->option_count == OPTION_LIMIT) {
        complain(reading->complaints, true, "%s, line %zu: not name=value: -o " STR_FMT, reading->file,
                 reading->line, STR_ARG(text));
        return;
    }
    if (!service->options)
        service->options = arena_array(reading->arena, OPTION_LIMIT, sizeof *service->options);
    service->options[service->option_count++] =
        (struct service_option){arena_copy(reading->arena, name), arena_copy(reading->arena, value)};
}

/* Options come first; at the first word that is none, the program's own arguments begin. */
static void read_arguments(const struct reading *reading, struct str rest, struct service *service)
{
    struct str word, ahead = str_trim(rest);
    while (take_word(&rest, &word) && str_starts(word, STR("-"))) {
        if (str_eq(word, STR("-o"))) {
            if (take_word(&rest, &word))
                add_option(reading, word, service);
            else
                complain(reading->complaints, true, "%s, line %zu: -o without name=value", reading->file,
                         reading->line);
        } else if (str_starts(word, STR("-o"))) {
            add_option(reading, str_from(word, 2), service);
        } else if (!str_eq(word, STR("-v")) && !str_eq(word, STR("-D"))) {
            complain(reading->complaints, false, "%s, line %zu: option without meaning here: " STR_FMT,
                     reading->file, reading->line, STR_ARG(word));
        }
        ahead = str_trim(rest);
    }
    service->arguments = arena_copy(reading->arena, ahead);
}

static bool read_service(const struct reading *reading, struct str line, struct service *service)
{
    struct str fields[8], rest = line;
    for (size_t i = 0; i < 8; i++) {
        if (take_word(&rest, &fields[i]))
            continue;
        complain(reading->complaints, true, "%s, line %zu: fewer than eight fields", reading->file,
                 reading->line);
        return false;
    }
    *service = (struct service){.name = arena_copy(reading->arena, fields[0]),
                                .program = arena_copy(reading->arena, fields[7]),
                                .line = reading->line};
    read_type(reading, fields[1], service);
    service->private = read_flag(reading, fields[2], "private", service->type != SERVICE_INET);
    read_flag(reading, fields[3], "unprivileged", true);
    read_flag(reading, fields[4], "chroot", false);
    read_number(reading, fields[5], "wakeup");
    service->maxproc = read_number(reading, fields[6], "process limit");
    if (service->type == SERVICE_INET && service->private)
        complain(reading->complaints, true, "%s, line %zu: an inet service cannot be private", reading->file,
                 reading->line);
    read_arguments(reading, rest, service);
    return true;
}

static void add_service(const struct reading *reading, struct services *services,
                        const struct service *service)
{
    for (size_t i = 0; i < services->count; i++) {
        if (!str_eq(services->at[i].name, service->name) || services->at[i].type != service->type)
            continue;
        complain(reading->complaints, false, "%s, line %zu: replaces the earlier entry for " STR_FMT,
                 reading->file, reading->line, STR_ARG(service->name));
        services->at[i] = *service;
        return;
    }
    if (services->count == SERVICE_LIMIT)
        complain(reading->complaints, true, "%s: more than %d services", reading->file, (int)SERVICE_LIMIT);
    else
        services->at[services->count++] = *service;
}

void master_cf_read(const char *file, struct str text, struct arena *arena, struct complaints *complaints,
                    struct services *services)
{
    struct reading reading = {.file = file, .arena = arena, .complaints = complaints};
    struct conf_lines lines;
    struct str line;
    services->count = 0;
    services->at = arena_array(arena, SERVICE_LIMIT, sizeof *services->at);
    conf_lines_start(&lines, file, text, complaints);
    while (conf_lines_next(&lines, &line, &reading.line)) {
        struct service service;
        if (read_service(&reading, line, &service))
            add_service(&reading, services, &service);
    }
    conf_lines_finish(&lines);
}
