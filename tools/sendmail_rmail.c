/* SPDX-License-Identifier: BSD-2-Clause */
/* RFC 976 2.4: each host that a message passes by UUCP puts a line in front. */
#include "tools/sendmail_rmail.h"

#include "base/buf.h"

enum { PATH_LIMIT = 1000 };

/* Takes "From user date remote from host" apart; false when the line is none. The host may be missing. */
static bool read_from_line(struct str line, struct str *user, struct str *host)
{
    struct str word, before = STR("");
    *host = STR("");
    while (str_starts(line, STR(">")))
        line = str_from(line, 1);
    if (!str_starts(line, STR("From ")) || !str_word(&line, " \t", &word) || !str_word(&line, " \t", user))
        return false;
    while (str_word(&line, " \t\r", &word)) {
        bool names_host = str_eq(before, STR("remote")) && str_eq(word, STR("from"));
        before = word;
        if (names_host && !str_word(&line, " \t\r", host))
            *host = STR("");
    }
    return true;
}

/* first!rest is rest@first. */
static struct str from_path(struct str path, struct arena *arena)
{
    struct str first, rest = path;
    if (str_contains(path, '@') || !str_contains(path, '!') || !str_cut(&rest, '!', &first))
        return arena_copy(arena, path);
    return arena_printf(arena, STR_FMT "@" STR_FMT, STR_ARG(rest), STR_ARG(first));
}

struct str rmail_sender(struct str message, struct arena *arena)
{
    struct str line, user, host, last = STR("");
    struct buf path;
    buf_init(&path, PATH_LIMIT);
    while (message.len && str_cut(&message, '\n', &line) && read_from_line(line, &user, &host)) {
        last = user;
        if (host.len)
            buf_printf(&path, STR_FMT "!", STR_ARG(host));
    }
    if (str_contains(last, '@'))
        buf_clear(&path);
    buf_add(&path, last);
    struct str sender = path.over ? STR("") : from_path(buf_str(&path), arena);
    buf_finish(&path);
    return sender;
}
