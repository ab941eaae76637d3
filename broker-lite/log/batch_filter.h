/* log: takes records out of a batch: what stays keeps offsets, timestamps, sequence and epochs
 * (compaction). Pure; one thread at a time. */
#ifndef LOG_BATCH_FILTER_H
#define LOG_BATCH_FILTER_H

#include "record/record.h"

struct batch_filter {
    struct decompressor *decompressor;
    struct compressor *compressors[COMPRESSION_COUNT]; /* made when first needed */
    struct bytes content;                              /* decompressed records */
    struct bytes work;                                 /* the batch that is written */
    struct bytes packed;
    struct record_header *headers;
    size_t header_capacity;
};

/* What shall happen to one batch. */
struct batch_filter_rule {
    /* Called twice for each record, with the same answer. */
    bool (*keep)(void *context, const struct record *record);
    void *context;
    bool keep_empty; /* without records its header stays: it has a producer's newest sequence */
    int64_t delete_horizon; /* from when on tombstones may go; taken by a batch that keeps one, or
                               anyhow with horizon_always, unless it has its own; -1: none */
    bool horizon_always;
};

/* False when memory is out. */
bool batch_filter_init(struct batch_filter *filter);
/* Zeroed is fine. */
void batch_filter_finish(struct batch_filter *filter);

/* *ret_bytes: the batch itself when nothing changes, a new one (valid until the next call), or null
 * when nothing of it stays. batch->bytes is the whole batch v2. KC_ERR_CORRUPT_MESSAGE or
 * KC_ERR_INVALID_RECORD when the batch cannot be read, KC_ERR_TOO_LARGE, KC_ERR_NO_MEMORY. */
enum kc_err batch_filter_run(struct batch_filter *filter, const struct batch *batch,
                             const struct batch_filter_rule *rule, struct slice *ret_bytes);

#endif
