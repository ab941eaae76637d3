/* tests: the machine's own disk without its syncs. */
#include "unit/log/scratch_disk.h"

#include "support/test.h"

#include <stdio.h>
#include <string.h>

static int scratch_open(void *context, const char *path, int flags, int *ret_file)
{
    struct scratch_disk *disk = context;
    int err = file_system_real.open(file_system_real.context, path, flags, ret_file);

    disk->open_files += err == 0 ? 1 : 0;
    return err;
}

static int scratch_lock(void *context, const char *path, int *ret_file)
{
    struct scratch_disk *disk = context;
    int err = file_system_real.lock(file_system_real.context, path, ret_file);

    disk->open_files += err == 0 ? 1 : 0;
    return err;
}

static void scratch_close(void *context, int file)
{
    struct scratch_disk *disk = context;

    disk->open_files--;
    file_system_real.close(file_system_real.context, file);
}

static int scratch_sync(void *context, int file)
{
    (void)context;
    (void)file;
    return 0;
}

static int scratch_sync_directory(void *context, const char *path)
{
    (void)context;
    (void)path;
    return 0;
}

void scratch_disk_init(struct scratch_disk *disk)
{
    memset(disk, 0, sizeof(*disk));
    disk->files = file_system_real;
    disk->files.open = scratch_open;
    disk->files.lock = scratch_lock;
    disk->files.close = scratch_close;
    disk->files.sync = scratch_sync;
    disk->files.sync_directory = scratch_sync_directory;
    disk->files.context = disk;
    test_directory(disk->root);
}

void scratch_disk_next(struct scratch_disk *disk)
{
    assert_int_equal(disk->open_files, 0);
    assert_true(snprintf(disk->path, sizeof(disk->path), "%s/%d", disk->root, disk->run++) > 0);
    assert_int_equal(file_make_directory(&file_system_real, disk->path), 0);
}
