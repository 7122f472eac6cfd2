/* SPDX-License-Identifier: BSD-2-Clause */
/* What tools may order: wire/queue_orders.h. */
#ifndef QMGR_ORDERS_H
#define QMGR_ORDERS_H

#include "qmgr/manager.h"
#include "wire/channel.h"

/* Carries one order out and answers on fd. False when the packet is not an order or the peer may not give
 * any. */
bool orders_take(struct manager *manager, int fd, const struct packet *packet, struct arena *arena);

#endif
