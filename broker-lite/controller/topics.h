/* controller: plans for topics: a request and the image in, records (or Kafka's refusal) out. Pure:
 * nothing changes until the records commit. */
#ifndef CONTROLLER_TOPICS_H
#define CONTROLLER_TOPICS_H

#include "base/random.h"
#include "controller/image.h"
#include "controller/metadata_batch.h"
#include "wire/messages.h"

struct topics_defaults {
    int32_t num_partitions;             /* num.partitions */
    int16_t default_replication_factor; /* default.replication.factor */
    int32_t partitions_max;             /* most partitions of one topic */
    /* Asked with the partitions that come before their records are added; an error refuses them.
     * NULL: all is permitted. */
    enum kc_err (*permit)(void *context, int32_t partition_count);
    void *permit_context;
};

/* What became of one topic of a request. */
struct topic_planned {
    enum kc_err err;
    char text[512]; /* Kafka's sentence; empty when err is 0 or says it all */
    struct uuid id;
    int32_t partition_count;
    int16_t replication_factor;
};

/* Checks the topic against the rules and the image and adds its records to the batch. `planned`
 * has other topics of the same request that are already in the batch: their names (struct slice),
 * by what topic_name_fold makes of them; may be NULL. When the result has an error the batch is
 * unchanged. */
void topics_plan_create(const struct image *image, const struct topics_defaults *defaults,
                        struct random *random,
                        const struct create_topics_request_creatable_topic *topic,
                        const struct map *planned, struct metadata_batch *batch,
                        struct topic_planned *ret_planned);

/* Raises the partition count. */
void topics_plan_partitions(const struct image *image, const struct topics_defaults *defaults,
                            struct random *random,
                            const struct create_partitions_request_create_partitions_topic *topic,
                            struct metadata_batch *batch, struct topic_planned *ret_planned);

void topics_plan_delete(const struct image_topic *topic, struct metadata_batch *batch);

#endif
