/* log: the leader epochs of one log and the offset where each begins (KIP-101, KIP-279), kept in
 * leader-epoch-checkpoint. Owner thread. */
#ifndef LOG_EPOCHS_H
#define LOG_EPOCHS_H

#include "log/checkpoint.h"

struct epochs {
    struct checkpoint_epoch *entries; /* epochs and offsets rise strictly */
    size_t count;
    size_t capacity;
    bool dirty; /* the file is behind */
};

void epochs_init(struct epochs *epochs);
void epochs_finish(struct epochs *epochs);

/* The epoch's first offset, when it is new; entries that contradict it (a later epoch, or an offset
 * at or above it) are dropped, as Kafka does. False when memory is out (nothing is changed). */
bool epochs_assign(struct epochs *epochs, int32_t epoch, int64_t start_offset);

/* Makes room so that the next epochs_assign cannot fail. */
bool epochs_reserve(struct epochs *epochs);

/* The newest epoch, or -1. */
int32_t epochs_latest(const struct epochs *epochs);

/* OffsetForLeaderEpoch: the largest epoch not above the asked one and the offset where it ends
 * (the next epoch's start, or log_end_offset for the newest). -1, -1 when the epoch is unknown. */
void epochs_end_offset(const struct epochs *epochs, int32_t epoch, int64_t log_end_offset,
                       int32_t *ret_epoch, int64_t *ret_end_offset);

/* The epoch of the record at offset, or -1. */
int32_t epochs_of_offset(const struct epochs *epochs, int64_t offset);

/* Drops what begins at or above the offset. */
void epochs_truncate_end(struct epochs *epochs, int64_t offset);

/* Drops what ends at or below the offset; the one that spans it then begins there. */
void epochs_truncate_start(struct epochs *epochs, int64_t offset);

/* Reads the file; absent is empty. KC_ERR_CORRUPT_FILE, KC_ERR_IO, KC_ERR_NO_MEMORY. */
enum kc_err epochs_load(struct epochs *epochs, const struct file_system *files, const char *path);

/* Writes when dirty: 0 or errno. */
int epochs_store(struct epochs *epochs, const struct file_system *files, const char *path);

#endif
