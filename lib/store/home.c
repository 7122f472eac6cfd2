/* SPDX-License-Identifier: BSD-2-Clause */
/* Homes of virtual users: an address becomes a path that cannot climb. */
#include "store/home.h"

/* A part of a path: one that cannot climb, hide or end early. */
static bool is_path_part(struct str part)
{
    bool fine = part.len > 0 && part.len <= 255 && part.at[0] != '.';
    for (size_t i = 0; fine && i < part.len; i++) {
        unsigned char c = (unsigned char)part.at[i];
        fine = c >= 0x20 && c != 0x7f && c != '/' && c != '\\';
    }
    return fine;
}

bool home_make(struct str pattern, struct str user, struct str domain, struct buf *home)
{
    if (!is_path_part(user) || !is_path_part(domain))
        return false;
    for (size_t i = 0; i < pattern.len; i++) {
        char next = pattern.at[i] == '%' && i + 1 < pattern.len ? pattern.at[i + 1] : '\0';
        bool field = next == 'd' || next == 'n' || next == 'u' || next == '%';
        if (!field) {
            buf_add_char(home, pattern.at[i]);
            continue;
        }
        i++;
        if (next == '%')
            buf_add_char(home, '%');
        if (next == 'n' || next == 'u')
            buf_add(home, user);
        if (next == 'u')
            buf_add_char(home, '@');
        if (next == 'd' || next == 'u')
            buf_add(home, domain);
    }
    return !home->over && home->len > 0 && home->at[0] == '/';
}
