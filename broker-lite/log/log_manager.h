/* log: all logs of a broker: opens log.dirs and the partitions in them, makes and removes
 * partitions, writes the checkpoints, shuts down cleanly. Owner thread; loading runs as jobs. */
#ifndef LOG_LOG_MANAGER_H
#define LOG_LOG_MANAGER_H

#include "log/log.h"

struct log_dirt; /* log/log_compaction.h */
struct log_manager;

struct log_manager_options {
    const char *const *log_dirs; /* paths; copied */
    size_t log_dir_count;        /* at least 1 */
    struct log_dir_meta meta;
    struct log_options defaults;     /* of topics without settings of their own */
    const struct file_system *files; /* borrowed */
    const struct trace *trace;       /* borrowed; may be NULL */
    uint64_t seed;
    size_t open_files_max; /* data files kept open a directory; 0: 1024 */
    int64_t now_ms;
};

/* Locks and reads every directory, lists the partitions. A directory that cannot be read or written
 * (KC_ERR_IO) is offline, with a trace line, as long as another can be used; one that belongs to
 * somebody else (lock, cluster, node) is an error. KC_ERR_* as log_dir_open. A partition that lies
 * in two directories is opened in neither: nobody knows which one holds what was acknowledged. */
enum kc_err log_manager_create(const struct log_manager_options *options,
                               struct log_manager **ret_manager, struct kc_error *error);

/* Frees without writing anything. NULL is fine. */
void log_manager_destroy(struct log_manager *manager);

/* -------- loading -------- */

/* One partition to open. */
struct log_load {
    struct log_open open;
    struct log *log; /* result */
    struct log_opened opened;
    enum kc_err err;
    struct kc_error error;
};

/* The next partition to load, NULL when all have been handed out. The job is the manager's. */
struct log_load *log_manager_next_load(struct log_manager *manager);

/* log_open of the job. Any thread. */
void log_load_run(struct log_load *load);

/* Takes the result back. A log that cannot be opened stays where it is, with a trace line, and is
 * answered with KC_ERR_KAFKA_STORAGE_ERROR (log_manager_state). */
void log_manager_loaded(struct log_manager *manager, struct log_load *load);

/* The three above for all partitions on this thread. */
void log_manager_load_all(struct log_manager *manager);

/* True when every directory had the clean marker, and the broker epoch of it (-1: none). */
bool log_manager_was_clean(const struct log_manager *manager, int64_t *ret_broker_epoch);
const struct log_dir_meta *log_manager_meta(const struct log_manager *manager);
size_t log_manager_dir_count(const struct log_manager *manager);
/* In the order of log.dirs, the failed ones too (an unreadable one without an id). */
struct log_dir *log_manager_dir(const struct log_manager *manager, size_t i);
/* Directories that are offline. */
size_t log_manager_failed_dirs(const struct log_manager *manager);

/* -------- partitions -------- */

/* The log, or NULL (also when it could not be opened). */
struct log *log_manager_find(const struct log_manager *manager, struct slice topic,
                             int32_t partition);

/* KC_ERR_NONE: there; KC_ERR_KAFKA_STORAGE_ERROR: there but quarantined or its directory is
 * offline; KC_ERR_UNKNOWN_TOPIC_OR_PARTITION. */
enum kc_err log_manager_state(const struct log_manager *manager, struct slice topic,
                              int32_t partition);

/* Iteration in no order: *position starts at 0; NULL at the end. */
struct log *log_manager_next(const struct log_manager *manager, size_t *position);
size_t log_manager_count(const struct log_manager *manager);

/* What the cluster knows of where a log lies (KIP-858). */
struct log_place {
    struct uuid directory; /* zero: not assigned */
    bool is_new;           /* made in this life of the broker: it lies nowhere yet */
};

struct log_wanted {
    struct slice topic;
    int32_t partition;
    const struct uuid *topic_id;       /* NULL: not known */
    const struct log_options *options; /* NULL: the defaults */
    const struct log_place *place;     /* NULL: a new one, anywhere */
    int64_t now_ms;
};

/* Finds or makes the log; tries one again that could not be opened because something was short. A
 * new one goes to the directory of its place, or without one to the directory with the fewest
 * partitions (the first of equals, as Kafka does), and to the next where it cannot be made there.
 * When that directory is offline or gone, or may be (an old log without an assigned directory,
 * while any is offline), or a log is refused: KC_ERR_KAFKA_STORAGE_ERROR, for an empty log
 * elsewhere would pass for the whole.
 * KC_ERR_NO_MEMORY: memory, room on a disk or files to open are short; KC_ERR_IO: the disk does not
 * make it. Both may be tried again. KC_ERR_INVALID_TOPIC_EXCEPTION, KC_ERR_INCONSISTENT_TOPIC_ID.
 * `error` gets a sentence with the path and the cause; it may be NULL. */
enum kc_err log_manager_create_log(struct log_manager *manager, const struct log_wanted *wanted,
                                   struct log **ret_log, struct kc_error *error);

/* Renames the directory away, forgets the log and frees it. ret_path (FILE_PATH_MAX bytes) is to be
 * removed as with log_delete. */
enum kc_err log_manager_delete_log(struct log_manager *manager, struct slice topic,
                                   int32_t partition, char *ret_path);

/* Moves a log out of the way (TOPIC-PARTITION.UUID-stray): one that could not be opened, so that it
 * can be made anew and fetched from the leader; or one that belongs to another topic of that name.
 * Nothing is removed; the log is freed. KC_ERR_WRONG_STATE while a flush job is out. */
enum kc_err log_manager_set_aside(struct log_manager *manager, struct slice topic,
                                  int32_t partition);

/* -------- upkeep -------- */

/* Writes recovery points, log start offsets and high watermarks. */
enum kc_err log_manager_checkpoint(struct log_manager *manager);

/* The compacted log that needs a round most (see log_compaction_is_due); NULL: none does. */
struct log *log_manager_dirtiest(const struct log_manager *manager, int64_t now_ms,
                                 struct log_dirt *ret_dirt);

/* Writes how far the logs of this log's directory were compacted; after each round. */
enum kc_err log_manager_checkpoint_compacted(struct log_manager *manager, const struct log *log);

/* Retention and the removal of .deleted files, log_tick of every log. */
void log_manager_tick(struct log_manager *manager, int64_t now_ms);

/* Closes every log, writes the checkpoints and the clean markers. A directory that failed before is
 * left alone; one where something fails now gets no marker, and the first such failure is returned.
 * Destroy comes after. */
enum kc_err log_manager_close(struct log_manager *manager, int64_t broker_epoch);

#endif
