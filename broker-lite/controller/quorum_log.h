/* controller: the metadata log on disk: __cluster_metadata-0/00000000000000000000.log, record
 * batches v2 in Kafka's layout (so its dump tool reads them). A Raft entry is one batch: its term
 * is the batch's leader epoch, its index the batch's place in the file, a configuration is a
 * control batch (VotersRecord). Every append is synced before it counts. */
#ifndef CONTROLLER_QUORUM_LOG_H
#define CONTROLLER_QUORUM_LOG_H

#include "log/file.h"
#include "record/batch.h"

/* Where each batch begins, so that a truncation finds its place. */
struct quorum_log {
    const struct file_system *files;
    char path[FILE_PATH_MAX];
    int file;
    int64_t size;        /* bytes of whole batches */
    int64_t next_offset; /* of the next record */
    int32_t last_epoch;  /* of the last batch that was found at the start */
    int64_t *positions;  /* of entry index 1, 2, ... */
    size_t count;
    size_t capacity;
};

/* Called for each batch found, in order. */
typedef enum kc_err quorum_log_visit(void *context, const struct batch *batch);

/* Opens or makes the file and visits every batch after checking it. An append is one batch, so what
 * a crash tears is at the very end and has no whole batch after it: it was never acknowledged and
 * is cut off (ret_torn bytes), unless was_clean says that the last end was an orderly one. Anything
 * else wrong is damage: KC_ERR_CORRUPT_FILE naming file and position, nothing changed. Also
 * KC_ERR_IO, KC_ERR_NO_MEMORY, or visit's error. What was visited is on disk when this returns. */
enum kc_err quorum_log_open(struct quorum_log *log, const struct file_system *files,
                            const char *directory, bool was_clean, quorum_log_visit *visit,
                            void *context, int64_t *ret_torn, struct kc_error *error);

/* Closes; accepts a zeroed log whose file is -1. */
void quorum_log_finish(struct quorum_log *log);

/* Gives the batches of one append their offsets and epochs in place; `data` holds whole batches.
 * Must be followed by the write of the same bytes. */
enum kc_err quorum_log_prepare(struct quorum_log *log, uint8_t *data, size_t size, int32_t epoch);

/* Writes bytes prepared before at `position` and syncs: 0 or errno. Any thread; one at a time. */
int quorum_log_write(const struct quorum_log *log, const struct slice *parts, size_t part_count,
                     int64_t position);

/* Drops entry `index` (from 1) and all after it, and syncs: 0 or errno. */
int quorum_log_truncate(struct quorum_log *log, size_t index);

#endif
