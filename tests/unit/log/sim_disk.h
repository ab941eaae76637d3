/* tests: a disk in memory that records every operation, fails on request, and can be cut at any
 * point: of what was not synced, any 512-byte sector, any truncation and, per directory, any prefix
 * of the name changes may be lost. */
#ifndef LOG_SIM_DISK_H
#define LOG_SIM_DISK_H

#include "log/file.h"

enum { SIM_DISK_FILES_MAX = 512, SIM_DISK_SECTOR = 512 };

struct sim_disk;

/* Starts empty but for the directory `root`. */
struct sim_disk *sim_disk_create(const char *root);
void sim_disk_destroy(struct sim_disk *disk);

/* The disk as a file system. */
const struct file_system *sim_disk_files(struct sim_disk *disk);

/* Operations so far: writes, truncations, syncs, name changes. */
size_t sim_disk_count(const struct sim_disk *disk);

/* A new disk as it may be found when the power goes after the first `count` operations.
 * lost_percent: how much of the unsynced is lost (0: nothing, 100: all). */
struct sim_disk *sim_disk_crash(const struct sim_disk *disk, size_t count, uint64_t seed,
                                int lost_percent);

struct sim_disk_faults {
    int64_t capacity;         /* bytes in all files together; writes past it give ENOSPC after what
                                 fits. -1: no limit */
    int64_t fail_write_after; /* the write after that many gives EIO; -1: never */
    int64_t fail_sync_after;  /* the same for sync */
    bool sticky;              /* the failures stay */
    bool interrupt;           /* every other read and write gives EINTR or is short */
};
struct sim_disk_faults *sim_disk_faults(struct sim_disk *disk);
size_t sim_disk_syncs(const struct sim_disk *disk);
size_t sim_disk_open_files(const struct sim_disk *disk);

/* Changes one byte of a file. False when there is none such. */
bool sim_disk_flip(struct sim_disk *disk, const char *path, int64_t position);
int64_t sim_disk_size(struct sim_disk *disk, const char *path);

#endif
