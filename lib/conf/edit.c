/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical lines are gathered to logical ones by the rules of conf/file.h, and written out again one by one.
 */
#include "conf/edit.h"

#include "conf/file.h"

enum { LINE_LIMIT = 16 * 1024 * 1024 };

static bool says_nothing(struct str line)
{
    line = str_trim(line);
    return line.len == 0 || line.at[0] == '#';
}

static bool continues(struct str line)
{
    return !says_nothing(line) && char_is_space(line.at[0]);
}

static bool take_physical(struct str *rest, struct str *line)
{
    if (rest->len == 0)
        return false;
    return str_cut(rest, '\n', line);
}

/* The physical lines of one logical line, up to its last continuation. */
static struct str take_logical(struct str *rest)
{
    struct str all = *rest, line, ahead;
    take_physical(rest, &line);
    size_t len = all.len - rest->len;
    for (ahead = *rest; take_physical(&ahead, &line);) {
        if (continues(line)) {
            *rest = ahead;
            len = all.len - rest->len;
        } else if (!says_nothing(line)) {
            break;
        }
    }
    return str_sub(all, 0, len);
}

static bool join(struct str physical, struct buf *joined)
{
    struct str line;
    buf_clear(joined);
    while (take_physical(&physical, &line)) {
        if (line.len && line.at[line.len - 1] == '\r')
            line.len--;
        if (!says_nothing(line))
            buf_add(joined, line);
    }
    return !joined->over;
}

static void put_line(struct buf *out, const char *before, struct str line)
{
    buf_add_text(out, before);
    buf_add(out, line);
    buf_add_char(out, '\n');
}

/* All but what is kept: comments within stay in any case. */
static void put_changed(struct str physical, enum conf_edit_verb verb, const struct buf *replacement,
                        struct buf *out)
{
    struct str line;
    if (verb == CONF_EDIT_REPLACE)
        put_line(out, "", buf_str(replacement));
    while (take_physical(&physical, &line)) {
        if (says_nothing(line))
            put_line(out, "", line);
        else if (verb == CONF_EDIT_COMMENT_OUT)
            put_line(out, "#", line);
    }
}

bool conf_edit(struct str text, conf_edit_fn *fn, void *arg, struct buf *out)
{
    struct buf joined, replacement;
    struct str ahead, line;
    buf_init(&joined, LINE_LIMIT);
    buf_init(&replacement, LINE_LIMIT);
    bool good = true;
    for (ahead = text; good && take_physical(&ahead, &line); ahead = text) {
        if (says_nothing(line) || continues(line)) {
            put_line(out, "", line);
            text = ahead;
            continue;
        }
        struct str physical = take_logical(&text);
        buf_clear(&replacement);
        good = join(physical, &joined);
        enum conf_edit_verb verb = good ? fn(arg, buf_str(&joined), &replacement) : CONF_EDIT_KEEP;
        if (verb != CONF_EDIT_KEEP)
            put_changed(physical, verb, &replacement, out);
        else if (str_ends(physical, STR("\n")))
            buf_add(out, physical);
        else
            put_line(out, "", physical);
        good = good && !replacement.over && !out->over;
    }
    buf_finish(&joined);
    buf_finish(&replacement);
    return good && !out->over;
}

/* --- main.cf --- */

struct main_edit {
    struct conf_change *changes;
    size_t count;
};

static enum conf_edit_verb edit_setting(void *arg, struct str line, struct buf *replacement)
{
    struct main_edit *edit = arg;
    struct str name, value;
    if (!conf_line_split(line, &name, &value))
        return CONF_EDIT_KEEP;
    for (size_t i = 0; i < edit->count; i++) {
        struct conf_change *change = &edit->changes[i];
        if (!str_eq(change->name, name))
            continue;
        if (change->verb == CONF_EDIT_REPLACE && change->found)
            return CONF_EDIT_DELETE;
        change->found = true;
        buf_printf(replacement, STR_FMT " = " STR_FMT, STR_ARG(change->name), STR_ARG(change->value));
        return change->verb;
    }
    return CONF_EDIT_KEEP;
}

bool conf_edit_main(struct str text, struct conf_change *changes, size_t count, struct buf *out)
{
    struct main_edit edit = {changes, count};
    for (size_t i = 0; i < count; i++)
        changes[i].found = false;
    bool good = conf_edit(text, edit_setting, &edit, out);
    for (size_t i = 0; good && i < count; i++)
        if (!changes[i].found && changes[i].verb == CONF_EDIT_REPLACE)
            good = buf_printf(out, STR_FMT " = " STR_FMT "\n", STR_ARG(changes[i].name),
                              STR_ARG(changes[i].value));
    return good;
}
