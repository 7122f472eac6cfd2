/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * local: the delivery agent. qmgr sends a request with a descriptor of the queue file; each recipient is a
 * virtual mailbox (delivered into its store), an alias, or a system user (delivered to by an agent, which
 * master starts as that user), and each gets one outcome. The same program serves as "local" and as
 * "virtual".
 */
#ifndef LOCAL_LOCAL_H
#define LOCAL_LOCAL_H

#include "base/arena.h"
#include "base/verdict.h"
#include "conf/params.h"
#include "local/params.h"
#include "map/maps.h"
#include "map/match.h"
#include "store/params.h"
#include "store/store.h"
#include "wire/deliver.h"
#include "wire/delivered.h"
#include "wire/errand.h"
#include "wire/sender.h"
#include "worker/control_answer.h"
#include "worker/worker.h"

struct stores;
struct agent_request;
struct agent_result;

struct local {
    const struct conf_params *conf;
    const struct local_params *params;
    const struct store_params *store;
    struct log *log;
    struct loop *loop;
    const char *service; /* for relay= */
    struct maps *alias_maps, *mailbox_maps;
    struct match_list *mailbox_domains, *destinations;
    struct stores *stores;
    /* Agents: the line to master, who waits for its answers, how many are at work. */
    struct sender master; /* fd -1: alone */
    struct agent_request *requests;
    uint64_t request;
    size_t agents;
    struct gate agent_ended;
};

/* A message as a request has it. */
struct letter {
    const struct deliver *request;
    int fd;
    struct str header; /* its first octets */
    struct arena *arena;
};

/* --- request.c --- */

/* Delivers to all recipients and logs each; the answer's outcomes live in the arena. */
void request_run(struct local *local, const struct deliver *request, int fd, struct arena *arena,
                 struct delivered *answer);

/* --- prefix.c --- */

/* The header fields that go in front (RFC 5321 4.4 Return-Path, Delivered-To, X-Original-To), CRLF. */
struct str prefix_make(const struct letter *letter, const struct recipient *rcpt, struct str mailbox);
/* Was the message delivered to this mailbox before? */
bool letter_was_at(const struct letter *letter, const struct recipient *rcpt, struct str mailbox);
/* Who forwarded so far, with this one added. */
struct str forwarders_with(const struct recipient *rcpt, struct str mailbox, struct arena *arena);

/* --- virtual.c --- */

bool virtual_deliver(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                     struct outcome *outcome, struct verdict *verdict);

/* --- stores.c --- */

struct open_store;
struct stores *stores_create(size_t limit);
void stores_destroy(struct stores *stores);
/* An open store of our own until stores_release; waits while another task has it. NULL with *verdict. */
struct open_store *stores_take(struct stores *stores, const char *home, const struct store_options *options,
                               struct verdict *verdict);
struct store *open_store_of(struct open_store *entry);
/* broken: it is closed rather than kept. */
void stores_release(struct stores *stores, struct open_store *entry, bool broken);

/* --- system.c --- */

/* A recipient who is a user of this host, or an alias. */
struct addressee {
    const struct letter *letter;
    const struct recipient *rcpt;
    struct str local_part, user, extension, domain; /* in lower case */
    struct str mailbox;                             /* user@domain */
    bool past_aliases;
    struct str destination; /* this of the alias's or user's destinations only; empty: all */
};
/* A user of this host: aliases first, then the user. */
bool system_deliver(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                    struct outcome *outcome, struct verdict *verdict);
/* An errand for the recipient; name: the user's or the alias's. */
void errand_fill(const struct addressee *addressee, struct str name, struct errand *errand);

/* --- aliases.c --- */

struct alias {
    bool found;
    struct str name, value;
    struct map *table; /* where it stands */
};
/* user+extension, then user. False with *verdict. */
bool alias_find(struct local *local, const struct addressee *addressee, struct alias *alias,
                struct verdict *verdict);
/* What is to be delivered to in the recipient's place; nothing when an agent has done all there was to do.
 * False with *verdict. */
bool alias_expand(struct local *local, const struct addressee *addressee, const struct alias *alias,
                  struct agent_result *result, struct verdict *verdict);

/* --- agents.c --- */

struct agent_order {
    const char *user; /* as whom it works */
    bool spool;       /* for the mailbox in mail_spool_directory */
    const struct errand *errand;
};
struct agent_result {
    bool mailbox;                /* it is for the mailbox in mail_spool_directory */
    struct texts forward, parts; /* as in struct outcome */
    struct str owner;            /* of a mailing list: sender of its copies */
};
/* Has an agent started and waits for what it says. */
bool agents_run(struct local *local, const struct agent_order *order, const struct letter *letter,
                struct agent_result *result, struct verdict *verdict);
/* Word from master. */
void agents_answer(struct local *local, const struct control_answer *answer);

#endif
