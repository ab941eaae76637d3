/* controller: what the files of the image share and nobody else sees: image.c stores, apply.c and
 * apply_partition.c change. */
#ifndef CONTROLLER_IMAGE_PARTS_H
#define CONTROLLER_IMAGE_PARTS_H

#include "base/arena.h"
#include "controller/image.h"
#include "wire/codec.h"

/* Free a topic or broker that stands in no map. NULL is fine. */
void image_topic_destroy(struct image_topic *topic);
void image_broker_destroy(struct image_broker *broker);

/* What a committed record's handler works on. */
struct change {
    struct image *image;
    struct arena *arena;
    struct reader *reader;
    int16_t version;
    int64_t offset;
};

/* The record, which must be nothing but it: KC_ERR_CORRUPT_FILE. */
enum kc_err apply_decode(struct change *change, const struct message_type *type, void *ret_record);
/* Tells who listens to the image. */
void apply_notify(struct image *image, enum image_change_kind kind, const struct image_topic *topic,
                  int32_t partition);

/* apply_partition.c: PartitionRecord and PartitionChangeRecord. */
enum kc_err apply_partition(struct change *change);
enum kc_err apply_partition_change(struct change *change);

#endif
