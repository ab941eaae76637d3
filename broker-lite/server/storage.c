/* server: directories and logs. */
#include "server/storage.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

/* mkdir -p: log.dirs may lie in a place that is not there yet. */
static int make_directories(const struct file_system *files, const char *path)
{
    char partial[FILE_PATH_MAX];
    size_t size = strlen(path);
    if (size >= sizeof(partial)) {
        return ENAMETOOLONG;
    }
    memcpy(partial, path, size + 1);
    for (size_t i = 1; i <= size; i++) {
        if (partial[i] != '/' && partial[i] != '\0') {
            continue;
        }
        char kept = partial[i];
        partial[i] = '\0';
        if (!file_exists(files, partial)) {
            int failure = file_make_directory(files, partial);
            if (failure) {
                return failure;
            }
        }
        partial[i] = kept;
    }
    return 0;
}

static int64_t first_set(const struct node_config *config, const char *milliseconds,
                         const char *minutes, const char *hours)
{
    if (node_config_is_set(config, milliseconds)) {
        return node_config_number(config, milliseconds);
    }
    const char *name = minutes && node_config_is_set(config, minutes) ? minutes : hours;
    int64_t value = node_config_number(config, name);
    int64_t unit_ms = name == hours ? INT64_C(3600000) : INT64_C(60000);
    return value < 0 ? -1 : value * unit_ms;
}

static void fill_log_options(const struct node_config *config, struct log_options *options)
{
    const char *policy = node_config_text(config, "log.cleanup.policy");
    log_options_init(options);
    options->segment_bytes = (int32_t)node_config_number(config, "log.segment.bytes");
    options->segment_ms = first_set(config, "log.roll.ms", NULL, "log.roll.hours");
    options->segment_jitter_ms =
        first_set(config, "log.roll.jitter.ms", NULL, "log.roll.jitter.hours");
    options->delete_retention_ms = node_config_number(config, "log.cleaner.delete.retention.ms");
    options->min_compaction_lag_ms =
        node_config_number(config, "log.cleaner.min.compaction.lag.ms");
    options->max_compaction_lag_ms =
        node_config_number(config, "log.cleaner.max.compaction.lag.ms");
    options->min_cleanable_dirty_ratio =
        strtod(node_config_text(config, "log.cleaner.min.cleanable.ratio"), NULL);
    options->segment_index_bytes = (int32_t)node_config_number(config, "log.index.size.max.bytes");
    options->flush_messages = node_config_number(config, "log.flush.interval.messages");
    if (node_config_is_set(config, "log.flush.interval.ms")) {
        options->flush_ms = node_config_number(config, "log.flush.interval.ms");
    }
    options->retention_bytes = node_config_number(config, "log.retention.bytes");
    options->retention_ms =
        first_set(config, "log.retention.ms", "log.retention.minutes", "log.retention.hours");
    options->max_message_bytes = (int32_t)node_config_number(config, "message.max.bytes");
    options->index_interval_bytes = (int32_t)node_config_number(config, "log.index.interval.bytes");
    options->file_delete_delay_ms = node_config_number(config, "log.segment.delete.delay.ms");
    options->cleanup_policy_compact = strstr(policy, "compact") != NULL;
    options->cleanup_policy_delete = strstr(policy, "delete") != NULL;
    options->message_timestamp_type_log_append_time =
        strcmp(node_config_text(config, "log.message.timestamp.type"), "LogAppendTime") == 0;
    options->message_timestamp_before_max_ms =
        node_config_number(config, "log.message.timestamp.before.max.ms");
    options->message_timestamp_after_max_ms =
        node_config_number(config, "log.message.timestamp.after.max.ms");
    log_options_set_compression(options, slice_text(node_config_text(config, "compression.type")));
    options->gzip_level = (int32_t)node_config_number(config, "compression.gzip.level");
    options->lz4_level = (int32_t)node_config_number(config, "compression.lz4.level");
    options->zstd_level = (int32_t)node_config_number(config, "compression.zstd.level");
    options->preallocate = node_config_flag(config, "log.preallocate");
    options->producer_id_expiration_ms = node_config_number(config, "producer.id.expiration.ms");
}

enum { STORAGE_FILES_MIN = 8, STORAGE_FILES_MAX = 1024 };

/* Half of what the process may open is for data files, the rest for connections and jobs. */
static size_t open_files_max(size_t dir_count)
{
    struct rlimit limit;
    size_t count = STORAGE_FILES_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        count = MIN_OF(count, (size_t)limit.rlim_cur / 2 / dir_count);
    }
    return MAX_OF(count, (size_t)STORAGE_FILES_MIN);
}

static enum kc_err open_logs(struct storage *storage, const struct node_config *config,
                             const struct trace *trace, struct random *random,
                             struct kc_error *error)
{
    const char *cluster_id = node_config_text(config, "cluster.id");
    struct log_manager_options options = {
        .log_dirs = (const char *const *)config->log_dirs,
        .log_dir_count = config->log_dir_count,
        .meta = { .node_id = config->node_id },
        .defaults = storage->log_options,
        .open_files_max = open_files_max(config->log_dir_count),
        .files = storage->files,
        .trace = trace,
        .seed = random_next(random),
        .now_ms = clock_wall_ms(&clock_system),
    };
    (void)snprintf(options.meta.cluster_id, sizeof(options.meta.cluster_id), "%s",
                   cluster_id ? cluster_id : "");
    enum kc_err err = log_manager_create(&options, &storage->logs, error);
    if (!err) {
        log_manager_load_all(storage->logs);
    }
    return err;
}

static bool is_log_dir(const struct node_config *config, const char *path)
{
    bool is = false;
    for (size_t i = 0; i < config->log_dir_count; i++) {
        is = is || strcmp(config->log_dirs[i], path) == 0;
    }
    return is;
}

/* log.dirs have their locks; a metadata.log.dir beside them needs its own: two brokers on one
 * metadata log would be its end. */
static enum kc_err open_metadata_dir(struct storage *storage, const struct node_config *config,
                                     struct kc_error *error)
{
    char path[FILE_PATH_MAX];
    if (is_log_dir(config, config->metadata_dir)) {
        return KC_ERR_NONE;
    }
    int failure = make_directories(storage->files, config->metadata_dir);
    if (failure) {
        error->code = KC_ERR_IO;
        (void)snprintf(error->text, sizeof(error->text), "metadata.log.dir: cannot make %.200s: %s",
                       config->metadata_dir, strerror(failure));
        return KC_ERR_IO;
    }
    failure = file_path(path, config->metadata_dir, ".lock")
                  ? storage->files->lock(storage->files->context, path, &storage->metadata_lock)
                  : ENAMETOOLONG;
    if (failure) {
        storage->metadata_lock = -1;
        error->code = failure == EWOULDBLOCK ? KC_ERR_WRONG_STATE : KC_ERR_IO;
        (void)snprintf(error->text, sizeof(error->text), "metadata.log.dir: %.200s: %s", path,
                       failure == EWOULDBLOCK
                           ? "another process has the lock: stop that broker, or give this one a "
                             "directory of its own"
                           : strerror(failure));
        return error->code;
    }
    return KC_ERR_NONE;
}

/* Nothing can be known or changed without the metadata log. */
static enum kc_err find_metadata_dir(struct storage *storage, const struct node_config *config,
                                     struct kc_error *error)
{
    for (size_t i = 0; i < config->log_dir_count; i++) {
        if (strcmp(config->log_dirs[i], config->metadata_dir) == 0) {
            storage->metadata_dir = log_manager_dir(storage->logs, i);
        }
    }
    if (!storage->metadata_dir || !storage->metadata_dir->failed) {
        return KC_ERR_NONE;
    }
    error->code = KC_ERR_IO;
    (void)snprintf(error->text, sizeof(error->text),
                   "Encountered I/O error in metadata log directory %.200s. Cannot continue.",
                   config->metadata_dir);
    return KC_ERR_IO;
}

enum kc_err storage_open(struct storage *storage, const struct node_config *config,
                         const struct trace *trace, struct random *random, struct kc_error *error)
{
    storage->files = &file_system_real;
    storage->metadata_lock = -1;
    if (!file_path(storage->metadata_path, config->metadata_dir, "__cluster_metadata-0")) {
        error->code = KC_ERR_INVALID;
        (void)snprintf(error->text, sizeof(error->text), "metadata.log.dir: path too long");
        return KC_ERR_INVALID;
    }
    enum kc_err err = open_metadata_dir(storage, config, error);
    if (err) {
        return err;
    }
    fill_log_options(config, &storage->log_options);
    err = open_logs(storage, config, trace, random, error);
    return err ? err : find_metadata_dir(storage, config, error);
}

enum kc_err storage_close(struct storage *storage, int64_t broker_epoch)
{
    return log_manager_close(storage->logs, broker_epoch);
}

void storage_finish(struct storage *storage)
{
    log_manager_destroy(storage->logs);
    storage->logs = NULL;
    if (storage->files) {
        file_close(storage->files, storage->metadata_lock);
        storage->files = NULL;
    }
}

const char *storage_failure(const struct storage *storage)
{
    if (log_manager_failed_dirs(storage->logs) == log_manager_dir_count(storage->logs)) {
        return "all log directories have failed";
    }
    return storage->metadata_dir && storage->metadata_dir->failed
               ? "the log directory that has the metadata log has failed"
               : NULL;
}

struct uuid storage_directory_id(const struct storage *storage)
{
    size_t i = 0;
    while (!storage->metadata_dir && log_manager_dir(storage->logs, i)->failed) {
        i++; /* one of them works, else there was no start */
    }
    return storage->metadata_dir ? storage->metadata_dir->id
                                 : log_manager_dir(storage->logs, i)->id;
}

const char *storage_cluster_id(const struct storage *storage)
{
    return log_manager_meta(storage->logs)->cluster_id;
}
