/* log: the partitions that a broker has, by name: finding, making, removing, upkeep. */
#include "log/managed_log.h"

#include "log/log_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

bool managed_log_parse_name(const char *name, struct slice *ret_topic, int32_t *ret_partition)
{
    const char *dash = strrchr(name, '-');
    if (!dash || dash[1] == '\0' || strlen(dash + 1) > 10 || (dash[1] == '0' && dash[2] != '\0')) {
        return false;
    }
    int64_t partition = 0;
    for (const char *digit = dash + 1; *digit; digit++) {
        if (*digit < '0' || *digit > '9') {
            return false;
        }
        partition = partition * 10 + (*digit - '0');
    }
    struct slice topic = slice_of(name, (size_t)(dash - name));
    if (partition > INT32_MAX || !log_topic_is_valid(topic)) {
        return false;
    }
    *ret_topic = topic;
    *ret_partition = (int32_t)partition;
    return true;
}

struct managed_log *managed_log_find(const struct log_manager *manager, struct slice topic,
                                     int32_t partition)
{
    char name[LOG_NAME_MAX];
    if (topic.size > LOG_TOPIC_MAX) {
        return NULL;
    }
    (void)snprintf(name, sizeof(name), "%.*s-%" PRId32, SLICE_ARGS(topic), partition);
    return map_get(&manager->logs, slice_text(name));
}

struct managed_log *managed_log_add(struct log_manager *manager, struct managed_dir *dir,
                                    struct slice topic, int32_t partition)
{
    struct managed_log *managed = calloc(1, sizeof(*managed));
    if (!managed) {
        return NULL;
    }
    list_init(&managed->node);
    (void)snprintf(managed->name, sizeof(managed->name), "%.*s-%" PRId32, SLICE_ARGS(topic),
                   partition);
    managed->dir = &dir->dir;
    managed->load.open = (struct log_open){ .dir = &dir->dir,
                                            .topic = slice_of(managed->name, topic.size),
                                            .partition = partition,
                                            .options = manager->defaults,
                                            .high_watermark = -1,
                                            .log_start_offset = -1,
                                            .now_ms = manager->now_ms,
                                            .seed = random_next(&manager->random) };
    if (!map_put(&manager->logs, slice_text(managed->name), managed, NULL)) {
        free(managed);
        return NULL;
    }
    dir->log_count++;
    return managed;
}

void managed_log_open(struct managed_log *managed)
{
    log_load_run(&managed->load);
    managed_log_take(managed);
}

void managed_log_take(struct managed_log *managed)
{
    const struct log_load *load = &managed->load;
    managed->log = load->err == KC_ERR_NONE ? load->log : NULL;
    if (managed->log && managed->log->parent_dirty) {
        managed->log->parent_mark = ++managed->dir->names_made;
    }
}

void managed_log_forget(struct log_manager *manager, struct managed_log *managed)
{
    for (size_t i = 0; i < manager->dir_count; i++) {
        manager->dirs[i].log_count -= managed->dir == &manager->dirs[i].dir ? 1 : 0;
    }
    list_remove(&managed->node);
    (void)map_remove(&manager->logs, slice_text(managed->name));
    log_destroy(managed->log);
    log_destroy(managed->future);
    free(managed);
}

bool log_manager_was_clean(const struct log_manager *manager, int64_t *ret_broker_epoch)
{
    *ret_broker_epoch = manager->was_clean ? manager->clean_epoch : -1;
    return manager->was_clean;
}

const struct log_dir_meta *log_manager_meta(const struct log_manager *manager)
{
    return &manager->meta;
}

size_t log_manager_dir_count(const struct log_manager *manager)
{
    return manager->dir_count;
}

struct log_dir *log_manager_dir(const struct log_manager *manager, size_t i)
{
    return i < manager->dir_count ? &manager->dirs[i].dir : NULL;
}

struct log *log_manager_find(const struct log_manager *manager, struct slice topic,
                             int32_t partition)
{
    const struct managed_log *managed = managed_log_find(manager, topic, partition);
    return managed ? managed->log : NULL;
}

enum kc_err log_manager_state(const struct log_manager *manager, struct slice topic,
                              int32_t partition)
{
    const struct managed_log *managed = managed_log_find(manager, topic, partition);
    if (!managed) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    return managed->log && !log_is_failed(managed->log) ? KC_ERR_NONE : KC_ERR_KAFKA_STORAGE_ERROR;
}

struct log *log_manager_next(const struct log_manager *manager, size_t *position)
{
    const struct managed_log *managed;
    while ((managed = map_next(&manager->logs, position))) {
        if (managed->log) {
            return managed->log;
        }
    }
    return NULL;
}

size_t log_manager_count(const struct log_manager *manager)
{
    return manager->logs.count;
}

size_t log_manager_failed_dirs(const struct log_manager *manager)
{
    size_t count = 0;
    for (size_t i = 0; i < manager->dir_count; i++) {
        count += manager->dirs[i].dir.failed;
    }
    return count;
}

enum kc_err log_manager_delete_log(struct log_manager *manager, struct slice topic,
                                   int32_t partition, char *ret_path)
{
    struct managed_log *managed = managed_log_find(manager, topic, partition);
    if (!managed) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (!managed->log) {
        return KC_ERR_KAFKA_STORAGE_ERROR;
    }
    enum kc_err err = log_delete(managed->log, &manager->random, ret_path);
    if (err == KC_ERR_NONE) {
        managed_log_forget(manager, managed);
    }
    return err;
}

enum kc_err log_manager_set_aside(struct log_manager *manager, struct slice topic,
                                  int32_t partition)
{
    struct managed_log *managed = managed_log_find(manager, topic, partition);
    char from[FILE_PATH_MAX];
    char to[FILE_PATH_MAX];
    char name[FILE_NAME_MAX + 1];
    if (!managed) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (managed->log && managed->log->flushing) {
        return KC_ERR_WRONG_STATE;
    }
    uint64_t high = random_next(&manager->random);
    uint64_t low = random_next(&manager->random);
    (void)snprintf(name, sizeof(name), "%.*s.%016" PRIx64 "%016" PRIx64 "-stray", 215,
                   managed->name, high, low);
    if (!file_path(from, managed->dir->path, managed->name) ||
        !file_path(to, managed->dir->path, name)) {
        return KC_ERR_INVALID;
    }
    int err = file_rename(manager->files, from, to);
    if (err != 0) {
        return log_dir_fail(managed->dir, "rename", from, err);
    }
    (void)file_sync_directory(manager->files, managed->dir->path);
    managed_log_forget(manager, managed);
    return KC_ERR_NONE;
}
