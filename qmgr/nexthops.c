/* SPDX-License-Identifier: BSD-2-Clause */
/* Next hops by domain: asked for in order, by as many tasks as there are questions, up to the limit. */
#include "qmgr/nexthops.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "io/listen.h"

enum { ANSWER_MEMORY = 256 * 1024, SITE_NAME_LIMIT = 8 * 1024, KEY_LIMIT = 1024 };

/* A domain. */
struct nexthop_entry {
    struct str domain;          /* owned, as its key */
    struct str site;            /* owned; empty: not known */
    int64_t until;              /* monotonic ms: good for so long */
    int64_t since;              /* monotonic ms: in the line from then on */
    bool asked;                 /* it stands in the line, or a task has it */
    struct nexthop_entry *next; /* in the line */
    struct job *first, *last;   /* that wait for it */
};

struct nexthops {
    struct manager *manager;
    nexthop_finder *finder;
    void *context;
    struct hash *entries; /* domain -> struct nexthop_entry */
    size_t limit;         /* so many, and those not asked for are forgotten */
    struct nexthop_entry *line, *line_last;
    size_t tasks;
};

struct nexthops *nexthops_create(struct manager *manager, nexthop_finder *finder, void *context)
{
    struct nexthops *nexthops = memory_get(sizeof *nexthops);
    nexthops->manager = manager;
    nexthops->finder = finder;
    nexthops->context = context;
    nexthops->entries = hash_create();
    nexthops->limit = NEXTHOPS_KEPT;
    return nexthops;
}

static struct str copy_of(struct str text)
{
    char *copy = memory_get(text.len + 1);
    memcpy(copy, text.at, text.len);
    return str_make(copy, text.len);
}

static void entry_free(struct nexthop_entry *entry)
{
    free((void *)(uintptr_t)entry->domain.at);
    free((void *)(uintptr_t)entry->site.at);
    free(entry);
}

void nexthops_forget(struct nexthops *nexthops)
{
    struct hash *kept = hash_create();
    struct hash_walk walk = hash_walk_start(nexthops->entries);
    struct nexthop_entry *entry;
    struct str key;
    while ((entry = hash_walk_next(&walk, &key)))
        if (entry->asked)
            hash_put(kept, key, entry);
        else
            entry_free(entry);
    hash_destroy(nexthops->entries);
    nexthops->entries = kept;
    nexthops->limit = NEXTHOPS_KEPT + 2 * hash_count(kept);
}

void nexthops_destroy(struct nexthops *nexthops)
{
    if (!nexthops)
        return;
    nexthops_forget(nexthops);
    hash_destroy(nexthops->entries);
    free(nexthops);
}

size_t nexthops_count(const struct nexthops *nexthops)
{
    return hash_count(nexthops->entries);
}

static struct nexthop_entry *entry_get(struct nexthops *nexthops, struct str domain)
{
    char lower[KEY_LIMIT];
    for (size_t i = 0; i < domain.len; i++)
        lower[i] = char_lower(domain.at[i]);
    struct str key = str_make(lower, domain.len);
    struct nexthop_entry *entry = hash_get(nexthops->entries, key);
    if (entry)
        return entry;
    if (hash_count(nexthops->entries) >= nexthops->limit)
        nexthops_forget(nexthops);
    entry = memory_get(sizeof *entry);
    entry->domain = copy_of(key);
    hash_put(nexthops->entries, key, entry);
    return entry;
}

/* --- placing --- */

/* With the port, which makes other servers of the same hosts. */
static void place(struct job *job, struct str site_name, uint16_t port)
{
    struct buf name;
    buf_init(&name, SITE_NAME_LIMIT + 16);
    buf_add(&name, site_name);
    if (port)
        buf_printf(&name, ":%u", port);
    job->site = site_get(job->transport, site_name.len ? buf_str(&name) : job->nexthop);
    job->site->users++;
    site_add(job->site, job);
    buf_finish(&name);
}

/* Whether the hosts of a next hop are to be asked for. */
static bool has_exchangers(const struct job *job, struct nexthop *hop)
{
    struct address literal;
    return job->transport->by_mx && !str_starts(job->nexthop, STR("unix:")) &&
           nexthop_read(job->nexthop, hop) && !hop->exact && hop->host.len <= KEY_LIMIT &&
           !address_from_ip(hop->host, 0, &literal);
}

static void settle(struct nexthop_entry *entry)
{
    struct job *job = entry->first;
    entry->first = entry->last = NULL;
    while (job) {
        struct job *next = job->next;
        struct nexthop hop;
        job->next = NULL;
        nexthop_read(job->nexthop, &hop);
        place(job, entry->site, hop.port);
        job = next;
    }
}

/* --- asking --- */

/* Where many questions get no answer, the others do not wait for their turn for ever. */
static bool came_too_late(const struct nexthop_entry *entry)
{
    return time_monotonic_ms() - entry->since > NEXTHOP_LINE_MS;
}

static void ask(struct nexthops *nexthops, struct nexthop_entry *entry)
{
    struct arena *arena = arena_create(ANSWER_MEMORY);
    struct exchangers exchangers;
    struct verdict verdict = {.class = VERDICT_DEFER};
    struct buf name;
    buf_init(&name, SITE_NAME_LIMIT);
    bool found = nexthops->finder(nexthops->context, entry->domain, arena, &exchangers, &verdict) &&
                 exchangers_site(&exchangers, &name);
    bool gone = !found && verdict.class == VERDICT_REJECT;
    if (found || gone) {
        free((void *)(uintptr_t)entry->site.at);
        entry->site = gone ? (struct str){0} : copy_of(buf_str(&name));
    }
    entry->until = deadline_in(found || gone ? NEXTHOP_KNOWN_MS : NEXTHOP_UNKNOWN_MS);
    buf_finish(&name);
    arena_destroy(arena);
}

static void ask_next(struct nexthops *nexthops)
{
    struct nexthop_entry *entry = nexthops->line;
    nexthops->line = entry->next;
    if (!nexthops->line)
        nexthops->line_last = NULL;
    entry->next = NULL;
    if (!came_too_late(entry))
        ask(nexthops, entry);
    entry->asked = false;
    settle(entry);
}

static void asking_task(void *arg)
{
    struct nexthops *nexthops = arg;
    while (nexthops->line)
        ask_next(nexthops);
    nexthops->tasks--;
}

static void start_asking(struct nexthops *nexthops, struct nexthop_entry *entry)
{
    entry->asked = true;
    entry->since = time_monotonic_ms();
    if (nexthops->line)
        nexthops->line_last->next = entry;
    else
        nexthops->line = entry;
    nexthops->line_last = entry;
    if (nexthops->tasks < NEXTHOPS_ASKED && task_start(nexthops->manager->loop, asking_task, nexthops))
        nexthops->tasks++;
    if (nexthops->tasks)
        return;
    nexthops->line = nexthops->line_last = NULL; /* no task can be had, and nobody waits for one */
    entry->asked = false;
    settle(entry);
}

void nexthops_place(struct nexthops *nexthops, struct job *job)
{
    struct nexthop hop;
    if (!has_exchangers(job, &hop)) {
        place(job, STR(""), 0);
        return;
    }
    struct nexthop_entry *entry = entry_get(nexthops, hop.host);
    if (!entry->asked && entry->until > time_monotonic_ms()) {
        place(job, entry->site, hop.port);
        return;
    }
    if (entry->last)
        entry->last->next = job;
    else
        entry->first = job;
    entry->last = job;
    if (!entry->asked)
        start_asking(nexthops, entry);
}
