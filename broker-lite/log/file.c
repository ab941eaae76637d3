/* log: what finishes a call of a file system that leaves something half done, and what is made of
 * several. */
#include "log/file.h"

#include "base/attr.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

bool file_is_shortage(int system_error)
{
    return system_error == ENOSPC || system_error == EDQUOT || system_error == ENOMEM ||
           system_error == EMFILE || system_error == ENFILE;
}

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

int file_space(const struct file_system *files, const char *path, struct file_space *ret_space)
{
    return files->space ? files->space(files->context, path, ret_space) : ENOTSUP;
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
