/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Aliases of system users: a name stands for addresses and for :include: files of addresses. What comes out
 * goes back to qmgr, which delivers to it in this recipient's place; a chain that comes back to where it was
 * is found by the list of forwarders that travels along. Files and commands are refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "io/file.h"
#include "local/local.h"
#include "map/alias.h"

enum { EXPANSION_LIMIT = 1000, INCLUDE_DEPTH = 4, INCLUDE_SIZE = 1 << 20 };

struct expanding {
    struct local *local;
    struct str user, domain;
    struct arena *arena;
    struct expansion *expansion;
    unsigned depth; /* of :include: */
};

static bool expand_text(struct expanding *expanding, struct str text, struct verdict *verdict);

static bool add_address(struct expanding *expanding, struct str address, struct verdict *verdict)
{
    struct expansion *expansion = expanding->expansion;
    struct arena *arena = expanding->arena;
    if (str_starts(address, STR("\\")))
        address = str_from(address, 1);
    if (str_find_last(address, '@') == SIZE_MAX)
        address = arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(address), STR_ARG(expanding->domain));
    struct str own =
        arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(expanding->user), STR_ARG(expanding->domain));
    if (str_eq_nocase(address, own)) {
        expansion->self = true;
        return true;
    }
    for (size_t i = 0; i < expansion->list.count; i++) {
        if (str_eq_nocase(expansion->list.at[i], address))
            return true;
    }
    if (expansion->list.count >= EXPANSION_LIMIT)
        return verdict_set(verdict, 554, "4.6", "the alias has more than %d addresses", EXPANSION_LIMIT);
    expansion->list.at[expansion->list.count++] = address;
    return true;
}

/* Lines of addresses; '#' begins a comment line. */
static bool expand_lines(struct expanding *expanding, struct str text, struct verdict *verdict)
{
    struct str line;
    while (str_cut(&text, '\n', &line)) {
        line = str_trim(line);
        if (line.len && line.at[0] != '#' && !expand_text(expanding, line, verdict))
            return false;
    }
    return true;
}

static bool expand_include(struct expanding *expanding, struct str path, struct verdict *verdict)
{
    struct buf text;
    if (expanding->depth >= INCLUDE_DEPTH)
        return verdict_set(verdict, 554, "4.6", "too many :include: files in each other");
    buf_init(&text, INCLUDE_SIZE);
    bool done =
        path.len && path.at[0] == '/' && file_read_whole(AT_FDCWD, arena_cstr(expanding->arena, path), &text);
    int error = path.len && path.at[0] == '/' ? errno : EINVAL;
    if (done) {
        expanding->depth++;
        done = expand_lines(expanding, buf_str(&text), verdict);
        expanding->depth--;
    } else {
        verdict_system(verdict, arena_cstr(expanding->arena, path), error);
    }
    buf_finish(&text);
    return done;
}

static bool expand_text(struct expanding *expanding, struct str text, struct verdict *verdict)
{
    struct alias_item item;
    if (!arena_has_room(expanding->arena, text.len * 2 + 1024))
        return verdict_set(verdict, 451, "3.0", "the alias is too large");
    for (;;) {
        switch (alias_next(&text, expanding->arena, &item)) {
        case ALIAS_END:
            return true;
        case ALIAS_BAD:
            return verdict_set(verdict, 451, "3.5", "the alias has an unbalanced quote or comment");
        case ALIAS_ITEM:
            break;
        }
        if (item.kind == ALIAS_COMMAND || item.kind == ALIAS_FILE)
            return verdict_set(verdict, 550, "7.1", "aliases to %s are not allowed here",
                               item.kind == ALIAS_FILE ? "files" : "commands");
        bool done = item.kind == ALIAS_INCLUDE ? expand_include(expanding, item.text, verdict)
                                               : add_address(expanding, item.text, verdict);
        if (!done)
            return false;
    }
}

bool aliases_expand(struct local *local, struct str user, struct str domain, struct arena *arena,
                    struct expansion *expansion, struct verdict *verdict)
{
    struct str value;
    struct expanding expanding = {local, user, domain, arena, expansion, 0};
    *expansion = (struct expansion){.found = false};
    switch (maps_find(local->alias_maps, user, arena, &value, verdict)) {
    case MAP_NOT_FOUND:
        return true;
    case MAP_ERROR:
        return false;
    case MAP_FOUND:
        break;
    }
    expansion->found = true;
    expansion->list.at = arena_array(arena, EXPANSION_LIMIT, sizeof *expansion->list.at);
    return expand_text(&expanding, value, verdict);
}
