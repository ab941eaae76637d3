/* log: one entry of log.dirs: its lock, meta.properties, clean-shutdown marker and whether it has
 * failed. The first write or fsync error takes the whole directory offline for good: nothing is
 * acknowledged from it again. Owner thread, but for what is read only. */
#ifndef LOG_LOG_DIR_H
#define LOG_LOG_DIR_H

#include "log/file_cache.h"

#include "base/trace.h"
#include "base/uuid.h"

struct log_dir {
    const struct file_system *files; /* borrowed */
    const struct trace *trace;       /* borrowed; may be NULL */
    char *path;                      /* absolute or relative, no slash at the end */
    struct uuid id;                  /* directory.id (KIP-858) */
    struct file_cache cache;
    int64_t names_made;   /* logs made here since the start */
    int64_t names_synced; /* so many of these names are on disk */
    int lock_file;        /* -1: none */
    bool clean;           /* the marker was there at log_dir_open */
    bool failed;          /* offline */
    int64_t clean_epoch;  /* broker epoch of the marker, -1: none */
};

/* meta.properties. */
struct log_dir_meta {
    char cluster_id[64]; /* empty: any */
    int32_t node_id;
};

/* Locks and reads the directory, makes and formats it when it is empty or not there (meta gives
 * cluster and node; a random directory.id), and remembers the clean marker, which it removes and
 * syncs before anything else is written. KC_ERR_WRONG_STATE: locked by another process;
 * KC_ERR_INCONSISTENT_CLUSTER_ID; KC_ERR_INVALID: another node's directory; KC_ERR_CORRUPT_FILE:
 * meta.properties is senseless; KC_ERR_IO; KC_ERR_NO_MEMORY. `error` gets a sentence with the path
 * and the cause; it may be NULL. meta's empty cluster_id is filled from the directory. */
enum kc_err log_dir_open(struct log_dir *dir, const char *path, const struct file_system *files,
                         const struct trace *trace, struct random *random,
                         struct log_dir_meta *meta, struct kc_error *error);

/* A directory without lock, meta.properties and marker: for one log alone (tests, tools). */
enum kc_err log_dir_init(struct log_dir *dir, const char *path, const struct file_system *files,
                         const struct trace *trace);

/* Writes the clean marker (unless failed, or clean is false) and gives up the lock. Accepts a
 * zeroed one. */
void log_dir_close(struct log_dir *dir, bool clean, int64_t broker_epoch);

/* Notes a disk error, with file and errno in one trace line. ENOSPC does not fail the directory,
 * anything else does. KC_ERR_KAFKA_STORAGE_ERROR. */
enum kc_err log_dir_fail(struct log_dir *dir, const char *what, const char *path, int system_error);

#endif
