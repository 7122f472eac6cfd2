/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mailbox copies that may not be on disk yet. That a recipient has one must not be written down before it is:
 * of the two a power cut could leave the record and take the copy. So the outcome is kept back until the
 * mailboxes were synced with the next group (removal.c). Who is done in one go needs no record and does not
 * wait.
 */
#include "qmgr/manager.h"

static bool any_unsynced(const struct message *message)
{
    for (size_t i = 0; i < message->rcpt_count; i++)
        if (message->rcpts[i].last.unsynced)
            return true;
    return false;
}

bool copies_await_sync(struct manager *manager, struct message *message)
{
    if (!message->syncing && !message->spoilt && any_unsynced(message))
        message->syncing = removal_sync(manager, message);
    return message->syncing;
}

void copies_begin_sync(struct message *message)
{
    for (size_t i = 0; i < message->rcpt_count; i++)
        message->rcpts[i].syncing = message->rcpts[i].last.unsynced;
}

void copies_end_sync(struct manager *manager, struct message *message, bool synced)
{
    for (size_t i = 0; synced && i < message->rcpt_count; i++)
        if (message->rcpts[i].syncing)
            message->rcpts[i].last.unsynced = false;
    message->unsynced = any_unsynced(message);
    message->spoilt |= !synced;
    message->syncing = false;
    message_go_on(manager, message);
}
