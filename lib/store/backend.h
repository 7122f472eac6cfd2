/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The few operations that the truth needs: put an immutable object, append to a journal, replace a blob, and
 * one lock for writers. This is the only part of the store that knows where things are; backend.c does it
 * with files below a home directory. Folders are named as name.h maps mailboxes ("Maildir/.A.B"), objects are
 * message files, blobs are snapshots and caches.
 *
 * All calls return false or -1 with errno set. Names are checked: no '/', no leading '.', no NUL.
 */
#ifndef STORE_BACKEND_H
#define STORE_BACKEND_H

#include <sys/types.h>
#include "base/buf.h"
#include "base/str.h"

struct backend;

/* Opens (makes, when create is set) the home. NULL with errno. */
struct backend *backend_open(const char *home, bool create);
void backend_close(struct backend *backend); /* NULL is fine */

/* --- the writers' lock --- */
bool backend_lock(struct backend *backend, int64_t deadline);
void backend_unlock(struct backend *backend);

/* --- the journal --- */

struct journal_place {
    uint64_t size; /* octets in it */
    bool replaced; /* the one we have open was replaced: backend_journal_reopen */
};
/* Opens the present journal; ENOENT when there is none. */
bool backend_journal_reopen(struct backend *backend);
bool backend_journal_stat(struct backend *backend, struct journal_place *place);
/* Octets from offset on, appended to *out, to the end of the file or len of them. */
bool backend_journal_read(struct backend *backend, uint64_t offset, uint64_t len, struct buf *out);
/* Writes at offset, which becomes the end before; on failure the journal ends at offset again. Lock held. */
bool backend_journal_append(struct backend *backend, uint64_t offset, struct str bytes, bool cut);
bool backend_journal_sync(struct backend *backend);
/* Replaces the journal durably and opens the new one. Lock held. */
bool backend_journal_replace(struct backend *backend, struct str bytes);
/* The reserve that keeps expunge possible on a full disk: made when missing; given up. */
void backend_reserve_make(struct backend *backend);
bool backend_reserve_release(struct backend *backend);

/* --- blobs: "<id>.snap", "<id>.cache" --- */
bool backend_blob_replace(struct backend *backend, const char *name, struct str bytes, bool durable);
/* Maps it for reading; an empty str (and true) when it is empty. */
bool backend_blob_map(struct backend *backend, const char *name, struct str *bytes);
void backend_blob_unmap(struct str bytes);
bool backend_blob_append(struct backend *backend, const char *name, struct str bytes);
bool backend_blob_remove(struct backend *backend, const char *name);

/* --- folders and objects --- */
/* Not durable: a folder that the journal knows can be made again. */
bool backend_folder_create(struct backend *backend, struct str folder, struct str mark);
/* A small file that another program keeps in the folder, appended to *out. */
bool backend_folder_read(struct backend *backend, struct str folder, const char *name, struct buf *out);
/* Removes what is left in the folder of writers that died, older than so many seconds. */
void backend_folder_sweep(struct backend *backend, struct str folder, int64_t older_s);
/* Removes a folder with what is in it. */
bool backend_folder_remove(struct backend *backend, struct str folder);
bool backend_folder_rename(struct backend *backend, struct str from, struct str to);
bool backend_folder_exists(struct backend *backend, struct str folder);
/* Calls fn for each folder with its mark (as given at its creation; empty when foreign). */
bool backend_folder_each(struct backend *backend, void (*fn)(void *arg, struct str folder, struct str mark),
                         void *arg);
/* Makes renames, links and removals in it durable. */
bool backend_folder_sync(struct backend *backend, struct str folder);

/* A new object without a name, to be written with write(2); `key` makes its temporary name. */
int backend_object_create(struct backend *backend, struct str folder, struct str key);
/* Names what was made under key. False with EEXIST when the name is taken (replace: it is overwritten). */
bool backend_object_name(struct backend *backend, struct str folder, struct str key, struct str name,
                         bool replace);
void backend_object_drop(struct backend *backend, struct str folder, struct str key);
int backend_object_open(struct backend *backend, struct str folder, struct str name);
/* The same object under a second name (a copy where links cannot be had). */
bool backend_object_link(struct backend *backend, struct str from, struct str name, struct str to,
                         struct str new_name);
/* Whether octets of it never reached the disk (file_lacks_octets). */
bool backend_object_is_hollow(struct backend *backend, struct str folder, struct str name);
/* Makes its octets durable. */
bool backend_object_sync(struct backend *backend, struct str folder, struct str name);
bool backend_object_remove(struct backend *backend, struct str folder, struct str name);
/* Octets of an object. */
bool backend_object_size(struct backend *backend, struct str folder, struct str name, uint64_t *size,
                         int64_t *mtime);
/* Takes what other programs delivered (new/) in among the objects; *taken counts. */
bool backend_folder_take_new(struct backend *backend, struct str folder, size_t *taken);
bool backend_folder_each_object(struct backend *backend, struct str folder,
                                void (*fn)(void *arg, struct str name), void *arg);
/* When the folder's objects (new arrivals) last changed, microseconds since 1970. */
bool backend_folder_times(struct backend *backend, struct str folder, int64_t *objects_us, int64_t *new_us);

/* Everything on the file system that holds it. */
bool backend_sync_all(const char *home);

/* SIGIO for this process, from now on, whenever the journal or a blob is written or replaced. */
bool backend_watch(struct backend *backend);

#endif
