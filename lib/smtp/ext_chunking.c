/* SPDX-License-Identifier: BSD-2-Clause */
/* CHUNKING, RFC 3030: BDAT. BINARYMIME is not offered: what comes in must have lines. */
#include "smtp/extension.h"

const struct smtp_extension smtp_ext_chunking = {.keyword = "CHUNKING"};
