/* SPDX-License-Identifier: BSD-2-Clause */
/* Every message between programs and every record on disk that is made from a .def, for tests that go through
 * all. */
#ifndef TESTS_MESSAGES_H
#define TESTS_MESSAGES_H

#include "wire/message.h"

extern const struct wire_message *const all_messages[];
extern const size_t all_messages_count;

#endif
