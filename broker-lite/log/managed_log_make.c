/* log: partitions that are made: in which directory, and why not. */
#include "log/managed_log.h"

#include "log/log_core.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

/* Of those that can be used; NULL: there is none left. */
static struct managed_dir *emptiest(struct log_manager *manager)
{
    struct managed_dir *best = NULL;
    for (size_t i = 0; i < manager->dir_count; i++) {
        struct managed_dir *dir = &manager->dirs[i];
        if (dir->open && !dir->dir.failed && !dir->was_tried &&
            (!best || dir->log_count < best->log_count)) {
            best = dir;
        }
    }
    return best;
}

static struct managed_dir *dir_by_id(struct log_manager *manager, const struct uuid *id)
{
    for (size_t i = 0; i < manager->dir_count; i++) {
        struct managed_dir *dir = &manager->dirs[i];
        if (dir->open && !dir->dir.failed && uuid_equal(&dir->dir.id, id)) {
            return dir;
        }
    }
    return NULL;
}

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

/* What opening said, or the name of its code where it said nothing. */
static enum kc_err fail_load(struct kc_error *error, const struct managed_log *managed)
{
    const struct log_load *load = &managed->load;
    if (load->error.text[0] != '\0') {
        return fail(error, load->err, "%s", load->error.text);
    }
    return fail(error, load->err, "%s/%s: %s", managed->dir->path, managed->name,
                kc_err_text(load->err));
}

static enum kc_err make_in(struct log_manager *manager, const struct log_wanted *wanted,
                           struct managed_dir *dir, struct log **ret_log, struct kc_error *error)
{
    struct managed_log *managed = managed_log_add(manager, dir, wanted->topic, wanted->partition);
    if (!managed) {
        return fail(error, KC_ERR_NO_MEMORY, "%s/%.*s-%" PRId32 ": out of memory", dir->dir.path,
                    SLICE_ARGS(wanted->topic), wanted->partition);
    }
    struct log_load *load = &managed->load;
    load->open.create = true;
    load->open.now_ms = wanted->now_ms;
    load->open.topic_id = wanted->topic_id ? *wanted->topic_id : (struct uuid){ 0 };
    load->open.options = wanted->options ? *wanted->options : manager->defaults;
    managed_log_open(managed);
    if (!managed->log) {
        enum kc_err err = fail_load(error, managed);
        managed_log_forget(manager, managed);
        return err;
    }
    *ret_log = managed->log;
    return KC_ERR_NONE;
}

/* What could not be taken away again is found at the next start: nothing is made elsewhere then. */
static bool is_left_in(const struct log_manager *manager, const struct log_wanted *wanted,
                       const struct managed_dir *dir)
{
    char path[FILE_PATH_MAX];
    char name[LOG_NAME_MAX];
    (void)snprintf(name, sizeof(name), "%.*s-%" PRId32, SLICE_ARGS(wanted->topic),
                   wanted->partition);
    return file_path(path, dir->dir.path, name) && file_exists(manager->files, path);
}

/* It may lie anywhere: the emptiest directory, and the others where that has no room. */
static enum kc_err make_anywhere(struct log_manager *manager, const struct log_wanted *wanted,
                                 struct log **ret_log, struct kc_error *error)
{
    struct kc_error why = { 0 };
    for (size_t i = 0; i < manager->dir_count; i++) {
        manager->dirs[i].was_tried = false;
    }
    struct managed_dir *dir = emptiest(manager);
    enum kc_err err = KC_ERR_KAFKA_STORAGE_ERROR;
    (void)fail(&why, err, "no log directory is left");
    while (dir && (err = make_in(manager, wanted, dir, ret_log, &why))) {
        dir->was_tried = true;
        dir = is_left_in(manager, wanted, dir) ? NULL : emptiest(manager);
        if (dir) {
            trace_log(manager->trace, TRACE_WARN, "log", "%s: %s is tried instead", why.text,
                      dir->dir.path);
        }
    }
    return err ? fail(error, err, "%s", why.text) : KC_ERR_NONE;
}

static enum kc_err make_log(struct log_manager *manager, const struct log_wanted *wanted,
                            struct log **ret_log, struct kc_error *error)
{
    const struct log_place *place = wanted->place;
    if (place && !uuid_is_zero(&place->directory)) {
        struct managed_dir *dir = dir_by_id(manager, &place->directory);
        char id[UUID_TEXT_SIZE];
        uuid_show(&place->directory, id);
        return dir ? make_in(manager, wanted, dir, ret_log, error)
                   : fail(error, KC_ERR_KAFKA_STORAGE_ERROR,
                          "its log directory, with the id %s, is offline or not in log.dirs", id);
    }
    if (place && !place->is_new && log_manager_failed_dirs(manager) > 0) {
        return fail(error, KC_ERR_KAFKA_STORAGE_ERROR,
                    "it may lie in a log directory that is offline, and is not made anew");
    }
    return make_anywhere(manager, wanted, ret_log, error);
}

/* It was there at the start and could not be opened. */
static enum kc_err open_again(struct managed_log *managed, struct kc_error *error)
{
    if (managed->load.err == KC_ERR_NO_MEMORY && !managed->dir->failed) {
        managed->load.error.text[0] = '\0';
        managed_log_open(managed);
    }
    if (managed->log) {
        return KC_ERR_NONE;
    }
    enum kc_err err = fail_load(error, managed);
    return err == KC_ERR_NO_MEMORY && !managed->dir->failed ? err : KC_ERR_KAFKA_STORAGE_ERROR;
}

enum kc_err log_manager_create_log(struct log_manager *manager, const struct log_wanted *wanted,
                                   struct log **ret_log, struct kc_error *error)
{
    if (!log_topic_is_valid(wanted->topic) || wanted->partition < 0) {
        return fail(error, KC_ERR_INVALID_TOPIC_EXCEPTION, "not the name of a topic");
    }
    struct managed_log *managed = managed_log_find(manager, wanted->topic, wanted->partition);
    if (!managed) {
        return make_log(manager, wanted, ret_log, error);
    }
    enum kc_err err = managed->log ? KC_ERR_NONE : open_again(managed, error);
    if (!err && wanted->topic_id && !uuid_is_zero(wanted->topic_id)) {
        err = log_set_topic_id(managed->log, wanted->topic_id);
        if (err) {
            (void)fail(error, err, "%s/%s/partition.metadata: %s", managed->dir->path,
                       managed->name, kc_err_text(err));
        }
    }
    if (err) {
        return err;
    }
    if (wanted->options) {
        log_set_options(managed->log, wanted->options);
    }
    *ret_log = managed->log;
    return KC_ERR_NONE;
}
