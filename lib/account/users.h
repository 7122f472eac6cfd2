/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user database: an lmdb table $data_directory/users/users.lmdb (directory 0700 of auth's user), key the
 * canonical name, value the record of account/user_record.def with a checksum. auth reads it, `relais user`
 * writes it by replacing the file (map/table_writer.h), and so auth sees the old state or the new one and
 * needs no lock. Beside it stands mailboxes.lmdb in $data_directory, which anyone of us may read: the names,
 * and nothing secret, for virtual_mailbox_maps.
 */
#ifndef ACCOUNT_USERS_H
#define ACCOUNT_USERS_H

#include <sys/types.h>

#include "account/user_record.h"
#include "base/verdict.h"

struct users;

enum users_result { USERS_FOUND, USERS_NOT_FOUND, USERS_ERROR };

/* A handle on data_directory/users/users.lmdb. It need not exist yet: then nobody is found. Belongs to one
 * thread at a time. */
struct users *users_open(struct str data_directory);
void users_close(struct users *users); /* NULL is fine */
/* The record of a canonical name; texts live in the arena. USERS_ERROR with *verdict when the database cannot
 * be asked or the record is damaged. */
enum users_result users_find(struct users *users, struct str name, struct arena *arena,
                             struct user_record *record, struct verdict *verdict);
/* 32 octets that were drawn when the database was made and that no one else knows; empty when there is no
 * database. */
struct str users_key(struct users *users, struct arena *arena);
/* Calls fn for each account in the order of names; false with *verdict when that cannot be done. */
typedef bool users_fn(void *arg, struct str name, const struct user_record *record);
bool users_each(struct users *users, users_fn *fn, void *arg, struct verdict *verdict);

/* --- changing: everything between begin and commit happens, or nothing --- */

struct users_change;

/* Waits for other changers. Makes the database when there is none. owner: of new files and directories when
 * we are root, (uid_t)-1 else. NULL with *verdict. */
struct users_change *users_begin(struct str data_directory, uid_t owner, gid_t group,
                                 struct verdict *verdict);
/* Writes a record; false with *verdict and nothing more may be done but discard. */
bool users_put(struct users_change *change, struct str name, const struct user_record *record,
               struct verdict *verdict);
bool users_remove(struct users_change *change, struct str name, bool *found, struct verdict *verdict);
/* Ends the change in any case; false with *verdict: all is as before. */
bool users_commit(struct users_change *change, struct verdict *verdict);
void users_discard(struct users_change *change); /* NULL is fine */

#endif
