/* SPDX-License-Identifier: BSD-2-Clause */
/* From rows of master.cf to services that run: which sockets, which snapshot, how many processes. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "conf/snapshot.h"
#include "io/listen.h"
#include "master/master.h"

enum { HOSTS = 16 };

static bool fail(struct master *master, const struct service *service, const char *what, const char *why)
{
    log_say(master->log, LOG_ERROR_LEVEL, STR(""), "service " STR_FMT ": %s: %s", STR_ARG(service->name),
            what, why);
    return false;
}

/* --- inet --- */

static bool read_port(struct str text, uint16_t *port)
{
    static const struct {
        const char *name;
        uint16_t port;
    } known[] = {{"smtp", 25},  {"submission", 587}, {"submissions", 465}, {"smtps", 465}, {"lmtp", 24},
                 {"pop3", 110}, {"pop3s", 995},      {"imap", 143},        {"imap2", 143}, {"imaps", 993}};
    uint64_t number;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (str_eq(text, str_of(known[i].name)))
            return *port = known[i].port, true;
    if (!str_to_u64(text, &number) || number == 0 || number > 65535)
        return false;
    return *port = (uint16_t)number, true;
}

/* inet_interfaces and inet_protocols, as addresses in text. */
static size_t default_hosts(const struct master *master, struct str hosts[HOSTS])
{
    struct str rest = master->params->inet_interfaces, word;
    struct str protocols = master->params->inet_protocols;
    bool all = str_contains(str_trim(protocols), 'a');
    bool v4 = all || str_contains(protocols, '4'), v6 = all || str_contains(protocols, '6');
    size_t count = 0;
    while (str_word(&rest, ", \t", &word) && count + 2 < HOSTS) {
        bool everywhere = str_eq(word, STR("all")), loopback = str_eq(word, STR("loopback-only"));
        if (v4 && (everywhere || loopback))
            hosts[count++] = everywhere ? STR("0.0.0.0") : STR("127.0.0.1");
        if (v6 && (everywhere || loopback))
            hosts[count++] = everywhere ? STR("::") : STR("::1");
        if (!everywhere && !loopback)
            hosts[count++] = word;
    }
    return count;
}

static bool open_inet_at(struct master *master, const struct service *service, struct str host, uint16_t port,
                         struct running *running)
{
    struct address address;
    if (str_starts(host, STR("[")) && str_ends(host, STR("]")))
        host = str_sub(host, 1, host.len - 2);
    if (str_eq(host, STR("localhost")))
        host = STR("127.0.0.1");
    if (!address_from_ip(host, port, &address))
        return fail(master, service, "not an address", arena_cstr(master->arena, host));
    int fd = listen_inet(&address);
    if (fd < 0 && errno == EAFNOSUPPORT)
        return true;
    if (fd < 0)
        return fail(master, service, arena_cstr(master->arena, host), strerror(errno));
    running->sockets[running->socket_count++] = fd;
    return true;
}

static bool open_inet(struct master *master, const struct service *service, struct running *running)
{
    size_t colon = str_find_last(service->name, ':');
    bool bracketed = str_ends(service->name, STR("]"));
    struct str host = colon == SIZE_MAX || bracketed ? STR("") : str_sub(service->name, 0, colon);
    struct str hosts[HOSTS];
    uint16_t port;
    if (!read_port(host.len ? str_from(service->name, colon + 1) : service->name, &port))
        return fail(master, service, "not a port", arena_cstr(master->arena, service->name));
    size_t count = host.len ? 1 : default_hosts(master, hosts);
    if (host.len)
        hosts[0] = host;
    bool opened = true;
    for (size_t i = 0; opened && i < count && i < SERVICE_SOCKETS; i++)
        opened = open_inet_at(master, service, hosts[i], port, running);
    return opened;
}

/* --- unix --- */

static bool open_unix(struct master *master, const struct service *service, struct running *running)
{
    char path[4096];
    /* Our own conversations are private whatever a master.cf made for Postfix says: qmgr stands there as
     * public. */
    bool private = service->private || running->program->socket_kind == SOCK_SEQPACKET;
    snprintf(path, sizeof path, STR_FMT "/%s/" STR_FMT, STR_ARG(master->params->queue_directory),
             private ? "private" : "public", STR_ARG(service->name));
    /* What may reach private/ at all is of our group; public sockets are for everybody, and the kernel says
     * who calls. */
    int fd = listen_unix(path, running->program->socket_kind, 0666);
    if (fd < 0)
        return fail(master, service, path, strerror(errno));
    running->sockets[running->socket_count++] = fd;
    return true;
}

static bool open_activated(const struct service *service, struct running *running)
{
    char name[128];
    snprintf(name, sizeof name, STR_FMT, STR_ARG(service->name));
    for (size_t n = 0; n < SERVICE_SOCKETS; n++) {
        int fd = activation_take(name, n);
        if (fd < 0)
            return n > 0;
        running->sockets[running->socket_count++] = fd;
    }
    return true;
}

static bool open_sockets(struct master *master, const struct service *service, struct running *running)
{
    if (running->program->session || open_activated(service, running))
        return true;
    return service->type == SERVICE_INET ? open_inet(master, service, running)
                                         : open_unix(master, service, running);
}

/* --- taking a configuration --- */

static unsigned count_processes(const struct service *service, const struct program *program)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned most = program->most    ? program->most
                    : processors > 8 ? 8
                    : processors > 0 ? (unsigned)processors
                                     : 1;
    if (program->session)
        return 0;
    return service->maxproc > 0 && (unsigned)service->maxproc < most ? (unsigned)service->maxproc : most;
}

static struct running *find_running(struct master *master, const struct service *service)
{
    const char *type = service->type == SERVICE_INET ? "inet" : "unix";
    for (struct running *running = master->services; running; running = running->next)
        if (str_eq(running->name, service->name) && strcmp(running->type, type) == 0)
            return running;
    return NULL;
}

static struct running *new_running(struct master *master, const struct service *service)
{
    struct running *running = memory_get(sizeof *running);
    char *name = memory_get(service->name.len + 1);
    memcpy(name, service->name.at, service->name.len);
    running->master = master;
    running->name = str_make(name, service->name.len);
    running->type = service->type == SERVICE_INET ? "inet" : "unix";
    running->snapshot = -1;
    running->next = master->services;
    master->services = running;
    return running;
}

static bool take_service(struct master *master, const struct configuration *configuration,
                         const struct service *service)
{
    const struct program *program = program_find(service->program);
    struct complaints complaints;
    if (!program->program) {
        log_say(master->log, LOG_INFO_LEVEL, STR(""), "service " STR_FMT ": %s is not started here: %s",
                STR_ARG(service->name), program->name, program->instead);
        return true;
    }
    struct running *running = find_running(master, service);
    bool fresh = !running;
    if (fresh)
        running = new_running(master, service);
    running->program = program;
    running->gone = false;
    running->wanted = count_processes(service, program);
    complaints_init(&complaints, configuration->arena);
    int snapshot = snapshot_make(configuration->conf, service, str_of(program->program), &complaints);
    if (snapshot < 0)
        return fail(master, service, "snapshot", strerror(errno));
    if (running->snapshot >= 0)
        close(running->snapshot);
    running->snapshot = snapshot;
    return !fresh || open_sockets(master, service, running);
}

bool services_take(struct master *master, const struct configuration *configuration)
{
    const struct services *services = conf_services(configuration->conf);
    bool taken = true;
    for (struct running *running = master->services; running; running = running->next)
        running->gone = true;
    for (size_t i = 0; i < services->count; i++)
        taken &= take_service(master, configuration, &services->at[i]);
    return taken;
}
