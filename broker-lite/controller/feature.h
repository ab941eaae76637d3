/* controller: the features of the cluster that have levels (KIP-584), and the plan of a change of
 * levels (UpdateFeatures). Pure: the plan is proposed elsewhere. */
#ifndef CONTROLLER_FEATURE_H
#define CONTROLLER_FEATURE_H

#include "controller/image.h"
#include "controller/metadata_batch.h"

struct feature {
    const char *name;
    int16_t min;
    int16_t max;
    int16_t first; /* level of a new cluster: Kafka 4.3's */
};

/* In the order of enum image_feature. */
extern const struct feature feature_table[IMAGE_FEATURE_COUNT];

/* IMAGE_FEATURE_COUNT when it is not known. */
enum image_feature feature_find(struct slice name);

/* Adds a record that sets the level. */
void feature_add_record(struct metadata_batch *batch, struct slice name, int16_t level);

enum { FEATURE_TEXT_SIZE = 384 };

/* As on the wire. */
enum feature_change {
    FEATURE_UPGRADE = 1,
    FEATURE_SAFE_DOWNGRADE = 2,
    FEATURE_UNSAFE_DOWNGRADE = 3
};

/* Plans one change for the image: a record in the batch. KC_ERR_INVALID_UPDATE_VERSION with Kafka's
 * sentence in ret_text (FEATURE_TEXT_SIZE bytes) when it is not possible. `node_id` is for the
 * sentence. change is what came from the wire. */
enum kc_err feature_plan(const struct image *image, int32_t node_id, struct slice name,
                         int16_t level, int8_t change, struct metadata_batch *batch,
                         char *ret_text);

#endif
