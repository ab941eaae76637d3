/* log: walks over the batches of a data file, headers only or whole. Inside the room only. */
#ifndef LOG_BATCH_WALK_H
#define LOG_BATCH_WALK_H

#include "log/file.h"

#include "base/bytes.h"
#include "record/batch.h"

struct batch_walk {
    const struct file_system *files;
    int file;
    int64_t position; /* of the next batch */
    int64_t end;      /* bytes of the file that count */
    size_t chunk;     /* bytes read at once, at least */
    struct bytes buffer;
    int64_t buffer_position;
    int system_error; /* errno when a read failed */
};

void batch_walk_init(struct batch_walk *walk, const struct file_system *files, int file,
                     int64_t position, int64_t end, size_t chunk);
void batch_walk_finish(struct batch_walk *walk);

/* The next batch: KC_ERR_NONE; KC_ERR_WOULD_BLOCK at the end; KC_ERR_CORRUPT_MESSAGE when what is
 * there is no whole batch v2 (position then stays there); KC_ERR_IO, KC_ERR_NO_MEMORY. With
 * `whole`, ret_batch->bytes is the batch, valid until the next call; else bytes is null. The CRC is
 * not checked. */
enum kc_err batch_walk_next(struct batch_walk *walk, bool whole, struct batch *ret_batch);

#endif
