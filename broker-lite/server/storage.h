/* server: the directories of the broker: log.dirs with their logs, and the metadata log's place. */
#ifndef SERVER_STORAGE_H
#define SERVER_STORAGE_H

#include "log/log_manager.h"
#include "server/node_config.h"

struct storage {
    const struct file_system *files;
    struct log_manager *logs;
    struct log_options log_options; /* the broker's defaults */
    char metadata_path[FILE_PATH_MAX];
    const struct log_dir *metadata_dir; /* of log.dirs; NULL: metadata.log.dir is none of them */
    int metadata_lock;                  /* of a metadata.log.dir that is none of log.dirs; -1 */
};

/* Into a zeroed storage. Makes, locks and reads the directories and recovers every log. An
 * unformatted directory is formatted. One that cannot be used is offline, unless it is the only one
 * or has the metadata log. Errors name the path. */
enum kc_err storage_open(struct storage *storage, const struct node_config *config,
                         const struct trace *trace, struct random *random, struct kc_error *error);

/* Closes every log and leaves the clean marker. */
enum kc_err storage_close(struct storage *storage, int64_t broker_epoch);

/* Frees. Accepts one that could not be opened. */
void storage_finish(struct storage *storage);

/* Can it go on? NULL; or why not: no directory is left, or that of the metadata log has failed. */
const char *storage_failure(const struct storage *storage);

/* Of the directory that has the metadata log, or of the first that works when that is none of
 * log.dirs (KIP-853's voter directory). */
struct uuid storage_directory_id(const struct storage *storage);
const char *storage_cluster_id(const struct storage *storage);

#endif
