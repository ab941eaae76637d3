/* consumer: the topics that a consumer wants the cluster to keep fresh, each once. */
#include "consumer/state.h"

#include <stdlib.h>

struct consumer_topic *consumer_topic_find(struct consumer *consumer, struct slice name)
{
    return map_get(&consumer->topic_names, name);
}

struct consumer_topic *consumer_topic_want(struct consumer *consumer, struct slice name)
{
    struct consumer_topic *found = consumer_topic_find(consumer, name);

    if (found) {
        return found;
    }
    struct consumer_topic *topic = calloc(1, sizeof(*topic) + name.size + 1);
    if (!topic) {
        return NULL;
    }
    memcpy(topic->name, name.data, name.size);
    topic->name_size = name.size;
    topic->partition_count = -1;
    struct slice key = slice_of(topic->name, topic->name_size);
    if (!map_put(&consumer->topic_names, key, topic, NULL)) {
        free(topic);
        return NULL;
    }
    if (cluster_want_topic(consumer->host.cluster, key)) {
        (void)map_remove(&consumer->topic_names, key);
        free(topic);
        return NULL;
    }
    list_append(&consumer->topics, &topic->link);
    return topic;
}

void consumer_topic_drop(struct consumer *consumer, struct consumer_topic *topic)
{
    cluster_unwant_topic(consumer->host.cluster, slice_of(topic->name, topic->name_size));
    (void)map_remove(&consumer->topic_names, slice_of(topic->name, topic->name_size));
    list_remove(&topic->link);
    free(topic);
}
