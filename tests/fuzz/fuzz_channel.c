/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets as a program that was taken over would send them, and what a session program is handed. */
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "io/task.h"
#include "messages.h"
#include "wire/channel.h"
#include "wire/handover.h"

enum { MEMORY = 1 << 22, DEADLINE_MS = 1000 };

static void try_packet(struct str octets, size_t fds, struct arena *arena)
{
    int ends[2], given[PACKET_FDS] = {STDIN_FILENO, STDIN_FILENO, STDIN_FILENO, STDIN_FILENO};
    struct packet packet;
    bool made = unix_pair(ends);
    assert(made);
    packet_init(&packet);
    if (packet_send(ends[0], octets, given, fds, deadline_in(DEADLINE_MS)) &&
        channel_receive(ends[1], &packet, deadline_in(DEADLINE_MS)) == 1) {
        assert(packet.fd_count == fds && packet.bytes.len < octets.len + 1);
        for (size_t i = 0; i < all_messages_count; i++)
            packet_decode(&packet, all_messages[i], arena, arena_get(arena, all_messages[i]->size));
        int fd = packet_take_fd(&packet, 0);
        assert((fd >= 0) == (fds > 0));
        if (fd >= 0)
            close(fd);
    }
    packet_finish(&packet);
    close(ends[0]);
    close(ends[1]);
}

static void try_handover(struct str octets, struct arena *arena)
{
    struct account account;
    struct session session;
    int fd = memfd_create("handover", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, octets.at, octets.len) == (ssize_t)octets.len);
    if (handover_read(fd, arena, &account, &session))
        assert(str_eq(session.user, account.user) && str_eq(session.home, account.home));
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t size)
{
    struct str input = str_make(octets, size);
    uint8_t choice = fuzz_choice(&input);
    if (size > PACKET_LIMIT)
        return 0;
    struct arena *arena = arena_create(MEMORY);
    if (choice & 1)
        try_handover(input, arena);
    else
        try_packet(input, choice / 2 % (PACKET_FDS + 1), arena);
    arena_destroy(arena);
    return 0;
}
