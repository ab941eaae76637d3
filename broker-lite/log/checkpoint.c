/* log: reads and writes Kafka's checkpoint files. A file is believed whole or not at all. */
#include "log/checkpoint.h"

#include "base/attr.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A fewest-bytes entry is "0 0\n": what a count line promises must fit into the bytes left. */
enum { CHECKPOINT_LINE_MIN = 4, CHECKPOINT_LINE_MAX = 512 };

void checkpoint_finish(struct checkpoint *checkpoint)
{
    free(checkpoint->entries);
    free(checkpoint->text);
    memset(checkpoint, 0, sizeof(*checkpoint));
}

bool checkpoint_add(struct checkpoint *checkpoint, struct slice topic, int32_t partition,
                    int64_t offset)
{
    if (checkpoint->count == checkpoint->capacity) {
        size_t capacity = MAX_OF(checkpoint->capacity * 2, (size_t)16);
        void *entries = realloc(checkpoint->entries, capacity * sizeof(*checkpoint->entries));
        if (!entries) {
            return false;
        }
        checkpoint->entries = entries;
        checkpoint->capacity = capacity;
    }
    checkpoint->entries[checkpoint->count++] =
        (struct checkpoint_entry){ topic, partition, offset };
    return true;
}

int64_t checkpoint_find(const struct checkpoint *checkpoint, struct slice topic, int32_t partition)
{
    for (size_t i = 0; i < checkpoint->count; i++) {
        const struct checkpoint_entry *entry = &checkpoint->entries[i];
        if (entry->partition == partition && slice_equal(entry->topic, topic)) {
            return entry->offset;
        }
    }
    return -1;
}

/* The next line without its newline; false at the end, or when the last line has no newline (a file
 * that was cut). */
static bool take_line(struct slice *rest, struct slice *ret_line)
{
    if (rest->size == 0) {
        return false;
    }
    const uint8_t *newline = memchr(rest->data, '\n', rest->size);
    if (!newline) {
        return false;
    }
    size_t size = (size_t)(newline - rest->data);
    *ret_line = slice_of(rest->data, size);
    *rest = slice_of(newline + 1, rest->size - size - 1);
    return true;
}

/* A decimal number that fills the slice, 0 to max; -1 otherwise. */
static int64_t number_of(struct slice text, int64_t max)
{
    int64_t value = 0;
    if (text.size == 0 || text.size > 19) {
        return -1;
    }
    for (size_t i = 0; i < text.size; i++) {
        int digit = text.data[i] - '0';
        if (digit < 0 || digit > 9 || value > (max - digit) / 10) {
            return -1;
        }
        value = value * 10 + digit;
    }
    return value;
}

/* Splits off what is before the first blank. */
static bool take_word(struct slice *line, struct slice *ret_word)
{
    const uint8_t *blank = line->size > 0 ? memchr(line->data, ' ', line->size) : NULL;
    if (!blank) {
        return false;
    }
    size_t size = (size_t)(blank - line->data);
    *ret_word = slice_of(line->data, size);
    *line = slice_of(blank + 1, line->size - size - 1);
    return size > 0;
}

/* The two head lines; the count, or -1. */
static int64_t read_head(struct slice *rest)
{
    struct slice line;
    if (!take_line(rest, &line) || number_of(line, INT32_MAX) != 0 || !take_line(rest, &line)) {
        return -1;
    }
    int64_t count = number_of(line, INT32_MAX);
    return count <= (int64_t)(rest->size / CHECKPOINT_LINE_MIN) ? count : -1;
}

static enum kc_err parse_entries(struct slice rest, struct checkpoint *checkpoint)
{
    struct slice line;
    int64_t count = read_head(&rest);
    if (count < 0) {
        return KC_ERR_CORRUPT_FILE;
    }
    for (int64_t i = 0; i < count; i++) {
        struct slice topic;
        struct slice word;
        if (!take_line(&rest, &line) || !take_word(&line, &topic) || !take_word(&line, &word)) {
            return KC_ERR_CORRUPT_FILE;
        }
        int64_t partition = number_of(word, INT32_MAX);
        int64_t offset = number_of(line, INT64_MAX);
        if (topic.size > CHECKPOINT_TOPIC_MAX || partition < 0 || offset < 0) {
            return KC_ERR_CORRUPT_FILE;
        }
        if (!checkpoint_add(checkpoint, topic, (int32_t)partition, offset)) {
            return KC_ERR_NO_MEMORY;
        }
    }
    return rest.size == 0 ? KC_ERR_NONE : KC_ERR_CORRUPT_FILE;
}

enum kc_err checkpoint_parse(struct slice text, struct checkpoint *ret_checkpoint)
{
    struct checkpoint checkpoint = { 0 };
    checkpoint.text = malloc(text.size + 1);
    if (!checkpoint.text) {
        return KC_ERR_NO_MEMORY;
    }
    memcpy(checkpoint.text, text.data ? text.data : (const uint8_t *)"", text.size);
    enum kc_err err = parse_entries(slice_of(checkpoint.text, text.size), &checkpoint);
    if (err != KC_ERR_NONE) {
        checkpoint_finish(&checkpoint);
        return err;
    }
    *ret_checkpoint = checkpoint;
    return KC_ERR_NONE;
}

enum kc_err checkpoint_read(const struct file_system *files, const char *path,
                            struct checkpoint *ret_checkpoint)
{
    char *text = NULL;
    size_t size = 0;
    int system_error = file_read_all(files, path, CHECKPOINT_BYTES_MAX, &text, &size);
    if (system_error == ENOENT) {
        memset(ret_checkpoint, 0, sizeof(*ret_checkpoint));
        return KC_ERR_NONE;
    }
    if (system_error != 0) {
        return system_error == ENOMEM  ? KC_ERR_NO_MEMORY
               : system_error == EFBIG ? KC_ERR_CORRUPT_FILE
                                       : KC_ERR_IO;
    }
    enum kc_err err = checkpoint_parse(slice_of(text, size), ret_checkpoint);
    free(text);
    return err;
}

int checkpoint_write(const struct file_system *files, const char *path,
                     const struct checkpoint *checkpoint)
{
    struct bytes out;
    char line[CHECKPOINT_LINE_MAX];
    bytes_init(&out, CHECKPOINT_BYTES_MAX);
    int size = snprintf(line, sizeof(line), "0\n%zu\n", checkpoint->count);
    bool good = bytes_append(&out, line, (size_t)size);
    for (size_t i = 0; i < checkpoint->count && good; i++) {
        const struct checkpoint_entry *entry = &checkpoint->entries[i];
        size = snprintf(line, sizeof(line), "%.*s %" PRId32 " %" PRId64 "\n",
                        SLICE_ARGS(entry->topic), entry->partition, entry->offset);
        good = size > 0 && (size_t)size < sizeof(line) && bytes_append(&out, line, (size_t)size);
    }
    int err = good ? file_replace(files, path, bytes_slice(&out)) : ENOMEM;
    bytes_finish(&out);
    return err;
}

enum kc_err checkpoint_parse_epochs(struct slice text, struct checkpoint_epoch **ret_epochs,
                                    size_t *ret_count)
{
    struct slice rest = text;
    struct slice line;
    struct slice word;
    int64_t count = read_head(&rest);
    if (count < 0) {
        return KC_ERR_CORRUPT_FILE;
    }
    struct checkpoint_epoch *epochs = count > 0 ? malloc((size_t)count * sizeof(*epochs)) : NULL;
    if (count > 0 && !epochs) {
        return KC_ERR_NO_MEMORY;
    }
    for (int64_t i = 0; i < count; i++) {
        bool good = take_line(&rest, &line) && take_word(&line, &word);
        int64_t epoch = good ? number_of(word, INT32_MAX) : -1;
        int64_t offset = good ? number_of(line, INT64_MAX) : -1;
        bool rises = i == 0 || (epoch > epochs[i - 1].epoch && offset > epochs[i - 1].start_offset);
        if (epoch < 0 || offset < 0 || !rises) {
            free(epochs);
            return KC_ERR_CORRUPT_FILE;
        }
        epochs[i] = (struct checkpoint_epoch){ (int32_t)epoch, offset };
    }
    if (rest.size != 0) {
        free(epochs);
        return KC_ERR_CORRUPT_FILE;
    }
    *ret_epochs = epochs;
    *ret_count = (size_t)count;
    return KC_ERR_NONE;
}

bool checkpoint_show_epochs(const struct checkpoint_epoch *epochs, size_t count, struct bytes *out)
{
    char line[CHECKPOINT_LINE_MAX];
    int size = snprintf(line, sizeof(line), "0\n%zu\n", count);
    bool good = bytes_append(out, line, (size_t)size);
    for (size_t i = 0; i < count && good; i++) {
        size = snprintf(line, sizeof(line), "%" PRId32 " %" PRId64 "\n", epochs[i].epoch,
                        epochs[i].start_offset);
        good = bytes_append(out, line, (size_t)size);
    }
    return good;
}
