/* SPDX-License-Identifier: BSD-2-Clause */
/* What a Dovecot Maildir++ knows of its messages: dovecot-uidlist and dovecot-keywords of one directory. */
#ifndef STORE_ADOPT_H
#define STORE_ADOPT_H

#include "store/parts.h"

enum { FOREIGN_KEYWORDS = 26 }; /* letters a to z behind ":2," */

struct foreign_uid {
    struct str base; /* of the file name; in text */
    uint32_t uid;
};

struct foreign_index {
    uint32_t uidvalidity, uidnext;
    struct foreign_uid *uids; /* owned; sorted by base */
    size_t count;
    uint64_t keywords[FOREIGN_KEYWORDS]; /* bit in this store of each letter; 0: none */
    struct buf text;
};

/* Reads them; false when there is no dovecot-uidlist that makes sense. Makes the keywords known. Lock held.
 */
bool foreign_index_read(struct store *store, const struct folder *folder, struct foreign_index *index);
void foreign_index_finish(struct foreign_index *index);
/* 0 when it has none. */
uint32_t foreign_uid_of(const struct foreign_index *index, struct str base);
/* The keywords that the letters of a file name stand for. */
uint64_t foreign_keywords_of(const struct foreign_index *index, struct str name);

#endif
