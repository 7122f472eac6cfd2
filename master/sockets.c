/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listening sockets of services. They are opened once and stay open over reloads: a socket is known by
 * where it listens, and whoever listens there after a reload is given the very same one, so no connection is
 * refused meanwhile.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/listen.h"
#include "master/master.h"
#include "worker/endpoint.h"

/* What is being collected for one service. */
struct gathering {
    struct master *master;
    const struct configuration *configuration;
    const struct service *service;
    const struct program *program;
    struct socket_set *set;
};

static bool fail(const struct gathering *gathering, const char *what, const char *why)
{
    log_say(gathering->master->log, LOG_ERROR_LEVEL, STR(""), "service " STR_FMT ": %s: %s",
            STR_ARG(gathering->service->name), what, why);
    return false;
}

static const struct listening *find_open(const struct master *master, const char *where)
{
    for (const struct running *running = master->services; running; running = running->next)
        for (size_t i = 0; i < running->sockets.count; i++)
            if (strcmp(running->sockets.at[i].where, where) == 0)
                return &running->sockets.at[i];
    return NULL;
}

/* The place for one more; NULL when it cannot be. Its descriptor is the open one where there is one. */
static struct listening *add_place(const struct gathering *gathering, const char *where, int kind)
{
    struct socket_set *set = gathering->set;
    const struct listening *open = find_open(gathering->master, where);
    const char *why = set->count == SERVICE_SOCKETS              ? "too many addresses"
                      : strlen(where) >= sizeof set->at[0].where ? "the name is too long"
                      : open && open->kind != kind ? "another kind of socket is there: stop and start"
                                                   : NULL;
    if (why) {
        fail(gathering, where, why);
        return NULL;
    }
    struct listening *place = &set->at[set->count++];
    *place = (struct listening){.fd = open ? open->fd : -1, .kind = kind, .fresh = !open};
    snprintf(place->where, sizeof place->where, "%s", where);
    return place;
}

static bool opened(const struct gathering *gathering, struct listening *place, int fd)
{
    place->fd = fd;
    return fd >= 0 || fail(gathering, place->where, strerror(errno));
}

/* --- inet --- */

static bool open_inet(const struct gathering *gathering)
{
    struct endpoints endpoints;
    struct verdict verdict;
    if (!endpoints_read(gathering->service->name, &gathering->configuration->params, &endpoints, &verdict))
        return fail(gathering, "inet", verdict.text);
    for (size_t i = 0; i < endpoints.count; i++) {
        struct listening *place = add_place(gathering, endpoints.at[i].name, SOCK_STREAM);
        if (!place || (place->fresh && !opened(gathering, place, listen_inet(&endpoints.at[i].address))))
            return false;
    }
    return true;
}

/* --- unix --- */

static bool open_unix(const struct gathering *gathering)
{
    char path[sizeof gathering->set->at[0].where + 1];
    int kind = gathering->program->socket_kind;
    /* Our own conversations are private whatever a master.cf made for Postfix says: qmgr stands there as
     * public. */
    bool private = gathering->service->private || kind == SOCK_SEQPACKET;
    snprintf(path, sizeof path, STR_FMT "/%s/" STR_FMT,
             STR_ARG(gathering->configuration->params.queue_directory), private ? "private" : "public",
             STR_ARG(gathering->service->name));
    struct listening *place = add_place(gathering, path, kind);
    /* What may reach private/ at all is of our group; public sockets are for everybody, and the kernel says
     * who calls. */
    return place && (!place->fresh || opened(gathering, place, listen_unix(path, kind, 0666)));
}

/* --- handed over --- */

/* Whether it is what this service and its program listen on: a name may stand for two services (smtp inet and
 * smtp unix), and only one of them is meant. */
static bool fits(const struct gathering *gathering, int fd)
{
    struct sockaddr_storage address;
    socklen_t address_len = sizeof address, kind_len = sizeof(int);
    int kind;
    bool inet = gathering->service->type == SERVICE_INET;
    return getsockname(fd, (struct sockaddr *)&address, &address_len) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &kind, &kind_len) == 0 &&
           kind == (inet ? SOCK_STREAM : gathering->program->socket_kind) &&
           (address.ss_family == AF_UNIX) == !inet;
}

/* False when one cannot be taken. *taken: how many the manager handed over for this service. */
static bool take_activated(const struct gathering *gathering, size_t *taken)
{
    char name[64], where[128];
    int fd;
    *taken = 0;
    snprintf(name, sizeof name, STR_FMT, STR_ARG(gathering->service->name));
    for (size_t n = 0; (fd = activation_take(name, n)) >= 0; n++) {
        if (!fits(gathering, fd))
            continue;
        snprintf(where, sizeof where, "activated %s %zu", name, n);
        struct listening *place = add_place(gathering, where, gathering->program->socket_kind);
        if (!place)
            return false;
        place->fd = fd;
        place->fresh = false; /* not ours to close */
        ++*taken;
    }
    return true;
}

/* --- all --- */

bool sockets_gather(struct master *master, const struct configuration *configuration,
                    const struct service *service, const struct program *program, struct socket_set *set)
{
    struct gathering gathering = {master, configuration, service, program, set};
    size_t activated = 0;
    set->count = 0;
    if (program->session)
        return true;
    if (!take_activated(&gathering, &activated))
        return false;
    if (activated)
        return true;
    return service->type == SERVICE_INET ? open_inet(&gathering) : open_unix(&gathering);
}

bool sockets_has(const struct socket_set *set, const char *where)
{
    for (size_t i = 0; i < set->count; i++)
        if (strcmp(set->at[i].where, where) == 0)
            return true;
    return false;
}

void sockets_undo(struct socket_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!set->at[i].fresh || set->at[i].fd < 0)
            continue;
        if (set->at[i].where[0] == '/')
            unlink(set->at[i].where);
        close(set->at[i].fd);
    }
    set->count = 0;
}

static bool is_used(const struct master *master, int fd)
{
    for (const struct running *running = master->services; running; running = running->next)
        for (size_t i = 0; i < running->sockets.count; i++)
            if (running->sockets.at[i].fd == fd)
                return true;
    return false;
}

void sockets_close_unused(const struct master *master, const struct socket_set *before)
{
    for (size_t i = 0; i < before->count; i++) {
        const struct listening *place = &before->at[i];
        /* What the manager handed over stays open in it; its number must not become another's. */
        if (is_used(master, place->fd) || strncmp(place->where, "activated ", 10) == 0)
            continue;
        if (place->where[0] == '/')
            unlink(place->where);
        close(place->fd);
    }
}
