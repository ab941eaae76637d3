/* tests: the machine's own disk without its syncs, and a fresh directory for each run of a body
 * that lets allocations fail. */
#ifndef LOG_SCRATCH_DISK_H
#define LOG_SCRATCH_DISK_H

#include "log/file.h"

#include <limits.h>

struct scratch_disk {
    struct file_system files;
    char root[PATH_MAX];
    char path[FILE_PATH_MAX]; /* of this run */
    int run;
    int open_files;
};

/* Needs `disk` to stay where it is. */
void scratch_disk_init(struct scratch_disk *disk);

/* Makes path a new, empty directory; no file may be open. */
void scratch_disk_next(struct scratch_disk *disk);

#endif
