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
    double window; /* deliveries at a time */
    double failed_cohorts;
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
    size_t running, limit;
    struct channel *channels;
    size_t channel_count;
    uint64_t next_request;
    int64_t concurrency_limit;
    bool pumping;
};

struct transport *transport_get(struct manager *manager, struct str name);
struct site *site_get(struct transport *transport, struct str nexthop);
/* Queues a job and starts what may run. */
void site_add(struct site *site, struct job *job);
/* A delivery of this site ended. site_down: it could not be reached, for the reason given. */
void site_feedback(struct site *site, bool site_down, const struct verdict *why);
/* Forgets that sites are down, so that all is tried at once (flush). */
void sites_forgive(struct manager *manager);
/* Starts jobs while windows and limits allow. */
void transport_pump(struct transport *transport);

/* deliver.c: sends the job's request over a channel. False: no channel could be had now; the job is still the
 * caller's. */
bool job_send(struct transport *transport, struct job *job);

#endif
