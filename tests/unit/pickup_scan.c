/* SPDX-License-Identifier: BSD-2-Clause */
/* When pickup may believe in owners of files. */
#include "pickup/pickup.h"
#include "unit/test.h"

#include <fcntl.h>
#include <unistd.h>

#include "io/file.h"

static bool kept(const char *setting)
{
    char path[200];
    snprintf(path, sizeof path, "%s/setting", test_directory());
    CHECK(file_replace(AT_FDCWD, path, str_of(setting), 0600));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool answer = scan_hard_links_are_kept(fd);
    CHECK(scan_hard_links_are_kept(fd) == answer);
    close(fd);
    return answer;
}

TEST(owners_are_believed_only_where_nobody_links_to_files_of_others)
{
    CHECK(kept("1\n"));
    CHECK(!kept("0\n"));
    CHECK(!kept(""));
    CHECK(!scan_hard_links_are_kept(-1));
}
