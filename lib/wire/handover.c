/* SPDX-License-Identifier: BSD-2-Clause */
/* The two parts of a session's hand-over: see the header. */
#include "wire/handover.h"

#include <sys/stat.h>
#include <unistd.h>
#include "base/cursor.h"

bool handover_join(struct str account, struct str session, struct buf *out)
{
    put_text(out, account);
    put_text(out, session);
    return !out->over;
}

static bool read_whole(int fd, struct arena *arena, struct str *bytes)
{
    struct stat about;
    if (fstat(fd, &about) != 0 || about.st_size <= 0 || about.st_size > HANDOVER_LIMIT)
        return false;
    size_t size = (size_t)about.st_size;
    char *at = arena_try_get(arena, size);
    if (!at || pread(fd, at, size, 0) != (ssize_t)size)
        return false;
    *bytes = str_make(at, size);
    return true;
}

bool handover_read(int fd, struct arena *arena, struct account *account, struct session *session)
{
    struct str bytes;
    if (!read_whole(fd, arena, &bytes))
        return false;
    struct cursor cursor = cursor_over(bytes);
    struct str first = cursor_text(&cursor), second = cursor_text(&cursor);
    if (!cursor_done(&cursor) || !wire_decode(&account_message, first, arena, account) ||
        !wire_decode(&session_message, second, arena, session))
        return false;
    if (account->user.len == 0 || account->home.len == 0 || account->home.at[0] != '/')
        return false;
    session->user = account->user;
    session->home = account->home;
    session->quota = account->quota;
    return true;
}
