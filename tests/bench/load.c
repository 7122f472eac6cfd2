/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_load: puts a load on a mail server and prints what it saw as one JSON object. tests/bench/run drives it.
 */
#include "load.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "io/task.h"

enum { BODY_LINE = 76, CONNECT_MS = 30000 };

int64_t load_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool load_take(struct load *load, unsigned *number)
{
    if (load->taken == load->messages)
        return false;
    *number = load->taken++;
    return true;
}

void load_done(struct load *load, int64_t began_us)
{
    load->latency_us[load->done++] = (uint32_t)(load_now_us() - began_us);
}

void load_fail(struct load *load, const char *doing, struct str answer)
{
    if (load->failed++ == 0)
        snprintf(load->complaint, sizeof load->complaint, "%s: " STR_FMT, doing, STR_ARG(answer));
}

struct stream *load_connect(struct load *load)
{
    int fd = connect_inet(&load->server, NULL, deadline_in(CONNECT_MS));
    if (fd >= 0)
        return stream_over_fd(fd, LOAD_INPUT_LIMIT);
    load_fail(load, "connect", str_of(strerror(errno)));
    return NULL;
}

bool load_line(struct stream *stream, struct str *line)
{
    *line = STR("");
    if (stream_line(stream, LOAD_LINE_LIMIT, line) != STREAM_OK)
        return false;
    *line = str_trim(*line);
    return true;
}

/* A message of so many octets in all, CRLF line ends, with the final dot of DATA behind it. */
static void make_message(struct load *load, size_t size)
{
    buf_init(&load->message, size + LOAD_LINE_LIMIT);
    buf_printf(&load->message,
               "From: <sender@load.example>\r\nTo: <user1@%s>\r\nSubject: load\r\n"
               "Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <load@load.example>\r\n\r\n",
               load->domain);
    while (load->message.len + 2 < size) {
        size_t room = size - load->message.len - 2;
        for (size_t i = 0; i < (room < BODY_LINE ? room : BODY_LINE); i++)
            buf_add_char(&load->message, (char)('a' + (i + load->message.len) % 26));
        buf_add(&load->message, STR("\r\n"));
    }
    buf_add(&load->message, STR(".\r\n"));
}

static int compare_latencies(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void print_report(struct load *load, int64_t took_us)
{
    qsort(load->latency_us, load->done, sizeof *load->latency_us, compare_latencies);
    unsigned last = load->done ? load->done - 1 : 0;
    printf("{\"done\": %u, \"failed\": %u, \"octets\": %llu, \"seconds\": %.6f, \"p50_ms\": %.3f, \"p99_ms\": %.3f, "
           "\"complaint\": \"",
           load->done, load->failed, (unsigned long long)load->octets, (double)took_us / 1e6,
           load->latency_us[last / 2] / 1e3, load->latency_us[(uint64_t)last * 99 / 100] / 1e3);
    for (const char *at = load->complaint; *at; at++)
        putchar(char_is_print(*at) && *at != '"' && *at != '\\' ? *at : '?');
    printf("\"}\n");
}

static void (*const tasks[])(void *) = {load_send, load_send, load_read_pop3, load_read_imap, load_idle};
static const char *const kinds[] = {"smtp", "lmtp", "pop3", "imap", "idle"};

static int usage(void)
{
    fputs("usage: bench_load smtp|lmtp|pop3|imap|idle IP PORT [--sessions N] [--messages N] [--per-connection N]\n"
          "                  [--size OCTETS] [--users N] [--domain NAME] [--password TEXT]\n",
          stderr);
    return 2;
}

static unsigned number(const char *text)
{
    uint64_t value;
    if (!str_to_u64(str_of(text), &value) || value > UINT32_MAX)
        exit(usage());
    return (unsigned)value;
}

static size_t read_options(struct load *load, int argc, char **argv)
{
    static const struct option options[] = {
        {"sessions", 1, NULL, 's'}, {"messages", 1, NULL, 'm'}, {"per-connection", 1, NULL, 'c'},
        {"size", 1, NULL, 'b'},     {"users", 1, NULL, 'u'},    {"domain", 1, NULL, 'd'},
        {"password", 1, NULL, 'p'}, {NULL, 0, NULL, 0}};
    size_t size = 4096;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 's': load->sessions = number(optarg); break;
        case 'm': load->messages = number(optarg); break;
        case 'c': load->per_connection = number(optarg); break;
        case 'b': size = number(optarg); break;
        case 'u': load->users = number(optarg); break;
        case 'd': load->domain = optarg; break;
        case 'p': load->password = optarg; break;
        default: exit(usage());
        }
    }
    return size;
}

int main(int argc, char **argv)
{
    struct load load = {.domain = "load.example", .password = "secret", .sessions = 1, .messages = 1, .users = 1};
    size_t size = read_options(&load, argc, argv);
    size_t kind = 0, kind_count = sizeof kinds / sizeof kinds[0];
    if (argc - optind != 3 || load.users == 0 || load.messages == 0 ||
        !address_from_ip(str_of(argv[optind + 1]), (uint16_t)number(argv[optind + 2]), &load.server))
        return usage();
    while (kind < kind_count && strcmp(kinds[kind], argv[optind]) != 0)
        kind++;
    if (kind == kind_count)
        return usage();
    load.lmtp = strcmp(kinds[kind], "lmtp") == 0;
    load.latency_us = calloc(load.messages, sizeof *load.latency_us);
    make_message(&load, size);

    struct loop *loop = loop_create();
    int64_t began = load_now_us();
    for (unsigned i = 0; i < load.sessions; i++)
        if (!task_start(loop, tasks[kind], &load))
            load_fail(&load, "start a session", str_of(strerror(errno)));
    loop_run(loop);
    print_report(&load, load_now_us() - began);
    loop_destroy(loop);
    buf_finish(&load.message);
    free(load.latency_us);
    return load.failed ? 1 : 0;
}
