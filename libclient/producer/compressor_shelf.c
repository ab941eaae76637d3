/* producer: compressors for whoever closes a batch. */
#include "producer/compressor_shelf.h"

#include "base/attr.h"

void compressor_shelf_init(struct compressor_shelf *shelf, enum compression codec, int level)
{
    *shelf = (struct compressor_shelf){ .codec = codec, .level = level };
    lock_init(&shelf->lock);
}

void compressor_shelf_finish(struct compressor_shelf *shelf)
{
    while (shelf->count > 0) {
        compressor_destroy(shelf->items[--shelf->count]);
    }
    lock_finish(&shelf->lock);
}

struct compressor *compressor_shelf_take(struct compressor_shelf *shelf)
{
    struct compressor *compressor = NULL;
    if (shelf->codec == COMPRESSION_NONE) {
        return NULL;
    }
    lock_hold(&shelf->lock);
    if (shelf->count > 0) {
        compressor = shelf->items[--shelf->count];
        shelf->count_low = MIN_OF(shelf->count_low, shelf->count);
    }
    lock_release(&shelf->lock);
    return compressor ? compressor : compressor_create(shelf->codec, shelf->level);
}

void compressor_shelf_give(struct compressor_shelf *shelf, struct compressor *compressor)
{
    if (!compressor) {
        return;
    }
    lock_hold(&shelf->lock);
    if (shelf->count < COMPRESSOR_SHELF_MAX) {
        shelf->items[shelf->count++] = compressor;
        compressor = NULL;
    }
    lock_release(&shelf->lock);
    compressor_destroy(compressor);
}

bool compressor_shelf_trim(struct compressor_shelf *shelf)
{
    struct compressor *idle[COMPRESSOR_SHELF_MAX];
    lock_hold(&shelf->lock);
    size_t idle_count = shelf->count_low;
    for (size_t i = 0; i < idle_count; i++) {
        idle[i] = shelf->items[--shelf->count];
    }
    shelf->count_low = shelf->count;
    bool is_keeping = shelf->count > 0;
    lock_release(&shelf->lock);
    while (idle_count > 0) {
        compressor_destroy(idle[--idle_count]);
    }
    return is_keeping;
}
