/* consumer: the inbox from one broker: one request in flight. What it asks is put together in
 * source_build.c, what comes back is taken apart in source_answer.c. */
#include "consumer/state.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SOURCE_VERSION_SESSIONS = 7,       /* KIP-227 */
    SOURCE_VERSION_DIVERGING = 12,     /* tells where histories part (KIP-595) */
    SOURCE_VERSION_IDS = 13,           /* topics by id from here on */
    SOURCE_PARTITION_QUEUE_FACTOR = 8, /* fetches of one partition that may wait for polls */
    SOURCE_PIECE_MIN = 4 << 20,
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
