/* log: the real disk behind struct file_system. The room's only file with system calls. */
#include "log/file.h"

#include "base/attr.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static int real_open(void *context, const char *path, int flags, int *ret_file)
{
    int mode = (flags & FILE_WRITE) ? O_RDWR : O_RDONLY;
    mode |= (flags & FILE_CREATE) ? O_CREAT : 0;
    mode |= (flags & FILE_EXCLUSIVE) ? O_EXCL : 0;
    mode |= (flags & FILE_EMPTY) ? O_TRUNC : 0;
    int file = open(path, mode | O_CLOEXEC, 0644);
    if (file < 0) {
        return errno;
    }
    *ret_file = file;
    return 0;
}

static void real_close(void *context, int file)
{
    (void)close(file);
}

static int real_read(void *context, int file, void *data, size_t size, int64_t position,
                     size_t *ret_size)
{
    ssize_t count = pread(file, data, size, (off_t)position);
    if (count < 0) {
        return errno;
    }
    *ret_size = (size_t)count;
    return 0;
}

static int real_write(void *context, int file, const struct slice *parts, size_t part_count,
                      int64_t position, size_t *ret_size)
{
    struct iovec vectors[FILE_PARTS_MAX];
    size_t count = MIN_OF(part_count, (size_t)FILE_PARTS_MAX);
    for (size_t i = 0; i < count; i++) {
        vectors[i] = (struct iovec){ (void *)(uintptr_t)parts[i].data, parts[i].size };
    }
    ssize_t written = pwritev(file, vectors, (int)count, (off_t)position);
    if (written < 0) {
        return errno;
    }
    *ret_size = (size_t)written;
    return 0;
}

static int real_truncate(void *context, int file, int64_t size)
{
    return ftruncate(file, (off_t)size) < 0 ? errno : 0;
}

/* Kept as the file's blocks beyond its end, so that a crash leaves no zeros to be read. */
static int real_reserve(void *context, int file, int64_t size)
{
    (void)context;
    int err = fallocate(file, FALLOC_FL_KEEP_SIZE, 0, size) == 0 ? 0 : errno;
    return err == EOPNOTSUPP ? 0 : err; /* this file system does without */
}

static int real_size(void *context, int file, int64_t *ret_size)
{
    struct stat status;
    if (fstat(file, &status) < 0) {
        return errno;
    }
    *ret_size = (int64_t)status.st_size;
    return 0;
}

static int real_sync(void *context, int file)
{
    return fdatasync(file) < 0 ? errno : 0;
}

static int real_sync_directory(void *context, const char *path)
{
    int file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0) {
        return errno;
    }
    int err = fsync(file) < 0 ? errno : 0;
    (void)close(file);
    return err;
}

static int real_rename(void *context, const char *from, const char *to)
{
    return rename(from, to) < 0 ? errno : 0;
}

static int real_remove(void *context, const char *path)
{
    return remove(path) < 0 ? errno : 0;
}

static int real_make_directory(void *context, const char *path)
{
    return mkdir(path, 0755) < 0 ? errno : 0;
}

static enum file_kind kind_of(mode_t mode)
{
    if (S_ISREG(mode)) {
        return FILE_KIND_REGULAR;
    }
    return S_ISDIR(mode) ? FILE_KIND_DIRECTORY : FILE_KIND_OTHER;
}

/* Most systems tell it with the name; a link is followed. */
static enum file_kind kind_of_entry(int directory, const struct dirent *entry)
{
    struct stat status;
    if (entry->d_type == DT_REG || entry->d_type == DT_DIR) {
        return entry->d_type == DT_REG ? FILE_KIND_REGULAR : FILE_KIND_DIRECTORY;
    }
    if (fstatat(directory, entry->d_name, &status, 0) < 0) {
        return FILE_KIND_OTHER; /* vanished, or a dangling link */
    }
    return kind_of(status.st_mode);
}

static int real_info(void *context, const char *path, struct file_info *ret_info)
{
    struct stat status;
    if (stat(path, &status) < 0) {
        return errno;
    }
    ret_info->kind = kind_of(status.st_mode);
    ret_info->size = (int64_t)status.st_size;
    ret_info->modified_ms =
        (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
    return 0;
}

static int real_list(void *context, const char *path,
                     int (*visit)(void *visitor, const char *name, enum file_kind kind),
                     void *visitor)
{
    DIR *directory = opendir(path);
    if (!directory) {
        return errno;
    }
    int err = 0;
    while (err == 0) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (!entry) {
            err = errno;
            break;
        }
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        err = visit(visitor, entry->d_name, kind_of_entry(dirfd(directory), entry));
    }
    (void)closedir(directory);
    return err;
}

static int real_lock(void *context, const char *path, int *ret_file)
{
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) {
        return errno;
    }
    if (flock(file, LOCK_EX | LOCK_NB) < 0) {
        int err = errno;
        (void)close(file);
        return err;
    }
    *ret_file = file;
    return 0;
}

/* Linux 6.5; not in every C library. */
struct cached_range {
    uint64_t position;
    uint64_t size;
};
struct cached_pages {
    uint64_t cached;
    uint64_t others[4];
};
enum { SYSTEM_CACHESTAT = 451 };

/* One byte, read only when that needs no disk. */
static bool byte_is_cached(int file, int64_t position)
{
    uint8_t byte;
    struct iovec vector = { &byte, 1 };
    return preadv2(file, &vector, 1, (off_t)position, RWF_NOWAIT) >= 0;
}

/* Older systems tell of single pages only: both ends then stand for all of it, since records are
 * read and dropped in order. */
static bool real_is_cached(void *context, int file, int64_t position, size_t size)
{
    struct cached_range range = { (uint64_t)position, size };
    struct cached_pages pages = { 0 };
    int64_t last = position + (int64_t)size - 1;
    if (size == 0) {
        return true;
    }
    if (syscall(SYSTEM_CACHESTAT, file, &range, &pages, 0) == 0) {
        int64_t page_size = getpagesize();
        return pages.cached >= (uint64_t)(last / page_size - position / page_size + 1);
    }
    return byte_is_cached(file, position) && byte_is_cached(file, last);
}

static int real_space(void *context, const char *path, struct file_space *ret_space)
{
    struct statvfs status;
    if (statvfs(path, &status) < 0) {
        return errno;
    }
    ret_space->total_bytes = (int64_t)status.f_blocks * (int64_t)status.f_frsize;
    ret_space->usable_bytes = (int64_t)status.f_bavail * (int64_t)status.f_frsize;
    return 0;
}

const struct file_system file_system_real = {
    .open = real_open,
    .close = real_close,
    .read = real_read,
    .write = real_write,
    .truncate = real_truncate,
    .size = real_size,
    .sync = real_sync,
    .sync_directory = real_sync_directory,
    .rename = real_rename,
    .remove = real_remove,
    .make_directory = real_make_directory,
    .info = real_info,
    .list = real_list,
    .reserve = real_reserve,
    .lock = real_lock,
    .is_cached = real_is_cached,
    .space = real_space,
};
