/* consumer: asks leaders which offset is the earliest, the latest or the first of a time
 * (ListOffsets), for partitions that have no position. */
#include "consumer/offset_list.h"
#include "consumer/state.h"

struct lookup {
    struct offset_list list;
    struct kc_position *positions;
    struct claim **claims; /* owned, in the order of positions, as are the next */
    uint32_t *generations;
    int64_t *timestamps;
    size_t count;
    struct list_offsets_request message;
};

static void lookup_take(struct lookup *lookup, const struct list_offsets_response *response)
{
    for (int32_t i = 0; i < response->topics.count; i++) {
        for (int32_t k = 0; k < response->topics.items[i].partitions.count; k++) {
            const struct list_offsets_response_list_offsets_partition_response *partition =
                &response->topics.items[i].partitions.items[k];
            struct offset_told told = { partition->offset, partition->leader_epoch };
            offset_list_set(&lookup->list, response->topics.items[i].name,
                            partition->partition_index, &told, partition->error_code);
        }
    }
}

enum { LOOKUP_FAILURES_TOLD = 16 /* in a row */ };

/* `reply_err`: of the transport, of which is told for all together that there is no broker; but one
 * that answers everything else must not be silent for ever. */
static void lookup_settle(struct consumer *consumer, struct position *position,
                          const struct kc_position *told, enum kc_err reply_err, const char *text)
{
    position->is_asked = false;
    if (told->err == KC_ERR_NONE) {
        position_on_offset(position, told->offset, told->leader_epoch);
        consumer_tell_placed(consumer, position);
        return;
    }
    enum position_remedy remedy =
        position_on_error(position, &consumer->options.policy, told->err,
                          loop_now_us(consumer->host.loop), &consumer->random);
    if (reply_err == KC_ERR_TIMED_OUT || reply_err <= KC_ERR_INVALID) {
        remedy = position->failures % LOOKUP_FAILURES_TOLD == 0 ? POSITION_TELL_REFRESH
                                                                : POSITION_REFRESH;
    }
    consumer_heal(consumer, position, remedy, told->err, text);
}

static bool lookup_answer(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct consumer *consumer = inquiry->consumer;
    struct lookup *lookup = inquiry->context;
    struct list_offsets_response response;
    struct arena arena;

    arena_init(&arena, 0);
    offset_list_fail_all(&lookup->list, KC_ERR_MALFORMED);
    enum kc_err err = conn_reply_decode(reply, &arena, &response);
    if (err) {
        offset_list_fail_all(&lookup->list, err);
    } else {
        lookup_take(lookup, &response);
    }
    arena_finish(&arena);
    for (size_t i = 0; i < lookup->count; i++) {
        struct position *position = lookup->claims[i]->position;
        if (position && position->generation == lookup->generations[i] &&
            position->state == POSITION_NEEDS_OFFSET) {
            lookup_settle(consumer, position, &lookup->positions[i], reply->err,
                          err && reply->err == err ? reply->text : NULL);
        }
        claim_drop(lookup->claims[i]);
    }
    return false;
}

static enum kc_err lookup_fill_topic(const struct lookup *lookup, size_t at, size_t count,
                                     const struct metadata *metadata,
                                     struct list_offsets_request_list_offsets_topic *topic,
                                     struct arena *arena)
{
    topic->name = slice_text(lookup->list.sorted[at]->topic);
    topic->partitions.items = arena_alloc_array(arena, count, sizeof(*topic->partitions.items));
    if (!topic->partitions.items) {
        return KC_ERR_NO_MEMORY;
    }
    topic->partitions.count = (int32_t)count;
    for (size_t i = 0; i < count; i++) {
        const struct kc_position *from = lookup->list.sorted[at + i];
        const struct metadata_partition *known =
            metadata_partition(metadata, topic->name, from->partition);
        topic->partitions.items[i].partition_index = from->partition;
        topic->partitions.items[i].current_leader_epoch = known ? known->leader_epoch : -1;
        topic->partitions.items[i].timestamp = lookup->timestamps[from - lookup->positions];
    }
    return KC_ERR_NONE;
}

static enum kc_err lookup_fill(struct lookup *lookup, struct consumer *consumer,
                               struct arena *arena)
{
    struct list_offsets_request *message = &lookup->message;
    enum kc_err err = offset_list_init(&lookup->list, lookup->positions, lookup->count, arena);

    if (err) {
        return err;
    }
    message_defaults(&list_offsets_request_type, message);
    message->replica_id = -1;
    message->isolation_level = consumer->options.read_committed;
    message->timeout_ms = consumer->options.request_timeout_ms;
    message->topics.items = arena_alloc_array(arena, offset_list_topic_count(&lookup->list),
                                              sizeof(*message->topics.items));
    if (!message->topics.items) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t at = 0; at < lookup->count && !err;) {
        size_t count = offset_list_same_topic(&lookup->list, at);
        err = lookup_fill_topic(lookup, at, count, cluster_metadata(consumer->host.cluster),
                                &message->topics.items[message->topics.count++], arena);
        at += count;
    }
    return err;
}

static bool needs_offset(const struct position *position, int64_t now_us)
{
    return position->state == POSITION_NEEDS_OFFSET && !position->is_asked &&
           position->retry_us <= now_us;
}

static void lookup_gather(struct lookup *lookup, struct source *source, size_t count,
                          int64_t now_us)
{
    LIST_EACH(node, &source->positions)
    {
        struct position *position = LIST_ITEM(node, struct position, source_link);
        if (!needs_offset(position, now_us) || lookup->count == count) {
            continue;
        }
        lookup->positions[lookup->count].topic = position->claim->topic;
        lookup->positions[lookup->count].partition = position->claim->partition;
        lookup->timestamps[lookup->count] = position->timestamp;
        lookup->generations[lookup->count] = position->generation;
        lookup->claims[lookup->count++] = position->claim;
    }
}

static void lookup_send(struct source *source, size_t count, int64_t now_us)
{
    struct consumer *consumer = source->consumer;
    struct inquiry *inquiry = inquiry_create(consumer, lookup_answer);
    struct arena *arena = inquiry ? &inquiry->arena : NULL;
    struct lookup *lookup = inquiry ? arena_alloc(arena, sizeof(*lookup)) : NULL;

    if (lookup) {
        lookup->positions = arena_alloc_array(arena, count, sizeof(*lookup->positions));
        lookup->claims = arena_alloc_array(arena, count, sizeof(*lookup->claims));
        lookup->generations = arena_alloc_array(arena, count, sizeof(*lookup->generations));
        lookup->timestamps = arena_alloc_array(arena, count, sizeof(*lookup->timestamps));
    }
    if (!lookup || !lookup->positions || !lookup->claims || !lookup->generations ||
        !lookup->timestamps) {
        inquiry_destroy(inquiry);
        return;
    }
    lookup_gather(lookup, source, count, now_us);
    if (lookup_fill(lookup, consumer, arena)) {
        inquiry_destroy(inquiry);
        return;
    }
    for (size_t i = 0; i < lookup->count; i++) {
        claim_take(lookup->claims[i]);
        lookup->claims[i]->position->is_asked = true;
    }
    inquiry->context = lookup;
    inquiry->request.target = CLUSTER_BROKER;
    inquiry->request.use = CLUSTER_USE_GENERAL;
    inquiry->request.broker_id = source->broker_id;
    inquiry->request.api_key = API_LIST_OFFSETS;
    inquiry->request.message = &lookup->message;
    inquiry_send(inquiry);
}

void lookup_drive(struct consumer *consumer, int64_t now_us)
{
    LIST_EACH(node, &consumer->sources)
    {
        struct source *source = LIST_ITEM(node, struct source, link);
        size_t count = 0;
        LIST_EACH(place, &source->positions)
        {
            count += needs_offset(LIST_ITEM(place, struct position, source_link), now_us);
        }
        if (count > 0) {
            lookup_send(source, count, now_us);
        }
    }
}
