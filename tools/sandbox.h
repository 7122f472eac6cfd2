/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A sandbox: a private instance of the whole system in one directory, with queue, store, certificate, users
 * and DNS data of its own, on ports above a base port. It needs no root and nothing installed; as root it has
 * the real separation of users. cmd_sandbox.c is the command; sandbox_*.c make the pieces.
 */
#ifndef TOOLS_SANDBOX_H
#define TOOLS_SANDBOX_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/verdict.h"

enum {
    SANDBOX_DOMAINS = 1000,
    SANDBOX_USERS = 100000,
    SANDBOX_SETTINGS = 200,
    SANDBOX_DIRECTORY_ROOM = 80, /* octets: socket paths below it must fit into 108 */
    SANDBOX_FILE_LIMIT = 64 * 1024 * 1024,
};

struct sandbox_account {
    struct str name; /* user@domain */
    struct str password;
};

/* What was asked for on the command line; texts live in the arena. */
struct sandbox {
    struct arena *arena;   /* borrowed */
    const char *directory; /* absolute */
    const char *host;      /* an IP address */
    uint16_t base_port;
    const char *zone_file; /* to be copied; NULL: one is made */
    struct str *domains;   /* at least one when the configuration is made */
    size_t domain_count;
    struct sandbox_account *accounts;
    size_t account_count;
    size_t numbered_users; /* user1 ... with password "secret" */
    struct str *settings;  /* "name=value" */
    size_t setting_count;
    bool configured; /* an option was given that says what to make */
};

/* Ports of a sandbox: base port and an offset. */
struct sandbox_port {
    const char *variable; /* of `relais sandbox env` */
    uint16_t offset;
    const char *greeting; /* what a server says first; NULL: TLS comes first */
};
extern const struct sandbox_port sandbox_ports[];
extern const size_t sandbox_port_count;
uint16_t sandbox_port(const struct sandbox *sandbox, const char *variable);

/* DIRECTORY/name as a C string from the arena. */
const char *sandbox_path(const struct sandbox *sandbox, const char *name);
/* Directories, main.cf, master.cf, zone file and the variables of `env`. */
bool sandbox_write_files(const struct sandbox *sandbox, struct verdict *verdict);
/* tls/cert.pem and tls/key.pem, unless they are there. */
bool sandbox_make_certificate(const struct sandbox *sandbox, struct verdict *verdict);
/* Makes the system users that the programs become, where they are missing. Only as root; else does nothing.
 */
bool sandbox_make_roles(struct verdict *verdict);
/* Accounts and the table of mailboxes. */
bool sandbox_make_accounts(const struct sandbox *sandbox, struct verdict *verdict);

/* The process of master; 0 when none runs. */
pid_t sandbox_master(const struct sandbox *sandbox);
/* Starts master and waits until every port is served. */
bool sandbox_run(const struct sandbox *sandbox, struct verdict *verdict);
/* Asks master to end and waits until it has. Fine when it does not run. */
bool sandbox_end(const struct sandbox *sandbox, struct verdict *verdict);
/* Removes the directory and all in it; it must be a sandbox. */
bool sandbox_remove(const struct sandbox *sandbox, struct verdict *verdict);

#endif
