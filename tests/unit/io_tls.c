/* SPDX-License-Identifier: BSD-2-Clause */
/* TLS over streams, both ends in tasks of one loop, with certificates made here. */
#include "unit/test.h"

#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/verdict.h"
#include "io/stream.h"
#include "io/task.h"
#include "io/tls.h"

/* --- certificates --- */

static const char *path_of(const char *name)
{
    static char paths[8][200];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, 200, "%s/%s", test_directory(), name);
    return path;
}

static struct tls_context *server_with(struct tls_server_options options)
{
    struct verdict verdict;
    if (!options.chain_file) {
        test_certificate(path_of("one.pem"), "mail.example.org", "mail.example.org");
        options.chain_file = path_of("one.pem");
    }
    struct tls_context *context = tls_server_create(&options, &verdict);
    CHECK(context != NULL);
    return context;
}

static struct tls_context *client_with(struct tls_client_options options)
{
    struct verdict verdict;
    struct tls_context *context = tls_client_create(&options, &verdict);
    CHECK(context != NULL);
    return context;
}

/* --- two ends --- */

struct end {
    struct tls_context *context;
    struct str asks; /* the client's server name */
    bool server;
    int fd;
    void (*then)(struct end *end); /* once TLS stands */
    enum stream_status status;     /* of the handshake */
    char error[120];
    struct stream *stream;
    struct str bindings[3]; /* exporter, end point, unique */
    struct arena *arena;
    char protocol[20], name[64], peer[64], print[100];
    bool verified;
};

static void note(struct end *end)
{
    static const char *const types[] = {"tls-exporter", "tls-server-end-point", "tls-unique"};
    const struct tls_info *info = stream_tls(end->stream);
    for (int i = 0; i < 3; i++)
        tls_channel_binding(end->stream, types[i], end->arena, &end->bindings[i]);
    CHECK(info != NULL);
    snprintf(end->protocol, sizeof end->protocol, "%s", info->protocol);
    snprintf(end->name, sizeof end->name, STR_FMT, STR_ARG(info->server_name));
    snprintf(end->peer, sizeof end->peer, STR_FMT, STR_ARG(info->peer_name));
    snprintf(end->print, sizeof end->print, STR_FMT, STR_ARG(info->peer_sha256));
    end->verified = info->peer_verified;
    CHECK(info->bits >= 128);
}

static void run_end(void *arg)
{
    struct end *end = arg;
    end->stream = stream_over_fd(end->fd, 20000);
    stream_set_timeout(end->stream, 5000);
    end->status = end->server ? stream_accept_tls(end->stream, end->context)
                              : stream_connect_tls(end->stream, end->context, end->asks);
    snprintf(end->error, sizeof end->error, "%s", stream_error(end->stream));
    if (end->status == STREAM_OK) {
        note(end);
        if (end->then)
            end->then(end);
    }
    stream_destroy(end->stream);
}

static void run_both(struct end *server, struct end *client)
{
    int fds[2];
    struct loop *loop = loop_create();
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    server->server = true;
    server->fd = fds[0];
    client->fd = fds[1];
    server->arena = arena_create(10000);
    client->arena = arena_create(10000);
    CHECK(task_start(loop, run_end, server));
    CHECK(task_start(loop, run_end, client));
    loop_run(loop);
    loop_destroy(loop);
}

static void finish_both(struct end *server, struct end *client)
{
    tls_context_destroy(server->context);
    tls_context_destroy(client->context);
    arena_destroy(server->arena);
    arena_destroy(client->arena);
}

static void serve_lines(struct end *end)
{
    struct str line;
    while (stream_line(end->stream, 1000, &line) == STREAM_OK)
        stream_write(end->stream, line);
    CHECK(stream_status(end->stream) == STREAM_END);
    CHECK(stream_line(end->stream, 1000, &line) == STREAM_END);
    CHECK(stream_flush(end->stream) == STREAM_END);
    CHECK(stream_tls(end->stream) != NULL);
}

static void ask_lines(struct end *end)
{
    struct str line;
    for (int i = 0; i < 50; i++) {
        stream_printf(end->stream, "line %d\r\n", i);
        if (i % 5)
            continue;
        CHECK(stream_flush(end->stream) == STREAM_OK);
    }
    for (int i = 0; i < 50; i++) {
        char wanted[20];
        snprintf(wanted, sizeof wanted, "line %d\r\n", i);
        CHECK(stream_line(end->stream, 1000, &line) == STREAM_OK);
        CHECK_STR(line, wanted);
    }
}

TEST(two_ends_talk_and_close_in_good_order)
{
    struct end server = {.context = server_with((struct tls_server_options){0}), .then = serve_lines};
    struct end client = {.context = client_with((struct tls_client_options){0}), .then = ask_lines};
    client.asks = STR("mail.example.org");
    run_both(&server, &client);
    CHECK_INT(server.status, STREAM_OK);
    CHECK_INT(client.status, STREAM_OK);
    CHECK_STR(str_of(server.protocol), "TLSv1.3");
    CHECK_STR(str_of(server.name), "mail.example.org");
    CHECK_STR(str_of(server.peer), "");
    CHECK_STR(str_of(server.print), "");
    CHECK_STR(str_of(client.peer), "mail.example.org");
    CHECK_INT(strlen(client.print), 95);
    CHECK(!client.verified);
    finish_both(&server, &client);
}

/* RFC 9266, RFC 5929 4 */
TEST(both_ends_have_the_same_channel_bindings)
{
    struct end server = {.context = server_with((struct tls_server_options){0})};
    struct end client = {.context = client_with((struct tls_client_options){0})};
    run_both(&server, &client);
    CHECK_INT(server.bindings[0].len, 32);
    CHECK(str_eq(server.bindings[0], client.bindings[0]));
    CHECK_INT(server.bindings[1].len, 48); /* signed with SHA-384 */
    CHECK(str_eq(server.bindings[1], client.bindings[1]));
    CHECK_INT(server.bindings[2].len, 0);
    CHECK_INT(client.bindings[2].len, 0);
    finish_both(&server, &client);
}

/* --- names --- */

TEST(a_client_that_verifies_takes_only_the_name_it_asked_for)
{
    struct tls_server_options options = {0};
    struct end server = {.context = server_with(options)}, client = {0};
    client.context = client_with((struct tls_client_options){.verify = true, .ca_file = path_of("one.pem")});
    client.asks = STR("mail.example.org");
    run_both(&server, &client);
    CHECK_INT(client.status, STREAM_OK);
    CHECK(client.verified);
    arena_destroy(server.arena);
    arena_destroy(client.arena);

    client.asks = STR("other.example.org");
    run_both(&server, &client);
    CHECK_INT(client.status, STREAM_ERROR);
    CHECK_STR(str_of(client.error), "TLS: hostname mismatch");
    arena_destroy(server.arena);
    arena_destroy(client.arena);

    client.asks = STR("192.0.2.1");
    run_both(&server, &client);
    CHECK_INT(client.status, STREAM_ERROR);
    CHECK_STR(str_of(client.error), "TLS: IP address mismatch");
    finish_both(&server, &client);
}

TEST(a_client_that_verifies_refuses_an_unknown_issuer)
{
    struct end server = {.context = server_with((struct tls_server_options){0})}, client = {0};
    test_certificate(path_of("stranger.pem"), "stranger", "stranger.example");
    client.context =
        client_with((struct tls_client_options){.verify = true, .ca_file = path_of("stranger.pem")});
    run_both(&server, &client);
    CHECK_INT(client.status, STREAM_ERROR);
    CHECK(str_starts(str_of(client.error), STR("TLS: self-signed certificate")));
    CHECK_INT(server.status == STREAM_OK || server.status == STREAM_ERROR, 1);
    finish_both(&server, &client);
}

/* RFC 6066 3 */
TEST(another_name_has_another_chain)
{
    struct verdict verdict;
    struct end server = {.context = server_with((struct tls_server_options){0})}, client = {0};
    test_certificate(path_of("two.pem"), NULL, "second.example.net");
    CHECK(tls_server_add_name(server.context, "third.example.net", path_of("one.pem"), NULL, &verdict));
    CHECK(tls_server_add_name(server.context, "second.example.net", path_of("two.pem"), NULL, &verdict));
    CHECK(!tls_server_add_name(server.context, "no.example.net", path_of("none.pem"), NULL, &verdict));
    CHECK_INT(verdict.code, 454);
    client.context = client_with((struct tls_client_options){.verify = true, .ca_file = path_of("two.pem")});
    client.asks = STR("Second.Example.NET");
    run_both(&server, &client);
    CHECK_INT(client.status, STREAM_OK);
    CHECK_STR(str_of(client.peer), "second.example.net");
    CHECK(str_eq(server.bindings[1], client.bindings[1]));
    arena_destroy(server.arena);
    arena_destroy(client.arena);
    client.asks = STR("no.example.net");
    run_both(&server, &client);
    CHECK_INT(client.status, STREAM_ERROR);
    finish_both(&server, &client);
}

TEST(a_certificate_is_read_again_when_its_file_changes_and_kept_when_it_cannot_be)
{
    test_certificate(path_of("live.pem"), "first", "live.example");
    struct end server = {.context =
                             server_with((struct tls_server_options){.chain_file = path_of("live.pem")})};
    struct end client = {.context = client_with((struct tls_client_options){0})};
    test_certificate(path_of("live.pem"), "renewed", "live.example");
    run_both(&server, &client);
    CHECK_STR(str_of(client.peer), "renewed");
    finish_both(&server, &client);

    server.context = server_with((struct tls_server_options){.chain_file = path_of("live.pem")});
    client.context = client_with((struct tls_client_options){0});
    FILE *broken = fopen(path_of("live.pem"), "w");
    CHECK(broken && fputs("-----BEGIN CERTIFICATE-----\n", broken) >= 0);
    fclose(broken);
    run_both(&server, &client);
    CHECK_INT(client.status, STREAM_OK);
    CHECK_STR(str_of(client.peer), "renewed");
    finish_both(&server, &client);
}

TEST(a_context_that_cannot_be_made_says_why)
{
    struct verdict verdict;
    struct tls_server_options options = {.chain_file = "/nonexistent/chain.pem"};
    CHECK(tls_server_create(&options, &verdict) == NULL);
    CHECK_INT(verdict.code, 454);
    CHECK_INT(verdict.subject, 7);
    CHECK(str_starts(str_of(verdict.text), STR("TLS not available: ")));
    struct tls_client_options client = {.verify = true, .ca_file = "/nonexistent/ca.pem"};
    CHECK(tls_client_create(&client, &verdict) == NULL);
    CHECK_INT(verdict.class, VERDICT_DEFER);
    tls_context_destroy(NULL);
}

/* --- protocols: RFC 7301 3.2 --- */

static enum stream_status handshake_with(const char *serves, const char *offers, char error[120])
{
    struct end server = {.context = server_with((struct tls_server_options){.alpn = serves})};
    struct end client = {.context = client_with((struct tls_client_options){.alpn = offers})};
    run_both(&server, &client);
    CHECK_INT(server.status, client.status);
    snprintf(error, 120, "%s", client.error);
    finish_both(&server, &client);
    return server.status;
}

TEST(a_client_that_offers_other_protocols_is_refused)
{
    char error[120];
    CHECK_INT(handshake_with("imap", "imap", error), STREAM_OK);
    CHECK_INT(handshake_with("imap", NULL, error), STREAM_OK);
    CHECK_INT(handshake_with(NULL, NULL, error), STREAM_OK);
    CHECK_INT(handshake_with(NULL, "smtp", error), STREAM_OK);
    CHECK_INT(handshake_with("imap", "pop3", error), STREAM_ERROR);
    CHECK_STR(str_of(error), "TLS: tlsv1 alert no application protocol");
    CHECK_INT(handshake_with(NULL, "h2", error), STREAM_ERROR);
    CHECK_INT(handshake_with(NULL, "http/1.1", error), STREAM_ERROR);
    CHECK_INT(handshake_with(NULL, "ftp", error), STREAM_ERROR);
}

/* --- injection --- */

TEST(input_before_the_handshake_is_refused)
{
    int fds[2];
    struct str line;
    struct tls_context *context = server_with((struct tls_server_options){0});
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    CHECK(write(fds[1], "STARTTLS\r\nEVIL\r\n", 16) == 16);
    struct stream *stream = stream_over_fd(fds[0], 100);
    CHECK(stream_line(stream, 100, &line) == STREAM_OK);
    CHECK(stream_accept_tls(stream, context) == STREAM_ERROR);
    CHECK_STR(str_of(stream_error(stream)), "TLS: input before the handshake");
    CHECK(stream_line(stream, 100, &line) == STREAM_ERROR);
    CHECK(stream_tls(stream) == NULL);
    stream_destroy(stream);
    close(fds[1]);
    tls_context_destroy(context);
}

TEST(there_is_no_tls_over_memory)
{
    struct tls_context *context = server_with((struct tls_server_options){0});
    struct stream *stream = stream_over_memory(STR(""), 100, NULL);
    CHECK(stream_accept_tls(stream, context) == STREAM_ERROR);
    stream_destroy(stream);
    tls_context_destroy(context);
}

TEST(a_peer_that_says_nothing_ends_the_handshake_at_the_timeout)
{
    int fds[2];
    struct tls_context *context = server_with((struct tls_server_options){0});
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    struct stream *stream = stream_over_fd(fds[0], 100);
    stream_set_timeout(stream, 20);
    CHECK(stream_accept_tls(stream, context) == STREAM_TIMEOUT);
    CHECK(stream_tls(stream) == NULL);
    stream_destroy(stream);
    close(fds[1]);
    tls_context_destroy(context);
}

TEST(clear_text_where_a_handshake_belongs_breaks_the_stream)
{
    int fds[2];
    struct tls_context *context = server_with((struct tls_server_options){0});
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    CHECK(write(fds[1], "EHLO client.example\r\n", 21) == 21);
    struct stream *stream = stream_over_fd(fds[0], 100);
    CHECK(stream_accept_tls(stream, context) == STREAM_ERROR);
    CHECK(str_starts(str_of(stream_error(stream)), STR("TLS: ")));
    stream_destroy(stream);
    close(fds[1]);
    tls_context_destroy(context);
}

/* --- the end --- */

static void cut_off(struct end *end)
{
    CHECK(stream_flush(end->stream) == STREAM_OK);
    shutdown(stream_fd(end->stream), SHUT_RDWR);
}

static void notice_cut(struct end *end)
{
    CHECK(stream_fill(end->stream, 1) == STREAM_ERROR);
    CHECK_STR(str_of(stream_error(end->stream)), "lost connection");
}

TEST(a_connection_cut_without_a_close_notify_is_an_error_and_no_end)
{
    struct end server = {.context = server_with((struct tls_server_options){0}), .then = notice_cut};
    struct end client = {.context = client_with((struct tls_client_options){0}), .then = cut_off};
    run_both(&server, &client);
    finish_both(&server, &client);
}

static void send_much(struct end *end)
{
    char *much = malloc(1000000);
    for (int i = 0; i < 1000000; i++)
        much[i] = (char)(i % 251);
    stream_write(end->stream, str_make(much, 1000000));
    FILE *file = tmpfile();
    CHECK(file && fwrite(much, 1, 100000, file) == 100000 && fflush(file) == 0);
    CHECK(stream_send_file(end->stream, fileno(file), 0, 100000) == STREAM_OK);
    fclose(file);
    free(much);
    CHECK(stream_fill(end->stream, 1) == STREAM_END);
}

static void take_much(struct end *end)
{
    unsigned char piece[1000];
    int wrong = 0;
    for (int at = 0; at < 1100000; at += 1000) {
        CHECK(stream_read(end->stream, piece, sizeof piece) == STREAM_OK);
        for (int i = 0; i < 1000; i++)
            wrong += piece[i] != (at % 1000000 + i) % 251;
    }
    CHECK_INT(wrong, 0);
    CHECK(!stream_has_input(end->stream));
}

TEST(more_than_a_socket_holds_goes_through)
{
    struct end server = {.context = server_with((struct tls_server_options){0}), .then = send_much};
    struct end client = {.context = client_with((struct tls_client_options){0}), .then = take_much};
    run_both(&server, &client);
    CHECK_INT(client.status, STREAM_OK);
    finish_both(&server, &client);
}

/* --- a foreign client, and a server outside of tasks --- */

struct stranger {
    SSL_SESSION *session; /* to be resumed; replaced by the new one */
    int fd, version;
    bool connected, resumed;
    unsigned char finished[64];
    size_t finished_len;
};

static int keep_session(SSL *ssl, SSL_SESSION *session)
{
    struct stranger *stranger = SSL_get_app_data(ssl);
    SSL_SESSION_free(stranger->session);
    stranger->session = session;
    return 1;
}

static void *stranger_connects(void *arg)
{
    struct stranger *stranger = arg;
    char byte;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(ctx, stranger->version);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, keep_session);
    SSL *ssl = SSL_new(ctx);
    SSL_set_app_data(ssl, stranger);
    SSL_set_fd(ssl, stranger->fd);
    if (stranger->session)
        SSL_set_session(ssl, stranger->session);
    stranger->connected = SSL_connect(ssl) == 1;
    stranger->resumed = SSL_session_reused(ssl);
    stranger->finished_len = stranger->resumed ? SSL_get_peer_finished(ssl, stranger->finished, 64)
                                               : SSL_get_finished(ssl, stranger->finished, 64);
    SSL_read(ssl, &byte, 1);
    SSL_shutdown(ssl);
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    close(stranger->fd);
    return NULL;
}

struct met {
    bool resumed;
    char protocol[20];
    struct str exporter, unique;
};

static struct met meet(struct tls_context *context, struct stranger *stranger, struct arena *arena)
{
    int fds[2];
    pthread_t thread;
    struct met met = {0};
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    stranger->fd = fds[1];
    CHECK(pthread_create(&thread, NULL, stranger_connects, stranger) == 0);
    struct stream *stream = stream_over_fd(fds[0], 100);
    stream_set_timeout(stream, 5000);
    if (stream_accept_tls(stream, context) == STREAM_OK) {
        met.resumed = stream_tls(stream)->resumed;
        snprintf(met.protocol, sizeof met.protocol, "%s", stream_tls(stream)->protocol);
        tls_channel_binding(stream, "tls-exporter", arena, &met.exporter);
        tls_channel_binding(stream, "tls-unique", arena, &met.unique);
        CHECK(!tls_channel_binding(stream, "tls-other", arena, &(struct str){NULL, 0}));
        stream_write(stream, STR("x"));
        CHECK(stream_flush(stream) == STREAM_OK);
        CHECK(stream_fill(stream, 1) == STREAM_END);
    }
    stream_destroy(stream);
    pthread_join(thread, NULL);
    return met;
}

/* RFC 5929 3.1, RFC 9266 2 */
TEST(with_tls_1_2_the_first_finished_message_binds_the_channel)
{
    struct tls_context *context = server_with((struct tls_server_options){.ticket_name = "submission"});
    struct stranger stranger = {.version = TLS1_2_VERSION};
    struct arena *arena = arena_create(10000);
    for (int i = 0; i < 2; i++) {
        struct met met = meet(context, &stranger, arena);
        CHECK_STR(str_of(met.protocol), "TLSv1.2");
        CHECK_INT(met.resumed, i);
        CHECK_INT(stranger.resumed, i);
        CHECK_INT(met.unique.len, 12);
        CHECK(str_eq(met.unique, str_make(stranger.finished, stranger.finished_len)));
        CHECK_INT(met.exporter.len, 32);
    }
    SSL_SESSION_free(stranger.session);
    arena_destroy(arena);
    tls_context_destroy(context);
}

TEST(a_ticket_resumes_its_service_and_is_worth_nothing_to_another)
{
    test_certificate(path_of("ticket.pem"), "ticket", "ticket.example");
    struct tls_server_options options = {.chain_file = path_of("ticket.pem"), .ticket_name = "submission"};
    struct tls_context *context = server_with(options);
    options.ticket_name = "imap";
    struct tls_context *other = server_with(options);
    struct stranger stranger = {.version = TLS1_3_VERSION};
    struct arena *arena = arena_create(10000);
    CHECK(!meet(context, &stranger, arena).resumed);
    CHECK(stranger.connected && stranger.session);
    CHECK(meet(context, &stranger, arena).resumed);
    CHECK(!meet(other, &stranger, arena).resumed);
    SSL_SESSION_free(stranger.session);
    arena_destroy(arena);
    tls_context_destroy(context);
    tls_context_destroy(other);
}

TEST(a_version_before_1_2_is_refused)
{
    struct tls_context *context = server_with((struct tls_server_options){0});
    struct stranger stranger = {.version = TLS1_1_VERSION};
    struct met met = meet(context, &stranger, NULL);
    CHECK_STR(str_of(met.protocol), "");
    CHECK(!stranger.connected);
    tls_context_destroy(context);
}
