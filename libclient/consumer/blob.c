/* consumer: the blobs that members of a classic group exchange. */
#include "consumer/blob.h"

static struct slice blob_write(const struct message_type *type, const void *message,
                               struct arena *arena)
{
    struct bytes out;
    struct writer writer;
    struct slice blob = SLICE_NULL;

    bytes_init(&out, INT32_MAX);
    writer_init(&writer, &out);
    write_i16(&writer, BLOB_VERSION);
    if (message_encode(type, BLOB_VERSION, message, &writer) == KC_ERR_NONE) {
        blob = arena_copy(arena, bytes_slice(&out));
    }
    bytes_finish(&out);
    return blob;
}

/* Owned partitions by topic, as they stand together in the list. */
static bool blob_put_owned(const struct assign_member *member, struct arena *arena,
                           struct consumer_protocol_subscription *message)
{
    struct consumer_protocol_subscription_topic_partition *topic = NULL;
    int32_t *numbers = arena_alloc_array(arena, member->owned_count, sizeof(*numbers));

    message->owned_partitions.items =
        arena_alloc_array(arena, member->owned_count, sizeof(*message->owned_partitions.items));
    if (!numbers || !message->owned_partitions.items) {
        return false;
    }
    for (size_t i = 0; i < member->owned_count; i++) {
        if (!topic || !slice_equal(topic->topic, member->owned[i].topic)) {
            topic = &message->owned_partitions.items[message->owned_partitions.count++];
            topic->topic = member->owned[i].topic;
            topic->partitions.items = &numbers[i];
        }
        topic->partitions.items[topic->partitions.count++] = member->owned[i].partition;
    }
    return true;
}

struct slice blob_write_subscription(const struct assign_member *member, struct arena *arena)
{
    struct consumer_protocol_subscription message;

    message_defaults(&consumer_protocol_subscription_type, &message);
    message.topics.count = (int32_t)member->topic_count;
    message.topics.items = arena_alloc_array(arena, member->topic_count, sizeof(struct slice));
    if (!message.topics.items || !blob_put_owned(member, arena, &message)) {
        return SLICE_NULL;
    }
    memcpy(message.topics.items, member->topics, member->topic_count * sizeof(struct slice));
    message.user_data = member->user_data;
    message.generation_id = member->generation;
    message.rack_id = member->rack.size > 0 ? member->rack : SLICE_NULL;
    return blob_write(&consumer_protocol_subscription_type, &message, arena);
}

struct slice blob_write_assignment(const struct assign_member *member, struct arena *arena)
{
    const struct assign_partition *partitions = member->assigned;
    size_t count = member->assigned_count;
    struct consumer_protocol_assignment message;
    struct consumer_protocol_assignment_topic_partition *topic = NULL;
    int32_t *numbers = arena_alloc_array(arena, count, sizeof(*numbers));

    message_defaults(&consumer_protocol_assignment_type, &message);
    message.assigned_partitions.items =
        arena_alloc_array(arena, count, sizeof(*message.assigned_partitions.items));
    if (!numbers || !message.assigned_partitions.items) {
        return SLICE_NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (!topic || !slice_equal(topic->topic, partitions[i].topic)) {
            topic = &message.assigned_partitions.items[message.assigned_partitions.count++];
            topic->topic = partitions[i].topic;
            topic->partitions.items = &numbers[i];
        }
        topic->partitions.items[topic->partitions.count++] = partitions[i].partition;
    }
    message.user_data = member->assigned_data;
    return blob_write(&consumer_protocol_assignment_type, &message, arena);
}

static enum kc_err blob_read(const struct message_type *type, struct slice blob,
                             struct arena *arena, void *ret_message)
{
    struct reader reader;

    reader_init(&reader, blob);
    int16_t version = read_i16(&reader);
    if (reader.err || version < 0) {
        return KC_ERR_MALFORMED;
    }
    return message_decode(type, MIN_OF(version, BLOB_VERSION), &reader, arena, ret_message);
}

static enum kc_err blob_take_owned(const struct consumer_protocol_subscription *message,
                                   struct arena *arena, struct assign_member *member)
{
    size_t count = 0;

    for (int32_t i = 0; i < message->owned_partitions.count; i++) {
        count += (size_t)MAX_OF(0, message->owned_partitions.items[i].partitions.count);
    }
    struct assign_partition *owned = arena_alloc_array(arena, count, sizeof(*owned));
    if (!owned) {
        return KC_ERR_NO_MEMORY;
    }
    member->owned = owned;
    member->owned_count = 0;
    for (int32_t i = 0; i < message->owned_partitions.count; i++) {
        const struct consumer_protocol_subscription_topic_partition *topic =
            &message->owned_partitions.items[i];
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            owned[member->owned_count++] =
                (struct assign_partition){ topic->topic, topic->partitions.items[k] };
        }
    }
    return KC_ERR_NONE;
}

enum kc_err blob_read_subscription(struct slice blob, struct arena *arena,
                                   struct assign_member *ret_member)
{
    struct consumer_protocol_subscription message;
    enum kc_err err = blob_read(&consumer_protocol_subscription_type, blob, arena, &message);

    if (!err) {
        err = blob_take_owned(&message, arena, ret_member);
    }
    if (err) {
        return err;
    }
    ret_member->topics = message.topics.items;
    ret_member->topic_count = (size_t)MAX_OF(0, message.topics.count);
    ret_member->generation = message.generation_id;
    ret_member->rack = slice_is_null(message.rack_id) ? SLICE_EMPTY : message.rack_id;
    ret_member->user_data = message.user_data;
    return KC_ERR_NONE;
}

enum kc_err blob_read_assignment(struct slice blob, struct arena *arena,
                                 struct consumer_protocol_assignment *ret_assignment)
{
    if (blob.size == 0) {
        message_defaults(&consumer_protocol_assignment_type, ret_assignment);
        return KC_ERR_NONE;
    }
    return blob_read(&consumer_protocol_assignment_type, blob, arena, ret_assignment);
}
