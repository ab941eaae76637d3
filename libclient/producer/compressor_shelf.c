/* producer: compressors for whoever closes a batch. */
#include "producer/compressor_shelf.h"

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
