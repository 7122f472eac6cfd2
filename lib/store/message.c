/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opening a message's octets. A file with CRLF line ends is handed out as it is; one with bare LF (delivered
 * by another program) through a nameless copy with CRLF.
 */
#include "store/message.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io/file.h"
#include "store/line_ends.h"
#include "store/parts.h"

enum { PIECE = 64 * 1024 };

/* Copies `from` to `to` with every line end as CRLF; *size: octets written. */
static bool copy_with_crlf(int from, int to, uint64_t *size)
{
    char piece[PIECE / 4];
    struct buf out;
    struct line_ends ends = {0};
    off_t offset = 0;
    bool done = true;
    buf_init(&out, PIECE);
    *size = 0;
    for (;;) {
        ssize_t got = pread(from, piece, sizeof piece, offset);
        if (got < 0 && errno == EINTR)
            continue;
        done = got >= 0;
        if (got <= 0)
            break;
        offset += got;
        buf_clear(&out);
        line_ends_to_crlf(&ends, str_make(piece, (size_t)got), &out);
        *size += out.len;
        done = file_write_all(to, buf_str(&out));
        if (!done)
            break;
    }
    buf_finish(&out);
    return done;
}

static bool convert(struct message_file *file)
{
    int copy = memfd_create("message", MFD_CLOEXEC);
    if (copy < 0)
        return false;
    bool done = copy_with_crlf(file->fd, copy, &file->size);
    int error = errno;
    close(file->fd);
    file->fd = copy;
    errno = error;
    return done;
}

/* The index is behind the directory: another program renamed the file or took it away. */
static enum store_result look_again(struct mailbox *mailbox, uint32_t uid, int *fd, struct verdict *verdict)
{
    struct store *store = mailbox->store;
    enum store_result result = store_lock(store, verdict);
    if (result != STORE_OK)
        return result;
    struct folder *folder = mailbox_folder(mailbox);
    if (folder)
        result = folder_compare(store, folder, verdict);
    store_unlock(store);
    folder = mailbox_folder(mailbox);
    size_t i = mailbox_find_known(mailbox, uid);
    bool there =
        folder && i < mailbox->count && mailbox->messages[i].uid == uid && !mailbox->messages[i].gone;
    if (result == STORE_OK && there)
        *fd = backend_object_open(store->backend, folder->dir, mailbox->messages[i].name);
    return result;
}

enum store_result message_open(struct mailbox *mailbox, const struct message *message,
                               struct message_file *file, struct verdict *verdict)
{
    uint32_t uid = message->uid;
    uint64_t size = message->size, file_size = message->file_size;
    struct folder *folder = mailbox_folder(mailbox);
    *file = (struct message_file){.fd = -1, .size = size};
    if (folder)
        file->fd = backend_object_open(mailbox->store->backend, folder->dir, message->name);
    if (file->fd < 0 && folder && errno == ENOENT && !message->gone) {
        enum store_result result = look_again(mailbox, uid, &file->fd, verdict);
        if (result != STORE_OK)
            return result;
    }
    if (file->fd < 0)
        return !folder || errno == ENOENT ? store_fails(verdict, STORE_EXPUNGED, "the message is gone")
                                          : store_fails_system(verdict, "opening a message", errno);
    if (size == file_size || convert(file))
        return STORE_OK;
    message_close(file);
    return store_fails_system(verdict, "reading a message", errno);
}

void message_close(struct message_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}
