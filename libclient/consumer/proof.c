/* consumer: whether the log still is the one that was read (KIP-320). Brokers whose Fetch is of
 * version 12 and up say so by themselves; of older ones it is asked (OffsetForLeaderEpoch) before
 * the first fetch under each leader. Versions below 3 want the right to alter the cluster, as Java
 * notes too: those brokers are taken at their word. */
#include "consumer/offset_list.h"
#include "consumer/state.h"

enum { PROOF_VERSION_MIN = 3 };

struct proof_item {
    struct claim *claim; /* owned */
    uint32_t generation;
    int32_t current_epoch; /* of the leader that is asked */
};

struct proof {
    struct offset_list list;
    struct kc_position *positions; /* offset, leader_epoch: in the answer, the end of that epoch */
    struct proof_item *items;      /* in the order of positions */
    size_t count;
    struct offset_for_leader_epoch_request message;
};

/* -1: not known. */
static int32_t proof_current_epoch(const struct consumer *consumer, const struct position *position)
{
    const struct metadata_partition *known =
        metadata_partition(cluster_metadata(consumer->host.cluster), claim_topic(position->claim),
                           position->claim->partition);

    return known ? known->leader_epoch : -1;
}

bool proof_is_due(const struct source *source, const struct position *position)
{
    if (BASE_LIKELY(!source->is_old) || position->leader_epoch < 0 ||
        position->state != POSITION_READY) {
        return false;
    }
    int32_t current = proof_current_epoch(source->consumer, position);
    return current >= 0 && current != position->proven_epoch;
}

void proof_diverged(struct consumer *consumer, struct position *position, int64_t end_offset,
                    int32_t end_epoch)
{
    const struct position_policy *policy = &consumer->options.policy;
    const struct claim *claim = position->claim;
    bool goes_on = policy->reset_timestamp != POSITION_RESET_NONE || policy->reset_duration_ms > 0;
    bool is_known = end_offset >= 0 && end_epoch >= 0;
    int64_t read = position->offset;

    if (is_known) {
        position->offset = MIN_OF(read, end_offset);
        position->leader_epoch = end_epoch;
        consumer_tell_error(
            consumer, position, KC_ERR_LOG_TRUNCATED,
            "%s-%d: the log was truncated at offset %lld below %lld, which was read; %s",
            claim->topic, claim->partition, (long long)position->offset, (long long)read,
            goes_on ? "reading on from there" : "waiting for a seek");
    } else {
        consumer_tell_error(consumer, position, KC_ERR_LOG_TRUNCATED,
                            "%s-%d: the log is another one than what was read up to offset %lld; "
                            "%s",
                            claim->topic, claim->partition, (long long)read,
                            goes_on ? "reading on where auto.offset.reset says"
                                    : "waiting for a seek");
        (void)position_reset(position, policy, clock_wall_ms(consumer->host.clock));
    }
    if (!goes_on) {
        position->state = POSITION_STUCK;
        position->last_err = KC_ERR_LOG_TRUNCATED;
    }
}

static void proof_take(struct proof *proof, const struct offset_for_leader_epoch_response *response)
{
    for (int32_t i = 0; i < response->topics.count; i++) {
        for (int32_t k = 0; k < response->topics.items[i].partitions.count; k++) {
            const struct offset_for_leader_epoch_response_epoch_end_offset *end =
                &response->topics.items[i].partitions.items[k];
            struct offset_told told = { end->end_offset, end->leader_epoch };
            offset_list_set(&proof->list, response->topics.items[i].topic, end->partition, &told,
                            end->error_code);
        }
    }
}

static void proof_settle(struct consumer *consumer, struct position *position,
                         const struct kc_position *told, int32_t current_epoch)
{
    enum position_remedy remedy;

    position->is_asked = false;
    if (told->err != KC_ERR_NONE && told->err != KC_ERR_UNSUPPORTED_VERSION) {
        remedy = position_on_error(position, &consumer->options.policy, told->err,
                                   loop_now_us(consumer->host.loop), &consumer->random);
        if (told->err == KC_ERR_TIMED_OUT || told->err <= KC_ERR_INVALID) {
            remedy = POSITION_REFRESH; /* of the transport: "no broker" is told for all together */
        }
        consumer_heal(consumer, position, remedy, told->err, NULL);
        return;
    }
    if (told->err == KC_ERR_NONE && (told->offset < position->offset || told->leader_epoch < 0)) {
        proof_diverged(consumer, position, told->offset, told->leader_epoch);
    }
    position->failures = 0;
    position->proven_epoch = current_epoch;
}

static bool proof_answer(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct consumer *consumer = inquiry->consumer;
    struct proof *proof = inquiry->context;
    struct offset_for_leader_epoch_response response;
    struct arena arena;

    arena_init(&arena, 0);
    offset_list_fail_all(&proof->list, KC_ERR_MALFORMED);
    enum kc_err err = conn_reply_decode(reply, &arena, &response);
    if (err) {
        offset_list_fail_all(&proof->list, err);
    } else {
        proof_take(proof, &response);
    }
    arena_finish(&arena);
    for (size_t i = 0; i < proof->count; i++) {
        const struct proof_item *item = &proof->items[i];
        struct position *position = item->claim->position;
        if (position && position->generation == item->generation &&
            position->state == POSITION_READY) {
            proof_settle(consumer, position, &proof->positions[i], item->current_epoch);
        }
        claim_drop(item->claim);
    }
    return false;
}

static enum kc_err proof_fill(struct proof *proof, struct arena *arena)
{
    struct offset_for_leader_epoch_request *message = &proof->message;
    const struct offset_list *list = &proof->list;

    message_defaults(&offset_for_leader_epoch_request_type, message);
    message->replica_id = -1;
    message->topics.items =
        arena_alloc_array(arena, offset_list_topic_count(list), sizeof(*message->topics.items));
    for (size_t at = 0; at < list->count && message->topics.items;) {
        size_t count = offset_list_same_topic(list, at);
        struct offset_for_leader_epoch_request_offset_for_leader_topic *topic =
            &message->topics.items[message->topics.count++];
        topic->topic = slice_text(list->sorted[at]->topic);
        topic->partitions.items = arena_alloc_array(arena, count, sizeof(*topic->partitions.items));
        if (!topic->partitions.items) {
            return KC_ERR_NO_MEMORY;
        }
        topic->partitions.count = (int32_t)count;
        for (size_t i = 0; i < count; i++, at++) {
            const struct kc_position *from = list->sorted[at];
            topic->partitions.items[i].partition = from->partition;
            topic->partitions.items[i].current_leader_epoch =
                proof->items[from - proof->positions].current_epoch;
            topic->partitions.items[i].leader_epoch = from->leader_epoch;
        }
    }
    return message->topics.items ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

static bool proof_wants(struct source *source, struct position *position, int64_t now_us)
{
    if (position->is_asked || position->retry_us > now_us || !proof_is_due(source, position)) {
        return false;
    }
    if (position->read_replica >= 0) { /* the leader is to be asked */
        position->read_replica = -1;
        source->consumer->must_place = true;
        return false;
    }
    return true;
}

static void proof_gather(struct proof *proof, struct source *source, size_t count, int64_t now_us)
{
    LIST_EACH(node, &source->positions)
    {
        struct position *position = LIST_ITEM(node, struct position, source_link);
        if (proof->count == count || !proof_wants(source, position, now_us)) {
            continue;
        }
        proof->positions[proof->count].topic = position->claim->topic;
        proof->positions[proof->count].partition = position->claim->partition;
        proof->positions[proof->count].leader_epoch = position->leader_epoch;
        proof->items[proof->count++] =
            (struct proof_item){ position->claim, position->generation,
                                 proof_current_epoch(source->consumer, position) };
    }
}

static void proof_send(struct source *source, size_t count, int64_t now_us)
{
    struct inquiry *inquiry = inquiry_create(source->consumer, proof_answer);
    struct arena *arena = inquiry ? &inquiry->arena : NULL;
    struct proof *proof = inquiry ? arena_alloc(arena, sizeof(*proof)) : NULL;

    if (proof) {
        proof->positions = arena_alloc_array(arena, count, sizeof(*proof->positions));
        proof->items = arena_alloc_array(arena, count, sizeof(*proof->items));
    }
    if (!proof || !proof->positions || !proof->items) {
        inquiry_destroy(inquiry);
        return;
    }
    proof_gather(proof, source, count, now_us);
    if (offset_list_init(&proof->list, proof->positions, proof->count, arena) ||
        proof_fill(proof, arena)) {
        inquiry_destroy(inquiry);
        return;
    }
    for (size_t i = 0; i < proof->count; i++) {
        claim_take(proof->items[i].claim);
        proof->items[i].claim->position->is_asked = true;
    }
    inquiry->context = proof;
    inquiry->request.target = CLUSTER_BROKER;
    inquiry->request.use = CLUSTER_USE_GENERAL;
    inquiry->request.broker_id = source->broker_id;
    inquiry->request.api_key = API_OFFSET_FOR_LEADER_EPOCH;
    inquiry->request.version_min = PROOF_VERSION_MIN;
    inquiry->request.message = &proof->message;
    inquiry_send(inquiry);
}

void proof_drive(struct consumer *consumer, int64_t now_us)
{
    LIST_EACH(node, &consumer->sources)
    {
        struct source *source = LIST_ITEM(node, struct source, link);
        size_t count = 0;
        if (!source->is_old) {
            continue;
        }
        LIST_EACH(place, &source->positions)
        {
            count += proof_wants(source, LIST_ITEM(place, struct position, source_link), now_us);
        }
        if (count > 0) {
            proof_send(source, count, now_us);
        }
    }
}
