/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * local: the delivery agent. qmgr sends a request with a descriptor of the queue file; each recipient is a
 * virtual mailbox (delivered into its store) or a system user (aliases, Maildir, mbox), and each gets one
 * outcome. The same program serves as "local" and as "virtual".
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
#include "worker/worker.h"

struct stores;

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

/* A user of this host: aliases first, then the mailbox. */
bool system_deliver(struct local *local, const struct letter *letter, const struct recipient *rcpt,
                    struct outcome *outcome, struct verdict *verdict);

/* --- aliases.c --- */

struct expansion {
    bool found;        /* there is an alias of this name */
    bool self;         /* it names itself: the mailbox too */
    struct texts list; /* addresses */
};
/* Looks the name up; `domain` completes names without one. False with *verdict. */
bool aliases_expand(struct local *local, struct str user, struct str domain, struct arena *arena,
                    struct expansion *expansion, struct verdict *verdict);

/* --- mailbox.c --- */

/* Where a system user's mail goes. */
struct target {
    const char *path; /* absolute */
    bool maildir;
    uint64_t size_limit; /* of an mbox; 0: none */
};
/* Appends the message to an mbox file, or writes it into a Maildir; durable. Runs as the user. */
bool mailbox_write(const struct target *target, const struct letter *letter, const struct recipient *rcpt,
                   struct str prefix, struct verdict *verdict);

/* --- mbox.c --- */
bool mbox_append(const struct target *target, const struct letter *letter, struct str prefix,
                 struct verdict *verdict);
/* The message with LF line ends and ">" before lines that begin with "From ", read and written piece by
 * piece. With quote false only the line ends. */
bool mbox_copy(int from, off_t offset, uint64_t size, struct str prefix, bool quote, int to);

#endif
