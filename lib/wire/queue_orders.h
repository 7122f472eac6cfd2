/* SPDX-License-Identifier: BSD-2-Clause */
/* What a tool may order qmgr to do, over a connection to its socket. Only root and qmgr's own user may. */
#ifndef WIRE_QUEUE_ORDERS_H
#define WIRE_QUEUE_ORDERS_H

/* Packet kinds on that connection; the kinds of a way in are in intake/announcer.h and differ. */
enum queue_kind { QUEUE_KIND_ORDER = 16, QUEUE_KIND_ANSWER = 17 };

enum queue_order_kind {
    QUEUE_ORDER_FLUSH = 1, /* try now */
    QUEUE_ORDER_HOLD = 2,  /* do not try until released */
    QUEUE_ORDER_RELEASE = 3,
    QUEUE_ORDER_DELETE = 4,  /* remove without telling anybody */
    QUEUE_ORDER_REQUEUE = 5, /* expand aliases and route again, at once */
    QUEUE_ORDER_EXPIRE = 6,  /* return to the sender at the next look */
};

/* How a message can be, for orders that are only for some. */
enum queue_order_state {
    QUEUE_STATE_ACTIVE = 1,
    QUEUE_STATE_DEFERRED = 2,
    QUEUE_STATE_HELD = 4,
    QUEUE_NO_STATE = 8, /* nothing is meant */
};

#endif
