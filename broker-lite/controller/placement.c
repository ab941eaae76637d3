/* controller: replicas on brokers. */
#include "controller/placement.h"

#include "wire/messages.h"

enum { PARTITION_RECORD_VERSION = 1 };

int32_t placement_brokers(const struct image *image, int32_t ret_ids[PLACEMENT_BROKERS_MAX])
{
    int32_t count = 0;
    size_t position = 0;
    const struct image_broker *broker;
    while ((broker = map_next(&image->brokers, &position)) && count < PLACEMENT_BROKERS_MAX) {
        int32_t place = count;
        if (broker->fenced) {
            continue;
        }
        while (place > 0 && ret_ids[place - 1] > broker->id) {
            ret_ids[place] = ret_ids[place - 1];
            place--;
        }
        ret_ids[place] = (int32_t)broker->id;
        count++;
    }
    return count;
}

void placement_add(struct metadata_batch *batch, const struct image *image,
                   const struct uuid *topic_id, int32_t partition, int32_t *replicas, int32_t count)
{
    struct partition_record record;
    struct uuid directories[IMAGE_REPLICAS_MAX] = { 0 };
    /* A broker with several directories tells later where it put the replica (KIP-858). */
    for (int32_t i = 0; i < count; i++) {
        const struct image_broker *broker = image_broker(image, replicas[i]);
        directories[i] = broker ? broker->directory : (struct uuid){ 0 };
    }
    message_defaults(&partition_record_type, &record);
    record.partition_id = partition;
    record.topic_id = *topic_id;
    record.replicas.items = replicas;
    record.replicas.count = count;
    record.isr.items = replicas;
    record.isr.count = count;
    record.leader = replicas[0];
    record.leader_epoch = 0;
    record.partition_epoch = 0;
    record.directories.items = directories;
    record.directories.count = count;
    metadata_batch_add(batch, &partition_record_type, PARTITION_RECORD_VERSION, &record);
}

/* Leaders go round the brokers from a random one; followers are the next brokers, the distance
 * growing with each round, so that a broker's load spreads. */
void placement_spread(struct metadata_batch *batch, const struct image *image,
                      const struct uuid *topic_id, int32_t first, int32_t end, int16_t factor,
                      const int32_t *brokers, int32_t broker_count, struct random *random)
{
    int32_t start = (int32_t)random_below(random, (uint64_t)broker_count);
    for (int32_t partition = first; partition < end; partition++) {
        int32_t replicas[IMAGE_REPLICAS_MAX];
        int32_t leader = (start + partition) % broker_count;
        int32_t shift = broker_count > 1 ? (partition / broker_count) % (broker_count - 1) : 0;
        replicas[0] = brokers[leader];
        for (int16_t i = 1; i < factor; i++) {
            int32_t step = 1 + (shift + i - 1) % (broker_count - 1);
            replicas[i] = brokers[(leader + step) % broker_count];
        }
        placement_add(batch, image, topic_id, partition, replicas, factor);
    }
}
