/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address lists of header fields (RFC 5322 3.4, obsolete forms 4.4), as strangers write them. One pass:
 * tokens go into a text that is being gathered, and the special characters < > @ , : ; decide what the text
 * was. There is no way back and no recursion, so the work is linear whatever comes.
 */
#include "mail/header.h"

#include <string.h>

/* Where in an address we are. */
enum place {
    IN_WORDS,  /* a display name, a group's name or a local part: what follows will tell */
    IN_ROUTE,  /* behind "<@" */
    IN_LOCAL,  /* behind '<' */
    IN_DOMAIN, /* behind '@' */
    IN_DONE,   /* behind '>': until ',' */
};

struct gather {
    struct arena *arena;
    struct header_addresses *list;
    size_t room; /* of list->at */
    char *text;  /* what is being gathered; in the arena, as large as the value */
    size_t used;
    size_t from;   /* where the current text begins in `text` */
    char *remarks; /* texts of comments; in the arena, as large as the value */
    size_t remarked;
    bool blank; /* a blank goes before the next word of a phrase */
    bool angle; /* inside <> */
    bool group;
    enum place place;
    struct header_address now;
    struct str comment;
};

static struct str gathered(const struct gather *g)
{
    return str_make(g->text + g->from, g->used - g->from);
}

static struct str take_gathered(struct gather *g)
{
    struct str text = gathered(g);
    g->from = g->used;
    g->blank = false;
    return text;
}

static void add_char(struct gather *g, char c)
{
    g->text[g->used++] = c;
}

/* Only a phrase has blanks; local part and domain are atoms with dots. Between two words there was at least
 * one octet, so the text never outgrows the value. */
static void before_word(struct gather *g)
{
    if (g->blank && g->place == IN_WORDS && g->used > g->from)
        add_char(g, ' ');
    g->blank = false;
}

static bool make_room(struct gather *g)
{
    struct header_addresses *list = g->list;
    if (list->count < g->room)
        return true;
    size_t room = g->room ? g->room * 2 : 4;
    struct header_address *at =
        list->count < HEADER_ADDRESS_LIMIT ? arena_try_get(g->arena, room * sizeof *at) : NULL;
    if (!at) {
        list->cut = true;
        return false;
    }
    if (list->count)
        memcpy(at, list->at, list->count * sizeof *at);
    list->at = at;
    g->room = room;
    return true;
}

static void emit(struct gather *g, struct header_address address)
{
    if (g->list->count < HEADER_ADDRESS_LIMIT && make_room(g))
        g->list->at[g->list->count++] = address;
    else
        g->list->cut = true;
}

/* The address so far is complete, if there was one. */
static void end_address(struct gather *g)
{
    struct str text = take_gathered(g);
    bool any = text.len || g->now.mailbox.len || g->now.host.len || g->now.name.len;
    if (g->place == IN_DOMAIN)
        g->now.host = text;
    else if (g->place != IN_DONE)
        g->now.mailbox = text;
    if (!g->now.name.len)
        g->now.name = g->comment;
    if (any)
        emit(g, g->now);
    g->now = (struct header_address){0};
    g->comment = (struct str){NULL, 0};
    g->place = IN_WORDS;
    g->angle = false;
}

static void end_group(struct gather *g)
{
    if (g->group)
        emit(g, (struct header_address){.kind = HEADER_GROUP_END});
    g->group = false;
}

/* --- tokens that are more than one octet; each returns the octets it took --- */

static size_t quoted_string(struct gather *g, struct str s)
{
    size_t at = 1;
    before_word(g);
    for (; at < s.len && s.at[at] != '"'; at++) {
        if (s.at[at] == '\\' && at + 1 < s.len)
            at++;
        if (s.at[at] != '\r' && s.at[at] != '\n' && s.at[at] != '\0')
            add_char(g, s.at[at]);
    }
    return at < s.len ? at + 1 : s.len;
}

/* A comment's text is kept: behind an address without display name it stands for one. One that does not end,
 * or is nested too deep, ends the value. */
static size_t comment(struct gather *g, struct str s)
{
    size_t at = 0, depth = 0, start = g->remarked;
    for (; at < s.len; at++) {
        char c = s.at[at];
        if (c == '(' && ++depth > HEADER_COMMENT_DEPTH)
            return s.len;
        if (c == ')' && --depth == 0)
            break;
        if (c == '\\' && at + 1 < s.len)
            c = s.at[++at];
        if (at && c != '\r' && c != '\n' && c != '\0')
            g->remarks[g->remarked++] = c;
    }
    g->comment = str_trim(str_make(g->remarks + start, g->remarked - start));
    return at < s.len ? at + 1 : s.len;
}

/* A domain literal, to its bracket. */
static size_t literal(struct gather *g, struct str s)
{
    size_t close = str_find(s, ']');
    size_t len = close == SIZE_MAX ? s.len : close + 1;
    for (size_t i = 0; i < len; i++)
        if (!char_is_space(s.at[i]) && s.at[i])
            add_char(g, s.at[i]);
    return len;
}

/* --- special characters --- */

static void open_angle(struct gather *g)
{
    if (g->angle || g->place == IN_DONE)
        return;
    struct str name = take_gathered(g);
    if (g->place == IN_WORDS)
        g->now.name = name;
    g->angle = true;
    g->place = IN_LOCAL;
}

static void close_angle(struct gather *g)
{
    if (!g->angle)
        return;
    struct str text = take_gathered(g);
    if (g->place == IN_DOMAIN)
        g->now.host = text;
    else if (g->place == IN_ROUTE)
        g->now.route = text;
    else
        g->now.mailbox = text;
    g->angle = false;
    g->place = IN_DONE;
}

/* "a@b@c": what mail systems take is the last domain, so what was taken for one is local part. It lies right
 * behind that in the text. */
static void extend_local(struct gather *g)
{
    char *domain = g->text + g->from;
    size_t len = gathered(g).len;
    memmove(domain + 1, domain, len);
    *domain = '@';
    g->used++;
    g->from = g->used;
    g->now.mailbox.len += len + 1;
}

static void at_sign(struct gather *g)
{
    bool starts = gathered(g).len == 0;
    if (g->place == IN_ROUTE || (g->place == IN_LOCAL && starts)) {
        g->place = IN_ROUTE;
        add_char(g, '@');
    } else if (g->place == IN_WORDS || g->place == IN_LOCAL) {
        g->now.mailbox = take_gathered(g);
        g->place = IN_DOMAIN;
    } else if (g->place == IN_DOMAIN) {
        extend_local(g);
    }
}

static void colon(struct gather *g)
{
    if (g->place == IN_ROUTE) {
        g->now.route = take_gathered(g);
        g->place = IN_LOCAL;
    } else if (g->place == IN_WORDS && !g->group) {
        emit(g, (struct header_address){.kind = HEADER_GROUP, .mailbox = take_gathered(g)});
        g->comment = (struct str){NULL, 0};
        g->group = true;
    }
}

static void special(struct gather *g, char c)
{
    switch (c) {
    case '<':
        open_angle(g);
        break;
    case '>':
        close_angle(g);
        break;
    case '@':
        at_sign(g);
        break;
    case ':':
        colon(g);
        break;
    case ',':
        if (g->place == IN_ROUTE)
            add_char(g, c);
        else
            end_address(g);
        break;
    case ';':
        end_address(g);
        end_group(g);
        break;
    }
}

static size_t token(struct gather *g, struct str s)
{
    char c = s.at[0];
    if (c == '"' && g->place != IN_DONE)
        return quoted_string(g, s);
    if (c == '(')
        return comment(g, s);
    if (c == '[' && g->place == IN_DOMAIN)
        return literal(g, s);
    if (char_is_space(c) || c == '\0')
        g->blank = true;
    else if (strchr("<>@,:;", c))
        special(g, c);
    else if (g->place != IN_DONE) {
        before_word(g);
        add_char(g, c);
    }
    return 1;
}

void header_addresses(struct str value, struct arena *arena, struct header_addresses *list)
{
    struct str rest = str_sub(value, 0, HEADER_LIMIT);
    struct gather g = {.arena = arena, .list = list};
    *list = (struct header_addresses){0};
    g.text = arena_try_get(arena, rest.len + 1);
    g.remarks = arena_try_get(arena, rest.len + 1);
    if (!g.text || !g.remarks) {
        list->cut = true;
        return;
    }
    while (rest.len && !list->cut)
        rest = str_from(rest, token(&g, rest));
    end_address(&g);
    end_group(&g);
}
