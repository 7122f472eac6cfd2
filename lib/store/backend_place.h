/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the file backend only: what it holds open, and paths relative to the home. */
#ifndef STORE_BACKEND_PLACE_H
#define STORE_BACKEND_PLACE_H

#include <limits.h>
#include <stdarg.h>
#include "store/backend.h"

struct backend {
    int home;    /* directory */
    int journal; /* -1 before backend_journal_reopen */
    int lock;
    int watch; /* directory of the index, -1 unless watched */
};

struct place {
    char path[1024];
};
/* Prints the path; false with ENAMETOOLONG. */
bool place_make(struct place *place, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* One path component that is not hidden; false with EINVAL. */
bool place_name_is_plain(struct str name);

#endif
