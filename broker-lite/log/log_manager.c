/* log: a broker's start and end: log.dirs, the partitions in them, the checkpoints that stand for
 * them on disk. */
#include "log/log_core.h"
#include "log/managed_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The controller's own log, not a topic's: other files, another recovery. */
#define METADATA_LOG "__cluster_metadata-0"

/* Damage counts as absence. Not so want of memory: without its start offset a log would show again
 * what DeleteRecords took from it. */
static enum kc_err read_checkpoint(struct log_manager *manager, const struct log_dir *dir,
                                   const char *name, struct checkpoint *ret_checkpoint,
                                   bool *ret_is_lost)
{
    char path[FILE_PATH_MAX];
    (void)file_path(path, dir->path, name);
    enum kc_err err = checkpoint_read(dir->files, path, ret_checkpoint);
    *ret_is_lost = err != KC_ERR_NONE || !file_exists(dir->files, path);
    if (err != KC_ERR_NONE && err != KC_ERR_NO_MEMORY) {
        trace_log(manager->trace, TRACE_WARN, "log", "%s: %s: treated as absent", path,
                  kc_err_text(err));
        err = KC_ERR_NONE;
    }
    return err;
}

static enum kc_err read_checkpoints(struct log_manager *manager, struct managed_dir *dir)
{
    bool is_lost;
    enum kc_err err = read_checkpoint(manager, &dir->dir, RECOVERY_POINTS, &dir->recovery_points,
                                      &dir->synced_unknown);
    if (err == KC_ERR_NONE) {
        err = read_checkpoint(manager, &dir->dir, START_OFFSETS, &dir->start_offsets, &is_lost);
    }
    if (err == KC_ERR_NONE) {
        err = read_checkpoint(manager, &dir->dir, HIGH_WATERMARKS, &dir->high_watermarks, &is_lost);
    }
    if (err == KC_ERR_NONE) {
        err = read_checkpoint(manager, &dir->dir, CLEANER_OFFSETS, &dir->cleaned, &is_lost);
    }
    return err;
}

struct dir_visit {
    struct log_manager *manager;
    struct managed_dir *dir;
};

static bool has_suffix(const char *name, const char *suffix)
{
    size_t size = strlen(name);
    return size > strlen(suffix) && strcmp(name + size - strlen(suffix), suffix) == 0;
}

/* TOPIC-PARTITION.ID-delete, as log_delete renames; anything else is not ours to remove. */
static bool is_given_up(const char *name)
{
    char partition_name[FILE_NAME_MAX + 1];
    struct slice topic;
    int32_t partition;
    const char *dot = strrchr(name, '.');
    size_t size = dot ? (size_t)(dot - name) : 0;
    if (!has_suffix(name, "-delete") || size == 0 || size > FILE_NAME_MAX ||
        strlen(dot + 1) < UUID_TEXT_SIZE - 1 + strlen("-delete")) {
        return false;
    }
    memcpy(partition_name, name, size);
    partition_name[size] = '\0';
    return managed_log_parse_name(partition_name, &topic, &partition);
}

/* Files beside the partitions that Kafka or this broker keeps there. */
static bool is_known_file(const char *name)
{
    static const char *const names[] = { "meta.properties",      ".lock",
                                         ".kafka_cleanshutdown", "bootstrap.checkpoint",
                                         RECOVERY_POINTS,        START_OFFSETS,
                                         HIGH_WATERMARKS,        CLEANER_OFFSETS };
    size_t size = strlen(name) - (has_suffix(name, ".tmp") ? strlen(".tmp") : 0);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (strlen(names[i]) == size && memcmp(names[i], name, size) == 0) {
            return true;
        }
    }
    return false;
}

/* One of the two was left behind when a disk failed, or was copied there; which one, only an
 * operator can tell. */
static void refuse_both(struct log_manager *manager, struct managed_log *managed,
                        const struct managed_dir *dir)
{
    list_remove(&managed->node);
    managed->load.err = KC_ERR_KAFKA_STORAGE_ERROR;
    trace_log(manager->trace, TRACE_ERROR, "log",
              "%s is in two log directories, %s and %s, and not served from either: move the stale "
              "one (of the directory that failed last) away and start again",
              managed->name, managed->dir->path, dir->dir.path);
}

static int visit_partition(void *visitor, const char *name, enum file_kind kind)
{
    struct dir_visit *visit = visitor;
    struct log_manager *manager = visit->manager;
    struct slice topic;
    int32_t partition = 0;
    char path[FILE_PATH_MAX];
    if (strcmp(name, METADATA_LOG) == 0) {
        return 0;
    }
    if (kind != FILE_KIND_DIRECTORY) {
        if (!is_known_file(name)) {
            trace_log(manager->trace, TRACE_WARN, "log",
                      "%s/%s: not a file of this broker, left alone", visit->dir->dir.path, name);
        }
        return 0;
    }
    if (is_given_up(name)) {
        /* Its removal was cut short: everything in it was given up before the rename. */
        if (file_path(path, visit->dir->dir.path, name)) {
            (void)file_remove_tree(manager->files, path);
        }
        return 0;
    }
    if (future_log_is_name(name)) {
        return 0; /* looked at when all others are known */
    }
    if (!managed_log_parse_name(name, &topic, &partition)) {
        trace_log(manager->trace, TRACE_WARN, "log", "%s/%s: not a partition, left alone",
                  visit->dir->dir.path, name);
        return 0;
    }
    struct managed_log *other = managed_log_find(manager, topic, partition);
    if (other) {
        refuse_both(manager, other, visit->dir);
        return 0;
    }
    struct managed_log *managed = managed_log_add(manager, visit->dir, topic, partition);
    if (!managed) {
        return ENOMEM;
    }
    list_append(&manager->pending, &managed->node);
    return 0;
}

static enum kc_err open_dir(struct log_manager *manager, struct managed_dir *dir, const char *path,
                            const struct log_manager_options *options, struct kc_error *error)
{
    enum kc_err err = log_dir_open(&dir->dir, path, manager->files, manager->trace,
                                   &manager->random, &manager->meta, error);
    if (err != KC_ERR_NONE) {
        return err;
    }
    dir->open = true;
    if (options->open_files_max > 0) {
        dir->dir.cache.count_max = options->open_files_max;
    }
    err = read_checkpoints(manager, dir);
    if (err != KC_ERR_NONE) {
        return err;
    }
    manager->was_clean = manager->was_clean && dir->dir.clean;
    manager->clean_epoch = MAX_OF(manager->clean_epoch, dir->dir.clean_epoch);
    struct dir_visit visit = { manager, dir };
    int system_error =
        manager->files->list(manager->files->context, dir->dir.path, visit_partition, &visit);
    if (system_error != 0) {
        (void)snprintf(error->text, sizeof(error->text), "%s: %s", path, strerror(system_error));
        error->code = system_error == ENOMEM ? KC_ERR_NO_MEMORY : KC_ERR_IO;
    }
    return system_error == 0 ? KC_ERR_NONE : error->code;
}

/* Offsets of all partitions at once: a search of the whole list for each would be quadratic. */
static void apply_checkpoint(struct log_manager *manager, const struct managed_dir *dir,
                             const struct checkpoint *checkpoint, size_t field)
{
    for (size_t i = 0; i < checkpoint->count; i++) {
        const struct checkpoint_entry *entry = &checkpoint->entries[i];
        struct managed_log *managed = managed_log_find(manager, entry->topic, entry->partition);
        if (managed && managed->dir == &dir->dir) {
            memcpy((char *)&managed->load.open + field, &entry->offset, sizeof(entry->offset));
        }
    }
}

static void apply_checkpoints(struct log_manager *manager, struct managed_dir *dir)
{
    apply_checkpoint(manager, dir, &dir->recovery_points,
                     offsetof(struct log_open, recovery_point));
    apply_checkpoint(manager, dir, &dir->start_offsets,
                     offsetof(struct log_open, log_start_offset));
    apply_checkpoint(manager, dir, &dir->high_watermarks,
                     offsetof(struct log_open, high_watermark));
    apply_checkpoint(manager, dir, &dir->cleaned, offsetof(struct log_open, compacted_offset));
    checkpoint_finish(&dir->recovery_points);
    checkpoint_finish(&dir->start_offsets);
    checkpoint_finish(&dir->high_watermarks);
    checkpoint_finish(&dir->cleaned);
    LIST_EACH(node, &manager->pending)
    {
        struct managed_log *managed = LIST_ITEM(node, struct managed_log, node);
        if (managed->dir == &dir->dir) {
            managed->load.open.clean = dir->dir.clean;
            managed->load.open.synced_unknown = dir->synced_unknown;
        }
    }
}

/* Goes on without it. What was listed of it before it failed is known, and not served. */
static enum kc_err give_up_dir(struct log_manager *manager, struct managed_dir *dir,
                               const char *path, const struct kc_error *why)
{
    enum kc_err err = KC_ERR_NONE;
    LIST_EACH_SAFE(node, &manager->pending)
    {
        struct managed_log *managed = LIST_ITEM(node, struct managed_log, node);
        if (managed->dir == &dir->dir) {
            list_remove(node);
            managed->load.err = KC_ERR_KAFKA_STORAGE_ERROR;
        }
    }
    if (!dir->dir.path) {
        err = log_dir_init(&dir->dir, path, manager->files, manager->trace);
    }
    dir->dir.failed = true;
    trace_log(manager->trace, TRACE_ERROR, "log", "%s: log directory %s is offline", why->text,
              path);
    return err;
}

enum kc_err log_manager_create(const struct log_manager_options *options,
                               struct log_manager **ret_manager, struct kc_error *error)
{
    struct log_manager *manager = calloc(1, sizeof(*manager));
    if (!manager) {
        return KC_ERR_NO_MEMORY;
    }
    manager->meta = options->meta;
    manager->defaults = options->defaults;
    manager->files = options->files;
    manager->trace = options->trace;
    manager->now_ms = options->now_ms;
    manager->was_clean = true;
    manager->clean_epoch = -1;
    random_init(&manager->random, options->seed);
    map_init(&manager->logs, random_next(&manager->random));
    list_init(&manager->pending);
    manager->dirs = calloc(options->log_dir_count, sizeof(*manager->dirs));
    enum kc_err err = manager->dirs ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
    for (size_t i = 0; i < options->log_dir_count && err == KC_ERR_NONE; i++) {
        struct kc_error why = { 0 };
        struct managed_dir *dir = &manager->dirs[manager->dir_count++];
        err = open_dir(manager, dir, options->log_dirs[i], options, &why);
        if (err == KC_ERR_IO && options->log_dir_count > 1) {
            err = give_up_dir(manager, dir, options->log_dirs[i], &why);
        } else if (err != KC_ERR_NONE && error) {
            *error = why;
        }
    }
    for (size_t i = 0; i < manager->dir_count && err == KC_ERR_NONE; i++) {
        if (!manager->dirs[i].dir.failed) {
            err = future_log_settle(manager, &manager->dirs[i]);
        }
    }
    for (size_t i = 0; i < manager->dir_count && err == KC_ERR_NONE; i++) {
        apply_checkpoints(manager, &manager->dirs[i]);
    }
    if (err == KC_ERR_NONE && log_manager_failed_dirs(manager) == manager->dir_count) {
        err = KC_ERR_IO;
        if (error) {
            error->code = err;
            (void)snprintf(error->text, sizeof(error->text),
                           "none of the log directories can be used; the log says why, for each");
        }
    }
    if (err != KC_ERR_NONE) {
        log_manager_destroy(manager);
        return err;
    }
    *ret_manager = manager;
    return KC_ERR_NONE;
}

void log_manager_destroy(struct log_manager *manager)
{
    if (!manager) {
        return;
    }
    size_t position = 0;
    struct managed_log *managed;
    while ((managed = map_next(&manager->logs, &position))) {
        log_destroy(managed->log);
        log_destroy(managed->future);
        free(managed);
    }
    map_finish(&manager->logs);
    for (size_t i = 0; i < manager->dir_count; i++) {
        struct managed_dir *dir = &manager->dirs[i];
        checkpoint_finish(&dir->recovery_points);
        checkpoint_finish(&dir->start_offsets);
        checkpoint_finish(&dir->high_watermarks);
        checkpoint_finish(&dir->cleaned);
        log_dir_close(&dir->dir, false, -1);
    }
    free(manager->dirs);
    free(manager);
}

struct log_load *log_manager_next_load(struct log_manager *manager)
{
    struct list *node = list_first(&manager->pending);
    if (!node) {
        return NULL;
    }
    list_remove(node);
    return &LIST_ITEM(node, struct managed_log, node)->load;
}

void log_load_run(struct log_load *load)
{
    load->err = log_open(&load->open, &load->log, &load->opened, &load->error);
}

void log_manager_loaded(struct log_manager *manager, struct log_load *load)
{
    struct managed_log *managed = CONTAINER_OF(load, struct managed_log, load);
    managed_log_take(managed);
    if (!managed->log) {
        trace_log(manager->trace, TRACE_ERROR, "log", "%s is not served: %s", managed->name,
                  load->error.text[0] != '\0' ? load->error.text : kc_err_text(load->err));
    }
}

void log_manager_load_all(struct log_manager *manager)
{
    struct log_load *load;
    while ((load = log_manager_next_load(manager))) {
        log_load_run(load);
        log_manager_loaded(manager, load);
    }
}

/* A log that was refused, or is not loaded yet, would be vouched for by a marker that nobody can
 * give. */
static bool close_logs(struct log_manager *manager, const struct log_dir *dir,
                       enum kc_err *ret_first)
{
    size_t position = 0;
    const struct managed_log *managed;
    bool whole = true;
    while ((managed = map_next(&manager->logs, &position))) {
        if (managed->dir == dir) {
            enum kc_err err = managed->log ? log_close(managed->log) : KC_ERR_NONE;
            whole = whole && managed->log && err == KC_ERR_NONE;
            *ret_first = *ret_first != KC_ERR_NONE ? *ret_first : err;
        }
    }
    return whole;
}

enum kc_err log_manager_close(struct log_manager *manager, int64_t broker_epoch)
{
    enum kc_err first = KC_ERR_NONE;
    for (size_t i = 0; i < manager->dir_count; i++) {
        struct managed_dir *dir = &manager->dirs[i];
        dir->whole = dir->open && !dir->dir.failed && close_logs(manager, &dir->dir, &first);
    }
    enum kc_err err = log_manager_checkpoint(manager);
    first = first != KC_ERR_NONE ? first : err;
    for (size_t i = 0; i < manager->dir_count; i++) {
        struct managed_dir *dir = &manager->dirs[i];
        log_dir_close(&dir->dir, dir->whole && err == KC_ERR_NONE, broker_epoch);
    }
    return first;
}
