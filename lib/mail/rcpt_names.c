/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of one recipient. */
#include "mail/rcpt_names.h"

#include "conf/expand.h"

enum { VALUE_LIMIT = 8192 };

struct lookup {
    const struct rcpt_names *names;
    struct arena *arena;
};

struct str rcpt_names_filter(struct str value, struct str allowed, struct arena *arena)
{
    if (allowed.len == 0)
        return value;
    char *clean = arena_get(arena, value.len + 1);
    for (size_t i = 0; i < value.len; i++)
        clean[i] = str_contains(allowed, value.at[i]) ? value.at[i] : '_';
    return str_make(clean, value.len);
}

/* A value is expanded in turn: its own '$' stays one as "$$". */
static struct str protect(struct str value, struct arena *arena)
{
    size_t len = 0;
    char *at = arena_get(arena, 2 * value.len + 1);
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] == '$')
            at[len++] = '$';
        at[len++] = value.at[i];
    }
    return str_make(at, len);
}

static bool look_up(void *context, struct str name, struct str *raw)
{
    const struct lookup *lookup = context;
    const struct rcpt_names *names = lookup->names;
    const struct {
        const char *name;
        struct str value;
    } known[] = {
        {"user", names->user},           {"home", names->home},
        {"shell", names->shell},         {"recipient", names->recipient},
        {"local", names->local},         {"domain", names->domain},
        {"extension", names->extension}, {"recipient_delimiter", names->delimiter},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_eq(name, str_of(known[i].name)) && known[i].value.len) {
            *raw = protect(rcpt_names_filter(known[i].value, names->allowed, lookup->arena), lookup->arena);
            return true;
        }
    return false;
}

bool rcpt_names_expand(const struct rcpt_names *names, struct str raw, struct arena *arena, struct str *value,
                       struct verdict *verdict)
{
    struct lookup lookup = {names, arena};
    struct expand expand = {.lookup = look_up, .context = &lookup};
    struct buf out;
    buf_init(&out, VALUE_LIMIT);
    bool done = expand_text(&expand, raw, &out);
    if (done)
        *value = arena_copy(arena, buf_str(&out));
    else
        verdict_set(verdict, 451, "3.5", "%s", expand.error);
    buf_finish(&out);
    return done;
}
