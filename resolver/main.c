/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * resolver: the DNS of the whole system, by libunbound with one cache. It speaks DNS to the network and
 * answers the other programs on its socket; it has nothing else. libunbound works in a thread of its own; its
 * answers come back through a descriptor that one task watches.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>

#include "base/memory.h"
#include "conf/params.h"
#include "dns/dns_query.h"
#include "dns/lookup.h"
#include "io/file.h"
#include "resolver/params.h"
#include "resolver/rdata.h"
#include "wire/channel.h"
#include "worker/worker.h"

enum { ANSWER_MEMORY = 128 * 1024, RECORD_LIMIT = 200, ZONE_FILE_LIMIT = 16 * 1024 * 1024, CLASS_IN = 1 };

struct resolver {
    const struct resolver_params *params;
    struct log *log;
    struct ub_ctx *unbound; /* owned */
    size_t questions;
};

/* A question on its way; lives until libunbound has called back, even when nobody waits any more. */
struct question {
    struct gate gate;
    struct ub_result *result; /* owned */
    int error;
    bool answered, abandoned;
};

static const struct param_set *const sets[] = {&conf_param_set, &resolver_param_set, NULL};
static const char *const reads[] = {"resolver_zone_file", "resolver_trust_anchor_file", NULL};

static bool unbound_failed(int error, const char *what, struct verdict *verdict)
{
    return error == 0 || verdict_set(verdict, 451, "4.3", "%s: %s", what, ub_strerror(error));
}

/* Local data only: the root is a static zone, so every name that the file does not have does not exist. */
static bool load_zone_file(struct resolver *resolver, struct arena *arena, struct verdict *verdict)
{
    struct buf text;
    const char *path = arena_cstr(arena, resolver->params->zone_file);
    buf_init(&text, ZONE_FILE_LIMIT);
    bool loaded = file_read_whole(AT_FDCWD, path, &text) || verdict_system(verdict, path, errno);
    loaded =
        loaded && unbound_failed(ub_ctx_zone_add(resolver->unbound, ".", "static"), "root zone", verdict);
    struct str rest = buf_str(&text), line;
    for (size_t number = 1; loaded && str_cut(&rest, '\n', &line); number++) {
        line = str_trim(line);
        if (line.len == 0 || line.at[0] == ';' || line.at[0] == '#')
            continue;
        loaded = ub_ctx_data_add(resolver->unbound, arena_cstr(arena, line)) == 0 ||
                 verdict_set(verdict, 550, "3.5", "resolver_zone_file: %s, line %zu: not a record: " STR_FMT,
                             path, number, STR_ARG(line));
    }
    buf_finish(&text);
    return loaded;
}

static bool set_servers(struct resolver *resolver, struct arena *arena, struct verdict *verdict)
{
    struct str rest = resolver->params->forwarders, word;
    if (rest.len == 0 && resolver->params->use_system)
        return unbound_failed(ub_ctx_resolvconf(resolver->unbound, NULL), "/etc/resolv.conf", verdict);
    while (str_word(&rest, ", \t", &word))
        if (!unbound_failed(ub_ctx_set_fwd(resolver->unbound, arena_cstr(arena, word)), "resolver_forwarders",
                            verdict))
            return false;
    return true;
}

static bool open_resolver(struct run *run, struct verdict *verdict)
{
    struct resolver *resolver = memory_get(sizeof *resolver);
    struct arena *arena = run_arena(run);
    resolver->params = run_params(run, &resolver_param_set);
    resolver->log = run_log(run);
    resolver->unbound = ub_ctx_create();
    run_set_state(run, resolver);
    if (!resolver->unbound)
        return verdict_system(verdict, "libunbound", errno);
    if (!unbound_failed(ub_ctx_async(resolver->unbound, 1), "thread", verdict))
        return false;
    struct str anchor = resolver->params->trust_anchor_file;
    if (anchor.len && !unbound_failed(ub_ctx_add_ta_file(resolver->unbound, arena_cstr(arena, anchor)),
                                      "trust anchor", verdict))
        return false;
    return resolver->params->zone_file.len ? load_zone_file(resolver, arena, verdict)
                                           : set_servers(resolver, arena, verdict);
}

/* Calls back for each answer that has come. */
static void process_task(void *arg)
{
    struct resolver *resolver = arg;
    while (io_wait(ub_fd(resolver->unbound), IO_READ, DEADLINE_NEVER) == IO_READY)
        if (ub_process(resolver->unbound) != 0)
            break;
}

/* The first question makes libunbound create its thread, which must be before seccomp. */
static bool start(struct run *run, struct verdict *verdict)
{
    struct resolver *resolver = run_state(run);
    struct ub_result *result = NULL;
    int error = ub_resolve(resolver->unbound, "localhost", DNS_A, CLASS_IN, &result);
    if (error == 0)
        ub_resolve_free(result);
    return task_start(run_loop(run), process_task, resolver) || verdict_system(verdict, "task", errno);
}

static void question_free(struct question *question)
{
    ub_resolve_free(question->result);
    free(question);
}

static void called_back(void *arg, int error, struct ub_result *result)
{
    struct question *question = arg;
    question->result = result;
    question->error = error;
    question->answered = true;
    if (question->abandoned)
        question_free(question);
    else
        gate_wake(&question->gate);
}

static void read_records(const struct ub_result *result, enum dns_type type, struct arena *arena,
                         struct dns_answer *answer)
{
    size_t count = 0;
    answer->records = arena_array(arena, RECORD_LIMIT, sizeof *answer->records);
    for (size_t i = 0; result->data[i] && count < RECORD_LIMIT; i++) {
        struct str octets = str_make(result->data[i], (size_t)result->len[i]);
        if (rdata_read(type, octets, arena, &answer->records[count]))
            count++;
    }
    answer->records_count = count;
    if (count == 0)
        answer->status = DNS_NO_DATA;
}

static void judge(const struct question *question, enum dns_type type, struct arena *arena,
                  struct dns_answer *answer)
{
    enum { NXDOMAIN = 3 };
    const struct ub_result *result = question->result;
    *answer = (struct dns_answer){.status = DNS_TEMPORARY};
    if (!question->answered || question->error || !result) {
        answer->reason = question->error ? str_of(ub_strerror(question->error)) : STR("timeout");
    } else if (result->bogus) {
        answer->reason = str_of(result->why_bogus ? result->why_bogus : "DNSSEC validation failed");
    } else if (result->havedata) {
        answer->status = DNS_FOUND;
        answer->secure = result->secure;
        read_records(result, type, arena, answer);
    } else if (result->rcode == NXDOMAIN || result->rcode == 0) {
        answer->status = result->rcode == NXDOMAIN ? DNS_NO_NAME : DNS_NO_DATA;
        answer->secure = result->secure;
    } else {
        answer->reason = STR("name server failure");
    }
}

static void resolve(struct resolver *resolver, const struct dns_query *query, struct arena *arena,
                    struct dns_answer *answer)
{
    struct question *question = memory_get(sizeof *question);
    const char *name = arena_cstr(arena, query->name);
    int id;
    question->error = resolver->questions >= (size_t)resolver->params->question_limit
                          ? UB_NOMEM
                          : ub_resolve_async(resolver->unbound, name, (int)query->type, CLASS_IN, question,
                                             called_back, &id);
    bool asked = question->error == 0;
    int64_t deadline = deadline_in(resolver->params->timeout);
    resolver->questions++;
    while (asked && !question->answered && gate_wait(&question->gate, deadline))
        continue;
    resolver->questions--;
    judge(question, (enum dns_type)query->type, arena, answer);
    answer->reason = arena_copy(arena, answer->reason);
    if (asked && !question->answered)
        question->abandoned = true;
    else
        question_free(question);
}

static void serve(struct run *run, int fd, const struct address *peer)
{
    struct resolver *resolver = run_state(run);
    struct packet packet;
    bool going = true;
    (void)peer;
    packet_init(&packet);
    while (going && channel_receive(fd, &packet, DEADLINE_NEVER) == 1) {
        struct arena *arena = arena_create(ANSWER_MEMORY);
        struct dns_query query;
        struct dns_answer answer;
        going = packet.kind == DNS_QUERY && packet_decode(&packet, &dns_query_message, arena, &query) &&
                !str_contains(query.name, '\0');
        if (going) {
            resolve(resolver, &query, arena, &answer);
            going = channel_send(fd, DNS_ANSWER, &dns_answer_message, &answer, NULL, 0, deadline_in(10000));
        }
        arena_destroy(arena);
    }
    packet_finish(&packet);
    io_close(fd);
}

static const char *const callers[] = {"relais-smtpd", "relais-queue", "relais-smtp", NULL};

static const struct worker resolver_worker = {
    .name = "resolver",
    .user = "relais-dns",
    .style = WORKER_TASKS,
    .may = MAY_USE_DNS | MAY_MAKE_THREADS,
    .sets = sets,
    .callers = callers,
    .reads = reads,
    .open = open_resolver,
    .start = start,
    .serve = serve,
};

int main(int argc, char **argv)
{
    return worker_main(&resolver_worker, argc, argv);
}
