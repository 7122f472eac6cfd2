/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's start, by the kernel's word. */
#include "io/boot.h"

#include <fcntl.h>
#include <stdio.h>

#include "io/file.h"

enum { READ_LIMIT = 100 };

void boot_id_read(char text[BOOT_ID_LENGTH + 1])
{
    struct buf boot;
    buf_init(&boot, READ_LIMIT);
    file_read_whole(AT_FDCWD, "/proc/sys/kernel/random/boot_id", &boot);
    snprintf(text, BOOT_ID_LENGTH + 1, "%-36.36s", buf_cstr(&boot));
    buf_finish(&boot);
}

bool boot_id_is_known(const char *text)
{
    return text[0] != ' ';
}

bool boot_id_is(const char *text, const char *other)
{
    return boot_id_is_known(text) && str_eq(str_of(text), str_of(other));
}
