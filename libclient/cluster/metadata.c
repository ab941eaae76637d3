/* cluster: the cache of brokers, topics and leaders. */
#include "cluster/metadata.h"

#include "base/attr.h"

#include <stdlib.h>

void metadata_init(struct metadata *metadata, uint64_t seed)
{
    *metadata = (struct metadata){ .controller_id = -1 };
    map_init(&metadata->topics, seed);
    map_init(&metadata->topic_ids, seed + 1);
    map_init(&metadata->brokers, seed + 2);
}

static void topic_free(struct metadata_topic *topic)
{
    if (topic) {
        for (int32_t i = 0; i < topic->partition_count; i++) {
            free(topic->partitions[i].replicas);
        }
        free(topic->partitions);
        free((void *)(uintptr_t)topic->name.data);
        free(topic);
    }
}

static struct slice id_key(const struct uuid *id)
{
    return slice_of(id, sizeof(*id));
}

static void drop_topic(struct metadata *metadata, struct metadata_topic *topic)
{
    (void)map_remove(&metadata->topics, topic->name);
    if (map_get(&metadata->topic_ids, id_key(&topic->id)) == topic) {
        (void)map_remove(&metadata->topic_ids, id_key(&topic->id));
    }
    topic_free(topic);
    metadata->change_count++;
}

void metadata_forget_all(struct metadata *metadata)
{
    size_t position = 0;
    void *value;
    while ((value = map_next(&metadata->topics, &position))) {
        drop_topic(metadata, value);
        position--;
    }
    position = 0;
    while ((value = map_next(&metadata->brokers, &position))) {
        metadata_drop_broker(metadata, value);
        position--;
    }
    metadata->controller_id = -1;
}

void metadata_finish(struct metadata *metadata)
{
    if (metadata) {
        metadata_forget_all(metadata);
        map_finish(&metadata->topics);
        map_finish(&metadata->topic_ids);
        map_finish(&metadata->brokers);
        free(metadata->cluster_id);
        metadata->cluster_id = NULL;
    }
}

static struct metadata_topic *add_topic(struct metadata *metadata, struct slice name)
{
    struct metadata_topic *topic = calloc(1, sizeof(*topic));
    if (!topic) {
        return NULL;
    }
    topic->name = slice_of(slice_dup_text(name), name.size);
    if (!topic->name.data || !map_put(&metadata->topics, topic->name, topic, NULL)) {
        topic_free(topic);
        return NULL;
    }
    metadata->change_count++;
    return topic;
}

/* False when memory is out: the partition keeps its old lists. */
static bool set_replicas(struct metadata_partition *partition,
                         const struct metadata_response_metadata_response_partition *item)
{
    int32_t replica_count = MAX_OF(item->replica_nodes.count, 0);
    int32_t isr_count = MAX_OF(item->isr_nodes.count, 0);
    size_t replica_size = (size_t)replica_count * sizeof(int32_t);
    size_t isr_size = (size_t)isr_count * sizeof(int32_t);
    if (partition->replicas && partition->replica_count == replica_count &&
        partition->isr_count == isr_count &&
        (replica_size == 0 ||
         memcmp(partition->replicas, item->replica_nodes.items, replica_size) == 0) &&
        (isr_size == 0 || memcmp(partition->isr, item->isr_nodes.items, isr_size) == 0)) {
        return true;
    }
    int32_t *nodes = malloc(replica_size + isr_size + sizeof(int32_t));
    if (!nodes) {
        return false;
    }
    if (replica_size > 0) {
        memcpy(nodes, item->replica_nodes.items, replica_size);
    }
    if (isr_size > 0) {
        memcpy(nodes + replica_count, item->isr_nodes.items, isr_size);
    }
    free(partition->replicas);
    partition->replicas = nodes;
    partition->replica_count = replica_count;
    partition->isr = nodes + replica_count;
    partition->isr_count = isr_count;
    return true;
}

/* Brokers learn of a new leader at different times: an answer with an older epoch than one that we
 * have seen comes from a broker that has not heard yet. */
static bool update_partition(struct metadata *metadata, struct metadata_partition *partition,
                             const struct metadata_response_metadata_response_partition *item)
{
    if (item->leader_epoch >= 0 && partition->leader_epoch > item->leader_epoch) {
        return true;
    }
    enum kc_err err = (enum kc_err)item->error_code;
    if (partition->leader != item->leader_id || partition->leader_epoch != item->leader_epoch ||
        partition->err != err) {
        metadata->change_count++;
    }
    partition->leader = item->leader_id;
    partition->leader_epoch = item->leader_epoch;
    partition->err = err;
    return set_replicas(partition, item);
}

static bool resize_partitions(struct metadata *metadata, struct metadata_topic *topic,
                              int32_t count)
{
    if (count == topic->partition_count) {
        return true;
    }
    for (int32_t i = count; i < topic->partition_count; i++) {
        free(topic->partitions[i].replicas);
    }
    topic->partition_count = MIN_OF(topic->partition_count, count);
    struct metadata_partition *partitions =
        realloc(topic->partitions, ((size_t)count + 1) * sizeof(*partitions));
    if (!partitions) {
        return false;
    }
    topic->partitions = partitions;
    for (int32_t i = topic->partition_count; i < count; i++) {
        partitions[i] = (struct metadata_partition){ .leader = -1, .leader_epoch = -1 };
    }
    topic->partition_count = count;
    metadata->change_count++;
    return true;
}

/* Partition indexes are dense from 0; a hostile list may not be. */
static bool indexes_fit(const struct metadata_response_metadata_response_topic *item)
{
    for (int32_t i = 0; i < item->partitions.count; i++) {
        int32_t index = item->partitions.items[i].partition_index;
        if (index < 0 || index >= item->partitions.count) {
            return false;
        }
    }
    return true;
}

/* A topic that was deleted and made anew has another id: epochs start over. */
static enum kc_err set_topic_id(struct metadata *metadata, struct metadata_topic *topic,
                                const struct uuid *id)
{
    if (uuid_equal(&topic->id, id) || uuid_is_zero(id)) {
        return KC_ERR_NONE;
    }
    if (!uuid_is_zero(&topic->id)) {
        if (map_get(&metadata->topic_ids, id_key(&topic->id)) == topic) {
            (void)map_remove(&metadata->topic_ids, id_key(&topic->id));
        }
        for (int32_t i = 0; i < topic->partition_count; i++) {
            topic->partitions[i].leader_epoch = -1;
        }
    }
    topic->id = *id;
    metadata->change_count++;
    if (!map_put(&metadata->topic_ids, id_key(&topic->id), topic, NULL)) {
        topic->id = (struct uuid){ { 0 } }; /* else the next update would think it done */
        return KC_ERR_NO_MEMORY;
    }
    return KC_ERR_NONE;
}

static enum kc_err update_topic(struct metadata *metadata,
                                const struct metadata_response_metadata_response_topic *item,
                                int64_t now_us)
{
    struct metadata_topic *topic = slice_is_null(item->name)
                                       ? metadata_topic_of_id(metadata, &item->topic_id)
                                       : metadata_topic(metadata, item->name);
    if (!topic && slice_is_null(item->name)) {
        return KC_ERR_NONE;
    }
    if (!topic) {
        topic = add_topic(metadata, item->name);
    }
    if (!topic) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = (enum kc_err)item->error_code;
    if (err == KC_ERR_NONE && !indexes_fit(item)) {
        return KC_ERR_MALFORMED;
    }
    metadata->change_count += topic->err != err || topic->heard_us == 0 ? 1 : 0;
    topic->err = err;
    topic->heard_us = now_us;
    topic->is_internal = item->is_internal;
    if (err != KC_ERR_NONE) {
        return KC_ERR_NONE;
    }
    err = set_topic_id(metadata, topic, &item->topic_id);
    if (err == KC_ERR_NONE &&
        !resize_partitions(metadata, topic, MAX_OF(item->partitions.count, 0))) {
        err = KC_ERR_NO_MEMORY;
    }
    for (int32_t i = 0; i < item->partitions.count && err == KC_ERR_NONE; i++) {
        int32_t index = item->partitions.items[i].partition_index;
        if (!update_partition(metadata, &topic->partitions[index], &item->partitions.items[i])) {
            err = KC_ERR_NO_MEMORY;
        }
    }
    if (err != KC_ERR_NONE && topic->partition_count == 0) {
        drop_topic(metadata, topic); /* not one without partitions */
    }
    return err;
}

/* After a full answer: what was not told this time is gone. */
static void drop_unheard(struct metadata *metadata, int64_t now_us)
{
    size_t position = 0;
    struct metadata_topic *topic;
    while ((topic = map_next(&metadata->topics, &position))) {
        if (topic->heard_us != now_us) {
            drop_topic(metadata, topic);
            position--;
        }
    }
}

enum kc_err metadata_update(struct metadata *metadata, const struct metadata_response *response,
                            bool is_full, int64_t now_us)
{
    if (response->error_code != KC_ERR_NONE) {
        return (enum kc_err)response->error_code;
    }
    now_us = MAX_OF(now_us, metadata->updated_us + 1);
    enum kc_err err = metadata_update_brokers(metadata, response);
    if (err == KC_ERR_NONE && !slice_is_null(response->cluster_id) &&
        !slice_is(response->cluster_id, metadata->cluster_id)) {
        char *cluster_id = slice_dup_text(response->cluster_id);
        err = cluster_id ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
        if (cluster_id) {
            free(metadata->cluster_id);
            metadata->cluster_id = cluster_id;
        }
    }
    metadata->change_count += metadata->controller_id != response->controller_id ? 1 : 0;
    metadata->controller_id = response->controller_id;
    for (int32_t i = 0; i < response->topics.count && err == KC_ERR_NONE; i++) {
        err = update_topic(metadata, &response->topics.items[i], now_us);
    }
    if (err == KC_ERR_NONE && is_full) {
        drop_unheard(metadata, now_us);
    }
    if (err == KC_ERR_NONE) {
        metadata->updated_us = now_us;
    }
    return err;
}

bool metadata_hint_leader(struct metadata *metadata, struct metadata_topic *topic,
                          int32_t partition, int32_t leader, int32_t leader_epoch)
{
    if (!topic || partition < 0 || partition >= topic->partition_count || leader < 0) {
        return false;
    }
    struct metadata_partition *known = &topic->partitions[partition];
    if (leader_epoch < known->leader_epoch ||
        (leader_epoch == known->leader_epoch && known->leader == leader)) {
        return false;
    }
    known->leader = leader;
    known->leader_epoch = leader_epoch;
    known->err = KC_ERR_NONE;
    metadata->change_count++;
    return true;
}

struct metadata_topic *metadata_topic(const struct metadata *metadata, struct slice name)
{
    return map_get(&metadata->topics, name);
}

struct metadata_topic *metadata_topic_of_id(const struct metadata *metadata, const struct uuid *id)
{
    return map_get(&metadata->topic_ids, id_key(id));
}

const struct metadata_partition *metadata_partition(const struct metadata *metadata,
                                                    struct slice topic, int32_t partition)
{
    const struct metadata_topic *known = metadata_topic(metadata, topic);
    bool is_known = known && partition >= 0 && partition < known->partition_count;
    return is_known ? &known->partitions[partition] : NULL;
}

void metadata_forget_topic(struct metadata *metadata, struct slice name)
{
    struct metadata_topic *topic = metadata_topic(metadata, name);
    if (topic) {
        drop_topic(metadata, topic);
    }
}
