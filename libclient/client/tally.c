/* client: counts of batches by partition. */
#include "client/tally.h"

#include "base/bytes.h"
#include "base/clock.h"

#include <stdlib.h>

void tally_init(struct tally *tally, uint64_t seed)
{
    *tally = (struct tally){ 0 };
    map_init(&tally->partitions, seed);
    list_init(&tally->order);
}

void tally_finish(struct tally *tally)
{
    LIST_EACH_SAFE(node, &tally->order)
    {
        list_remove(node);
        free(LIST_ITEM(node, struct tally_partition, link));
    }
    map_finish(&tally->partitions);
}

static struct tally_partition *add_partition(struct tally *tally, struct slice key,
                                             int32_t partition)
{
    struct tally_partition *added = calloc(1, sizeof(*added) + key.size + 1);
    if (!added) {
        return NULL;
    }
    memcpy(added->key, key.data, key.size);
    added->key_size = key.size;
    added->partition = partition;
    added->created_us = clock_now_us(&clock_system);
    added->high_watermark = added->next_offset = added->committed = -1;
    added->committed_epoch = -1;
    if (!map_put(&tally->partitions, slice_of(added->key, key.size), added, NULL)) {
        free(added);
        return NULL;
    }
    list_append(&tally->order, &added->link);
    return added;
}

static struct slice make_key(uint8_t key[4 + TALLY_TOPIC_MAX], struct slice topic,
                             int32_t partition)
{
    size_t size = MIN_OF(topic.size, (size_t)TALLY_TOPIC_MAX);

    store_u32(key, (uint32_t)partition);
    memcpy(key + 4, topic.data, size);
    return slice_of(key, 4 + size);
}

struct tally_partition *tally_find(struct tally *tally, struct slice topic, int32_t partition)
{
    uint8_t key[4 + TALLY_TOPIC_MAX];

    return map_get(&tally->partitions, make_key(key, topic, partition));
}

struct tally_partition *tally_place(struct tally *tally, struct slice topic, int32_t partition)
{
    uint8_t key[4 + TALLY_TOPIC_MAX];
    struct slice name = make_key(key, topic, partition);
    struct tally_partition *found = map_get(&tally->partitions, name);

    return found ? found : add_partition(tally, name, partition);
}

struct tally_partition *tally_count(struct tally *tally, struct slice topic, int32_t partition,
                                    int64_t records, int64_t bytes)
{
    tally->records += records;
    tally->bytes += bytes;
    tally->batches++;
    histogram_record(&tally->batch_bytes, bytes);
    histogram_record(&tally->batch_records, records);
    struct tally_partition *found = tally_place(tally, topic, partition);
    if (!found) {
        tally->lost++;
        return NULL;
    }
    found->records += records;
    found->bytes += bytes;
    return found;
}
