/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * relais user: the accounts of the built-in user database. Passwords are read from the terminal, from a file
 * or from standard input, never from the command line, where others could see them.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "account/name.h"
#include "account/params.h"
#include "account/password.h"
#include "account/users.h"
#include "base/clock.h"
#include "base/memory.h"
#include "conf/conf.h"
#include "conf/installed.h"
#include "conf/params.h"
#include "io/file.h"
#include "tools/subcommand.h"

enum {
    RUN_MEMORY = 64 * 1024 * 1024,
    BULK_MEMORY = 64 * 1024,
    LINE_LIMIT = ACCOUNT_NAME_LIMIT + PASSWORD_LIMIT + 3
};

static const char usage[] =
    "usage: relais user add [-c config_directory] [--home PATH] [--quota OCTETS] [--password-file FILE | "
    "--hash HASH]\n"
    "                       NAME@DOMAIN\n"
    "       relais user add [-c config_directory] --stdin         (lines NAME@DOMAIN:PASSWORD)\n"
    "       relais user passwd [-c config_directory] [--password-file FILE | --hash HASH] NAME@DOMAIN\n"
    "       relais user verify [-c config_directory] [--password-file FILE] NAME@DOMAIN\n"
    "       relais user delete | enable | disable | show [-c config_directory] NAME@DOMAIN ...\n"
    "       relais user list [-c config_directory] [DOMAIN ...]\n"
    "FILE may be - for standard input.\n";

struct user_run {
    struct arena *arena; /* owned */
    const char *config_directory, *password_file, *hash, *home;
    uint64_t quota;
    bool from_stdin;
    struct conf_params conf;
    struct account_params account;
    struct password_cost cost;
    struct verdict verdict;
    char **names;
    int count;
};

static bool complain_of(const char *what, const char *why)
{
    fprintf(stderr, "relais user: %s: %s\n", what, why);
    return false;
}

/* --- passwords --- */

static bool read_terminal(struct buf *out)
{
    char line[PASSWORD_LIMIT + 2] = "";
    struct termios before, quiet;
    bool terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    if (terminal) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        fputs("Password: ", stderr);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool got = fgets(line, sizeof line, stdin) != NULL;
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    got = got && buf_add_text(out, line);
    memory_wipe(line, sizeof line);
    return got;
}

/* The first line of where passwords come from. */
static bool read_password(struct user_run *run, struct str *password)
{
    struct buf text;
    const char *file = run->password_file;
    buf_init(&text, PASSWORD_LIMIT + 2);
    bool got =
        !file || strcmp(file, "-") == 0 ? read_terminal(&text) : file_read_whole(AT_FDCWD, file, &text);
    struct str whole = buf_str(&text), line = STR("");
    str_cut(&whole, '\n', &line);
    if (str_ends(line, STR("\r")))
        line.len--;
    *password = arena_copy(run->arena, line);
    if (text.at)
        memory_wipe(text.at, text.cap);
    buf_finish(&text);
    if (!got)
        return complain_of(file ? file : "password", "cannot be read");
    return password_is_usable(*password) || complain_of("password", "empty, too long, or not one line");
}

static bool hash_password(const struct user_run *run, struct str password, struct arena *arena,
                          struct user_record *record)
{
    bool good = password_hash(password, &run->cost, arena, &record->password);
    record->scram_sha256 = record->scram_sha1 = STR("");
    if (good && run->account.scram_verifiers)
        good = scram_make(SCRAM_SHA_256, password, run->cost.iterations, arena, &record->scram_sha256) &&
               scram_make(SCRAM_SHA_1, password, run->cost.iterations, arena, &record->scram_sha1);
    return good || complain_of("password", "cannot be hashed (auth_argon2_memory?)");
}

static bool set_password(struct user_run *run, struct user_record *record)
{
    struct str password;
    if (!run->hash)
        return read_password(run, &password) && hash_password(run, password, run->arena, record);
    record->password = str_of(run->hash);
    record->scram_sha256 = record->scram_sha1 = STR("");
    return password_hash_is_known(record->password) || complain_of("--hash", "not a hash that is known");
}

/* --- the database --- */

static struct users_change *begin(struct user_run *run)
{
    const struct passwd *role = geteuid() == 0 ? getpwnam("relais-auth") : NULL;
    struct users_change *change = users_begin(run->conf.data_directory, role ? role->pw_uid : (uid_t)-1,
                                              role ? role->pw_gid : (gid_t)-1, &run->verdict);
    if (!change)
        complain_of("database", run->verdict.text);
    return change;
}

static bool end(struct user_run *run, struct users_change *change, bool good)
{
    if (!good) {
        users_discard(change);
        return false;
    }
    return users_commit(change, &run->verdict) || complain_of("database", run->verdict.text);
}

static bool name_of(struct user_run *run, const char *given, struct str *name)
{
    return account_name(str_of(given), run->account.default_realm, run->arena, name) ||
           complain_of(given, "cannot be the name of a user");
}

/* The record of a user, which is (or is not) to be there. */
static bool find(struct user_run *run, struct str name, bool wanted, struct user_record *record)
{
    struct users *users = users_open(run->conf.data_directory);
    enum users_result result = users_find(users, name, run->arena, record, &run->verdict);
    users_close(users);
    if (result == USERS_ERROR)
        return complain_of("database", run->verdict.text);
    if ((result == USERS_FOUND) == wanted)
        return true;
    return complain_of(arena_cstr(run->arena, name), wanted ? "no such user" : "is there already");
}

static bool put(struct user_run *run, struct str name, struct user_record *record)
{
    record->changed_us = (uint64_t)clock_now_us();
    struct users_change *change = begin(run);
    if (!change)
        return false;
    bool good = users_put(change, name, record, &run->verdict) || complain_of("database", run->verdict.text);
    return end(run, change, good);
}

/* --- verbs --- */

/* NAME:PASSWORD; what stands behind the last line's end is a line too. */
static bool add_line(struct user_run *run, struct users_change *change, struct str line)
{
    struct str password = line, given, name;
    struct user_record record = {.changed_us = (uint64_t)clock_now_us()};
    struct arena *arena = arena_create(BULK_MEMORY);
    bool good = str_cut(&password, ':', &given) && password_is_usable(password) &&
                account_name(given, run->account.default_realm, arena, &name);
    if (!good)
        complain_of(arena_cstr(arena, given), "not NAME@DOMAIN:PASSWORD");
    good = good && hash_password(run, password, arena, &record) &&
           users_put(change, name, &record, &run->verdict);
    arena_destroy(arena);
    return good;
}

static bool add_from_stdin(struct user_run *run)
{
    char line[LINE_LIMIT];
    struct users_change *change = begin(run);
    bool good = change != NULL;
    while (good && fgets(line, sizeof line, stdin)) {
        struct str text = str_of(line);
        bool whole = str_ends(text, STR("\n")) || feof(stdin);
        text = str_sub(text, 0, strcspn(line, "\r\n"));
        if (text.len > 0)
            good = whole ? add_line(run, change, text) : complain_of("standard input", "line too long");
    }
    memory_wipe(line, sizeof line);
    return change && end(run, change, good);
}

static bool run_add(struct user_run *run)
{
    struct str name;
    struct user_record record = {0};
    if (run->from_stdin)
        return add_from_stdin(run);
    if (!name_of(run, run->names[0], &name) || !find(run, name, false, &record))
        return false;
    record = (struct user_record){.home = str_of(run->home), .quota = run->quota};
    return set_password(run, &record) && put(run, name, &record);
}

static bool run_passwd(struct user_run *run)
{
    struct str name;
    struct user_record record;
    return name_of(run, run->names[0], &name) && find(run, name, true, &record) &&
           set_password(run, &record) && put(run, name, &record);
}

static bool run_verify(struct user_run *run)
{
    struct str name, password;
    struct user_record record;
    if (!name_of(run, run->names[0], &name) || !find(run, name, true, &record) ||
        !read_password(run, &password))
        return false;
    if (!password_fits(password, record.password))
        return complain_of(run->names[0], "wrong password");
    return !record.disabled || complain_of(run->names[0], "right password, but the account is disabled");
}

static bool run_delete(struct user_run *run)
{
    struct users_change *change = begin(run);
    bool good = change != NULL;
    for (int i = 0; good && i < run->count; i++) {
        struct str name;
        bool found = false;
        good = name_of(run, run->names[i], &name) && users_remove(change, name, &found, &run->verdict) &&
               (found || complain_of(run->names[i], "no such user"));
    }
    return change && end(run, change, good);
}

static bool set_disabled(struct user_run *run, bool disabled)
{
    for (int i = 0; i < run->count; i++) {
        struct str name;
        struct user_record record;
        if (!name_of(run, run->names[i], &name) || !find(run, name, true, &record))
            return false;
        record.disabled = disabled;
        if (!put(run, name, &record))
            return false;
    }
    return true;
}

static bool run_enable(struct user_run *run)
{
    return set_disabled(run, false);
}

static bool run_disable(struct user_run *run)
{
    return set_disabled(run, true);
}

/* Kind of hash, for "$argon2id$v=..." the first word: nothing of the secret. */
static struct str kind_of(struct str hash)
{
    struct str rest = str_from(hash, 1), kind = STR("");
    if (hash.len == 0)
        return STR("none");
    return str_starts(hash, STR("$")) && str_cut(&rest, '$', &kind) ? kind : STR("crypt");
}

static bool show_one(struct user_run *run, const char *given)
{
    struct str name;
    struct user_record record;
    if (!name_of(run, given, &name) || !find(run, name, true, &record))
        return false;
    printf("name=" STR_FMT "\n", STR_ARG(name));
    printf("password=" STR_FMT "\n", STR_ARG(kind_of(record.password)));
    printf("scram=%s%s\n", record.scram_sha256.len ? "SCRAM-SHA-256 " : "",
           record.scram_sha1.len ? "SCRAM-SHA-1" : "");
    printf("home=" STR_FMT "\n", STR_ARG(record.home));
    printf("quota=%" PRIu64 "\nuid=%" PRIu64 "\ngid=%" PRIu64 "\n", record.quota, record.uid, record.gid);
    printf("disabled=%s\n", record.disabled ? "yes" : "no");
    return true;
}

static bool run_show(struct user_run *run)
{
    for (int i = 0; i < run->count; i++)
        if (!show_one(run, run->names[i]))
            return false;
    return true;
}

static bool list_one(void *arg, struct str name, const struct user_record *record)
{
    const struct user_run *run = arg;
    bool wanted = run->count == 0;
    for (int i = 0; i < run->count && !wanted; i++)
        wanted = str_eq_nocase(str_from(name, str_find(name, '@') + 1), str_of(run->names[i]));
    if (wanted)
        printf(STR_FMT "%s\n", STR_ARG(name), record->disabled ? " disabled" : "");
    return true;
}

static bool run_list(struct user_run *run)
{
    struct users *users = users_open(run->conf.data_directory);
    bool good = users_each(users, list_one, run, &run->verdict) || complain_of("database", run->verdict.text);
    users_close(users);
    return good;
}

/* --- the command line --- */

static const struct verb {
    const char *name;
    bool (*run)(struct user_run *run);
    int least, most; /* names */
} verbs[] = {
    {"add", run_add, 1, 1},           {"passwd", run_passwd, 1, 1},     {"verify", run_verify, 1, 1},
    {"delete", run_delete, 1, 10000}, {"enable", run_enable, 1, 10000}, {"disable", run_disable, 1, 10000},
    {"show", run_show, 1, 10000},     {"list", run_list, 0, 10000},
};

static bool take_option(struct user_run *run, int option)
{
    switch (option) {
    case 'c':
        run->config_directory = optarg;
        return true;
    case 'p':
        run->password_file = optarg;
        return true;
    case 'a':
        run->hash = optarg;
        return true;
    case 'h':
        run->home = optarg;
        return optarg[0] == '/' || complain_of(optarg, "not an absolute path");
    case 'q':
        return str_to_u64(str_of(optarg), &run->quota) || complain_of(optarg, "not a number of octets");
    case 's':
        run->from_stdin = true;
        return true;
    default:
        fputs(usage, stderr);
        return false;
    }
}

static bool read_options(struct user_run *run, int argc, char **argv)
{
    static const struct option options[] = {
        {"password-file", required_argument, NULL, 'p'},
        {"hash", required_argument, NULL, 'a'},
        {"home", required_argument, NULL, 'h'},
        {"quota", required_argument, NULL, 'q'},
        {"stdin", no_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1)
        if (!take_option(run, option))
            return false;
    run->names = argv + optind;
    run->count = argc - optind;
    return true;
}

static bool read_configuration(struct user_run *run)
{
    static const struct param_set *const sets[] = {&conf_param_set, &account_param_set, NULL};
    struct complaints complaints;
    complaints_init(&complaints, run->arena);
    struct conf *conf = conf_load(run->config_directory, sets, run->arena, &complaints);
    conf_load_set(conf, NULL, &conf_param_set, run->arena, &complaints, &run->conf);
    conf_load_set(conf, NULL, &account_param_set, run->arena, &complaints, &run->account);
    conf_free(conf);
    for (const struct complaint *complaint = complaints.first; complaint; complaint = complaint->next)
        if (complaint->fatal)
            fprintf(stderr, "relais user: " STR_FMT "\n", STR_ARG(complaint->text));
    run->cost = (struct password_cost){.memory_kib = (uint32_t)run->account.argon2_memory,
                                       .passes = (uint32_t)run->account.argon2_passes,
                                       .iterations = (uint32_t)run->account.scram_iterations};
    return complaints.fatal_count == 0;
}

/* argv[0] is the verb. */
static bool run_verb(struct user_run *run, int argc, char **argv)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, argv[0]) != 0)
            continue;
        if (!read_options(run, argc, argv))
            return false;
        int least = run->from_stdin ? 0 : verbs[i].least, most = run->from_stdin ? 0 : verbs[i].most;
        if (run->count >= least && run->count <= most)
            return read_configuration(run) && verbs[i].run(run);
        break;
    }
    fputs(usage, stderr);
    return false;
}

static int user_main(int argc, char **argv)
{
    struct user_run run = {
        .arena = arena_create(RUN_MEMORY), .config_directory = getenv("MAIL_CONFIG"), .home = ""};
    if (!run.config_directory)
        run.config_directory = INSTALLED_CONFIGURATION;
    bool good = false;
    if (argc >= 2 && strcmp(argv[1], "--help") == 0)
        good = fputs(usage, stdout) >= 0;
    else if (argc < 2)
        fputs(usage, stderr);
    else
        good = run_verb(&run, argc - 1, argv + 1);
    arena_destroy(run.arena);
    return good && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

const struct subcommand subcommand_user = {
    .name = "user",
    .verbs = true,
    .summary = "add, change and list the accounts of the user database",
    .run = user_main,
};
