/* SPDX-License-Identifier: BSD-2-Clause */
/* The SMTP server over a socket pair, with parameters of each test's own: what is refused when, and what is
 * forgotten. */
#include "smtpd/session.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/tally.h"
#include "conf/conf.h"
#include "io/file.h"
#include "route/params.h"
#include "smtpd/access.h"
#include "smtpd/server.h"
#include "unit/test.h"

enum { MEMORY = 1 << 24, INPUT_LIMIT = 64 * 1024 };

static const struct param_set *const sets[] = {&conf_param_set, &route_param_set, &smtpd_param_set, NULL};
static const char common[] = "myhostname = mx.example.org\n"
                             "mydestination = example.org\n"
                             "local_recipient_maps = inline:{marie=x, jean=x}\n"
                             "alias_maps =\n"
                             "smtpd_error_sleep_time = 0s\n";

/* A server with its parameters. */
struct bureau {
    struct arena *arena;
    struct conf *conf;
    struct conf_params common;
    struct route_params route;
    struct smtpd_params smtpd;
    struct server server;
    struct client client;
    char queue[100];
};

static void load_params(struct bureau *bureau, const char *main_cf)
{
    struct complaints complaints;
    int directory = open(test_directory(), O_RDONLY | O_DIRECTORY);
    complaints_init(&complaints, bureau->arena);
    struct str text = arena_printf(bureau->arena, "%s%s", common, main_cf);
    CHECK(file_replace(directory, "main.cf", text, 0600));
    close(directory);
    bureau->conf = conf_load(test_directory(), sets, bureau->arena, &complaints);
    conf_load_set(bureau->conf, NULL, &conf_param_set, bureau->arena, &complaints, &bureau->common);
    conf_load_set(bureau->conf, NULL, &route_param_set, bureau->arena, &complaints, &bureau->route);
    conf_load_set(bureau->conf, NULL, &smtpd_param_set, bureau->arena, &complaints, &bureau->smtpd);
    for (const struct complaint *complaint = complaints.first; complaint; complaint = complaint->next)
        test_failed(__FILE__, __LINE__, STR_FMT, STR_ARG(complaint->text));
}

static void bureau_open(struct bureau *bureau, const char *main_cf)
{
    static int queues;
    struct verdict verdict = {.text = ""};
    *bureau = (struct bureau){.arena = arena_create(MEMORY)};
    load_params(bureau, main_cf);
    snprintf(bureau->queue, sizeof bureau->queue, "%s/queue%d", test_directory(), queues++);
    CHECK(file_make_dirs(bureau->queue, 0700));
    struct intake_options options = {.queue_directory = bureau->queue,
                                     .memory_limit = MEMORY,
                                     .message_size_limit = (uint64_t)bureau->common.message_size_limit};
    int nowhere = open("/dev/null", O_WRONLY);
    bureau->server = (struct server){
        .params = &bureau->smtpd,
        .conf = &bureau->common,
        .log = log_to_fd(nowhere, LOG_FORMAT_POSTFIX, "relais/smtpd", "mx"),
        .intake = intake_create(&options, &verdict),
    };
    queue_id_init(&bureau->server.ids, 7, 12345);
    if (!server_open_tables(&bureau->server, &bureau->route, bureau->arena, &verdict))
        test_failed(__FILE__, __LINE__, "%s", verdict.text);
    bureau->client = (struct client){.name = STR("unknown"), .ip = STR("192.0.2.7"), .port = 4711};
}

static void bureau_close(struct bureau *bureau)
{
    intake_destroy(bureau->server.intake);
    access_close(bureau->server.access.client);
    access_close(bureau->server.access.helo);
    access_close(bureau->server.access.sender);
    access_close(bureau->server.access.relay);
    access_close(bureau->server.access.recipient);
    router_destroy(bureau->server.router);
    match_list_close(bureau->server.mynetworks);
    match_list_close(bureau->server.submitters);
    match_list_close(bureau->server.forbidden);
    tally_destroy(bureau->server.clients);
    log_destroy(bureau->server.log);
    conf_free(bureau->conf);
    arena_destroy(bureau->arena);
}

/* --- a client --- */

/* One connection: the server has a thread of its own. */
struct call {
    struct bureau *bureau;
    pthread_t thread;
    int server_end;
    struct stream *stream;
};

static void *serve(void *arg)
{
    struct call *call = arg;
    struct stream *stream = stream_over_fd(call->server_end, INPUT_LIMIT);
    session_run(&call->bureau->server, stream, &call->bureau->client);
    stream_destroy(stream);
    return NULL;
}

/* Reads one reply; its last line must begin so. */
static void expect(struct call *call, const char *wanted)
{
    struct str line = STR("(the end)");
    for (;;) {
        if (stream_line(call->stream, INPUT_LIMIT, &line) != STREAM_OK) {
            test_failed(__FILE__, __LINE__, "wanted \"%s\", got the end", wanted);
            return;
        }
        if (line.len < 4 || line.at[3] != '-')
            break;
    }
    if (!str_starts(line, str_of(wanted)))
        test_failed(__FILE__, __LINE__, "wanted \"%s\", got \"" STR_FMT "\"", wanted,
                    STR_ARG(str_trim(line)));
}

static void call_begin(struct call *call, struct bureau *bureau, const char *greeting)
{
    int ends[2];
    *call = (struct call){.bureau = bureau};
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    call->server_end = ends[1];
    call->stream = stream_over_fd(ends[0], INPUT_LIMIT);
    stream_set_timeout(call->stream, 20000);
    CHECK(pthread_create(&call->thread, NULL, serve, call) == 0);
    expect(call, greeting);
}

/* Hangs up, without a word, and waits for the server's end. */
static void call_end(struct call *call)
{
    stream_destroy(call->stream);
    pthread_join(call->thread, NULL);
}

static void say(struct call *call, const char *line, const char *wanted)
{
    stream_printf(call->stream, "%s\r\n", line);
    stream_flush(call->stream);
    expect(call, wanted);
}

static void say_all(struct call *call, const char *const (*lines)[2])
{
    for (; (*lines)[0]; lines++)
        say(call, (*lines)[0], (*lines)[1]);
}

static size_t messages(const struct bureau *bureau)
{
    size_t count = 0;
    DIR *directory = opendir(bureau->queue);
    for (const struct dirent *entry; (entry = readdir(directory));)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

/* --- refusals --- */

TEST(a_good_hello_makes_a_bad_one_forgotten)
{
    static const char *const lines[][2] = {
        {"HELO short", "250 "},
        {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "504 5.5.2 <short>: Helo command rejected"},
        {"HELO long.example.net", "250 "},
        {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "250 2.1.5 "},
        {"HELO short", "250 "},
        {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "504 5.5.2 "},
        {NULL, NULL},
    };
    struct bureau bureau;
    struct call call;
    bureau_open(&bureau, "smtpd_helo_restrictions = reject_non_fqdn_helo_hostname\n");
    call_begin(&call, &bureau, "220 ");
    say_all(&call, lines);
    call_end(&call);
    bureau_close(&bureau);
}

/* RFC 5321 4.1.4: after a refused EHLO the server stays in the state it was in. */
TEST(a_hello_refused_at_once_changes_nothing)
{
    static const char *const lines[][2] = {
        {"HELO short", "504 5.5.2 "},
        {"MAIL FROM:<a@example.net>", "503 5.5.1 "},
        {"HELO long.example.net", "250 "},
        {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
        {"HELO short", "504 5.5.2 "},
        {"RCPT TO:<marie@example.org>", "250 2.1.5 "},
        {NULL, NULL},
    };
    struct bureau bureau;
    struct call call;
    bureau_open(&bureau, "smtpd_delay_reject = no\n"
                         "smtpd_helo_restrictions = reject_non_fqdn_helo_hostname\n");
    call_begin(&call, &bureau, "220 ");
    say_all(&call, lines);
    call_end(&call);
    bureau_close(&bureau);
}

TEST(with_delay_all_lists_are_asked_at_rcpt_in_their_order)
{
    static const char *const stranger[][2] = {
        {"HELO x.example", "250 "},
        {"MAIL FROM:<a@short>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>",
         "554 5.7.1 <unknown[192.0.2.7]>: Client host rejected: Access denied"},
        {NULL, NULL},
    };
    static const char *const neighbour[][2] = {
        {"HELO x.example", "250 "},
        {"MAIL FROM:<a@short>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "504 5.5.2 <a@short>: Sender address rejected"},
        {"RSET", "250 2.0.0 "},
        {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "250 2.1.5 "},
        {NULL, NULL},
    };
    struct bureau bureau;
    struct call call;
    bureau_open(&bureau, "smtpd_client_restrictions = permit_mynetworks, reject\n"
                         "smtpd_sender_restrictions = reject_non_fqdn_sender\n"
                         "smtpd_relay_restrictions = permit\n");
    call_begin(&call, &bureau, "220 ");
    say_all(&call, stranger);
    call_end(&call);
    bureau.client.trusted = true;
    call_begin(&call, &bureau, "220 ");
    say_all(&call, neighbour);
    call_end(&call);
    bureau_close(&bureau);
}

/* RFC 5321 3.1: after 554 the server waits for QUIT. */
TEST(without_delay_each_list_is_asked_when_its_turn_comes)
{
    static const char *const stranger[][2] = {{"EHLO x.example", "503 5.5.1 "},
                                              {"BDAT 6 LAST\r\nQUIT", "503 5.5.1 "},
                                              {"QUIT", "221 2.0.0 "},
                                              {NULL, NULL}};
    static const char *const neighbour[][2] = {
        {"HELO x.example", "250 "}, {"MAIL FROM:<a@short>", "504 5.5.2 "}, {NULL, NULL}};
    struct bureau bureau;
    struct call call;
    bureau_open(&bureau, "smtpd_delay_reject = no\n"
                         "smtpd_client_restrictions = permit_mynetworks, reject\n"
                         "smtpd_sender_restrictions = reject_non_fqdn_sender\n");
    call_begin(&call, &bureau, "554 5.7.1 ");
    say_all(&call, stranger);
    call_end(&call);
    bureau.client.trusted = true;
    call_begin(&call, &bureau, "220 ");
    say_all(&call, neighbour);
    call_end(&call);
    bureau_close(&bureau);
}

/* access(5): the first key that is there decides, and OK in one list decides for that list only. */
TEST(access_tables_decide_by_what_they_say)
{
    static const char *const lines[][2] = {
        {"HELO good.example", "250 "},
        {"MAIL FROM:<a@spam.example>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "554 5.7.1 <a@spam.example>: Sender address rejected: Access denied"},
        {"RSET", "250 2.0.0 "},
        {"MAIL FROM:<friend@spam.example>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "250 2.1.5 "},
        {"RSET", "250 2.0.0 "},
        {"MAIL FROM:<>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "450 4.7.1 <>: Sender address rejected: later"},
        {"RSET", "250 2.0.0 "},
        {"MAIL FROM:<a@odd.example>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "451 4.3.5 "},
        {"RSET", "250 2.0.0 "},
        {"MAIL FROM:<a@below.coded.example>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>",
         "521 5.1.8 <a@below.coded.example>: Sender address rejected: not from there"},
        {"RSET", "250 2.0.0 "},
        {"MAIL FROM:<a@noted.example>", "250 2.1.0 "},
        {"RCPT TO:<x@elsewhere.example>", "454 4.7.1 "},
        {"RCPT TO:<closed@example.org>", "554 5.7.1 <closed@example.org>: Recipient address rejected: gone"},
        {"RCPT TO:<marie@example.org>", "250 2.1.5 "},
        {"HELO bad.example", "250 "},
        {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "554 5.7.1 <bad.example>: Helo command rejected: "},
        {NULL, NULL},
    };
    struct bureau bureau;
    struct call call;
    bureau_open(
        &bureau,
        "smtpd_helo_restrictions = check_helo_access inline:{bad.example=REJECT}\n"
        "smtpd_sender_restrictions = check_sender_access inline:{spam.example=reject, "
        "friend@spam.example=OK, {<> = defer later}, odd.example=FILTER, "
        "{coded.example = 521 5.1.8 not from there}, {noted.example = WARN seen}} reject_non_fqdn_sender\n"
        "smtpd_recipient_restrictions = check_recipient_access inline:{{closed@ = REJECT gone}, "
        "elsewhere.example=OK}\n");
    call_begin(&call, &bureau, "220 ");
    say_all(&call, lines);
    call_end(&call);
    bureau_close(&bureau);
}

TEST(clients_are_looked_up_by_name_address_and_net)
{
    static const char *const refused[][2] = {
        {"HELO x.example", "250 "},
        {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "550 5.7.1 <"},
        {NULL, NULL}};
    static const char *const taken[][2] = {{"HELO x.example", "250 "},
                                           {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
                                           {"RCPT TO:<marie@example.org>", "250 2.1.5 "},
                                           {NULL, NULL}};
    static const struct {
        const char *ip, *name;
        bool taken;
    } clients[] = {
        {"192.0.2.7", "unknown", false},    {"192.0.2.8", "unknown", true},
        {"192.0.20.1", "unknown", true},    {"2001:db8:1::5", "unknown", false},
        {"2001:db8:2::5", "unknown", true}, {"198.51.100.1", "a.b.spam.example", false},
        {"192.0.2.7", "ok.example", true},
    };
    struct bureau bureau;
    bureau_open(&bureau, "smtpd_client_restrictions = check_client_access inline:{{192.0.2 = 550}, "
                         "192.0.2.8=OK, {2001:db8:1 = 550}, {spam.example = 550}, ok.example=OK}\n");
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
        struct call call;
        bureau.client.ip = str_of(clients[i].ip);
        bureau.client.name = str_of(clients[i].name);
        call_begin(&call, &bureau, "220 ");
        say_all(&call, clients[i].taken ? taken : refused);
        call_end(&call);
    }
    bureau_close(&bureau);
}

TEST(a_table_that_cannot_be_asked_puts_off)
{
    static const char *const lines[][2] = {{"HELO x.example", "250 "},
                                           {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
                                           {"RCPT TO:<marie@example.org>", "451 4.3."},
                                           {NULL, NULL}};
    struct bureau bureau;
    struct call call;
    bureau_open(&bureau,
                "smtpd_client_restrictions = check_client_access texthash:/nowhere/at/all, permit\n");
    call_begin(&call, &bureau, "220 ");
    say_all(&call, lines);
    call_end(&call);
    bureau_close(&bureau);
}

/* Not as permit_mynetworks: only this host is meant. */
TEST(permit_inet_interfaces_permits_our_own_addresses_only)
{
    static const char *const ours[][2] = {{"HELO x.example", "250 "},
                                          {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
                                          {"RCPT TO:<marie@example.org>", "250 2.1.5 "},
                                          {NULL, NULL}};
    static const char *const other[][2] = {{"HELO x.example", "250 "},
                                           {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
                                           {"RCPT TO:<marie@example.org>", "554 5.7.1 "},
                                           {NULL, NULL}};
    static const struct {
        const char *ip;
        bool ours;
    } clients[] = {{"192.0.2.1", true}, {"127.0.0.1", true}, {"::1", true}, {"192.0.2.7", false}};
    struct bureau bureau;
    bureau_open(&bureau, "inet_interfaces = 192.0.2.1\n"
                         "smtpd_client_restrictions = permit_inet_interfaces, reject\n");
    bureau.client.trusted = true;
    for (size_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
        struct call call;
        bureau.client.ip = str_of(clients[i].ip);
        call_begin(&call, &bureau, "220 ");
        say_all(&call, clients[i].ours ? ours : other);
        call_end(&call);
    }
    bureau_close(&bureau);
}

static bool queue_says(const struct bureau *bureau, const char *words)
{
    bool said = false;
    DIR *directory = opendir(bureau->queue);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        static char octets[64 * 1024];
        int fd = openat(dirfd(directory), entry->d_name, O_RDONLY | O_CLOEXEC);
        ssize_t len = read(fd, octets, sizeof octets);
        said = said || (len > 0 && str_find_str(str_make(octets, (size_t)len), str_of(words)) != SIZE_MAX);
        close(fd);
    }
    closedir(directory);
    return said;
}

/* RFC 6531 4.3 */
TEST(lmtp_with_utf8_is_called_so_in_received)
{
    static const char *const lines[][2] = {
        {"LHLO x.example", "250"},
        {"MAIL FROM:<a@example.net> SMTPUTF8", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "250 2.1.5 "},
        {"DATA", "354 "},
        {"Subject: x\r\n\r\n.", "250 2.0.0 "},
        {NULL, NULL},
    };
    struct bureau bureau;
    struct call call;
    bureau_open(&bureau, "smtpd_protocol = lmtp\n");
    call_begin(&call, &bureau, "220 ");
    say_all(&call, lines);
    call_end(&call);
    CHECK(queue_says(&bureau, " with UTF8LMTP id "));
    bureau_close(&bureau);
}

TEST(a_client_has_as_many_sessions_as_it_may_and_no_more)
{
    static const char *const quit[][2] = {{"QUIT", "221 2.0.0 "}, {NULL, NULL}};
    struct bureau bureau;
    struct call first, second;
    bureau_open(&bureau, "smtpd_client_connection_count_limit = 1\n");
    call_begin(&first, &bureau, "220 ");
    call_begin(&second, &bureau, "421 4.7.0 ");
    call_end(&second);
    say_all(&first, quit);
    call_end(&first);
    call_begin(&second, &bureau, "220 ");
    bureau.client.trusted = true;
    call_begin(&first, &bureau, "220 ");
    call_end(&first);
    call_end(&second);
    bureau_close(&bureau);
}

TEST(a_client_put_off_without_delay_gets_421)
{
    struct bureau bureau;
    struct call call;
    bureau_open(&bureau, "smtpd_delay_reject = no\nsmtpd_client_restrictions = defer\n");
    call_begin(&call, &bureau, "421 4.7.1 ");
    CHECK(stream_fill(call.stream, 1) == STREAM_END);
    call_end(&call);
    bureau_close(&bureau);
}

/* --- taking messages --- */

TEST(a_message_is_in_the_queue_when_250_is_said_and_not_before)
{
    static const char *const lines[][2] = {
        {"HELO x.example", "250 "},
        {"MAIL FROM:<a@example.net>", "250 2.1.0 "},
        {"RCPT TO:<marie@example.org>", "250 2.1.5 "},
        {"DATA", "354 "},
        {NULL, NULL},
    };
    struct bureau bureau;
    struct call call;
    bureau_open(&bureau, "");
    call_begin(&call, &bureau, "220 ");
    say_all(&call, lines);
    CHECK_INT(messages(&bureau), 0);
    say(&call, "Subject: x\r\n\r\nHello.\r\n.", "250 2.0.0 Ok: queued as ");
    CHECK_INT(messages(&bureau), 1);
    say_all(&call, lines + 1);
    call_end(&call);
    CHECK_INT(messages(&bureau), 1);
    bureau_close(&bureau);
}
