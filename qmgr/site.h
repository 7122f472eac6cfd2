/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sites and transports: where jobs queue and how many run at a time. A site is the set of hosts that take
 * mail for a next hop (dns/exchangers.h), for one transport: all domains of one provider share its window,
 * its rest and whether it is down. Where a next hop is no domain of the DNS, or the DNS did not answer, it is
 * a site by itself. Its window grows with success and shrinks with failure, and when it is down its jobs are
 * put off without being tried, some at a turn.
 *
 * Turns: a transport has a ring of tenants, a tenant has its lanes that may go, a lane is what one tenant has
 * for one site. Each slot that a site has free is offered to one lane, in turn; each slot that the transport
 * has free goes to the next tenant with an offer, and there to its next lane. So tenants share a transport
 * alike however many sites each has, and share a site alike; every step is O(1), and there is memory for each
 * lane with jobs and no more.
 *
 *     site: line of lanes without an offer --a free slot--> tenant: lanes with one --a turn--> delivery
 */
#ifndef QMGR_SITE_H
#define QMGR_SITE_H

#include "qmgr/manager.h"

struct lane {
    struct lane *next; /* in its site's line, or among its tenant's offers */
    struct site *site; /* borrowed */
    struct tenant *tenant;
    struct job *first, *last;
    bool offered; /* waits for its tenant's turn */
};

struct lanes {
    struct lane *first, *last;
};

/* At one transport: there while it has lanes. */
struct tenant {
    struct tenant *next; /* in the ring of tenants with offers */
    struct str name;     /* lies behind it */
    struct lanes offers;
    size_t lanes;
};

struct site {
    struct heap_node rest; /* while resting: until when */
    struct transport *transport;
    struct str name;      /* owned */
    struct hash *tenants; /* name -> struct lane with jobs or an offer */
    struct lanes line;    /* with jobs, without an offer */
    struct site *next;    /* among those whose jobs are being put off */
    bool resting;         /* between two deliveries (rate delay) */
    bool failing;         /* its jobs are being put off */
    size_t queued, offered, running;
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
    char *name;                       /* owned */
    const struct qmgr_params *params; /* as they are for this transport */
    const char *socket;               /* path of the service */
    bool by_mx;                       /* its next hops are domains with mail exchangers */
    struct hash *tenants;             /* name -> struct tenant with lanes */
    struct tenant *ring, *ring_last;  /* with offers */
    size_t running;
    int64_t rest_until;    /* monotonic ms: no delivery begins before */
    struct gate may_start; /* woken when some job may have become ready */
    bool served;           /* its task runs */
    struct channel *channels;
    size_t channel_count;
    uint64_t next_request;
};

/* What a delivery says of its site. */
enum site_news {
    SITE_WELL,
    SITE_BUSY,   /* its host put every recipient off (4yz): fewer at a time, but it is there */
    SITE_DOWN,   /* no session could be had, for the reason given */
    SITE_SILENT, /* nothing: the delivery program ended */
};

enum { SITES_KEPT = 10000 /* from so many on, idle ones are forgotten */ };

/* --- site.c --- */

struct site *site_get(struct transport *transport, struct str name);
/* Queues a job. */
void site_add(struct site *site, struct job *job);
/* When the time that a site was left alone is over, one message shows whether it is there again. */
bool site_is_down(struct site *site, int64_t now_ms);
/* A delivery of this site ended. */
void site_feedback(struct site *site, enum site_news news, const struct verdict *why);
/* How long a site is left alone that was found down so many times in a row: doubled each time, within limits,
 * and up to a quarter more. */
int64_t site_rest_ms(const struct qmgr_params *params, unsigned downs);
/* Forgets all sites with which nothing goes on and that are not down. */
void sites_forget_idle(struct manager *manager);
/* Forgets that sites are down, so that all is tried at once (flush). */
void sites_forgive(struct manager *manager);

/* --- turns.c --- */

/* Puts a job at the end of its tenant's lane. */
void turns_queue(struct site *site, struct job *job);
/* Offers what a site has free; to be called when it may have more. */
void turns_offer(struct site *site, int64_t now_ms);
/* Whose turn it is: the next job of a transport, which then counts as running. NULL when none may start now.
 */
struct job *turns_next(struct transport *transport, int64_t now_ms);
/* The next job of a site that is to be put off; NULL when there is none without an offer. */
struct job *turns_withdraw(struct site *site);

/* --- pace.c: what waits for a moment --- */

/* The site is down: its jobs are put off, some at a turn. */
void site_put_off(struct site *site);
/* Nothing of the site starts for so long. */
void site_rest(struct site *site, int64_t until_ms);
/* Ends the rests that are over. */
void sites_wake(struct manager *manager, int64_t now_ms);
/* Puts some jobs of sites that are down off; false when none is left. */
bool sites_fail_some(struct manager *manager);
/* Does both when it is time, for the life of the process. */
void pace_task(void *manager);

/* --- transport.c --- */

struct transport *transport_get(struct manager *manager, struct str name);
/* Some job may have become ready. */
void transport_wake(struct transport *transport);

/* --- deliver.c --- */

/* Connections to the transport's processes, made when they are needed. */
void channels_create(struct transport *transport);
/* Sends the job's request over a channel. False: no channel could be had now; the job is still the caller's.
 */
bool job_send(struct transport *transport, struct job *job);

#endif
