/* log: one directory of log.dirs: who owns it, who wrote it, was it left in order. */
#include "log/log_dir.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOG_DIR_OPEN_FILES_MAX = 1024, LOG_DIR_META_BYTES_MAX = 64 * 1024 };

#define LOG_DIR_MARKER ".kafka_cleanshutdown"

static enum kc_err fail(struct kc_error *error, enum kc_err code, const char *format, ...)
    BASE_PRINTF(3, 4);

static enum kc_err fail(struct kc_error *error, enum kc_err code, const char *format, ...)
{
    if (error) {
        va_list arguments;
        va_start(arguments, format);
        error->code = code;
        (void)vsnprintf(error->text, sizeof(error->text), format, arguments);
        va_end(arguments);
    }
    return code;
}

/* KC_ERR_NO_MEMORY, or KC_ERR_IO, which may count as a broken disk. */
static enum kc_err fail_errno(struct kc_error *error, const char *path, int system_error)
{
    return fail(error, system_error == ENOMEM ? KC_ERR_NO_MEMORY : KC_ERR_IO, "%s: %s", path,
                strerror(system_error));
}

enum kc_err log_dir_init(struct log_dir *dir, const char *path, const struct file_system *files,
                         const struct trace *trace)
{
    memset(dir, 0, sizeof(*dir));
    dir->lock_file = -1;
    dir->clean_epoch = -1;
    dir->files = files;
    dir->trace = trace;
    dir->path = slice_dup_text(slice_text(path));
    if (!dir->path) {
        return KC_ERR_NO_MEMORY;
    }
    size_t size = strlen(dir->path);
    while (size > 1 && dir->path[size - 1] == '/') {
        dir->path[--size] = '\0';
    }
    file_cache_init(&dir->cache, LOG_DIR_OPEN_FILES_MAX);
    return KC_ERR_NONE;
}

/* Makes the directory and those above it. */
static int make_path(const struct file_system *files, const char *path)
{
    char part[FILE_PATH_MAX];
    size_t size = strlen(path);
    if (size >= sizeof(part)) {
        return ENAMETOOLONG;
    }
    memcpy(part, path, size + 1);
    for (size_t i = 1; i < size; i++) {
        if (part[i] == '/') {
            part[i] = '\0';
            int err = file_exists(files, part) ? 0 : file_make_directory(files, part);
            part[i] = '/';
            if (err != 0) {
                return err;
            }
        }
    }
    return file_make_directory(files, path);
}

/* The value of `key=value` in a properties text, null when it is not there. */
static struct slice property_of(const char *text, const char *key)
{
    size_t key_size = strlen(key);
    for (const char *line = text; line;) {
        const char *end = strchr(line, '\n');
        size_t size = end ? (size_t)(end - line) : strlen(line);
        if (size > key_size && memcmp(line, key, key_size) == 0 && line[key_size] == '=') {
            size_t value_size = size - key_size - 1;
            while (value_size > 0 && line[key_size + value_size] == '\r') {
                value_size--;
            }
            return slice_of(line + key_size + 1, value_size);
        }
        line = end ? end + 1 : NULL;
    }
    return SLICE_NULL;
}

static enum kc_err write_meta(struct log_dir *dir, const char *path, struct random *random,
                              const struct log_dir_meta *meta, struct kc_error *error)
{
    char text[256];
    char id[UUID_TEXT_SIZE];
    uuid_random(random, &dir->id);
    uuid_show(&dir->id, id);
    int size = snprintf(text, sizeof(text),
                        "version=1\ncluster.id=%s\nnode.id=%" PRId32 "\ndirectory.id=%s\n",
                        meta->cluster_id, meta->node_id, id);
    int err = file_replace(dir->files, path, slice_of(text, (size_t)size));
    if (err != 0) {
        return fail_errno(error, path, err);
    }
    return KC_ERR_NONE;
}

static enum kc_err check_meta(struct log_dir *dir, const char *path, const char *text,
                              struct log_dir_meta *meta, struct kc_error *error)
{
    char node[16];
    struct slice cluster = property_of(text, "cluster.id");
    struct slice id = property_of(text, "directory.id");
    struct slice node_id = property_of(text, "node.id");
    if (!slice_is(property_of(text, "version"), "1") || slice_is_null(cluster) ||
        cluster.size >= sizeof(meta->cluster_id) || slice_is_null(node_id) ||
        (!slice_is_null(id) && !uuid_parse(id, &dir->id))) {
        return fail(error, KC_ERR_CORRUPT_FILE, "%s: not a meta.properties file of version 1",
                    path);
    }
    (void)snprintf(node, sizeof(node), "%" PRId32, meta->node_id);
    if (!slice_is(node_id, node)) {
        return fail(error, KC_ERR_INVALID,
                    "%s: the directory is node %.*s's, this is node %s: "
                    "give node.id=%.*s or another directory",
                    path, SLICE_ARGS(node_id), node, SLICE_ARGS(node_id));
    }
    if (meta->cluster_id[0] != '\0' && !slice_is(cluster, meta->cluster_id)) {
        return fail(error, KC_ERR_INCONSISTENT_CLUSTER_ID,
                    "%s: the directory is of cluster %.*s, not %s", path, SLICE_ARGS(cluster),
                    meta->cluster_id);
    }
    memcpy(meta->cluster_id, cluster.data, cluster.size);
    meta->cluster_id[cluster.size] = '\0';
    return KC_ERR_NONE;
}

static enum kc_err read_meta(struct log_dir *dir, struct random *random, struct log_dir_meta *meta,
                             struct kc_error *error)
{
    char path[FILE_PATH_MAX];
    char *text = NULL;
    size_t size = 0;
    if (!file_path(path, dir->path, "meta.properties")) {
        return fail(error, KC_ERR_INVALID, "%s: path too long", dir->path);
    }
    int err = file_read_all(dir->files, path, LOG_DIR_META_BYTES_MAX, &text, &size);
    if (err == ENOENT) {
        if (meta->cluster_id[0] == '\0') {
            struct uuid cluster;
            uuid_random(random, &cluster);
            uuid_show(&cluster, meta->cluster_id);
        }
        return write_meta(dir, path, random, meta, error);
    }
    if (err != 0) {
        return fail_errno(error, path, err);
    }
    enum kc_err code = check_meta(dir, path, text, meta, error);
    free(text);
    return code;
}

static enum kc_err take_marker(struct log_dir *dir, struct kc_error *error)
{
    char path[FILE_PATH_MAX];
    char *text = NULL;
    size_t size = 0;
    (void)file_path(path, dir->path, LOG_DIR_MARKER);
    int err = file_read_all(dir->files, path, LOG_DIR_META_BYTES_MAX, &text, &size);
    if (err == ENOENT) {
        return KC_ERR_NONE;
    }
    if (err == 0) {
        /* A marker without a readable epoch (an empty file, as Kafka once wrote) is one still. */
        const char *epoch = strstr(text, "\"brokerEpoch\":");
        dir->clean = true;
        dir->clean_epoch = epoch ? strtoll(epoch + strlen("\"brokerEpoch\":"), NULL, 10) : -1;
        free(text);
        err = file_remove(dir->files, path);
    }
    /* A marker that outlives the first write would pass a torn log off as a clean one. */
    if (err == 0) {
        err = file_sync_directory(dir->files, dir->path);
    }
    if (err != 0) {
        return fail_errno(error, path, err);
    }
    return KC_ERR_NONE;
}

static enum kc_err lock_dir(struct log_dir *dir, struct kc_error *error)
{
    char path[FILE_PATH_MAX];
    int err = make_path(dir->files, dir->path);
    if (err != 0) {
        return fail(error, err == ENOMEM ? KC_ERR_NO_MEMORY : KC_ERR_IO, "cannot make %s: %s",
                    dir->path, strerror(err));
    }
    if (!file_path(path, dir->path, ".lock")) {
        return fail(error, KC_ERR_INVALID, "%s: path too long", dir->path);
    }
    err = dir->files->lock(dir->files->context, path, &dir->lock_file);
    if (err == EWOULDBLOCK) {
        return fail(error, KC_ERR_WRONG_STATE,
                    "%s: another process has the lock: stop that broker, or give this one a "
                    "directory of its own",
                    path);
    }
    if (err != 0) {
        dir->lock_file = -1;
        return fail_errno(error, path, err);
    }
    return KC_ERR_NONE;
}

enum kc_err log_dir_open(struct log_dir *dir, const char *path, const struct file_system *files,
                         const struct trace *trace, struct random *random,
                         struct log_dir_meta *meta, struct kc_error *error)
{
    enum kc_err err = log_dir_init(dir, path, files, trace);
    if (err != KC_ERR_NONE) {
        return fail(error, err, "%s: out of memory", path);
    }
    err = lock_dir(dir, error);
    if (err == KC_ERR_NONE) {
        err = read_meta(dir, random, meta, error);
    }
    if (err == KC_ERR_NONE) {
        err = take_marker(dir, error);
    }
    if (err != KC_ERR_NONE) {
        log_dir_close(dir, false, -1);
    }
    return err;
}

void log_dir_close(struct log_dir *dir, bool clean, int64_t broker_epoch)
{
    if (!dir->path) {
        return;
    }
    file_cache_finish(&dir->cache);
    if (clean && !dir->failed) {
        char path[FILE_PATH_MAX];
        char text[64];
        int size = snprintf(text, sizeof(text), "{\"version\":0,\"brokerEpoch\":%" PRId64 "}",
                            broker_epoch);
        (void)file_path(path, dir->path, LOG_DIR_MARKER);
        int err = file_replace(dir->files, path, slice_of(text, (size_t)size));
        if (err != 0) {
            (void)log_dir_fail(dir, "write", path, err);
        }
    }
    file_close(dir->files, dir->lock_file);
    free(dir->path);
    memset(dir, 0, sizeof(*dir));
    dir->lock_file = -1;
}

enum kc_err log_dir_fail(struct log_dir *dir, const char *what, const char *path, int system_error)
{
    if (file_is_shortage(system_error)) {
        trace_log(dir->trace, TRACE_WARN, "log", "%s %s: %s", what, path, strerror(system_error));
    } else {
        trace_log(dir->trace, TRACE_ERROR, "log", "%s %s: %s: log directory %s is offline", what,
                  path, strerror(system_error), dir->path);
        dir->failed = true;
    }
    return KC_ERR_KAFKA_STORAGE_ERROR;
}
