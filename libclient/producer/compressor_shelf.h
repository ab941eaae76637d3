/* producer: compressors for whoever closes a batch: a sender's thread or the loop. Any thread. */
#ifndef PRODUCER_COMPRESSOR_SHELF_H
#define PRODUCER_COMPRESSOR_SHELF_H

#include "base/lock.h"
#include "compress/codec.h"

enum { COMPRESSOR_SHELF_MAX = 8 };

struct compressor_shelf {
    struct lock lock;
    enum compression codec;
    int level;
    struct compressor *items[COMPRESSOR_SHELF_MAX]; /* under the lock */
    size_t count;
    size_t count_low; /* the least count since the last trim */
};

void compressor_shelf_init(struct compressor_shelf *shelf, enum compression codec, int level);
void compressor_shelf_finish(struct compressor_shelf *shelf);

/* NULL for COMPRESSION_NONE and when memory is out: the batch then goes uncompressed. */
struct compressor *compressor_shelf_take(struct compressor_shelf *shelf);
void compressor_shelf_give(struct compressor_shelf *shelf, struct compressor *compressor);

/* Frees those that were not needed since the last trim; false when none is kept any more. */
bool compressor_shelf_trim(struct compressor_shelf *shelf);

#endif
