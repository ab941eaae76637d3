/* controller: whether a proposal still fits. Plans are made from the image, and another plan may
 * have committed since: of two that make the same topic the second must be refused before it is
 * written, for a record in the log that does not fit the image ends the broker. Pure. */
#ifndef CONTROLLER_IMAGE_CHECK_H
#define CONTROLLER_IMAGE_CHECK_H

#include "controller/image.h"

/* Proposals that are to be written together. */
struct image_check {
    const struct image *image;
    struct bytes touched; /* a uint64_t for each thing that one of them changes */
    bool is_full;         /* more than can be noted: nothing joins them */
};

void image_check_init(struct image_check *check, const struct image *image);
void image_check_finish(struct image_check *check);

/* Forgets the earlier ones: the image has them now. */
void image_check_restart(struct image_check *check);

/* KC_ERR_NONE: the batch can be applied after those taken before. KC_ERR_WOULD_BLOCK: it touches
 * what one of those touches, ask again when they are applied. Else it cannot be applied:
 * KC_ERR_TOPIC_ALREADY_EXISTS, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, KC_ERR_INVALID_PARTITIONS,
 * KC_ERR_INVALID (senseless or an unknown record), KC_ERR_NO_MEMORY. */
enum kc_err image_check_take(struct image_check *check, struct slice batch);

#endif
