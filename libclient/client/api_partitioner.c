/* client: what custom partitioners see. */
#include "producer/partitioner.h"

#include "producer/feeder.h"
#include "producer/sink.h"
#include "producer/topic_view.h"

int32_t kc_partitions_count(const struct kc_partitions *partitions)
{
    return partitions->count;
}

int32_t kc_partitions_leader(const struct kc_partitions *partitions, int32_t partition)
{
    if (partition < 0 || partition >= partitions->count) {
        return -1;
    }
    const struct sink *sink =
        atomic_load(&producer_topic_buffer(partitions->topic, partition)->sink);
    return sink ? sink->broker_id : -1;
}

bool kc_partitions_is_available(const struct kc_partitions *partitions, int32_t partition)
{
    struct feeder_load load;
    struct partitioner_view view = feeder_view(partitions->topic, &load);
    return partition >= 0 && partition < partitions->count &&
           view.load(view.context, partition) >= 0;
}

int32_t kc_partition_of_key(struct kc_bytes key, int32_t partition_count)
{
    return partition_count < 1 ? -1
                               : partitioner_of_key(PARTITIONER_MURMUR2_RANDOM,
                                                    slice_of(key.data, key.size), partition_count);
}
