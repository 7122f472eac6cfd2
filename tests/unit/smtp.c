/* SPDX-License-Identifier: BSD-2-Clause */
/* Hosts that follow scripts, a DNS that says what it is told, and an office that sends. */
#include "unit/smtp.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/conf.h"
#include "dns/dns_query.h"
#include "intake/scan.h"
#include "io/file.h"
#include "io/listen.h"
#include "io/tls.h"
#include "smtp/peer.h"
#include "wire/channel.h"

enum {
    MEMORY = 1 << 22,
    INPUT_LIMIT = 64 * 1024,
    LETTER_LIMIT = 1 << 24,
    LINE_LIMIT = 8192,
    PATIENCE_MS = 20000,
    RECORDS = 4000,
};

static const char *path_of(const char *name)
{
    static char paths[8][200];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, 200, "%s/%s", test_directory(), name);
    return path;
}

/* --- a host --- */

struct session {
    struct host *host;
    struct stream *stream;
};

/* Undoes \r \n \0 \xHH. */
static void say_octets(struct stream *stream, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '\\' && i + 1 < text.len) {
            uint64_t value = 0;
            char kind = text.at[++i];
            c = kind == 'r' ? '\r' : kind == 'n' ? '\n' : kind == '0' ? '\0' : kind;
            if (kind == 'x' && str_hex_to_u64(str_sub(text, i + 1, 2), &value))
                c = (char)value, i += 2;
        }
        stream_write(stream, str_make(&c, 1));
    }
    stream_flush(stream);
}

static void hear_line(struct session *session, struct str wanted)
{
    struct str line;
    if (stream_line(session->stream, LINE_LIMIT, &line) != STREAM_OK)
        line = STR("(the end)");
    else if (!str_ends(line, STR("\r\n")))
        test_failed(__FILE__, __LINE__, "no CRLF: " STR_FMT, STR_ARG(line));
    line = str_without_line_end(line);
    bool same = str_ends(wanted, STR("~")) ? str_starts(line, str_sub(wanted, 0, wanted.len - 1))
                                           : str_eq(line, wanted);
    if (!same)
        test_failed(__FILE__, __LINE__, "the client said \"" STR_FMT "\", wanted \"" STR_FMT "\"",
                    STR_ARG(line), STR_ARG(wanted));
}

static void hear_data(struct session *session)
{
    struct str line;
    buf_clear(&session->host->letter);
    while (stream_line(session->stream, INPUT_LIMIT, &line) == STREAM_OK && !str_eq(line, STR(".\r\n")))
        buf_add(&session->host->letter, line);
    CHECK(stream_status(session->stream) == STREAM_OK);
}

static void shake_hands(struct session *session)
{
    struct host *host = session->host;
    struct verdict verdict;
    const char *path = path_of("host.pem");
    if (access(path, R_OK) != 0)
        test_certificate(path, "mx.example.com", "mx.example.com");
    if (!host->tls)
        host->tls = tls_server_create(&(struct tls_server_options){.chain_file = path}, &verdict);
    CHECK(host->tls != NULL);
    stream_accept_tls(session->stream, host->tls);
}

static void trickle(struct session *session)
{
    struct pollfd one = {.fd = session->host->ending[0], .events = POLLIN};
    int64_t end = deadline_in(PATIENCE_MS);
    while (stream_status(session->stream) == STREAM_OK && time_monotonic_ms() < end && poll(&one, 1, 5) == 0)
        say_octets(session->stream, STR("2"));
}

static bool act(struct session *session, struct str what)
{
    if (str_eq(what, STR("tls"))) {
        shake_hands(session);
        return true;
    }
    if (str_eq(what, STR("sleep"))) {
        struct pollfd one = {.fd = session->host->ending[0], .events = POLLIN};
        poll(&one, 1, PATIENCE_MS);
        return false;
    }
    if (str_eq(what, STR("trickle"))) {
        trickle(session);
        return false;
    }
    if (str_eq(what, STR("nonsense")))
        say_octets(session->stream, STR("This is no TLS, and never will be.\\r\\n"));
    else if (str_eq(what, STR("hang")))
        stream_set_timeout(session->stream, PATIENCE_MS);
    else
        CHECK(str_eq(what, STR("close")));
    return str_eq(what, STR("hang"));
}

/* False when the host ends the session. */
static bool follow(struct session *session, struct str line)
{
    if (str_starts(line, STR(">>"))) {
        hear_data(session);
    } else if (str_starts(line, STR("<< "))) {
        say_octets(session->stream, str_from(line, 3));
    } else if (str_starts(line, STR("< "))) {
        stream_printf(session->stream, STR_FMT "\r\n", STR_ARG(str_from(line, 2)));
        stream_flush(session->stream);
    } else if (str_starts(line, STR("> "))) {
        hear_line(session, str_from(line, 2));
    } else if (str_starts(line, STR("= "))) {
        return act(session, str_from(line, 2));
    } else {
        CHECK(line.len == 0);
    }
    return true;
}

static void serve(struct host *host, int fd)
{
    struct session session = {.host = host, .stream = stream_over_fd(fd, INPUT_LIMIT)};
    struct str script, line;
    bool goes_on = true;
    stream_set_timeout(session.stream, PATIENCE_MS);
    if (host->sessions >= HOST_SESSIONS || !host->scripts[host->sessions]) {
        test_failed(__FILE__, __LINE__, "a session more than there are scripts");
        goes_on = false;
    } else {
        script = str_of(host->scripts[host->sessions++]);
    }
    while (goes_on && str_cut(&script, '\n', &line))
        goes_on = follow(&session, line);
    while (goes_on && stream_fill(session.stream, 1) == STREAM_OK) {
        buf_add(&host->rest, stream_buffered(session.stream));
        stream_take(session.stream, stream_buffered(session.stream).len);
    }
    stream_destroy(session.stream);
}

static bool has_more(int fd, int ending)
{
    struct pollfd both[2] = {{.fd = fd, .events = POLLIN}, {.fd = ending, .events = POLLIN}};
    return poll(both, 2, -1) > 0 && (both[0].revents & POLLIN);
}

static void *host_run(void *arg)
{
    struct host *host = arg;
    struct address peer;
    while (has_more(host->listener, host->ending[0])) {
        int fd = accept_one(host->listener, &peer, deadline_in(PATIENCE_MS));
        if (fd >= 0 && peer.storage.ss_family != AF_UNIX)
            address_ip(&peer, host->from);
        if (fd >= 0)
            serve(host, fd);
    }
    return NULL;
}

static void start(struct host *host)
{
    int small = 32 * 1024; /* so that the client feels who takes nothing */
    CHECK(host->listener >= 0 &&
          setsockopt(host->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
    CHECK(pipe2(host->ending, O_CLOEXEC) == 0);
    buf_init(&host->letter, LETTER_LIMIT);
    buf_init(&host->rest, LETTER_LIMIT);
    CHECK(pthread_create(&host->thread, NULL, host_run, host) == 0);
}

void host_open(struct host *host, const char *ip, uint16_t port)
{
    struct address address;
    *host = (struct host){0};
    CHECK(address_from_ip(str_of(ip), port, &address));
    host->listener = listen_inet(&address);
    CHECK(getsockname(host->listener, (struct sockaddr *)&address.storage, &address.len) == 0);
    host->port = address_port(&address);
    start(host);
}

void host_open_unix(struct host *host, const char *path)
{
    *host = (struct host){.listener = listen_unix(path, SOCK_STREAM, 0600)};
    start(host);
}

void host_close(struct host *host)
{
    if (host->listener < 0)
        return;
    CHECK(write(host->ending[1], "", 1) == 1);
    pthread_join(host->thread, NULL);
    close(host->listener);
    close(host->ending[0]);
    close(host->ending[1]);
    host->listener = -1;
    for (size_t i = host->sessions; i < HOST_SESSIONS && host->scripts[i]; i++)
        test_failed(__FILE__, __LINE__, "session %zu never came", i + 1);
}

void host_free(struct host *host)
{
    host_close(host);
    tls_context_destroy(host->tls);
    buf_finish(&host->letter);
    buf_finish(&host->rest);
}

/* --- the DNS --- */

static void look_up(const struct office *office, const struct dns_query *query, struct arena *arena,
                    struct dns_answer *answer)
{
    *answer = (struct dns_answer){.status = DNS_NO_NAME};
    answer->records = arena_array(arena, RECORDS, sizeof *answer->records);
    for (const struct record *record = office->records; record && record->name; record++) {
        if (!str_eq_nocase(str_of(record->name), query->name))
            continue;
        if (answer->status == DNS_NO_NAME)
            answer->status = DNS_NO_DATA;
        if (record->type != (enum dns_type)query->type)
            continue;
        answer->status = record->status;
        size_t copies = record->type == DNS_A && record->preference ? record->preference : 1;
        for (size_t i = 0; record->status == DNS_FOUND && i < copies && answer->records_count < RECORDS; i++)
            answer->records[answer->records_count++] =
                (struct dns_record){.preference = record->preference, .data = str_of(record->data)};
    }
}

static void answer_line(struct office *office, int line)
{
    struct packet packet;
    packet_init(&packet);
    while (has_more(line, office->ending[0]) &&
           channel_receive(line, &packet, deadline_in(PATIENCE_MS)) == 1) {
        struct arena *arena = arena_create(MEMORY);
        struct dns_query query;
        struct dns_answer answer;
        CHECK(packet_decode(&packet, &dns_query_message, arena, &query));
        look_up(office, &query, arena, &answer);
        CHECK(
            channel_send(line, DNS_ANSWER, &dns_answer_message, &answer, NULL, 0, deadline_in(PATIENCE_MS)));
        arena_destroy(arena);
    }
    packet_finish(&packet);
    close(line);
}

/* One line at a time: the client asks one question at a time. */
static void *resolver_run(void *arg)
{
    struct office *office = arg;
    while (has_more(office->resolver, office->ending[0])) {
        int line = accept4(office->resolver, NULL, NULL, SOCK_CLOEXEC);
        if (line >= 0)
            answer_line(office, line);
    }
    return NULL;
}

/* --- the office --- */

static const struct param_set *const sets[] = {&conf_param_set, &smtp_param_set, NULL};

static void load_params(struct office *office, const char *main_cf)
{
    struct complaints complaints;
    int directory = open(test_directory(), O_RDONLY | O_DIRECTORY);
    complaints_init(&complaints, office->arena);
    struct str text = arena_printf(office->arena, "myhostname = client.example.org\n%s", main_cf);
    CHECK(file_replace(directory, "main.cf", text, 0600));
    close(directory);
    office->conf = conf_load(test_directory(), sets, office->arena, &complaints);
    conf_load_set(office->conf, NULL, &conf_param_set, office->arena, &complaints, &office->common);
    conf_load_set(office->conf, NULL, &smtp_param_set, office->arena, &complaints, &office->params);
    for (const struct complaint *complaint = complaints.first; complaint; complaint = complaint->next)
        test_failed(__FILE__, __LINE__, STR_FMT, STR_ARG(complaint->text));
}

static void open_tls(struct office *office)
{
    struct verdict verdict;
    struct str level = office->params.tls_level;
    struct tls_client_options options = {
        .verify = str_eq(level, STR("verify")),
        .ca_file =
            office->params.tls_ca_file.len ? arena_cstr(office->arena, office->params.tls_ca_file) : NULL,
    };
    office->client.tls = tls_client_create(&options, &verdict);
    office->client.tls_verified = options.verify;
    office->client.tls_required = options.verify || str_eq(level, STR("encrypt"));
    CHECK(office->client.tls != NULL);
}

void office_open(struct office *office, const char *main_cf, const struct record *records)
{
    *office = (struct office){.arena = arena_create(MEMORY), .records = records, .message = -1};
    signal(SIGPIPE, SIG_IGN); /* as the program has it: sendfile(2) */
    load_params(office, main_cf);
    office->log_file = open(path_of("log"), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    office->client = (struct client){
        .params = &office->params,
        .conf = &office->common,
        .log = log_to_fd(office->log_file, LOG_FORMAT_POSTFIX, "relais/smtp", "client"),
        .dns = dns_client_create(arena_cstr(office->arena, str_of(path_of("resolver")))),
        .port = 25,
        .lmtp_port = 24,
    };
    if (str_eq(office->params.tls_level, STR("none")) == false)
        open_tls(office);
    office->resolver = listen_unix(path_of("resolver"), SOCK_SEQPACKET, 0600);
    CHECK(office->resolver >= 0 && pipe2(office->ending, O_CLOEXEC) == 0);
    CHECK(pthread_create(&office->resolver_thread, NULL, resolver_run, office) == 0);
    buf_init(&office->log, LETTER_LIMIT);
    office->request = (struct deliver){.queue_id = STR("ID"), .sender = STR("marie@example.org")};
    office_write(office, "Subject: hello\n\nLine one.\n");
}

void office_hang_up(struct office *office)
{
    struct client *client = &office->client;
    while (client->idle) {
        struct peer *peer = client->idle;
        client->idle = peer->next;
        peer_end(peer);
    }
    client->idle_count = 0;
}

void office_close(struct office *office)
{
    struct client *client = &office->client;
    office_hang_up(office);
    dns_client_destroy(client->dns);
    CHECK(write(office->ending[1], "", 1) == 1);
    pthread_join(office->resolver_thread, NULL);
    close(office->resolver);
    close(office->ending[0]);
    close(office->ending[1]);
    tls_context_destroy(client->tls);
    log_destroy(client->log);
    close(office->log_file);
    close(office->message);
    conf_free(office->conf);
    arena_destroy(office->arena);
    buf_finish(&office->log);
}

void office_write(struct office *office, const char *text)
{
    struct str rest = str_of(text), line;
    struct buf octets;
    struct scan scan = {0};
    buf_init(&octets, LETTER_LIMIT);
    while (str_cut(&rest, '\n', &line)) {
        buf_add(&octets, line);
        if (rest.at)
            buf_add_text(&octets, "\r\n");
    }
    scan_octets(&scan, buf_str(&octets));
    scan_end(&scan);
    if (office->message >= 0)
        close(office->message);
    office->message = open(path_of("message"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(office->message >= 0 && file_write_all(office->message, buf_str(&octets)));
    office->request.size = octets.len;
    office->request.eight_bit = scan.eight_bit;
    office->request.dot_lines = scan.dot_lines;
    office->request.longest_line = scan.longest_line;
    office->request.header_size = scan.header_size;
    buf_finish(&octets);
}

void office_send(struct office *office, const char *nexthop, const char *rcpts)
{
    struct str rest = str_of(rcpts), address;
    size_t count = 0;
    while (str_word(&rest, " ", &address) && count < OFFICE_RCPTS) {
        office->rcpts[count].index = count;
        office->rcpts[count++].address = address;
    }
    office->request.rcpts = office->rcpts;
    office->request.rcpts_count = count;
    office->request.nexthop = arena_copy(office->arena, str_of(nexthop));
    const struct order order = {&office->request, office->message, &office->given_up};
    deliver_order(&office->client, &order, office->arena, &office->answer);
    CHECK_INT(office->answer.outcomes_count, count);
}

void office_send_to(struct office *office, const struct host *host, const char *rcpts)
{
    struct str nexthop = arena_printf(office->arena, "[127.0.0.1]:%u", host->port);
    office_send(office, nexthop.at, rcpts);
}

const char *office_said(struct office *office, size_t i)
{
    const struct outcome *outcome = &office->answer.outcomes[i];
    struct str text =
        arena_printf(office->arena, "%u %u.%u.%u " STR_FMT, (unsigned)outcome->code, (unsigned)outcome->class,
                     (unsigned)outcome->subject, (unsigned)outcome->detail, STR_ARG(outcome->text));
    return text.at;
}

struct str office_log(struct office *office)
{
    log_flush(office->client.log);
    buf_clear(&office->log);
    CHECK(file_read_whole(AT_FDCWD, path_of("log"), &office->log));
    return buf_str(&office->log);
}

bool office_logged(struct office *office, const char *text)
{
    struct str log = office_log(office);
    bool there = str_find_str(log, str_of(text)) != SIZE_MAX;
    if (!there)
        fprintf(stderr, "not in the log: %s\n" STR_FMT, text, STR_ARG(log));
    return there;
}
