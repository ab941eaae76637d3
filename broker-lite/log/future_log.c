/* log: a log's move to another directory of the broker. */
#include "log/future_log.h"

#include "log/log_core.h"
#include "log/managed_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { FUTURE_ID_BYTES = 32 };

static struct managed_dir *owner_of(struct log_manager *manager, const struct log_dir *dir)
{
    for (size_t i = 0; i < manager->dir_count; i++) {
        if (&manager->dirs[i].dir == dir) {
            return &manager->dirs[i];
        }
    }
    return NULL;
}

/* ---- beginning ---- */

/* Kafka cuts the topic so that the whole fits into 255 bytes. */
static void name_future(struct log_manager *manager, struct slice topic, int32_t partition,
                        char ret_name[FILE_NAME_MAX + 1])
{
    char tail[64];
    uint64_t high = random_next(&manager->random);
    uint64_t low = random_next(&manager->random);
    int tail_size = snprintf(tail, sizeof(tail), "-%" PRId32 ".%016" PRIx64 "%016" PRIx64 "-future",
                             partition, high, low);
    (void)snprintf(ret_name, FILE_NAME_MAX + 1, "%.*s%s",
                   (int)MIN_OF(topic.size, (size_t)(FILE_NAME_MAX - tail_size)),
                   (const char *)topic.data, tail);
}

enum kc_err future_log_begin(struct log_manager *manager, struct slice topic, int32_t partition,
                             struct log_dir *dir, int64_t now_ms)
{
    struct managed_log *managed = managed_log_find(manager, topic, partition);
    char name[FILE_NAME_MAX + 1];
    if (!managed) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (!managed->log || dir->failed || log_is_failed(managed->log)) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    if (managed->dir == dir) {
        return KC_ERR_INVALID;
    }
    if (managed->future) {
        return managed->future->dir == dir ? KC_ERR_NONE : KC_ERR_WRONG_STATE;
    }
    name_future(manager, topic, partition, name);
    struct log_open open = { .dir = dir,
                             .topic = managed->load.open.topic,
                             .partition = partition,
                             .name = name,
                             .topic_id = managed->log->topic_id,
                             .options = managed->log->options,
                             .create = true,
                             .log_start_offset = -1,
                             .high_watermark = -1,
                             .now_ms = now_ms,
                             .seed = random_next(&manager->random) };
    enum kc_err err = log_open(&open, &managed->future, NULL, NULL);
    return err == KC_ERR_NONE || err == KC_ERR_NO_MEMORY ? err : KC_ERR_KAFKA_STORAGE_ERROR;
}

struct log *future_log_find(const struct log_manager *manager, struct slice topic,
                            int32_t partition)
{
    const struct managed_log *managed = managed_log_find(manager, topic, partition);
    return managed ? managed->future : NULL;
}

struct log_dir *future_log_interrupted(struct log_manager *manager, struct slice topic,
                                       int32_t partition)
{
    struct managed_log *managed = managed_log_find(manager, topic, partition);
    struct log_dir *dir = managed ? managed->interrupted : NULL;
    if (dir) {
        managed->interrupted = NULL;
    }
    return dir;
}

void future_log_drop(struct log_manager *manager, struct slice topic, int32_t partition,
                     char *ret_path)
{
    struct managed_log *managed = managed_log_find(manager, topic, partition);
    ret_path[0] = '\0';
    if (managed && managed->future) {
        if (log_delete(managed->future, &manager->random, ret_path)) {
            ret_path[0] = '\0'; /* found, and begun anew, at the next start */
        }
        log_destroy(managed->future);
        managed->future = NULL;
    }
}

/* ---- taking over ---- */

/* What the records alone do not tell. */
static enum kc_err take_state(struct log *future, const struct log *log)
{
    enum kc_err err = log_raise_start(future, log->start_offset);
    int32_t epoch = log_latest_epoch(log);
    if (err == KC_ERR_NONE && epoch >= 0) {
        err = log_begin_epoch(future, epoch);
    }
    if (err == KC_ERR_NONE) {
        (void)log_set_high_watermark(future, log->high_watermark);
        future->compacted_offset = log->compacted_offset;
        future->options = log->options;
        err = log_flush(future);
    }
    return err;
}

/* Gives the log's directory the name; `directory` is its new path, which the log then owns. */
static int rename_log(struct log *log, char *directory)
{
    int err = file_rename(log->files, log->directory, directory);
    if (err != 0) {
        return err;
    }
    free(log->directory);
    log->directory = directory;
    log->name = directory + strlen(log->dir->path) + 1;
    for (size_t i = 0; i < log->segment_count; i++) {
        log->segments[i]->directory = directory;
    }
    return 0;
}

/* The served log goes first: a future one without a served one is whole, and found so at a start.
 */
static enum kc_err rename_both(struct log_manager *manager, struct managed_log *managed,
                               char *directory, char *ret_path)
{
    struct log *log = managed->log;
    struct log *future = managed->future;
    enum kc_err err = log_delete(log, &manager->random, ret_path);
    if (err != KC_ERR_NONE) {
        return err;
    }
    int failure = file_sync_directory(log->files, log->dir->path);
    if (failure == 0) {
        failure = rename_log(future, directory);
        if (failure == 0) {
            return KC_ERR_NONE;
        }
        err = log_dir_fail(future->dir, "rename", future->directory, failure);
    } else {
        err = log_dir_fail(log->dir, "sync", log->dir->path, failure);
    }
    failure = file_rename(log->files, ret_path, log->directory);
    if (failure == 0) {
        log->gone = false;
        failure = file_sync_directory(log->files, log->dir->path);
    }
    return failure == 0 ? err : log_dir_fail(log->dir, "rename", ret_path, failure);
}

static enum kc_err take_place(struct log_manager *manager, struct managed_log *managed,
                              char *directory, char *ret_path)
{
    static const char *const names[] = { RECOVERY_POINTS, START_OFFSETS, HIGH_WATERMARKS,
                                         CLEANER_OFFSETS };
    struct managed_dir *from = owner_of(manager, managed->dir);
    struct managed_dir *to = owner_of(manager, managed->future->dir);
    enum kc_err err = KC_ERR_NONE;
    managed->dir = &to->dir;
    /* What a crash after the renames needs to know of it there. */
    for (size_t i = 0; i < ARRAY_COUNT(names) && err == KC_ERR_NONE; i++) {
        err = managed_dir_checkpoint(manager, &to->dir, names[i]);
    }
    if (err == KC_ERR_NONE) {
        err = rename_both(manager, managed, directory, ret_path);
    }
    if (err != KC_ERR_NONE) {
        managed->dir = &from->dir;
        return err;
    }
    from->log_count--;
    to->log_count++;
    managed->load.open.dir = &to->dir;
    return KC_ERR_NONE;
}

enum kc_err future_log_take_over(struct log_manager *manager, struct slice topic, int32_t partition,
                                 struct log_dir **ret_dir, char *ret_path, struct log **ret_log)
{
    struct managed_log *managed = managed_log_find(manager, topic, partition);
    struct log *future = managed ? managed->future : NULL;
    if (!future || !managed->log || managed->log->flushing || managed->log->compacting ||
        log_end_offset(future) != log_end_offset(managed->log)) {
        return KC_ERR_WRONG_STATE;
    }
    enum kc_err err = take_state(future, managed->log);
    if (err != KC_ERR_NONE) {
        return err;
    }
    size_t size = strlen(future->dir->path) + LOG_NAME_MAX + 2;
    char *directory = malloc(size);
    if (!directory) {
        return KC_ERR_NO_MEMORY;
    }
    (void)snprintf(directory, size, "%s/%s", future->dir->path, managed->name);
    struct log_dir *left = managed->dir;
    err = take_place(manager, managed, directory, ret_path);
    if (err != KC_ERR_NONE) {
        free(directory);
        return err;
    }
    log_destroy(managed->log);
    managed->log = future;
    managed->future = NULL;
    future->topic_size = managed->load.open.topic.size;
    /* Should it get lost, the next start gives it this name again. */
    int failure = file_sync_directory(future->files, future->dir->path);
    if (failure != 0) {
        (void)log_dir_fail(future->dir, "sync", future->dir->path, failure);
    }
    *ret_dir = left;
    *ret_log = future;
    return KC_ERR_NONE;
}

/* ---- at a start ---- */

/* A partition's future log by its name: TOPIC-PARTITION.ID-future. */
static bool parse_future(const char *name, struct slice *ret_topic, int32_t *ret_partition)
{
    size_t tail = 1 + FUTURE_ID_BYTES + strlen("-future");
    size_t size = strlen(name);
    char partition_name[FILE_NAME_MAX + 1];
    if (size <= tail || size > FILE_NAME_MAX || strcmp(name + size - 7, "-future") != 0 ||
        name[size - tail] != '.') {
        return false;
    }
    memcpy(partition_name, name, size - tail);
    partition_name[size - tail] = '\0';
    if (!managed_log_parse_name(partition_name, ret_topic, ret_partition)) {
        return false;
    }
    ret_topic->data = (const uint8_t *)name;
    return true;
}

struct future_visit {
    struct log_manager *manager;
    struct managed_dir *dir;
};

/* The served log is gone: this one was whole, and about to get its name. */
static int promote(struct future_visit *visit, const char *path, struct slice topic,
                   int32_t partition)
{
    struct log_manager *manager = visit->manager;
    char to[FILE_PATH_MAX];
    struct managed_log *managed = managed_log_add(manager, visit->dir, topic, partition);
    if (!managed) {
        return ENOMEM;
    }
    list_append(&manager->pending, &managed->node);
    int err = file_path(to, visit->dir->dir.path, managed->name)
                  ? file_rename(manager->files, path, to)
                  : ENAMETOOLONG;
    err = err != 0 ? err : file_sync_directory(manager->files, visit->dir->dir.path);
    if (err == 0) {
        trace_log(manager->trace, TRACE_INFO, "log",
                  "%s takes the place of the log that it was made for", path);
    }
    return err;
}

static int visit_future(void *visitor, const char *name, enum file_kind kind)
{
    struct future_visit *visit = visitor;
    struct log_manager *manager = visit->manager;
    struct slice topic;
    int32_t partition;
    char path[FILE_PATH_MAX];
    if (kind != FILE_KIND_DIRECTORY || !parse_future(name, &topic, &partition) ||
        !file_path(path, visit->dir->dir.path, name)) {
        return 0;
    }
    struct managed_log *managed = managed_log_find(manager, topic, partition);
    if (log_manager_failed_dirs(manager) > 0) {
        trace_log(manager->trace, TRACE_WARN, "log",
                  "%s is left as it is while a log directory is offline", path);
        return 0;
    }
    if (!managed) {
        return promote(visit, path, topic, partition);
    }
    managed->interrupted = &visit->dir->dir;
    return file_remove_tree(manager->files, path);
}

enum kc_err future_log_settle(struct log_manager *manager, struct managed_dir *dir)
{
    struct future_visit visit = { manager, dir };
    int err = manager->files->list(manager->files->context, dir->dir.path, visit_future, &visit);
    return err == 0 ? KC_ERR_NONE : err == ENOMEM ? KC_ERR_NO_MEMORY : KC_ERR_IO;
}

bool future_log_is_name(const char *name)
{
    struct slice topic;
    int32_t partition;
    return parse_future(name, &topic, &partition);
}
