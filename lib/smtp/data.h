/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The octets between DATA and its end (RFC 5321 4.1.1.4, 4.5.2), both ways. Only CRLF ends a line and only
 * CRLF "." CRLF ends the data; a bare CR, a bare LF or a NUL makes the whole message refused, without
 * exceptions for anybody (SMTP smuggling). The reader works on whatever pieces arrive.
 */
#ifndef SMTP_DATA_H
#define SMTP_DATA_H

#include "base/buf.h"
#include "base/str.h"

struct smtp_data {
    enum { DATA_LINE_START, DATA_MID, DATA_DOT, DATA_DOT_CR } state;
    bool last_cr;  /* the octet before was a CR */
    bool bare;     /* a CR or LF stood alone */
    bool nul;      /* a NUL was there */
    bool finished; /* CRLF "." CRLF was read */
};

void smtp_data_init(struct smtp_data *data);
/* Reads from input up to its end or the end of data; appends the octets with dots removed to *out, whose
 * limit must leave room for all of input. Returns how many octets of input were used. */
size_t smtp_data_read(struct smtp_data *data, struct str input, struct buf *out);
/* For BDAT (RFC 3030): no dots, no end; only looks for bare CR, LF and NUL. A CR at the very end counts as
 * bare when `last` is set. */
void smtp_data_check(struct smtp_data *data, struct str input, bool last);

/* Appends `octets` (whole lines or pieces of them; CRLF line ends) with dots doubled; *line_start carries
 * over, begins true. */
void smtp_data_write(struct str octets, bool *line_start, struct buf *out);

#endif
