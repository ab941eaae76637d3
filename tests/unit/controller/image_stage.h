/* tests: an image with brokers, and plans applied to it. */
#ifndef CONTROLLER_IMAGE_STAGE_H
#define CONTROLLER_IMAGE_STAGE_H

#include "controller/image.h"
#include "controller/topics.h"
#include "support/test.h"

enum { IMAGE_STAGE_BATCHES_MAX = 256 };

struct image_stage {
    struct image image;
    struct random random;
    struct topics_defaults defaults;
    struct bytes batches[IMAGE_STAGE_BATCHES_MAX]; /* all that was applied, in order */
    size_t batch_count;
    int64_t next_offset;
};

/* Brokers 1 to broker_count. */
void image_stage_init(struct image_stage *stage, int32_t broker_count);
void image_stage_finish(struct image_stage *stage);

/* Gives the batch its offset, applies it and remembers it; finishes the batch. */
enum kc_err image_stage_apply(struct image_stage *stage, struct metadata_batch *batch);

/* Plans a topic and applies the plan unless it was refused. */
struct topic_planned image_stage_create(struct image_stage *stage, const char *name,
                                        int32_t partitions, int16_t factor);

/* The image as text: the same text, the same image. The caller frees. */
char *image_stage_show(const struct image *image);

#endif
