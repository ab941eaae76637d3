/* consumer: the inbox from one broker: what to fetch next, one request in flight. What comes back
 * is taken apart in source_answer.c. */
#include "consumer/state.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SOURCE_VERSION_SESSIONS = 7,       /* KIP-227 */
    SOURCE_VERSION_DIVERGING = 12,     /* tells where histories part (KIP-595) */
    SOURCE_VERSION_IDS = 13,           /* topics by id from here on */
    SOURCE_PARTITION_QUEUE_FACTOR = 8, /* fetches of one partition that may wait for polls */
    SOURCE_PIECE_MIN = 2 << 20,
    SOURCE_PIECE_MAX = 1 << 30,
    SOURCE_RATE_SLOW = 750, /* bytes a microsecond, as is the next */
    SOURCE_RATE_FAST = 1500
};

/* A way that is long wants much at once. Where the broker is near that only costs: what is larger
 * than the cache is read from memory twice, and its pages are new each time. */
size_t source_piece(size_t piece_bytes, size_t got_bytes, int64_t took_us)
{
    size_t rate = got_bytes / (size_t)MAX_OF(took_us, 1);

    if (got_bytes < piece_bytes / 2) {
        return piece_bytes; /* the broker had no more */
    }
    if (rate < SOURCE_RATE_SLOW) {
        return MIN_OF(piece_bytes * 2, (size_t)SOURCE_PIECE_MAX);
    }
    return rate > SOURCE_RATE_FAST ? MAX_OF(piece_bytes / 2, (size_t)SOURCE_PIECE_MIN)
                                   : piece_bytes;
}

/* Whether something is asked for that the log may have lost, and this version would not tell. */
static bool source_is_unproven(const struct source *source)
{
    for (size_t i = 0; i < source->ask_count; i++) {
        if (source->asks[i].position && proof_is_due(source, source->asks[i].position)) {
            return true;
        }
    }
    return false;
}

static enum kc_err source_prepare(struct cluster_request *request, int16_t version)
{
    struct source *source = CONTAINER_OF(request, struct source, request);

    assert(version < SOURCE_VERSION_IDS || source->knows_ids);
    source->is_old = version < SOURCE_VERSION_DIVERGING;
    source->is_unproven = source->is_old && source_is_unproven(source);
    if (source->is_unproven) {
        return KC_ERR_FETCH_SESSION_ID_NOT_FOUND;
    }
    if (version < SOURCE_VERSION_SESSIONS) {
        /* A connection to an older broker than the one that the session was opened with. */
        if (!source->is_full) {
            return KC_ERR_FETCH_SESSION_ID_NOT_FOUND;
        }
        source->message.session_id = FETCH_SESSION_NONE;
        source->message.session_epoch = -1;
    }
    return KC_ERR_NONE;
}

struct source *source_create(struct consumer *consumer, int32_t broker_id)
{
    struct source *source = calloc(1, sizeof(*source));

    if (source) {
        list_init(&source->link);
        list_init(&source->positions);
        arena_init(&source->arena, 0);
        source->consumer = consumer;
        source->broker_id = broker_id;
        source->retry_us = INT64_MIN;
        source->piece_bytes = SOURCE_PIECE_MIN;
        fetch_session_reset(&source->session, ++consumer->session_count);
        list_append(&consumer->sources, &source->link);
    }
    return source;
}

void source_destroy(struct source *source)
{
    if (!source) {
        return;
    }
    if (source->is_in_flight) {
        cluster_request_cancel(source->consumer->host.cluster, &source->request);
    }
    LIST_EACH_SAFE(node, &source->positions)
    {
        struct position *position = LIST_ITEM(node, struct position, source_link);
        list_remove(node);
        position->source = NULL;
        position->session = 0;
    }
    fetch_session_finish(&source->session);
    list_remove(&source->link);
    arena_finish(&source->arena);
    free(source);
}

void source_end(struct source *source)
{
    farewell_send(source);
    source_destroy(source);
}

void source_adopt(struct source *source, struct position *position)
{
    if (position->source == source) {
        return;
    }
    if (position->source) {
        source_forget(position->source, position);
    }
    position->is_asked = false;
    position->source = source;
    if (source) {
        list_append(&source->positions, &position->source_link);
    }
}

void source_forget(struct source *source, struct position *position)
{
    for (size_t i = 0; i < source->ask_count; i++) {
        if (source->asks[i].position == position) {
            source->asks[i].position = NULL;
        }
    }
    fetch_session_leave(&source->session, position);
    position->session = 0;
    list_remove(&position->source_link);
    position->source = NULL;
}

/* One partition must not take the whole budget while others wait. Full ones note that we starve
 * before they are looked at again: a poll that takes the last of it in between would otherwise wake
 * nobody. */
bool source_has_room(const struct source *source, const struct position *position)
{
    size_t queued_max =
        (size_t)source->consumer->options.max_partition_fetch_bytes * SOURCE_PARTITION_QUEUE_FACTOR;

    if (atomic_load(&position->claim->queued_bytes) < queued_max) {
        return true;
    }
    atomic_store(&source->consumer->host.budget->starved, true);
    return atomic_load(&position->claim->queued_bytes) < queued_max;
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
    slot->partition_max_bytes = source->consumer->options.max_partition_fetch_bytes;
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

/* Builds message and asks; false when there is nothing to fetch. */
static bool source_build(struct source *source, size_t room, int64_t now_us)
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

void source_drive(struct source *source, int64_t now_us)
{
    struct consumer *consumer = source->consumer;

    if (source->is_in_flight || source->retry_us > now_us || list_is_empty(&source->positions)) {
        return;
    }
    size_t room = budget_room(consumer->host.budget);
    if (room == 0 || !source_build(source, room, now_us)) {
        return;
    }
    for (size_t i = 0; i < source->ask_count; i++) {
        source->asks[i].position->is_asked = true;
    }
    memset(&source->request, 0, sizeof(source->request));
    source->request.target = CLUSTER_BROKER;
    source->request.use = CLUSTER_USE_FETCH;
    source->request.broker_id = source->broker_id;
    source->request.api_key = API_FETCH;
    source->request.version_max = source->knows_ids ? 0 : SOURCE_VERSION_IDS - 1;
    source->request.message = &source->message;
    source->request.timeout_ms =
        (int64_t)consumer->options.request_timeout_ms + consumer->options.fetch_max_wait_ms;
    source->request.try_timeout_ms = source->request.timeout_ms;
    source->request.prepare = source_prepare;
    source->request.done = source_on_answer;
    source->is_unproven = false;
    source->is_in_flight = true;
    source->sent_us = now_us;
    cluster_request(consumer->host.cluster, &source->request);
}

struct source_ask *source_find(struct source *source, struct slice topic,
                               const struct uuid *topic_id, bool by_id, int32_t partition,
                               size_t *hint)
{
    for (size_t tried = 0; tried < source->ask_count; tried++) {
        size_t at = (*hint + tried) % source->ask_count;
        struct source_ask *ask = &source->asks[at];
        if (ask->partition != partition || ask->is_answered || !ask->position ||
            !(by_id ? uuid_equal(&ask->topic_id, topic_id) : slice_equal(ask->topic, topic))) {
            continue;
        }
        ask->is_answered = true;
        *hint = at + 1;
        return ask;
    }
    return NULL;
}
