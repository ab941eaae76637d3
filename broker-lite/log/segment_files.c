/* log: the files of a segment, by their names: synced, renamed and removed together. */
#include "log/segment.h"

#include "base/attr.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static const char *const segment_suffixes[] = { "index", "timeindex", "txnindex", "snapshot",
                                                "log" };

static void path_of(const char *directory, int64_t base_offset, const char *suffix,
                    const char *more, char ret_path[FILE_PATH_MAX])
{
    (void)snprintf(ret_path, FILE_PATH_MAX, "%s/%020" PRId64 ".%s%s", directory, base_offset,
                   suffix, more);
}

void segment_path(const struct segment *segment, const char *suffix, char ret_path[FILE_PATH_MAX])
{
    path_of(segment->directory, segment->base_offset, suffix, segment->kind, ret_path);
}

int segment_sync(struct segment *segment)
{
    char path[FILE_PATH_MAX];
    int err = 0;
    for (size_t i = 0; i < ARRAY_COUNT(segment_suffixes) && err == 0; i++) {
        int file = -1;
        segment_path(segment, segment_suffixes[i], path);
        err = file_open(segment->files, path, FILE_WRITE, &file);
        if (err == 0) {
            err = file_sync(segment->files, file);
            file_close(segment->files, file);
        }
        err = err == ENOENT ? 0 : err;
    }
    segment->indexes_synced = err == 0;
    return err;
}

int segment_rename(struct segment *segment, const char *kind)
{
    char from[FILE_PATH_MAX];
    char to[FILE_PATH_MAX];
    int err = 0;
    for (size_t i = 0; i < ARRAY_COUNT(segment_suffixes) && err == 0; i++) {
        segment_path(segment, segment_suffixes[i], from);
        path_of(segment->directory, segment->base_offset, segment_suffixes[i], kind, to);
        err = file_rename(segment->files, from, to);
        err = err == ENOENT ? 0 : err;
    }
    if (err == 0) {
        segment->kind = kind;
    }
    return err;
}

int segment_rename_deleted(const struct segment *segment)
{
    char from[FILE_PATH_MAX];
    char to[FILE_PATH_MAX];
    int err = 0;
    /* The data file first: what is left without one is removed by recovery. */
    for (size_t i = ARRAY_COUNT(segment_suffixes); i-- > 0 && err == 0;) {
        path_of(segment->directory, segment->base_offset, segment_suffixes[i], "", from);
        path_of(segment->directory, segment->base_offset, segment_suffixes[i], ".deleted", to);
        err = file_rename(segment->files, from, to);
        err = err == ENOENT ? 0 : err;
    }
    return err;
}

static int remove_all(const char *directory, const struct file_system *files, int64_t base_offset,
                      const char *more)
{
    char path[FILE_PATH_MAX];
    int err = 0;
    for (size_t i = ARRAY_COUNT(segment_suffixes); i-- > 0 && err == 0;) {
        path_of(directory, base_offset, segment_suffixes[i], more, path);
        err = file_remove(files, path);
    }
    return err;
}

int segment_remove_deleted(const char *directory, const struct file_system *files,
                           int64_t base_offset)
{
    return remove_all(directory, files, base_offset, ".deleted");
}

int segment_remove(const struct segment *segment)
{
    return remove_all(segment->directory, segment->files, segment->base_offset, segment->kind);
}
