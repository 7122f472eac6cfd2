/* SPDX-License-Identifier: BSD-2-Clause */
/* The user database's values, for its reader and its writer only. */
#ifndef ACCOUNT_USERS_FORMAT_H
#define ACCOUNT_USERS_FORMAT_H

#include "account/user_record.h"
#include "base/buf.h"

enum { USERS_SUM_SIZE = 4, USERS_FORMAT = 'A', USERS_VALUE_LIMIT = 8192 };
/* No account's name begins with '.': this record's password is the database's own random key. */
#define USERS_KEY_NAME ".key"

/* False when the value would be over the buffer's limit. */
bool users_value_make(struct str name, const struct user_record *record, struct buf *value);
bool users_value_read(struct str name, struct str value, struct arena *arena, struct user_record *record);

#endif
