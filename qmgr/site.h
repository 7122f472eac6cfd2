/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sites and transports: where jobs queue and how many run at a time. A site is a destination of one
 * transport; its window grows with success and shrinks with failure, and when it is down its jobs are put off
 * without being tried. Among the jobs of a site tenants take turns, among the sites of a transport sites take
 * turns: one tenant's or one destination's backlog does not delay another's.
 */
#ifndef QMGR_SITE_H
#define QMGR_SITE_H

#include "qmgr/manager.h"

struct tenant_queue {
    struct tenant_queue *next; /* in the ring of tenants with jobs */
    struct str name;           /* owned by the hash */
    struct job *first, *last;
};

struct site {
    struct transport *transport;
    struct str nexthop;
    struct hash *tenants; /* name -> struct tenant_queue with jobs */
    struct tenant_queue *ring, *ring_last;
    struct site *next_ready; /* in the transport's list of sites with jobs */
    bool ready;
    size_t queued, running;
    size_t
        users; /* jobs that name it, and functions that may wait with it in hand: it must not be forgotten */
    double window; /* deliveries at a time */
    double failed_cohorts;
    unsigned downs;      /* times it was found down without a delivery between them */
    int64_t down_until;  /* monotonic ms; 0: up */
    struct verdict down; /* why */
};

struct channel {
    struct transport *transport;
    int fd;               /* -1: not connected */
    struct hash *flights; /* request number as octets -> struct job */
    size_t count;
    int64_t next_connect;
};

struct transport {
    struct manager *manager;
    char *name;         /* owned */
    const char *socket; /* path of the service */
    struct site *first_ready, *last_ready;
    size_t running;
    const struct qmgr_params *params; /* as they are for this transport */
    struct channel *channels;
    size_t channel_count;
    uint64_t next_request;
    bool pumping;
};

/* What a delivery says of its site. */
enum site_news {
    SITE_WELL,
    SITE_BUSY, /* its host put every recipient off (4yz): fewer at a time, but it is there */
    SITE_DOWN, /* no session could be had, for the reason given */
};

enum { SITES_KEPT = 10000 /* from so many on, idle ones are forgotten */ };

struct transport *transport_get(struct manager *manager, struct str name);
struct site *site_get(struct transport *transport, struct str nexthop);
/* Queues a job and starts what may run. */
void site_add(struct site *site, struct job *job);
/* A delivery of this site ended. */
void site_feedback(struct site *site, enum site_news news, const struct verdict *why);
/* How long a site is left alone that was found down so many times in a row: doubled each time, within limits,
 * and up to a quarter more. */
int64_t site_rest_ms(const struct qmgr_params *params, unsigned downs);
/* Forgets all sites with which nothing goes on and that are not down. */
void sites_forget_idle(struct manager *manager);
/* Forgets that sites are down, so that all is tried at once (flush). */
void sites_forgive(struct manager *manager);
/* Starts jobs while windows and limits allow. */
void transport_pump(struct transport *transport);

/* deliver.c: sends the job's request over a channel. False: no channel could be had now; the job is still the
 * caller's. */
bool job_send(struct transport *transport, struct job *job);

#endif
