/* chaos: a layer between broker-lite and its disk, loaded with LD_PRELOAD. $KC_SHIM says what
 * befalls the calls that change files or names, each of which is one step:
 *
 *     die      the process ends instead of step $KC_SHIM_NUMBER (the first is 1), as by kill -9
 *     write    writes to files whose path contains $KC_SHIM_NAME, and cuts of them, fail with errno
 *              $KC_SHIM_NUMBER
 *     put      the same for writes alone: a full disk lets files be cut
 *     sync     the same for fsync and fdatasync
 *     short    reads and writes of files move at most 7 bytes at a time, every third is interrupted
 *
 * $KC_SHIM_ARM, when set, is a file: nothing befalls anyone before it exists. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SHIM_BYTES_MAX = 7, SHIM_EXIT = 137 };

static struct {
    const char *kind;
    const char *name;
    long number; /* step or errno */
    const char *arm;
    atomic_long steps;
    atomic_long moves;
} shim;

/* What would be called without the shim. */
static struct {
    ssize_t (*pwritev)(int, const struct iovec *, int, off64_t);
    ssize_t (*pread)(int, void *, size_t, off64_t);
    int (*ftruncate)(int, off64_t);
    int (*fsync)(int);
    int (*fdatasync)(int);
    int (*rename)(const char *, const char *);
    int (*remove)(const char *);
    int (*mkdir)(const char *, mode_t);
} shim_next;

static void shim_find(const char *name, void *ret_function)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        _exit(1);
    }
    memcpy(ret_function, &found, sizeof(found));
}

__attribute__((constructor)) static void shim_begin(void)
{
    shim_find("pwritev64", &shim_next.pwritev);
    shim_find("pread64", &shim_next.pread);
    shim_find("ftruncate64", &shim_next.ftruncate);
    shim_find("fsync", &shim_next.fsync);
    shim_find("fdatasync", &shim_next.fdatasync);
    shim_find("rename", &shim_next.rename);
    shim_find("remove", &shim_next.remove);
    shim_find("mkdir", &shim_next.mkdir);
    const char *number = getenv("KC_SHIM_NUMBER");
    shim.kind = getenv("KC_SHIM");
    shim.name = getenv("KC_SHIM_NAME");
    shim.arm = getenv("KC_SHIM_ARM");
    shim.number = number ? strtol(number, NULL, 10) : 0;
}

static bool shim_is(const char *kind)
{
    return shim.kind && strcmp(shim.kind, kind) == 0 && (!shim.arm || access(shim.arm, F_OK) == 0);
}

/* A file or a directory, not a socket or a pipe. */
static bool shim_is_stored(int file)
{
    struct stat status;
    return fstat(file, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

static void shim_step(void)
{
    if (shim_is("die") && atomic_fetch_add(&shim.steps, 1) + 1 == shim.number) {
        _exit(SHIM_EXIT);
    }
}

static bool shim_fails(const char *kind, int file)
{
    char link[64];
    char path[PATH_MAX];
    if (!shim_is(kind)) {
        return false;
    }
    (void)snprintf(link, sizeof(link), "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof(path) - 1);
    path[size > 0 ? size : 0] = '\0';
    if (!shim.name || !strstr(path, shim.name)) {
        return false;
    }
    errno = (int)shim.number;
    return true;
}

/* 0: goes through as it is; -1: interrupted; else the bytes that it may move. */
static ssize_t shim_cut(int file)
{
    if (!shim_is("short") || !shim_is_stored(file)) {
        return 0;
    }
    if (atomic_fetch_add(&shim.moves, 1) % 3 == 0) {
        errno = EINTR;
        return -1;
    }
    return SHIM_BYTES_MAX;
}

ssize_t pwritev64(int file, const struct iovec *parts, int count, off64_t position)
{
    shim_step();
    if (shim_fails("write", file) || shim_fails("put", file)) {
        return -1;
    }
    ssize_t cut = shim_cut(file);
    if (cut < 0) {
        return -1;
    }
    while (cut > 0 && count > 1 && parts[0].iov_len == 0) {
        parts++;
        count--;
    }
    struct iovec first = { parts[0].iov_base, parts[0].iov_len };
    if (cut > 0 && (size_t)cut < first.iov_len) {
        first.iov_len = (size_t)cut;
    }
    return cut > 0 ? shim_next.pwritev(file, &first, 1, position)
                   : shim_next.pwritev(file, parts, count, position);
}

ssize_t pread64(int file, void *data, size_t size, off64_t position)
{
    ssize_t cut = shim_cut(file);
    if (cut < 0) {
        return -1;
    }
    return shim_next.pread(file, data, cut > 0 && (size_t)cut < size ? (size_t)cut : size,
                           position);
}

int ftruncate64(int file, off64_t size)
{
    shim_step();
    return shim_fails("write", file) ? -1 : shim_next.ftruncate(file, size);
}

int fsync(int file)
{
    shim_step();
    return shim_fails("sync", file) ? -1 : shim_next.fsync(file);
}

int fdatasync(int file)
{
    shim_step();
    return shim_fails("sync", file) ? -1 : shim_next.fdatasync(file);
}

int rename(const char *from, const char *to)
{
    shim_step();
    return shim_next.rename(from, to);
}

int remove(const char *path)
{
    shim_step();
    return shim_next.remove(path);
}

int mkdir(const char *path, mode_t mode)
{
    shim_step();
    return shim_next.mkdir(path, mode);
}
