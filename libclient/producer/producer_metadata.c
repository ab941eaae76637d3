/* producer: topics, partitions and leaders as the cluster's metadata tells them. */
#include "producer/sink.h"

static void learn_partition(struct producer *producer, struct buffer *buffer,
                            const struct metadata_partition *told, int64_t now_us)
{
    if (told && told->leader_epoch >= 0 && told->leader_epoch < buffer->leader_epoch) {
        return;
    }
    struct sink *sink = told && told->leader >= 0 ? sink_of(producer, told->leader) : NULL;
    bool is_news = sink && sink != buffer->sink;
    buffer->leader_epoch = told ? told->leader_epoch : -1;
    if (sink == buffer->sink) {
        return;
    }
    buffer->sink = sink;
    if (is_news) {
        producer_settle(producer, buffer, now_us);
    } else {
        list_remove(&buffer->place);
    }
}

/* Partitions as told; a topic made anew under its name has forgotten our numbers. */
static void learn_partitions(struct producer *producer, struct producer_topic *topic,
                             const struct metadata_topic *told, int64_t now_us)
{
    const struct producer_settings *settings = &producer->settings;
    bool is_another =
        !uuid_is_zero(&topic->id) && !uuid_is_zero(&told->id) && !uuid_equal(&topic->id, &told->id);
    if (!uuid_is_zero(&told->id)) {
        topic->id = told->id;
    }
    if (!producer_topic_grow(topic, told->partition_count, settings->batch_size,
                             settings->batch_size_max)) {
        return;
    }
    int32_t led_count = 0;
    for (int32_t i = 0; i < topic->buffer_count; i++) {
        struct buffer *buffer = producer_topic_buffer(topic, i);
        if (is_another) {
            buffer->leader_epoch = -1;
            buffer->sequence.acked_offset = -1;
            buffer->sequence.wants_restart |= buffer->sequence.identity.id >= 0;
        }
        learn_partition(producer, buffer, i < told->partition_count ? &told->partitions[i] : NULL,
                        now_us);
        led_count += i < told->partition_count && atomic_load(&buffer->sink) != NULL;
    }
    atomic_store(&topic->led_count, led_count);
}

void producer_learn(struct producer *producer, const struct metadata_topic *told)
{
    struct producer_topic *topic =
        told ? topic_table_find(&producer->topics, (const char *)told->name.data) : NULL;
    if (!topic || producer->is_aborted || told->heard_us == 0) {
        return;
    }
    /* An error does not take away what is known (R27): numbers and leaders stay as they were. */
    if (told->err == KC_ERR_NONE && told->partition_count > 0) {
        learn_partitions(producer, topic, told, producer->port.now_us(producer->port.context));
    }
    lock_hold(&producer->topic_lock);
    atomic_store(&topic->err, (int)told->err);
    atomic_store(&topic->heard_us, told->heard_us);
    signal_wake_all(&producer->topic_signal);
    lock_release(&producer->topic_lock);
}

void producer_deny(struct producer *producer, enum kc_err err)
{
    lock_hold(&producer->topic_lock);
    atomic_store(&producer->denial, (int)err);
    signal_wake_all(&producer->topic_signal);
    lock_release(&producer->topic_lock);
}
