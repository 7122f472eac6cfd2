/* SPDX-License-Identifier: BSD-2-Clause */
/* Judging who asks, and answering. */
#include "showq/serve.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/fdpass.h"
#include "io/file.h"
#include "io/task.h"
#include "mail/queue_list.h"
#include "mail/queue_print.h"
#include "mail/queueid.h"
#include "wire/channel.h"
#include "wire/queue_answer.h"
#include "wire/queue_order.h"
#include "wire/queue_orders.h"

enum {
    QUESTION_LIMIT = 600,
    ASK_MS = 60000,
    ANSWER_MEMORY = 64 * 1024,
    PIECE = 64 * 1024,
    PRINT_LIMIT = 64 * 1024 * 1024
};

/* Root and who owns the queue always may, as in Postfix. */
static bool may(const struct system_user *caller, struct match_list *users, const char *what,
                struct verdict *verdict)
{
    return caller->uid == 0 || caller->uid == geteuid() || system_user_may(caller, users, what, verdict);
}

static void refuse(struct showq *showq, struct stream *stream, const struct system_user *caller,
                   const struct verdict *verdict)
{
    log_say(showq->log, LOG_INFO_LEVEL, STR(""), "refused to %s: %s", caller->name, verdict->text);
    stream_printf(stream, "no %s\n", verdict->text);
}

/* --- listing --- */

/* The list is made in a memory file first: nobody waits for a reader with the index open. */
struct list {
    int fd;
    struct queue_print print;
    struct buf text;
    uint64_t size;
    bool failed;
};

static void write_out(struct list *list)
{
    list->failed = list->failed || list->text.over || !file_write_all(list->fd, buf_str(&list->text));
    list->size += list->text.len;
    buf_clear(&list->text);
}

static bool add_one(void *arg, struct str id, enum queue_state state, const struct listing *listing)
{
    struct list *list = arg;
    queue_print_one(&list->print, id, state, listing, &list->text);
    if (list->text.len >= PIECE)
        write_out(list);
    return !list->failed;
}

static bool make_list(struct showq *showq, struct list *list, struct verdict *verdict)
{
    if (!queue_list(showq->queue_directory, add_one, list, verdict))
        return false;
    queue_print_end(&list->print, &list->text);
    write_out(list);
    return !list->failed || verdict_set(verdict, 451, "3.0", "the list cannot be made");
}

static void send_list(struct showq *showq, struct stream *stream, bool json)
{
    struct list list = {.fd = memfd_create("queue", MFD_CLOEXEC), .print = {.json = json}};
    struct verdict verdict;
    buf_init(&list.text, PRINT_LIMIT);
    if (list.fd < 0)
        stream_printf(stream, "no %s\n", strerror(errno));
    else if (!make_list(showq, &list, &verdict))
        stream_printf(stream, "no %s\n", verdict.text);
    else {
        stream_printf(stream, "ok\n");
        stream_send_file(stream, list.fd, 0, (size_t)list.size);
    }
    buf_finish(&list.text);
    if (list.fd >= 0)
        close(list.fd);
}

/* --- flushing --- */

static bool give_order(struct showq *showq, const struct queue_order *order, uint64_t *count,
                       struct verdict *verdict)
{
    struct arena *arena = arena_create(ANSWER_MEMORY);
    struct packet packet;
    struct queue_answer answer;
    int fd = unix_connect(showq->qmgr_socket);
    packet_init(&packet);
    bool answered =
        fd >= 0 &&
        channel_send(fd, QUEUE_KIND_ORDER, &queue_order_message, order, NULL, 0, deadline_in(ASK_MS)) &&
        channel_receive(fd, &packet, deadline_in(ASK_MS)) == 1 && packet.kind == QUEUE_KIND_ANSWER &&
        packet_decode(&packet, &queue_answer_message, arena, &answer);
    bool done = answered && !answer.error.len;
    if (!answered)
        verdict_set(verdict, 451, "3.0", "the queue manager does not answer");
    else if (!done)
        verdict_set(verdict, 550, "3.0", STR_FMT, STR_ARG(answer.error));
    *count = done ? answer.count : 0;
    packet_finish(&packet);
    if (fd >= 0)
        io_close(fd);
    arena_destroy(arena);
    return done;
}

static void flush(struct showq *showq, struct stream *stream, const struct queue_order *order)
{
    struct verdict verdict;
    uint64_t count;
    if (give_order(showq, order, &count, &verdict))
        stream_printf(stream, "ok %" PRIu64 "\n", count);
    else
        stream_printf(stream, "no %s\n", verdict.text);
}

/* --- the question --- */

static void answer(struct showq *showq, struct stream *stream, const struct system_user *caller,
                   struct str question)
{
    struct queue_order order = {.order = QUEUE_ORDER_FLUSH};
    struct str word, rest = question;
    struct verdict verdict;
    bool named = str_word(&rest, " ", &word),
         list = named && (str_eq(word, STR("list")) || str_eq(word, STR("json")));
    rest = str_trim(rest);
    bool good = list || (named && str_eq(word, STR("flush")) && !rest.len) ||
                (named && str_eq(word, STR("flush-id")) && queue_id_parse(rest, NULL)) ||
                (named && str_eq(word, STR("flush-site")) && rest.len);
    if (!good) {
        stream_printf(stream, "no such question\n");
        return;
    }
    if (!may(caller, list ? showq->mailq_users : showq->flush_users,
             list ? "view the mail queue" : "flush the mail queue", &verdict)) {
        refuse(showq, stream, caller, &verdict);
        return;
    }
    if (str_eq(word, STR("flush-id")))
        order.queue_id = rest;
    if (str_eq(word, STR("flush-site")))
        order.site = rest;
    if (list)
        send_list(showq, stream, str_eq(word, STR("json")));
    else
        flush(showq, stream, &order);
}

void showq_converse(struct showq *showq, struct stream *stream, const struct system_user *caller)
{
    struct str line;
    stream_set_timeout(stream, ASK_MS);
    if (stream_line(stream, QUESTION_LIMIT, &line) != STREAM_OK)
        return;
    answer(showq, stream, caller, str_trim(line));
    stream_flush(stream);
}
