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
    int metadata_lock; /* of a metadata.log.dir that is none of log.dirs; -1: none */
};

/* Into a zeroed storage. Makes, locks and reads the directories and recovers every log. An
 * unformatted directory is formatted. Errors name the path. */
enum kc_err storage_open(struct storage *storage, const struct node_config *config,
                         const struct trace *trace, struct random *random, struct kc_error *error);

/* Closes every log and leaves the clean marker. */
enum kc_err storage_close(struct storage *storage, int64_t broker_epoch);

/* Frees. Accepts one that could not be opened. */
void storage_finish(struct storage *storage);

struct uuid storage_directory_id(const struct storage *storage);
const char *storage_cluster_id(const struct storage *storage);

#endif
