/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines of aliases(5) and their destinations. */
#include "map/alias.h"
#include "unit/test.h"

/* Prints the destinations as "A:text C:text F:text I:text". */
static const char *destinations(const char *text)
{
    static char out[1000];
    struct arena *arena = arena_create(64 * 1024);
    struct str rest = str_of(text);
    struct alias_item item;
    enum alias_result result;
    size_t len = 0;
    out[0] = '\0';
    while ((result = alias_next(&rest, arena, &item)) == ALIAS_ITEM)
        len += (size_t)snprintf(out + len, sizeof out - len, "%s%c:" STR_FMT, len ? " " : "",
                                "ACFI"[item.kind], STR_ARG(item.text));
    if (result == ALIAS_BAD)
        snprintf(out + len, sizeof out - len, "%sBAD", len ? " " : "");
    arena_destroy(arena);
    return out;
}

TEST(destinations_are_separated_by_commas)
{
    CHECK_STR(str_of(destinations("a, b@c.d ,e")), "A:a A:b@c.d A:e");
    CHECK_STR(str_of(destinations(" , a,, ")), "A:a");
    CHECK_STR(str_of(destinations("")), "");
}

TEST(commands_files_and_includes_are_known_by_their_first_octets)
{
    CHECK_STR(str_of(destinations("|/bin/prog -x")), "C:/bin/prog -x");
    CHECK_STR(str_of(destinations("\"|/bin/prog a, b\", c")), "C:/bin/prog a, b A:c");
    CHECK_STR(str_of(destinations("|\"/bin/prog \\\"q\\\", b\"")), "C:/bin/prog \"q\", b");
    CHECK_STR(str_of(destinations("/var/mail/x, \"/a b\"")), "F:/var/mail/x F:/a b");
    CHECK_STR(str_of(destinations(":include:/etc/list, :include: \"/a b\"")), "I:/etc/list I:/a b");
    CHECK_STR(str_of(destinations("\\user")), "A:\\user");
}

TEST(addresses_keep_their_quotes_and_lose_their_comments)
{
    CHECK_STR(str_of(destinations("\"a, b\"@c (x, (y)) , d")), "A:\"a, b\"@c A:d");
    CHECK_STR(str_of(destinations("A Name <a@b>, \"N, M\" <c@d>")), "A:a@b A:c@d");
    CHECK_STR(str_of(destinations("(only a comment), a")), "A:a");
}

TEST(what_is_not_closed_is_refused)
{
    CHECK_STR(str_of(destinations("a, \"b")), "A:a BAD");
    CHECK_STR(str_of(destinations("a (b")), "BAD");
    CHECK_STR(str_of(destinations("<a")), "BAD");
    CHECK_STR(str_of(destinations("|")), "BAD");
    CHECK_STR(str_of(destinations("<>")), "BAD");
    CHECK_STR(str_of(destinations("a\\")), "A:a\\");
}

static bool split(const char *line, char *name, char *values)
{
    struct arena *arena = arena_create(64 * 1024);
    struct str n, v;
    const char *why = NULL;
    bool good = alias_split(str_of(line), arena, &n, &v, &why);
    if (good) {
        snprintf(name, 100, STR_FMT, STR_ARG(n));
        snprintf(values, 100, STR_FMT, STR_ARG(v));
    } else {
        CHECK(why != NULL);
    }
    arena_destroy(arena);
    return good;
}

TEST(an_alias_is_a_local_name_a_colon_and_values)
{
    char name[100], values[100];
    CHECK(split("Postmaster: root", name, values));
    CHECK_STR(str_of(name), "postmaster");
    CHECK_STR(str_of(values), "root");
    CHECK(split("\"a: b\" :  c, :include:/d", name, values));
    CHECK_STR(str_of(name), "a: b");
    CHECK_STR(str_of(values), "c, :include:/d");
    CHECK(!split("postmaster root", name, values));
    CHECK(!split("postmaster:", name, values));
    CHECK(!split(": root", name, values));
    CHECK(!split("a@b: root", name, values));
    CHECK(!split("\"\": root", name, values));
    CHECK(!split("\"a: root", name, values));
    CHECK(!split("", name, values));
}
