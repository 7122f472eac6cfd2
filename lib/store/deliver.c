/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Delivery: octets to a temporary file, then under the lock a name made of queue id and recipient number, and
 * the record. A repeated delivery finds the name taken: when the index has it, it was done; when not (the
 * program died between the two), the record is written now. Nothing is synced here.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/file.h"
#include "store/parts.h"

enum { IN_MEMORY = 1 << 20 };

static bool queue_id_is_plain(struct str id)
{
    for (size_t i = 0; i < id.len; i++) {
        if (!char_is_alnum(id.at[i]) && id.at[i] != '-' && id.at[i] != '_')
            return false;
    }
    return id.len > 0 && id.len <= 64;
}

/* Prefix and message into the open file: one writev for all but large ones. */
static bool write_octets(struct store *store, int fd, const struct delivery *delivery)
{
    if (delivery->size > IN_MEMORY)
        return file_write_all(fd, delivery->prefix) &&
               file_copy(delivery->fd, delivery->offset, delivery->size, fd);
    buf_clear(&store->content);
    char *room = buf_room(&store->content, delivery->size + 1);
    if (!room || !file_pread_all(delivery->fd, room, delivery->size, delivery->offset))
        return false;
    struct iovec parts[2] = {
        {(void *)(uintptr_t)delivery->prefix.at, delivery->prefix.len},
        {room, delivery->size},
    };
    return file_writev_all(fd, parts, 2);
}

static enum store_result write_file(struct store *store, struct str dir, struct str key,
                                    const struct delivery *delivery, struct verdict *verdict)
{
    int fd = backend_object_create(store->backend, dir, key);
    if (fd < 0)
        return store_fails_system(verdict, "creating a message", errno);
    bool done = write_octets(store, fd, delivery);
    int error = errno;
    if (close(fd) != 0 && done) {
        done = false;
        error = errno;
    }
    if (done)
        return STORE_OK;
    backend_object_drop(store->backend, dir, key);
    return store_fails_system(verdict, "writing a message", error);
}

/* The name is taken. *found: the index has it. A file of another size is what a power cut left of an earlier
 * attempt that was never reported as durable: it is overwritten. */
static enum store_result meet_earlier(struct store *store, struct folder *folder, struct str key,
                                      struct str name, struct delivery_result *delivered, bool *found,
                                      struct verdict *verdict)
{
    struct mailbox mailbox;
    struct file_facts facts;
    uint64_t size = 0;
    int64_t mtime;
    *found = false;
    file_name_facts(name, &facts);
    bool whole =
        backend_object_size(store->backend, folder->dir, name, &size, &mtime) && size == facts.file_size;
    if (!whole && !backend_object_name(store->backend, folder->dir, key, name, true))
        return store_fails_system(verdict, "naming a message", errno);
    if (whole)
        backend_object_drop(store->backend, folder->dir, key);
    enum store_result result = mailbox_load(store, folder, &mailbox, verdict);
    for (size_t i = 0; result == STORE_OK && i < mailbox.count && !*found; i++) {
        *found = str_eq(mailbox.messages[i].name, name);
        delivered->uid = mailbox.messages[i].uid;
    }
    delivered->already = *found;
    mailbox_unload(&mailbox);
    return result;
}

static enum store_result record(struct store *store, struct folder *folder, struct str name,
                                const struct delivery *delivery, struct delivery_result *delivered,
                                struct verdict *verdict)
{
    enum store_result result = store_has_room(store, delivery->prefix.len + delivery->size, verdict);
    if (result == STORE_OK)
        result = store_reserve(store, folder, 1, verdict);
    if (result != STORE_OK)
        return result;
    uint64_t modseq = store_next_modseq(store);
    int64_t now = store_now_us() / 1000000;
    struct message message = {
        .uid = folder->uidnext,
        .flags = delivery->flags & MESSAGE_FLAGS,
        .keywords = delivery->keywords,
        .modseq = modseq,
        .internal_date = delivery->internal_date ? delivery->internal_date : now,
        .save_date = now,
        .size = delivery->prefix.len + delivery->size,
        .file_size = delivery->prefix.len + delivery->size,
        .object_id = modseq,
        .name = name,
    };
    delivered->uid = message.uid;
    folder_add_append(store, folder, &message);
    return store_write(store, WRITE_PLAIN, verdict);
}

static enum store_result deliver_locked(struct store *store, uint32_t id, struct str key, struct str name,
                                        const struct delivery *delivery, struct delivery_result *delivered,
                                        struct verdict *verdict)
{
    bool found = false;
    struct folder *folder = state_folder(&store->state, id);
    if (!folder)
        return store_fails(verdict, STORE_NONEXISTENT, "no such mailbox");
    delivered->uidvalidity = folder->uidvalidity;
    enum store_result result = STORE_OK;
    if (!backend_object_name(store->backend, folder->dir, key, name, false)) {
        if (errno != EEXIST)
            return store_fails_system(verdict, "naming a message", errno);
        result = meet_earlier(store, folder, key, name, delivered, &found, verdict);
    }
    if (result != STORE_OK || found)
        return result;
    result = record(store, folder, name, delivery, delivered, verdict);
    if (result != STORE_OK)
        backend_object_remove(store->backend, folder->dir, name);
    return result;
}

/* The mailbox, made known and brought to its place when this handle did not see it yet. */
static enum store_result find_folder(struct store *store, struct str mailbox, struct folder **folder,
                                     struct verdict *verdict)
{
    enum store_result result = folder_find(store, mailbox, folder, verdict);
    if (result != STORE_NONEXISTENT)
        return result;
    result = store_refresh(store, verdict);
    return result == STORE_OK ? folder_find(store, mailbox, folder, verdict) : result;
}

static enum store_result write_and_record(struct store *store, const struct folder *folder, struct str name,
                                          const struct delivery *delivery, struct delivery_result *delivered,
                                          struct verdict *verdict)
{
    char key[64];
    struct buf dir; /* a copy, for the state may change under the lock */
    uint32_t id = folder->id;
    buf_init(&dir, 300);
    buf_add(&dir, folder->dir);
    store_temporary_key(store, key, sizeof key);
    enum store_result result = write_file(store, buf_str(&dir), str_of(key), delivery, verdict);
    if (result == STORE_OK) {
        result = store_lock(store, verdict);
        if (result == STORE_OK) {
            result = deliver_locked(store, id, str_of(key), name, delivery, delivered, verdict);
            store_unlock(store);
        }
        if (result != STORE_OK)
            backend_object_drop(store->backend, buf_str(&dir), str_of(key));
    }
    buf_finish(&dir);
    return result;
}

enum store_result store_deliver(struct store *store, const struct delivery *delivery,
                                struct delivery_result *delivered, struct verdict *verdict)
{
    struct folder *folder;
    struct buf name;
    *delivered = (struct delivery_result){0};
    if (!queue_id_is_plain(delivery->queue_id))
        return store_fails(verdict, STORE_FAILED, "not a queue id");
    enum store_result result = find_folder(store, delivery->mailbox, &folder, verdict);
    if (result != STORE_OK)
        return result;
    unsigned long long size = delivery->prefix.len + delivery->size;
    buf_init(&name, 200);
    buf_printf(&name, STR_FMT ".r%llu.relais,S=%llu,W=%llu", STR_ARG(delivery->queue_id),
               (unsigned long long)delivery->recipient, size, size);
    result = write_and_record(store, folder, buf_str(&name), delivery, delivered, verdict);
    buf_finish(&name);
    return result;
}
