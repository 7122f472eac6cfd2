/* SPDX-License-Identifier: BSD-2-Clause */
/* Landlock by its system calls: Debian 12's headers know only the first versions, so the structures are
 * written out here (reference: the kernel's user space API documentation of Landlock). */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "worker/confine.h"

enum {
    CREATE_RULESET = 444,
    ADD_RULE = 445,
    RESTRICT_SELF = 446,
    VERSION_FLAG = 1,
    RULE_PATH = 1,
    RULE_PORT = 2
};

enum fs_right {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_MAKE_FIFO = 1 << 10,
    FS_MAKE_BLOCK = 1 << 11,
    FS_MAKE_SYM = 1 << 12,
    FS_REFER = 1 << 13,     /* version 2 */
    FS_TRUNCATE = 1 << 14,  /* version 3 */
    FS_IOCTL_DEV = 1 << 15, /* version 5 */
};
enum net_right { NET_BIND_TCP = 1, NET_CONNECT_TCP = 2 }; /* version 4 */
enum scope { SCOPE_ABSTRACT_UNIX = 1, SCOPE_SIGNAL = 2 }; /* version 6 */

struct ruleset {
    uint64_t fs, net, scoped;
};
struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

struct port_rule {
    uint64_t allowed, port;
};

static uint64_t fs_rights_of(int abi)
{
    uint64_t rights = (FS_MAKE_SYM << 1) - 1;
    if (abi >= 2)
        rights |= FS_REFER;
    if (abi >= 3)
        rights |= FS_TRUNCATE;
    if (abi >= 5)
        rights |= FS_IOCTL_DEV;
    return rights;
}

/* What is not there is not allowed, and that is no error. */
static bool allow(int ruleset, const char *path, uint64_t rights)
{
    struct stat status;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || errno == EACCES || errno == ENOTDIR;
    if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rights &= FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE;
    struct path_rule rule = {rights, fd};
    bool done = syscall(ADD_RULE, ruleset, RULE_PATH, &rule, 0) == 0;
    int error = errno;
    close(fd);
    errno = error;
    return done;
}

static bool allow_all(int ruleset, const char *const *paths, uint64_t rights)
{
    for (size_t i = 0; paths && paths[i]; i++)
        if (!allow(ruleset, paths[i], rights))
            return false;
    return true;
}

/* A client may choose the address it connects from: then bind(2) is asked for a port of the kernel's choice.
 */
static bool allow_own_port(int ruleset)
{
    struct port_rule rule = {NET_BIND_TCP, 0};
    return syscall(ADD_RULE, ruleset, RULE_PORT, &rule, 0) == 0;
}

int landlock_confine(const struct landlock_paths *paths, unsigned may)
{
    int abi = (int)syscall(CREATE_RULESET, NULL, 0, VERSION_FLAG);
    if (abi <= 0)
        return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : -1;
    uint64_t handled = fs_rights_of(abi);
    uint64_t reading = FS_READ_FILE | FS_READ_DIR;
    uint64_t changing = handled & ~(uint64_t)(FS_EXECUTE | FS_MAKE_CHAR | FS_MAKE_BLOCK | FS_IOCTL_DEV |
                                              FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_SYM);
    uint64_t dropping = FS_WRITE_FILE | FS_MAKE_REG | FS_REMOVE_FILE;
    if (may & MAY_WRITE_FILES)
        dropping |= handled & FS_REFER; /* files are moved there */
    bool inet = may & (MAY_CONNECT_INET | MAY_USE_DNS);
    struct ruleset attributes = {
        .fs = handled,
        .net = abi >= 4 ? (uint64_t)(NET_BIND_TCP | (inet ? 0 : NET_CONNECT_TCP)) : 0,
        .scoped = abi >= 6 ? (uint64_t)(SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL) : 0,
    };
    size_t size = abi >= 6 ? sizeof attributes : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
    int ruleset = (int)syscall(CREATE_RULESET, &attributes, size, 0);
    if (ruleset < 0)
        return -1;
    bool done = allow_all(ruleset, paths->reads, reading) && allow_all(ruleset, paths->writes, changing) &&
                allow_all(ruleset, paths->drops, dropping) && (!inet || abi < 4 || allow_own_port(ruleset)) &&
                syscall(RESTRICT_SELF, ruleset, 0) == 0;
    int error = errno;
    close(ruleset);
    errno = error;
    return done ? abi : -1;
}
