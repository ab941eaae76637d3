/* log: the list of leader epochs of one log. */
#include "log/epochs.h"

#include "base/attr.h"

#include <errno.h>
#include <stdlib.h>

void epochs_init(struct epochs *epochs)
{
    memset(epochs, 0, sizeof(*epochs));
}

void epochs_finish(struct epochs *epochs)
{
    free(epochs->entries);
    memset(epochs, 0, sizeof(*epochs));
}

bool epochs_reserve(struct epochs *epochs)
{
    if (epochs->count < epochs->capacity) {
        return true;
    }
    size_t capacity = MAX_OF(epochs->capacity * 2, (size_t)2);
    void *entries = realloc(epochs->entries, capacity * sizeof(*epochs->entries));
    if (!entries) {
        return false;
    }
    epochs->entries = entries;
    epochs->capacity = capacity;
    return true;
}

bool epochs_assign(struct epochs *epochs, int32_t epoch, int64_t start_offset)
{
    if (epoch < 0 || start_offset < 0) {
        return true;
    }
    if (epochs->count > 0) {
        const struct checkpoint_epoch *last = &epochs->entries[epochs->count - 1];
        if (last->epoch == epoch && start_offset >= last->start_offset) {
            return true;
        }
    }
    if (!epochs_reserve(epochs)) {
        return false;
    }
    while (epochs->count > 0) {
        const struct checkpoint_epoch *last = &epochs->entries[epochs->count - 1];
        if (last->epoch < epoch && last->start_offset < start_offset) {
            break;
        }
        epochs->count--;
    }
    epochs->entries[epochs->count++] = (struct checkpoint_epoch){ epoch, start_offset };
    epochs->dirty = true;
    return true;
}

int32_t epochs_latest(const struct epochs *epochs)
{
    return epochs->count > 0 ? epochs->entries[epochs->count - 1].epoch : -1;
}

void epochs_end_offset(const struct epochs *epochs, int32_t epoch, int64_t log_end_offset,
                       int32_t *ret_epoch, int64_t *ret_end_offset)
{
    *ret_epoch = -1;
    *ret_end_offset = -1;
    if (epoch < 0 || epochs->count == 0) {
        return;
    }
    if (epoch == epochs_latest(epochs)) {
        *ret_epoch = epoch;
        *ret_end_offset = log_end_offset;
        return;
    }
    size_t i = 0;
    while (i < epochs->count && epochs->entries[i].epoch <= epoch) {
        i++;
    }
    if (i == epochs->count) {
        return; /* newer than all that is here: Kafka answers undefined */
    }
    /* Asked for an epoch older than the oldest: that oldest one's start is where it ends. */
    *ret_epoch = i == 0 ? epoch : epochs->entries[i - 1].epoch;
    *ret_end_offset = epochs->entries[i].start_offset;
}

int32_t epochs_of_offset(const struct epochs *epochs, int64_t offset)
{
    int32_t epoch = -1;
    for (size_t i = 0; i < epochs->count && epochs->entries[i].start_offset <= offset; i++) {
        epoch = epochs->entries[i].epoch;
    }
    return epoch;
}

void epochs_truncate_end(struct epochs *epochs, int64_t offset)
{
    while (epochs->count > 0 && epochs->entries[epochs->count - 1].start_offset >= offset) {
        epochs->count--;
        epochs->dirty = true;
    }
}

void epochs_truncate_start(struct epochs *epochs, int64_t offset)
{
    size_t gone = 0;
    while (gone + 1 < epochs->count && epochs->entries[gone + 1].start_offset <= offset) {
        gone++;
    }
    if (gone > 0) {
        epochs->count -= gone;
        memmove(epochs->entries, epochs->entries + gone, epochs->count * sizeof(*epochs->entries));
        epochs->dirty = true;
    }
    if (epochs->count > 0 && epochs->entries[0].start_offset < offset) {
        epochs->entries[0].start_offset = offset;
        epochs->dirty = true;
    }
}

enum kc_err epochs_load(struct epochs *epochs, const struct file_system *files, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    int system_error = file_read_all(files, path, CHECKPOINT_BYTES_MAX, &text, &size);
    if (system_error == ENOENT) {
        epochs->count = 0;
        epochs->dirty = false;
        return KC_ERR_NONE;
    }
    if (system_error != 0) {
        return file_is_shortage(system_error) ? KC_ERR_NO_MEMORY : KC_ERR_IO;
    }
    struct checkpoint_epoch *entries = NULL;
    size_t count = 0;
    enum kc_err err = checkpoint_parse_epochs(slice_of(text, size), &entries, &count);
    free(text);
    if (err != KC_ERR_NONE) {
        return err;
    }
    free(epochs->entries);
    *epochs = (struct epochs){ .entries = entries, .count = count, .capacity = count };
    return KC_ERR_NONE;
}

int epochs_store(struct epochs *epochs, const struct file_system *files, const char *path)
{
    struct bytes out;
    if (!epochs->dirty) {
        return 0;
    }
    bytes_init(&out, CHECKPOINT_BYTES_MAX);
    int err = ENOMEM;
    if (checkpoint_show_epochs(epochs->entries, epochs->count, &out)) {
        err = file_replace(files, path, bytes_slice(&out));
    }
    bytes_finish(&out);
    if (err == 0) {
        epochs->dirty = false;
    }
    return err;
}
