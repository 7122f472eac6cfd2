/* SPDX-License-Identifier: BSD-2-Clause */
/* From rows of master.cf to sockets and processes: all or nothing, and what stays open over a reload. */
#include "unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/file.h"
#include "io/listen.h"
#include "master/master.h"

static const struct param_set *const sets[] = {&conf_param_set, NULL};

/* A master without processes, and the configurations it is given. */
struct office {
    struct master master;
    struct arena *arenas[8];
    struct conf *confs[8];
    size_t count;
    char directory[120];
    uint16_t port;
};

static uint16_t free_port(void)
{
    struct address address;
    CHECK(address_from_ip(STR("127.0.0.1"), 0, &address));
    int fd = listen_inet(&address);
    address.len = sizeof address.storage;
    CHECK(getsockname(fd, (struct sockaddr *)&address.storage, &address.len) == 0);
    close(fd);
    return address_port(&address);
}

static void office_open(struct office *office, const char *name)
{
    char path[200];
    *office = (struct office){.master = {.log_fd = -1}, .port = free_port()};
    snprintf(office->directory, sizeof office->directory, "%s/%s", test_directory(), name);
    snprintf(path, sizeof path, "%s/private", office->directory);
    CHECK(file_make_dirs(path, 0700));
    snprintf(path, sizeof path, "%s/public", office->directory);
    CHECK(file_make_dirs(path, 0700));
}

static void office_close(struct office *office)
{
    for (struct running *running = office->master.services; running;) {
        struct running *next = running->next;
        for (size_t i = 0; i < running->sockets.count; i++)
            close(running->sockets.at[i].fd);
        close(running->snapshot);
        free((char *)(uintptr_t)running->name.at);
        free(running);
        running = next;
    }
    for (size_t i = 0; i < office->count; i++) {
        conf_free(office->confs[i]);
        arena_destroy(office->arenas[i]);
    }
}

/* Takes a master.cf; PORT in it is the office's. */
static bool take(struct office *office, const char *rows, const char *main_cf)
{
    struct configuration configuration;
    struct complaints complaints;
    struct buf text;
    struct str rest = str_of(rows);
    char path[200];
    buf_init(&text, 10000);
    for (size_t at; (at = str_find_str(rest, STR("PORT"))) != SIZE_MAX; rest = str_from(rest, at + 4)) {
        buf_add(&text, str_sub(rest, 0, at));
        buf_printf(&text, "%u", office->port);
    }
    buf_add(&text, rest);
    snprintf(path, sizeof path, "%s/master.cf", office->directory);
    CHECK(file_replace(AT_FDCWD, path, buf_str(&text), 0600));
    buf_clear(&text);
    buf_printf(&text, "queue_directory = %s\nmyhostname = mx.example.org\ninet_interfaces = 127.0.0.1\n%s\n",
               office->directory, main_cf);
    snprintf(path, sizeof path, "%s/main.cf", office->directory);
    CHECK(file_replace(AT_FDCWD, path, buf_str(&text), 0600));
    buf_finish(&text);
    configuration.arena = office->arenas[office->count] = arena_create(64 << 20);
    complaints_init(&complaints, configuration.arena);
    configuration.conf = office->confs[office->count++] =
        conf_load(office->directory, sets, configuration.arena, &complaints);
    conf_load_set(configuration.conf, NULL, &conf_param_set, configuration.arena, &complaints,
                  &configuration.params);
    for (struct complaint *complaint = complaints.first; complaint; complaint = complaint->next)
        if (complaint->fatal)
            test_failed(__FILE__, __LINE__, STR_FMT, STR_ARG(complaint->text));
    return services_take(&office->master, &configuration);
}

static const struct running *find(const struct office *office, const char *name, const char *type)
{
    for (const struct running *running = office->master.services; running; running = running->next)
        if (str_eq(running->name, str_of(name)) && strcmp(running->type, type) == 0 && !running->gone)
            return running;
    return NULL;
}

static bool is_there(const struct office *office, const char *below)
{
    char path[200];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", office->directory, below);
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

static int connect_to(const struct office *office, const char *ip)
{
    struct address address;
    CHECK(address_from_ip(str_of(ip), office->port, &address));
    int fd = connect_inet(&address, NULL, deadline_in(1000));
    if (fd >= 0)
        close(fd);
    return fd;
}

/* --- rows --- */

TEST(rows_become_sockets_where_they_say)
{
    struct office office;
    office_open(&office, "rows");
    CHECK(take(&office,
               "127.0.0.2:PORT inet n - n - - smtpd\nPORT inet n - n - - smtpd\n"
               "sendmail unix n - n - - smtpd\nqmgr unix n - n - 1 qmgr\nlmtp unix - - n - - smtp\n",
               ""));
    CHECK(connect_to(&office, "127.0.0.2") >= 0 && connect_to(&office, "127.0.0.1") >= 0);
    CHECK(connect_to(&office, "127.0.0.3") < 0);
    CHECK(is_there(&office, "public/sendmail") && is_there(&office, "private/lmtp"));
    CHECK(is_there(&office, "private/qmgr")); /* never public, whatever a master.cf of Postfix says */
    for (const struct running *running = office.master.services; running; running = running->next)
        CHECK(running->sockets.count == 1 && running->snapshot >= 0 && !running->gone);
    office_close(&office);
}

TEST(inet_interfaces_are_all_listened_on)
{
    struct office office;
    office_open(&office, "interfaces");
    CHECK(take(&office, "PORT inet n - n - - smtpd\n", "inet_interfaces = 127.0.0.4, [127.0.0.5] localhost"));
    CHECK_INT(office.master.services->sockets.count, 3);
    CHECK(connect_to(&office, "127.0.0.4") >= 0 && connect_to(&office, "127.0.0.5") >= 0 &&
          connect_to(&office, "127.0.0.1") >= 0);
    office_close(&office);
}

TEST(no_address_of_a_long_list_is_passed_over_in_silence)
{
    struct office office;
    struct buf list;
    buf_init(&list, 10000);
    buf_add_text(&list, "inet_interfaces =");
    for (int i = 1; i <= 30; i++)
        buf_printf(&list, " 127.0.1.%d", i);
    office_open(&office, "many");
    CHECK(take(&office, "PORT inet n - n - - smtpd\n", buf_cstr(&list)));
    CHECK_INT(office.master.services->sockets.count, 30);
    CHECK(connect_to(&office, "127.0.1.30") >= 0);
    office_close(&office);
    for (int i = 31; i <= 40; i++)
        buf_printf(&list, " 127.0.1.%d", i);
    office_open(&office, "too-many");
    CHECK(!take(&office, "PORT inet n - n - - smtpd\n", buf_cstr(&list)));
    CHECK(connect_to(&office, "127.0.1.1") < 0);
    office_close(&office);
    buf_finish(&list);
}

TEST(sessions_and_programs_that_are_not_started_have_no_socket)
{
    struct office office;
    office_open(&office, "sessions");
    CHECK(take(&office,
               "imapd unix - - n - 7 imapd\ncleanup unix n - n - 0 cleanup\nqmgr unix - - n - - qmgr\n", ""));
    const struct running *imapd = find(&office, "imapd", "unix");
    CHECK(imapd && imapd->sockets.count == 0 && imapd->wanted == 0 && imapd->session_limit == 7);
    CHECK(!find(&office, "cleanup", "unix") && !is_there(&office, "public/cleanup"));
    CHECK(!is_there(&office, "private/imapd"));
    office_close(&office);
}

TEST(the_number_of_processes_is_the_least_of_program_processors_and_limits)
{
    struct office office;
    office_open(&office, "limits");
    CHECK(take(&office,
               "one unix - - n - - qmgr\ntwo unix - - n - 50 qmgr\nthree unix - - n - 1 smtp\nfour unix - - "
               "n - 0 smtp\n"
               "five unix - - n - - smtp\n    -o default_process_limit=1\nimapd unix - - n - - imapd\n"
               "pop3d unix - - n - 0 pop3d\n",
               ""));
    CHECK_INT(find(&office, "one", "unix")->wanted, 1);
    CHECK_INT(find(&office, "two", "unix")->wanted, 1);
    CHECK_INT(find(&office, "three", "unix")->wanted, 1);
    CHECK(find(&office, "four", "unix")->wanted >= 1 && find(&office, "four", "unix")->wanted <= 8);
    CHECK_INT(find(&office, "five", "unix")->wanted, 1);
    CHECK(find(&office, "imapd", "unix")->session_limit > 0);
    CHECK(find(&office, "pop3d", "unix")->session_limit == SIZE_MAX);
    office_close(&office);
}

/* --- all or nothing --- */

TEST(when_one_socket_cannot_be_had_none_is_left_open)
{
    struct office office;
    struct address address;
    office_open(&office, "all");
    CHECK(address_from_ip(STR("127.0.0.9"), office.port, &address));
    int taken = listen_inet(&address);
    CHECK(!take(&office,
                "127.0.0.8:PORT inet n - n - - smtpd\nsendmail unix n - n - - smtpd\n"
                "127.0.0.9:PORT inet n - n - - smtpd\nlmtp unix - - n - - smtp\n",
                ""));
    CHECK(office.master.services == NULL);
    CHECK(connect_to(&office, "127.0.0.8") < 0);
    CHECK(!is_there(&office, "public/sendmail") && !is_there(&office, "private/lmtp"));
    close(taken);
    office_close(&office);
}

TEST(a_name_that_is_no_address_or_port_is_refused)
{
    static const char *const bad[] = {"nosuchservice",    "127.0.0.1:0",       "127.0.0.1:65536",
                                      "127.0.0.1:nosuch", "host.example:2525", "[::g]:25",
                                      "127.0.0.1:"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct office office;
        char row[100], name[20];
        snprintf(name, sizeof name, "bad%zu", i);
        snprintf(row, sizeof row, "%s inet n - n - - smtpd\n", bad[i]);
        office_open(&office, name);
        if (take(&office, row, ""))
            test_failed(__FILE__, __LINE__, "%s was taken", bad[i]);
        office_close(&office);
    }
}

TEST(two_services_at_one_place_are_refused)
{
    struct office office;
    office_open(&office, "clash");
    CHECK(!take(&office, "127.0.0.1:PORT inet n - n - - smtpd\nPORT inet n - n - - login\n", ""));
    CHECK(office.master.services == NULL && connect_to(&office, "127.0.0.1") < 0);
    office_close(&office);
}

/* --- a reload --- */

TEST(who_listens_there_after_a_reload_has_the_same_socket)
{
    struct office office;
    office_open(&office, "same");
    CHECK(take(&office, "127.0.0.1:PORT inet n - n - - smtpd\nlmtp unix - - n - - smtp\n", ""));
    int inet = office.master.services->next ? find(&office, "lmtp", "unix")->sockets.at[0].fd : -1;
    CHECK(take(&office, "PORT inet n - n - - login\nlmtp unix - - n - - smtp\n", ""));
    CHECK_INT(find(&office, "lmtp", "unix")->sockets.at[0].fd, inet);
    CHECK(connect_to(&office, "127.0.0.1") >= 0);
    office_close(&office);
}

TEST(what_is_not_wanted_any_more_is_closed_and_removed)
{
    struct office office;
    office_open(&office, "gone");
    CHECK(take(&office,
               "127.0.0.1:PORT inet n - n - - smtpd\nlmtp unix - - n - - smtp\nqmgr unix - - n - - qmgr\n",
               ""));
    CHECK(take(&office, "qmgr unix - - n - - qmgr\n", ""));
    CHECK(connect_to(&office, "127.0.0.1") < 0);
    CHECK(!is_there(&office, "private/lmtp") && is_there(&office, "private/qmgr"));
    CHECK(!find(&office, "lmtp", "unix"));
    office_close(&office);
}

TEST(a_reload_that_fails_changes_nothing)
{
    struct office office;
    struct address address;
    office_open(&office, "fails");
    CHECK(address_from_ip(STR("127.0.0.9"), office.port, &address));
    int taken = listen_inet(&address);
    CHECK(take(&office, "127.0.0.1:PORT inet n - n - - smtpd\nlmtp unix - - n - 1 smtp\n", ""));
    int snapshot = find(&office, "lmtp", "unix")->snapshot;
    CHECK(!take(&office,
                "127.0.0.9:PORT inet n - n - - smtpd\nfresh unix - - n - 1 smtp\nlmtp unix - - n - 1 local\n",
                ""));
    CHECK(connect_to(&office, "127.0.0.1") >= 0);
    CHECK(is_there(&office, "private/lmtp") && !is_there(&office, "private/fresh"));
    CHECK_INT(find(&office, "lmtp", "unix")->snapshot, snapshot);
    CHECK_STR(str_of(find(&office, "lmtp", "unix")->program->name), "smtp");
    CHECK(!find(&office, "fresh", "unix"));
    close(taken);
    office_close(&office);
}

TEST(another_kind_of_socket_at_a_path_needs_a_restart)
{
    struct office office;
    office_open(&office, "kind");
    CHECK(take(&office, "a unix - - n - - smtp\n", ""));
    CHECK(!take(&office, "a unix y - n - - smtpd\n", ""));
    CHECK(find(&office, "a", "unix") && is_there(&office, "private/a"));
    office_close(&office);
}

/* --- handed over --- */

struct handed {
    const char *names;
    int kinds[3]; /* 0: an inet listener; else of a Unix socket */
    void (*check)(struct office *office);
};

static void take_handed(void *arg)
{
    const struct handed *handed = arg;
    struct office office;
    char text[20];
    office_open(&office, "handed");
    int count = 0;
    for (; count < 3 && handed->kinds[count] >= 0; count++) {
        struct sockaddr_un name = {.sun_family = AF_UNIX};
        struct address address;
        CHECK(address_from_ip(STR("127.0.0.7"), 0, &address));
        int fd = handed->kinds[count] ? socket(AF_UNIX, handed->kinds[count], 0) : listen_inet(&address);
        if (handed->kinds[count])
            CHECK(bind(fd, (struct sockaddr *)&name, sizeof name.sun_family) == 0 && listen(fd, 5) == 0);
        if (fd != 3 + count)
            CHECK(dup2(fd, 3 + count) >= 0 && close(fd) == 0);
    }
    snprintf(text, sizeof text, "%d", (int)getpid());
    setenv("LISTEN_PID", text, 1);
    snprintf(text, sizeof text, "%d", count);
    setenv("LISTEN_FDS", text, 1);
    setenv("LISTEN_FDNAMES", handed->names, 1);
    handed->check(&office);
    office_close(&office);
}

/* The stock master.cf has both: smtp is the server's port, and the client. */
static void check_names_shared(struct office *office)
{
    CHECK(take(office, "smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\n", ""));
    const struct running *server = find(office, "smtp", "inet"), *client = find(office, "smtp", "unix");
    CHECK(server && server->sockets.count == 1 && server->sockets.at[0].fd == 3);
    CHECK(fcntl(3, F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(3, F_GETFL) & O_NONBLOCK);
    CHECK(client && client->sockets.count == 1 && client->sockets.at[0].fd != 3);
    CHECK(take(office, "smtp inet n - n - - smtpd\nsmtp unix - - n - - smtp\n", ""));
    CHECK(find(office, "smtp", "inet")->sockets.at[0].fd == 3);
    CHECK(fcntl(3, F_GETFD) >= 0);
}

TEST(a_socket_handed_over_goes_to_the_service_of_its_name_and_kind)
{
    struct handed handed = {"smtp", {0, -1}, check_names_shared};
    CHECK_INT(test_child(take_handed, &handed), 0);
}

static void check_several(struct office *office)
{
    CHECK(take(office, "submission inet n - n - - smtpd\nqmgr unix - - n - - qmgr\n", ""));
    const struct running *running = find(office, "submission", "inet");
    CHECK(running && running->sockets.count == 2 && running->sockets.at[0].fd == 3 &&
          running->sockets.at[1].fd == 5);
    CHECK(find(office, "qmgr", "unix")->sockets.at[0].fd == 4);
}

TEST(several_sockets_of_one_name_go_to_one_service)
{
    struct handed handed = {"submission:qmgr:submission", {0, SOCK_SEQPACKET, 0}, check_several};
    CHECK_INT(test_child(take_handed, &handed), 0);
}

static void check_comes_back(struct office *office)
{
    CHECK(take(office, "qmgr unix - - n - - qmgr\n", ""));
    CHECK(take(office, "other unix - - n - - qmgr\n", ""));
    CHECK(!find(office, "qmgr", "unix") && fcntl(3, F_GETFD) >= 0);
    CHECK(take(office, "qmgr unix - - n - - qmgr\n", ""));
    CHECK(find(office, "qmgr", "unix")->sockets.at[0].fd == 3);
}

TEST(a_service_that_comes_back_has_the_socket_handed_over_again)
{
    struct handed handed = {"qmgr", {SOCK_SEQPACKET, -1}, check_comes_back};
    CHECK_INT(test_child(take_handed, &handed), 0);
}

static void check_for_another(struct office *office)
{
    setenv("LISTEN_PID", "1", 1);
    CHECK_INT(activation_take("qmgr", 0), -1);
    unsetenv("LISTEN_PID");
    CHECK_INT(activation_take("qmgr", 0), -1);
    CHECK(take(office, "qmgr unix - - n - - qmgr\n", ""));
    CHECK(find(office, "qmgr", "unix")->sockets.at[0].fd != 3);
}

TEST(sockets_for_another_process_are_not_taken)
{
    struct handed handed = {"qmgr", {SOCK_SEQPACKET, -1}, check_for_another};
    CHECK_INT(test_child(take_handed, &handed), 0);
}

static void check_wrong_kind(struct office *office)
{
    CHECK(take(office, "qmgr unix - - n - - qmgr\n", ""));
    CHECK(find(office, "qmgr", "unix")->sockets.at[0].fd > 4 && is_there(office, "private/qmgr"));
}

TEST(a_socket_of_another_kind_than_the_program_speaks_is_not_taken)
{
    struct handed handed = {"qmgr:qmgr", {SOCK_STREAM, 0, -1}, check_wrong_kind};
    CHECK_INT(test_child(take_handed, &handed), 0);
}
