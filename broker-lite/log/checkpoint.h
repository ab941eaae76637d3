/* log: Kafka's checkpoint files: a version line, a count line, and one line an entry. Written whole
 * and replaced in one step (tmp, sync, rename, sync of the directory). */
#ifndef LOG_CHECKPOINT_H
#define LOG_CHECKPOINT_H

#include "log/file.h"

#include "base/bytes.h"

enum {
    CHECKPOINT_BYTES_MAX = 256 * 1024 * 1024, /* of a file */
    CHECKPOINT_TOPIC_MAX = 249,
};

/* recovery-point-offset-checkpoint and its siblings: "TOPIC PARTITION OFFSET". */
struct checkpoint_entry {
    struct slice topic; /* of a read checkpoint: points into its text */
    int32_t partition;
    int64_t offset;
};

struct checkpoint {
    struct checkpoint_entry *entries; /* in the order of the file */
    size_t count;
    size_t capacity;
    char *text; /* of a read one */
};

/* Accepts a zeroed one. */
void checkpoint_finish(struct checkpoint *checkpoint);

/* Adds an entry; the topic's bytes are borrowed until finish. False when memory is out. */
bool checkpoint_add(struct checkpoint *checkpoint, struct slice topic, int32_t partition,
                    int64_t offset);

/* The entry's offset, or -1. */
int64_t checkpoint_find(const struct checkpoint *checkpoint, struct slice topic, int32_t partition);

/* Parses a file's text, of which it takes a copy. KC_ERR_CORRUPT_FILE when anything is not as
 * written by Kafka, KC_ERR_NO_MEMORY. The checkpoint must be zeroed. */
enum kc_err checkpoint_parse(struct slice text, struct checkpoint *ret_checkpoint);

/* KC_ERR_NONE with no entries when there is no file; KC_ERR_CORRUPT_FILE, KC_ERR_IO,
 * KC_ERR_NO_MEMORY. */
enum kc_err checkpoint_read(const struct file_system *files, const char *path,
                            struct checkpoint *ret_checkpoint);

/* 0, or errno as the file system gave it. */
int checkpoint_write(const struct file_system *files, const char *path,
                     const struct checkpoint *checkpoint);

/* leader-epoch-checkpoint: "EPOCH OFFSET", both rising. */
struct checkpoint_epoch {
    int32_t epoch;
    int64_t start_offset;
};

/* The array is the caller's to free; NULL with count 0. KC_ERR_CORRUPT_FILE, KC_ERR_NO_MEMORY. */
enum kc_err checkpoint_parse_epochs(struct slice text, struct checkpoint_epoch **ret_epochs,
                                    size_t *ret_count);

/* The text of such a file appended to out; false when memory is out. */
bool checkpoint_show_epochs(const struct checkpoint_epoch *epochs, size_t count, struct bytes *out);

#endif
