/* controller: the image's storage and look-ups; apply.c changes it. */
#include "controller/image.h"

#include "controller/config_resource.h"
#include "controller/image_parts.h"
#include "controller/settings.h"

#include <stdlib.h>

void image_init(struct image *image, uint64_t seed)
{
    memset(image, 0, sizeof(*image));
    map_init(&image->topics, seed);
    map_init(&image->topic_ids, seed);
    map_init(&image->folded_names, seed);
    map_init(&image->brokers, seed);
    quota_table_init(&image->quotas, seed);
    map_init(&image->resources, seed);
    image->last_offset = -1;
}

void image_topic_destroy(struct image_topic *topic)
{
    if (!topic) {
        return;
    }
    for (int32_t i = 0; i < topic->partition_count; i++) {
        free(topic->partitions[i].replicas);
    }
    free(topic->partitions);
    settings_finish(&topic->settings);
    free(topic->folded);
    free(topic->name);
    free(topic);
}

void image_broker_destroy(struct image_broker *broker)
{
    if (broker) {
        free(broker->host);
        free(broker->rack);
        free(broker);
    }
}

void image_finish(struct image *image)
{
    size_t position = 0;
    void *value;
    while ((value = map_next(&image->topics, &position))) {
        image_topic_destroy(value);
    }
    position = 0;
    while ((value = map_next(&image->brokers, &position))) {
        image_broker_destroy(value);
    }
    map_finish(&image->topics);
    map_finish(&image->topic_ids);
    map_finish(&image->folded_names);
    map_finish(&image->brokers);
    config_resources_finish(image);
    settings_finish(&image->cluster_settings);
    quota_table_finish(&image->quotas);
}

struct image_topic *image_topic(const struct image *image, struct slice name)
{
    return map_get(&image->topics, name);
}

struct image_topic *image_topic_folded(const struct image *image, struct slice folded)
{
    return map_get(&image->folded_names, folded);
}

struct image_topic *image_topic_by_id(const struct image *image, const struct uuid *id)
{
    return map_get(&image->topic_ids, slice_of(id->bytes, sizeof(id->bytes)));
}

struct image_broker *image_broker(const struct image *image, int32_t id)
{
    int64_t key = id;
    return map_get(&image->brokers, map_key_of(&key));
}

struct image_partition *image_partition(const struct image_topic *topic, int32_t partition)
{
    if (!topic || partition < 0 || partition >= topic->partition_count) {
        return NULL;
    }
    return &topic->partitions[partition];
}

struct uuid image_directory(const struct image_partition *partition, int32_t broker)
{
    for (int32_t i = 0; i < partition->replica_count; i++) {
        if (partition->replicas[i] == broker) {
            return partition->directories[i];
        }
    }
    return (struct uuid){ 0 };
}

static int topic_order(const void *a, const void *b)
{
    const struct image_topic *const *left = a;
    const struct image_topic *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

struct image_topic **image_topics_sorted(const struct image *image, size_t *ret_count)
{
    struct image_topic **topics = malloc((image->topics.count + 1) * sizeof(*topics));
    if (!topics) {
        return NULL;
    }
    size_t count = 0;
    size_t position = 0;
    struct image_topic *topic;
    while ((topic = map_next(&image->topics, &position))) {
        topics[count++] = topic;
    }
    qsort(topics, count, sizeof(*topics), topic_order);
    *ret_count = count;
    return topics;
}
