/* handler: produced batches in the codec that their topic wants (compression.type). Contexts and
 * buffer are kept for the next batch. Owner thread only. */
#ifndef HANDLER_RECOMPRESSOR_H
#define HANDLER_RECOMPRESSOR_H

#include "record/batch.h"

struct recompressor;

/* A batch may become size_max bytes large. NULL when memory is out. */
struct recompressor *recompressor_create(size_t size_max);
/* NULL is fine. */
void recompressor_destroy(struct recompressor *recompressor);

/* The batch with its records, given uncompressed, in another codec (COMPRESSION_NONE too) at this
 * level; all other fields stay. The result lives until the next run. KC_ERR_MESSAGE_TOO_LARGE,
 * KC_ERR_NO_MEMORY. */
enum kc_err recompressor_run(struct recompressor *recompressor, const struct batch *batch,
                             struct slice content, enum compression codec, int level,
                             struct bytes **ret_batch);

#endif
