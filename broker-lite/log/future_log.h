/* log: a log that grows in another directory of the same broker, to take the place of the one that
 * is served (KIP-113). On disk it is DIR/TOPIC-PARTITION.ID-future. Its bytes are what somebody
 * reads from the served log and appends with LOG_ORIGIN_REPLICA. After a restart it is begun anew;
 * one whose served log is gone was whole, and takes its place then. Owner thread only. */
#ifndef LOG_FUTURE_LOG_H
#define LOG_FUTURE_LOG_H

#include "log/log_manager.h"

/* Makes the future log of a partition in the directory; nothing when it is there. At most one: one
 * in another directory must be dropped before (KC_ERR_WRONG_STATE).
 * KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, KC_ERR_INVALID: the directory is the partition's own;
 * KC_ERR_KAFKA_STORAGE_ERROR, KC_ERR_NO_MEMORY. */
enum kc_err future_log_begin(struct log_manager *manager, struct slice topic, int32_t partition,
                             struct log_dir *dir, int64_t now_ms);

/* NULL: it has none. */
struct log *future_log_find(const struct log_manager *manager, struct slice topic,
                            int32_t partition);

/* The directory that a partition was on its way to when the broker ended; NULL: none. Told once. */
struct log_dir *future_log_interrupted(struct log_manager *manager, struct slice topic,
                                       int32_t partition);

/* Gives it up: renamed away, as log_manager_delete_log; in a failed directory it is only forgotten
 * (ret_path empty then). Nothing when there is none (the same). No range or job of it may be out.
 */
void future_log_drop(struct log_manager *manager, struct slice topic, int32_t partition,
                     char *ret_path);

/* It takes the place of the served log, which is renamed away (ret_path, in the directory
 * ret_dir, is to be removed as with log_manager_delete_log; the sync is done) and freed: the log
 * of the partition is *ret_log from here on, with the same start, high watermark and end. Both are
 * synced in between, so that a crash at any point leaves one of them to be found.
 * KC_ERR_WRONG_STATE: they do not end at the same offset, or jobs work on the served one;
 * KC_ERR_KAFKA_STORAGE_ERROR, KC_ERR_NO_MEMORY: all is as before. */
enum kc_err future_log_take_over(struct log_manager *manager, struct slice topic, int32_t partition,
                                 struct log_dir **ret_dir, char *ret_path, struct log **ret_log);

#endif
