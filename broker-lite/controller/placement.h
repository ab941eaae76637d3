/* controller: which brokers hold a partition's replicas, and the records that say so. Pure. */
#ifndef CONTROLLER_PLACEMENT_H
#define CONTROLLER_PLACEMENT_H

#include "base/random.h"
#include "controller/image.h"
#include "controller/metadata_batch.h"

enum { PLACEMENT_BROKERS_MAX = 1024 };

/* Ids of the brokers that may take replicas (none that is fenced), in order of id; the count. */
int32_t placement_brokers(const struct image *image, int32_t ret_ids[PLACEMENT_BROKERS_MAX]);

/* Adds a new partition: its first replica leads, all are in sync, each in the directory of its
 * broker when that has only one. At most IMAGE_REPLICAS_MAX replicas. */
void placement_add(struct metadata_batch *batch, const struct image *image,
                   const struct uuid *topic_id, int32_t partition, int32_t *replicas,
                   int32_t count);

/* Adds partitions first to end - 1 with `factor` replicas each, 1 to broker_count. */
void placement_spread(struct metadata_batch *batch, const struct image *image,
                      const struct uuid *topic_id, int32_t first, int32_t end, int16_t factor,
                      const int32_t *brokers, int32_t broker_count, struct random *random);

#endif
