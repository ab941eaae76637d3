/* consumer: what a source asks for next. */
#include "consumer/state.h"

/* The limit of a partition is there for the others' sake: where there are few it would only make
 * the requests small. */
int32_t source_share(const struct consumer_options *options, size_t piece_bytes, size_t count)
{
    size_t share = MIN_OF(piece_bytes / count, (size_t)options->fetch_max_bytes);

    return options->partition_fetch_may_grow && share > (size_t)options->max_partition_fetch_bytes
               ? (int32_t)share
               : options->max_partition_fetch_bytes;
}

static bool source_may_fetch(const struct source *source, const struct position *position,
                             int64_t now_us)
{
    return position->state == POSITION_READY && !position->is_paused && !position->is_asked &&
           position->retry_us <= now_us && source_has_room(source, position) &&
           !proof_is_due(source, position);
}

static struct fetch_request_fetch_topic *source_topic(struct source *source,
                                                      const struct metadata_topic *known)
{
    for (int32_t i = source->message.topics.count; i > 0; i--) {
        if (slice_equal(source->message.topics.items[i - 1].topic, known->name)) {
            return &source->message.topics.items[i - 1];
        }
    }
    struct fetch_request_fetch_topic *topic =
        &source->message.topics.items[source->message.topics.count++];
    message_defaults(&fetch_request_fetch_topic_type, topic);
    topic->topic = arena_copy(&source->arena, known->name); /* metadata may go before it is sent */
    topic->topic_id = known->id;
    return topic;
}

/* Partitions of one topic stand together in the request: counts first, then places. */
static void source_place(struct source *source, struct fetch_request_fetch_partition *slots)
{
    for (int32_t i = 0; i < source->message.topics.count; i++) {
        source->message.topics.items[i].partitions.items = slots;
        slots += source->message.topics.items[i].partitions.count;
        source->message.topics.items[i].partitions.count = 0;
    }
}

static void source_fill(struct source *source, struct source_ask *ask,
                        struct fetch_request_fetch_topic *topic)
{
    const struct position *position = ask->position;
    struct fetch_request_fetch_partition *slot =
        &topic->partitions.items[topic->partitions.count++];

    message_defaults(&fetch_request_fetch_partition_type, slot);
    slot->partition = ask->partition;
    slot->current_leader_epoch = position->told_current_epoch;
    slot->fetch_offset = ask->offset;
    slot->last_fetched_epoch = position->leader_epoch;
    slot->partition_max_bytes = source->share_bytes;
}

/* Whether the request has to name the partition, or the broker knows already. */
static bool source_tell(struct source *source, struct position *position,
                        const struct metadata_topic *topic)
{
    int32_t partition = position->claim->partition;
    struct fetch_told told = { .topic_id = topic->id,
                               .offset = position->offset,
                               .last_epoch = position->leader_epoch,
                               .current_epoch = partition < topic->partition_count
                                                    ? topic->partitions[partition].leader_epoch
                                                    : -1 };

    return fetch_session_tell(&source->session, position, &told);
}

/* What may be fetched now; the broker's session is to have just that. */
static size_t source_gather(struct source *source, size_t candidates, int64_t now_us)
{
    struct cluster *cluster = source->consumer->host.cluster;
    size_t count = 0;

    LIST_EACH(node, &source->positions)
    {
        struct position *position = LIST_ITEM(node, struct position, source_link);
        const struct metadata_topic *known =
            source_may_fetch(source, position, now_us)
                ? cluster_topic(cluster, claim_topic(position->claim))
                : NULL;
        if (!known || count == candidates) {
            fetch_session_leave(&source->session, position);
            continue;
        }
        source->asks[count++] = (struct source_ask){ .position = position,
                                                     .topic = claim_topic(position->claim),
                                                     .topic_id = known->id,
                                                     .partition = position->claim->partition,
                                                     .generation = position->generation,
                                                     .offset = position->offset };
        source->knows_ids &= !uuid_is_zero(&known->id);
    }
    return count;
}

/* Picks what has to be said of it. */
static void source_say(struct source *source)
{
    struct cluster *cluster = source->consumer->host.cluster;

    /* A session names its topics in one way. */
    if (source->session.by_id != source->knows_ids) {
        fetch_session_reset(&source->session, ++source->consumer->session_count);
        source->session.by_id = source->knows_ids;
    }
    source->is_full = source->session.id == FETCH_SESSION_NONE;
    for (size_t i = 0; i < source->ask_count; i++) {
        const struct metadata_topic *known = cluster_topic(cluster, source->asks[i].topic);
        source->asks[i].is_said = source_tell(source, source->asks[i].position, known);
        if (source->asks[i].is_said) {
            source_topic(source, known)->partitions.count++;
        }
    }
}

/* What the broker is to forget. KC_ERR_NO_MEMORY. */
static enum kc_err source_part(struct source *source)
{
    const struct fetch_session *session = &source->session;
    struct fetch_request *message = &source->message;
    size_t count = source->is_full ? 0 : session->gone_count;

    message->forgotten_topics_data.items =
        arena_alloc_array(&source->arena, count, sizeof(*message->forgotten_topics_data.items));
    int32_t *numbers = arena_alloc_array(&source->arena, count, sizeof(*numbers));
    if (!message->forgotten_topics_data.items || !numbers) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        struct fetch_request_forgotten_topic *gone = &message->forgotten_topics_data.items[i];
        message_defaults(&fetch_request_forgotten_topic_type, gone);
        gone->topic = arena_copy(&source->arena, claim_topic(session->gone[i].claim));
        gone->topic_id = session->gone[i].topic_id;
        numbers[i] = session->gone[i].claim->partition;
        gone->partitions.items = &numbers[i];
        gone->partitions.count = 1;
    }
    message->forgotten_topics_data.count = (int32_t)count;
    return KC_ERR_NONE;
}

bool source_build(struct source *source, size_t room, int64_t now_us)
{
    const struct consumer_options *options = &source->consumer->options;
    struct cluster *cluster = source->consumer->host.cluster;
    size_t candidates = 0;

    LIST_EACH(node, &source->positions)
    {
        candidates +=
            source_may_fetch(source, LIST_ITEM(node, struct position, source_link), now_us);
    }
    if (candidates == 0) {
        return false;
    }
    arena_reset(&source->arena);
    message_defaults(&fetch_request_type, &source->message);
    source->asks = arena_alloc_array(&source->arena, candidates, sizeof(*source->asks));
    source->message.topics.items =
        arena_alloc_array(&source->arena, candidates, sizeof(*source->message.topics.items));
    struct fetch_request_fetch_partition *slots =
        arena_alloc_array(&source->arena, candidates, sizeof(*slots));
    if (!source->asks || !source->message.topics.items || !slots) {
        return false;
    }
    source->knows_ids = true;
    source->ask_count = source_gather(source, candidates, now_us);
    if (source->ask_count == 0) {
        return false;
    }
    source->share_bytes = source_share(options, source->piece_bytes, source->ask_count);
    source_say(source);
    source_place(source, slots);
    for (size_t i = 0; i < source->ask_count; i++) {
        if (source->asks[i].is_said) {
            source_fill(source, &source->asks[i],
                        source_topic(source, cluster_topic(cluster, source->asks[i].topic)));
        }
    }
    if (source_part(source)) {
        fetch_session_reset(&source->session, ++source->consumer->session_count);
        return false;
    }
    fetch_session_sent(&source->session);
    source->message.session_id = fetch_session_at_broker(&source->session);
    source->message.session_epoch = source->session.epoch;
    source->message.replica_id = -1;
    source->message.max_wait_ms = options->fetch_max_wait_ms;
    source->message.min_bytes = options->fetch_min_bytes;
    /* What the application wants to wait for it is to get at once. */
    size_t piece = MAX_OF(source->piece_bytes, (size_t)options->fetch_min_bytes);
    source->message.max_bytes =
        (int32_t)MIN_OF((size_t)options->fetch_max_bytes, MIN_OF(room, piece));
    source->message.isolation_level = options->read_committed;
    /* A leader would go on naming a follower that it does not know to be dead (KIP-392). */
    source->message.rack_id = now_us < source->consumer->rackless_us ? SLICE_EMPTY : options->rack;
    return true;
}
