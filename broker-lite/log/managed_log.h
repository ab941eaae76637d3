/* log: what the files of struct log_manager share. Inside the room only. */
#ifndef LOG_MANAGED_LOG_H
#define LOG_MANAGED_LOG_H

#include "log/log_manager.h"

#include "base/list.h"
#include "base/map.h"

/* The checkpoints of a directory, Kafka's names. */
#define RECOVERY_POINTS "recovery-point-offset-checkpoint"
#define START_OFFSETS "log-start-offset-checkpoint"
#define HIGH_WATERMARKS "replication-offset-checkpoint"
#define CLEANER_OFFSETS "cleaner-offset-checkpoint"

/* One partition: loading, loaded, or refused. */
struct managed_log {
    struct list node; /* in pending, while it waits to be loaded */
    struct log_load load;
    struct log *log;
    struct log_dir *dir;
    struct log *future;          /* to take its place in another directory; NULL: none */
    struct log_dir *interrupted; /* it was on its way there when the broker ended; NULL */
    char name[LOG_NAME_MAX];
};

struct managed_dir {
    struct log_dir dir;
    bool open;
    bool whole;          /* closed with all its logs */
    bool was_tried;      /* for the log that is being made */
    bool synced_unknown; /* the recovery points are not there */
    size_t log_count;
    struct checkpoint recovery_points;
    struct checkpoint start_offsets;
    struct checkpoint high_watermarks;
    struct checkpoint cleaned;
};

struct log_manager {
    struct managed_dir *dirs;
    size_t dir_count;
    struct map logs; /* of struct managed_log, by name */
    struct list pending;
    struct log_dir_meta meta;
    struct log_options defaults;
    const struct file_system *files;
    const struct trace *trace;
    struct random random;
    int64_t now_ms;
    bool was_clean;
    int64_t clean_epoch;
};

/* The partition of a name, or NULL. */
struct managed_log *managed_log_find(const struct log_manager *manager, struct slice topic,
                                     int32_t partition);

/* A new one in the directory, with nothing opened; NULL when memory is out. */
struct managed_log *managed_log_add(struct log_manager *manager, struct managed_dir *dir,
                                    struct slice topic, int32_t partition);

/* TOPIC-PARTITION; the topic may hold dashes, the number is in its shortest form. ret_topic points
 * into the name. */
bool managed_log_parse_name(const char *name, struct slice *ret_topic, int32_t *ret_partition);

/* future_log.c: is it one of TOPIC-PARTITION.ID-future? */
bool future_log_is_name(const char *name);
/* Clears away what moves were under way when the broker ended, or ends them: after all directories
 * were listed. KC_ERR_NO_MEMORY, KC_ERR_IO. */
enum kc_err future_log_settle(struct log_manager *manager, struct managed_dir *dir);

/* Writes one checkpoint of a directory. */
enum kc_err managed_dir_checkpoint(struct log_manager *manager, struct log_dir *dir,
                                   const char *name);

/* Opens it here and now; takes the result of its load. Nothing is reported. */
void managed_log_open(struct managed_log *managed);
void managed_log_take(struct managed_log *managed);

/* Takes it out and frees it with its log. */
void managed_log_forget(struct log_manager *manager, struct managed_log *managed);

#endif
