/* log: the real disk behind struct file_system, and the helpers that finish what a system call
 * leaves half done. The room's only file with system calls. */
#include "log/file.h"

#include "base/attr.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
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
};

int file_open(const struct file_system *files, const char *path, int flags, int *ret_file)
{
    int err;
    do {
        err = files->open(files->context, path, flags, ret_file);
    } while (err == EINTR);
    return err;
}

void file_close(const struct file_system *files, int file)
{
    if (file >= 0) {
        files->close(files->context, file);
    }
}

int file_read(const struct file_system *files, int file, void *data, size_t size, int64_t position,
              size_t *ret_size)
{
    size_t done = 0;
    while (done < size) {
        size_t count = 0;
        int err = files->read(files->context, file, (uint8_t *)data + done, size - done,
                              position + (int64_t)done, &count);
        if (err == EINTR) {
            continue;
        }
        if (err != 0) {
            return err;
        }
        if (count == 0) {
            break;
        }
        done += count;
    }
    *ret_size = done;
    return 0;
}

int file_write(const struct file_system *files, int file, const struct slice *parts,
               size_t part_count, int64_t position)
{
    struct slice left[FILE_PARTS_MAX];
    if (part_count > FILE_PARTS_MAX) {
        return EINVAL;
    }
    memcpy(left, parts, part_count * sizeof(*parts));
    size_t first = 0;
    while (true) {
        while (first < part_count && left[first].size == 0) {
            first++;
        }
        if (first == part_count) {
            return 0;
        }
        size_t count = 0;
        int err =
            files->write(files->context, file, left + first, part_count - first, position, &count);
        if (err == EINTR) {
            continue;
        }
        if (err != 0) {
            return err;
        }
        if (count == 0) {
            return EIO; /* no progress and no reason: not a disk to trust */
        }
        position += (int64_t)count;
        for (size_t i = first; i < part_count && count > 0; i++) {
            size_t taken = MIN_OF(count, left[i].size);
            left[i].data += taken;
            left[i].size -= taken;
            count -= taken;
        }
    }
}

int file_reserve(const struct file_system *files, int file, int64_t size)
{
    return files->reserve ? files->reserve(files->context, file, size) : 0;
}

int file_truncate(const struct file_system *files, int file, int64_t size)
{
    int err;
    do {
        err = files->truncate(files->context, file, size);
    } while (err == EINTR);
    return err;
}

int file_size(const struct file_system *files, int file, int64_t *ret_size)
{
    return files->size(files->context, file, ret_size);
}

int file_sync(const struct file_system *files, int file)
{
    /* EINTR too: fdatasync that failed must never be asked again (its pages may be dropped). */
    return files->sync(files->context, file);
}

int file_sync_directory(const struct file_system *files, const char *path)
{
    return files->sync_directory(files->context, path);
}

int file_rename(const struct file_system *files, const char *from, const char *to)
{
    return files->rename(files->context, from, to);
}

int file_remove(const struct file_system *files, const char *path)
{
    int err = files->remove(files->context, path);
    return err == ENOENT ? 0 : err;
}

int file_make_directory(const struct file_system *files, const char *path)
{
    int err = files->make_directory(files->context, path);
    return err == EEXIST ? 0 : err;
}

bool file_exists(const struct file_system *files, const char *path)
{
    struct file_info info;
    return files->info(files->context, path, &info) == 0;
}

struct removal {
    const struct file_system *files;
    const char *directory;
};

static int remove_entry(void *visitor, const char *name, enum file_kind kind)
{
    const struct removal *removal = visitor;
    char path[FILE_PATH_MAX];
    if (kind == FILE_KIND_DIRECTORY) {
        return ENOTEMPTY;
    }
    if (!file_path(path, removal->directory, name)) {
        return ENAMETOOLONG;
    }
    return file_remove(removal->files, path);
}

int file_remove_tree(const struct file_system *files, const char *path)
{
    struct removal removal = { files, path };
    int err = files->list(files->context, path, remove_entry, &removal);
    if (err == ENOENT) {
        return 0;
    }
    return err != 0 ? err : file_remove(files, path);
}

int file_replace(const struct file_system *files, const char *path, struct slice contents)
{
    char temporary[FILE_PATH_MAX];
    char directory[FILE_PATH_MAX];
    int size = snprintf(temporary, sizeof(temporary), "%s.tmp", path);
    if (size < 0 || (size_t)size >= sizeof(temporary)) {
        return ENAMETOOLONG;
    }
    const char *slash = strrchr(path, '/');
    (void)snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path) : 1,
                   slash ? path : ".");
    int file = -1;
    int err = file_open(files, temporary, FILE_WRITE | FILE_CREATE | FILE_EMPTY, &file);
    if (err != 0) {
        return err;
    }
    err = file_write(files, file, &contents, 1, 0);
    if (err == 0) {
        err = file_sync(files, file);
    }
    file_close(files, file);
    if (err == 0) {
        err = file_rename(files, temporary, path);
    }
    if (err != 0) {
        (void)file_remove(files, temporary);
        return err;
    }
    return file_sync_directory(files, directory[0] != '\0' ? directory : "/");
}

int file_read_all(const struct file_system *files, const char *path, size_t size_max,
                  char **ret_data, size_t *ret_size)
{
    int file = -1;
    int64_t size = 0;
    size_t done = 0;
    char *data = NULL;
    int err = file_open(files, path, FILE_READ, &file);
    if (err != 0) {
        return err;
    }
    err = file_size(files, file, &size);
    if (err == 0 && (size < 0 || (uint64_t)size > size_max)) {
        err = EFBIG;
    }
    if (err == 0) {
        data = malloc((size_t)size + 1);
        err = data ? file_read(files, file, data, (size_t)size, 0, &done) : ENOMEM;
    }
    file_close(files, file);
    if (err != 0) {
        free(data);
        return err;
    }
    data[done] = '\0';
    *ret_data = data;
    *ret_size = done;
    return 0;
}

bool file_path(char ret_path[FILE_PATH_MAX], const char *directory, const char *name)
{
    int size = snprintf(ret_path, FILE_PATH_MAX, "%s/%s", directory, name);
    return size >= 0 && size < FILE_PATH_MAX;
}
