/* SPDX-License-Identifier: BSD-2-Clause */
/* relais map as a command: its exit statuses, and what it leaves behind. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "map/map.h"
#include "tools/subcommand.h"
#include "unit/test.h"

extern const struct subcommand subcommand_map;

enum { WORDS = 12 };

/* Runs "name options", where % stands for the test's directory; what it prints goes nowhere. */
static int run(const char *line)
{
    static char words[WORDS][300];
    char *argv[WORDS + 1];
    struct str rest = str_of(line), word;
    int argc = 0;
    while (argc < WORDS && str_word(&rest, " ", &word)) {
        size_t percent = str_find(word, '%');
        if (percent == SIZE_MAX)
            snprintf(words[argc], sizeof words[argc], STR_FMT, STR_ARG(word));
        else
            snprintf(words[argc], sizeof words[argc], "%.*s%s%.*s", (int)percent, word.at, test_directory(),
                     (int)(word.len - percent - 1), word.at + percent + 1);
        argv[argc] = words[argc];
        argc++;
    }
    argv[argc] = NULL;
    fflush(stdout);
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO), nowhere = open("/dev/null", O_RDWR);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    int status = subcommand_map.run(argc, argv);
    fflush(stdout);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out), close(err), close(nowhere);
    return status;
}

static void write_text(const char *name, const char *text)
{
    char path[200];
    setenv("MAIL_CONFIG", "/nonexistent", 1);
    snprintf(path, sizeof path, "%s/%s", test_directory(), name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

/* Puts the text on standard input for the next run. */
static void give_input(const char *text)
{
    char path[200];
    write_text("input", text);
    snprintf(path, sizeof path, "%s/input", test_directory());
    if (!freopen(path, "r", stdin))
        abort();
}

TEST(a_query_tells_by_its_status_whether_the_key_is_there)
{
    write_text("a", "Key value\n");
    CHECK_INT(run("map hash:%/a"), 0);
    CHECK_INT(run("map -q KEY hash:%/a"), 0);
    CHECK_INT(run("postmap -q other %/a"), 1);
    CHECK_INT(run("postmap -q other %/a static:all"), 0);
    CHECK_INT(run("postmap -q key hash:%/missing static:all"), 1);
    give_input("x\nkey\n");
    CHECK_INT(run("postmap -q - %/a"), 0);
    give_input("x\n");
    CHECK_INT(run("postmap -q - %/a"), 1);
}

TEST(entries_are_added_and_removed)
{
    write_text("b", "one 1\n");
    CHECK_INT(run("postmap %/b"), 0);
    give_input("two 2\none 9\n");
    CHECK_INT(run("postmap -i %/b"), 0);
    CHECK_INT(run("postmap -q two %/b"), 0);
    CHECK_INT(run("postmap -d ONE %/b"), 0);
    CHECK_INT(run("postmap -d one %/b"), 1);
    CHECK_INT(run("postmap -q one %/b"), 1);
    give_input("new 1\n");
    CHECK_INT(run("postmap -i %/made-by-adding"), 0);
    CHECK_INT(run("postmap -q new %/made-by-adding"), 0);
}

TEST(aliases_are_made_by_postalias_and_newaliases)
{
    char text[300];
    write_text("aliases", "Root: admin@example.com\n");
    CHECK_INT(run("postalias %/aliases"), 0);
    CHECK_INT(run("postalias -q root %/aliases"), 0);
    snprintf(text, sizeof text, "alias_database = hash:%s/second\n", test_directory());
    write_text("second", "name: value\n");
    write_text("main.cf", text);
    CHECK_INT(run("newaliases -c %"), 0);
    CHECK_INT(run("postalias -q name %/second"), 0);
    write_text("main.cf", "alias_database = hash:/nonexistent/file\n");
    CHECK_INT(run("newaliases -c %"), 1);
}

TEST(mistakes_on_the_command_line_are_refused)
{
    CHECK_INT(run("postmap"), 1);
    CHECK_INT(run("postmap -q x"), 1);
    CHECK_INT(run("postmap -q x -s %/a"), 1);
    CHECK_INT(run("postmap -j %/a"), 1);
    CHECK_INT(run("postmap -Z %/a"), 1);
    CHECK_INT(run("postmap pcre:%/a"), 1);
    CHECK_INT(run("postmap nosuchtype:%/a"), 1);
    CHECK_INT(run("postmap -s pcre:%/a"), 1);
    CHECK_INT(run("postmap %/nothing-here"), 1);
    CHECK_INT(run("map --help"), 0);
}

TEST(root_makes_a_users_table_as_that_user)
{
    char path[200];
    struct stat st;
    if (geteuid() != 0)
        return;
    chmod(test_directory(), 0777);
    write_text("theirs", "key value\n");
    snprintf(path, sizeof path, "%s/theirs", test_directory());
    CHECK(chown(path, 65534, 65534) == 0);
    CHECK_INT(run("postmap %/theirs"), 0);
    snprintf(path, sizeof path, "%s/theirs.lmdb", test_directory());
    CHECK(stat(path, &st) == 0 && st.st_uid == 65534);
    CHECK_INT(geteuid(), 0);
}
