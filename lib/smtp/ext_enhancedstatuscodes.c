/* SPDX-License-Identifier: BSD-2-Clause */
/* ENHANCEDSTATUSCODES, RFC 2034: replies carry the codes of RFC 3463; every verdict has one. */
#include "smtp/extension.h"

const struct smtp_extension smtp_ext_enhancedstatuscodes = {.keyword = "ENHANCEDSTATUSCODES"};
