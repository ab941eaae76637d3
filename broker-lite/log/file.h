/* log: the disk as a value one can fake. Every byte that the broker stores passes through a struct
 * file_system; log/file_real.c has the real one, tests have a simulated disk. Calls give 0 or the
 * system's errno, so that a full disk (ENOSPC) and a broken one (EIO) stay apart. Any thread. */
#ifndef LOG_FILE_H
#define LOG_FILE_H

#include "base/slice.h"

#include <libclient/error.h>

enum {
    FILE_READ = 1,
    FILE_WRITE = 2,     /* read and write */
    FILE_CREATE = 4,    /* made when it is not there */
    FILE_EXCLUSIVE = 8, /* with FILE_CREATE: EEXIST when it is there */
    FILE_EMPTY = 16,    /* cut to nothing when it is there */
};

enum { FILE_PATH_MAX = 4096, FILE_NAME_MAX = 255, FILE_PARTS_MAX = 64 };

enum file_kind { FILE_KIND_REGULAR, FILE_KIND_DIRECTORY, FILE_KIND_OTHER };

struct file_info {
    enum file_kind kind;
    int64_t size;
    int64_t modified_ms; /* milliseconds since 1970 */
};

/* Of the volume that a path lies on. */
struct file_space {
    int64_t total_bytes;
    int64_t usable_bytes; /* free, to this process */
};

struct file_system {
    int (*open)(void *context, const char *path, int flags, int *ret_file);
    void (*close)(void *context, int file);
    /* May read less than asked; 0 bytes only at the end. EINTR is possible. */
    int (*read)(void *context, int file, void *data, size_t size, int64_t position,
                size_t *ret_size);
    /* May write less than asked; EINTR is possible. */
    int (*write)(void *context, int file, const struct slice *parts, size_t part_count,
                 int64_t position, size_t *ret_size);
    int (*truncate)(void *context, int file, int64_t size);
    int (*size)(void *context, int file, int64_t *ret_size);
    /* Returns when the contents and the size are on the disk. */
    int (*sync)(void *context, int file);
    /* Makes creations, renames and removals in the directory durable. */
    int (*sync_directory)(void *context, const char *path);
    int (*rename)(void *context, const char *from, const char *to);
    /* A file, or an empty directory. ENOENT when there is none. */
    int (*remove)(void *context, const char *path);
    int (*make_directory)(void *context, const char *path);
    int (*info)(void *context, const char *path, struct file_info *ret_info);
    /* Calls visit for every name but . and .. in no order; stops at the first error of visit. */
    int (*list)(void *context, const char *path,
                int (*visit)(void *visitor, const char *name, enum file_kind kind), void *visitor);
    /* Opens (creates) the file and takes its lock; EWOULDBLOCK when another process has it. The
     * lock lives until close. */
    int (*lock)(void *context, const char *path, int *ret_file);
    /* Reserves space on the disk up to the size; the file stays as long as it is, and cutting it
     * gives the space back. NULL: cannot. */
    int (*reserve)(void *context, int file, int64_t size);
    /* Would reading the bytes not wait for the disk? NULL: files are no descriptors of the system,
     * and cannot be sent from. */
    bool (*is_cached)(void *context, int file, int64_t position, size_t size);
    /* NULL: cannot tell. */
    int (*space)(void *context, const char *path, struct file_space *ret_space);
    void *context;
};

/* The machine's own. */
extern const struct file_system file_system_real;

/* Does the errno say that something is short (disk, quota, memory, files to open)? What failed may
 * work when there is room again. */
bool file_is_shortage(int system_error);

/* The helpers below take any file system, go on after EINTR and short counts, and give 0 or errno.
 */

int file_open(const struct file_system *files, const char *path, int flags, int *ret_file);
/* -1 is fine. */
void file_close(const struct file_system *files, int file);

/* Reads until size bytes are there or the file ends; *ret_size tells. */
int file_read(const struct file_system *files, int file, void *data, size_t size, int64_t position,
              size_t *ret_size);

/* Writes all parts (at most FILE_PARTS_MAX). On an error a part may have been written: the caller
 * truncates. */
int file_write(const struct file_system *files, int file, const struct slice *parts,
               size_t part_count, int64_t position);

int file_truncate(const struct file_system *files, int file, int64_t size);
/* Done where the file system cannot. */
int file_reserve(const struct file_system *files, int file, int64_t size);
int file_size(const struct file_system *files, int file, int64_t *ret_size);
int file_sync(const struct file_system *files, int file);
int file_sync_directory(const struct file_system *files, const char *path);
int file_rename(const struct file_system *files, const char *from, const char *to);

/* ENOENT counts as done. */
int file_remove(const struct file_system *files, const char *path);

/* EEXIST counts as done. */
int file_make_directory(const struct file_system *files, const char *path);

/* ENOTSUP where the file system cannot tell. */
int file_space(const struct file_system *files, const char *path, struct file_space *ret_space);

bool file_exists(const struct file_system *files, const char *path);

/* Removes a directory with the regular files in it; directories inside are refused (ENOTEMPTY). */
int file_remove_tree(const struct file_system *files, const char *path);

/* Replaces the file at path: PATH.tmp, sync, rename, sync of the directory. What was there stays
 * whole until the new one is. */
int file_replace(const struct file_system *files, const char *path, struct slice contents);

/* The whole file on the heap with a terminating zero that ret_size does not count; EFBIG above
 * size_max, ENOMEM. The caller frees. */
int file_read_all(const struct file_system *files, const char *path, size_t size_max,
                  char **ret_data, size_t *ret_size);

/* DIRECTORY/NAME into FILE_PATH_MAX bytes; false when it does not fit. */
bool file_path(char ret_path[FILE_PATH_MAX], const char *directory, const char *name);

#endif
