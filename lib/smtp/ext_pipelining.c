/* SPDX-License-Identifier: BSD-2-Clause */
/* PIPELINING, RFC 2920: commands may be sent in groups. Which commands must end a group stands in smtpd's
 * rows. */
#include "smtp/extension.h"

const struct smtp_extension smtp_ext_pipelining = {.keyword = "PIPELINING"};
