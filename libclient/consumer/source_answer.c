/* consumer: takes the answer to a Fetch apart: data for the application, errors for their remedy.
 * Versions: 4 and up; session errors are of 7, leader hints of 12 (KIP-951: endpoints of 16),
 * topics by id from 13. What the broker names twice or unasked is left alone; what it leaves out is
 * asked again later. */
#include "consumer/state.h"

enum {
    ANSWER_REPLICA_US = 300000000, /* a follower is read from; then the leader is asked again */
    ANSWER_RACKLESS_US = 30000000,
    ANSWER_FAILURES_TOLD = 16 /* in a row: every 16th is worth a word */
};

struct answer {
    struct source *source;
    const struct fetch_response *response;
    struct frame_buffer *frame;
    struct list news;
    struct list served; /* positions that got data: they go to the end of the line */
    int64_t now_us;
    size_t hint;
    bool must_place;
};

static void answer_fail(struct answer *answer, struct position *position, enum kc_err err)
{
    struct consumer *consumer = answer->source->consumer;
    enum position_remedy remedy = position_on_error(position, &consumer->options.policy, err,
                                                    answer->now_us, &consumer->random);

    consumer_heal(consumer, position, remedy, err, NULL);
}

/* Copies the aborted transactions; only those that read_committed asked for count. */
static struct fetched *answer_wrap(struct answer *answer, struct position *position,
                                   const struct fetch_response_partition_data *data, size_t size)
{
    struct consumer *consumer = answer->source->consumer;
    size_t abort_count = 0;
    struct fetched_abort *aborts = NULL;

    if (consumer->options.read_committed && data->aborted_transactions.count > 0) {
        abort_count = (size_t)data->aborted_transactions.count;
        aborts = arena_alloc_array(&answer->source->arena, abort_count, sizeof(*aborts));
        if (!aborts) {
            return NULL;
        }
        for (size_t i = 0; i < abort_count; i++) {
            aborts[i].producer_id = data->aborted_transactions.items[i].producer_id;
            aborts[i].first_offset = data->aborted_transactions.items[i].first_offset;
        }
    }
    return fetched_create(position->claim, consumer->host.budget, answer->frame,
                          slice_of(data->records.data, size), position->offset, aborts,
                          abort_count);
}

static void answer_data(struct answer *answer, struct position *position,
                        const struct fetch_response_partition_data *data)
{
    struct consumer *consumer = answer->source->consumer;
    struct fetched_extent extent;

    atomic_store(&position->claim->end_offset,
                 consumer->options.read_committed && data->last_stable_offset >= 0
                     ? data->last_stable_offset
                     : data->high_watermark);
    position->log_start_offset = data->log_start_offset;
    position->last_stable_offset = data->last_stable_offset;
    position->high_watermark = data->high_watermark;
    if (data->records.size == 0) {
        position->failures = 0;
        position->last_err = KC_ERR_NONE;
        return;
    }
    enum kc_err err = fetched_measure(data->records, position->offset, &extent);
    if (err) {
        answer_fail(answer, position, err);
        return;
    }
    struct fetched *fetched = answer_wrap(answer, position, data, extent.size);
    if (!fetched) {
        answer_fail(answer, position, KC_ERR_NO_MEMORY);
        return;
    }
    fetched->generation = position->generation;
    fetched->check_crcs = consumer->options.check_crcs;
    fetched->high_watermark = data->high_watermark;
    list_append(&answer->news, &fetched->news.link);
    position_on_fetched(position, extent.next_offset, extent.leader_epoch);
    list_remove(&position->source_link);
    list_append(&answer->served, &position->source_link);
}

static void answer_out_of_range(struct answer *answer, struct position *position)
{
    struct consumer *consumer = answer->source->consumer;

    if (position->read_replica >= 0) {
        position->read_replica = -1; /* KIP-392: a follower may lag; the leader decides */
        position->retry_us = answer->now_us + consumer->options.policy.retry.backoff_ms * 1000;
        return;
    }
    trace_log(consumer->host.trace, TRACE_INFO, "consumer",
              "%s-%d: offset %lld is out of range, reset as auto.offset.reset says",
              position->claim->topic, position->claim->partition, (long long)position->offset);
    consumer_heal(
        consumer, position,
        position_reset(position, &consumer->options.policy, clock_wall_ms(consumer->host.clock)),
        KC_ERR_OFFSET_OUT_OF_RANGE, NULL);
}

/* KIP-392: the leader names a replica that is nearer. One that nobody knows would be named again
 * and again. */
static void answer_refer(struct answer *answer, struct position *position, int32_t replica)
{
    struct consumer *consumer = answer->source->consumer;

    answer->must_place = true;
    if (!metadata_broker(cluster_metadata(consumer->host.cluster), replica)) {
        answer_fail(answer, position, KC_ERR_REPLICA_NOT_AVAILABLE);
        return;
    }
    position->read_replica = replica;
    position->read_replica_until_us = answer->now_us + ANSWER_REPLICA_US;
}

static void answer_partition(struct answer *answer, const struct source_ask *ask,
                             const struct fetch_response_partition_data *data)
{
    struct position *position = ask->position;
    struct consumer *consumer = answer->source->consumer;

    if (ask->generation != position->generation || position->state != POSITION_READY ||
        position->offset != ask->offset) {
        return;
    }
    position->is_asked = false;
    answer->must_place |= data->error_code != KC_ERR_NONE;
    if (data->current_leader.leader_id >= 0 && data->current_leader.leader_epoch >= 0 &&
        data->error_code != KC_ERR_NONE) {
        cluster_hint_leader(consumer->host.cluster, ask->topic, ask->partition,
                            data->current_leader.leader_id, data->current_leader.leader_epoch);
    }
    if (data->error_code == KC_ERR_OFFSET_OUT_OF_RANGE) {
        answer_out_of_range(answer, position);
    } else if (data->error_code != KC_ERR_NONE) {
        position->read_replica = -1;
        answer_fail(answer, position, (enum kc_err)data->error_code);
    } else if (data->diverging_epoch.epoch >= 0 && data->diverging_epoch.end_offset >= 0) {
        proof_diverged(consumer, position, data->diverging_epoch.end_offset,
                       data->diverging_epoch.epoch);
        /* Once is enough: a broker that says so for ever would have all our time. */
        position->retry_us = answer->now_us + consumer->options.policy.retry.backoff_ms * 1000;
    } else if (data->preferred_read_replica >= 0 &&
               data->preferred_read_replica != answer->source->broker_id &&
               data->records.size == 0) {
        answer_refer(answer, position, data->preferred_read_replica);
    } else {
        answer_data(answer, position, data);
    }
}

static void answer_take(struct answer *answer, bool by_id)
{
    const struct fetch_response *response = answer->response;
    struct cluster *cluster = answer->source->consumer->host.cluster;

    for (int32_t i = 0; i < response->node_endpoints.count; i++) {
        const struct fetch_response_node_endpoint *node = &response->node_endpoints.items[i];
        cluster_hint_broker(cluster, node->node_id, node->host, node->port, node->rack);
    }
    for (int32_t i = 0; i < response->responses.count; i++) {
        const struct fetch_response_fetchable_topic_response *topic = &response->responses.items[i];
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            struct source_ask *ask =
                source_find(answer->source, topic->topic, &topic->topic_id, by_id,
                            topic->partitions.items[k].partition_index, &answer->hint);
            if (ask) {
                answer_partition(answer, ask, &topic->partitions.items[k]);
            }
        }
    }
}

/* The request is over for all its partitions. */
static void answer_release(struct source *source)
{
    for (size_t i = 0; i < source->ask_count; i++) {
        struct position *position = source->asks[i].position;
        if (position && position->generation == source->asks[i].generation) {
            position->is_asked = false;
        }
    }
}

/* The request as a whole failed: every partition of it waits, and metadata may know better. */
static void answer_refuse(struct answer *answer, enum kc_err err)
{
    struct source *source = answer->source;
    struct consumer *consumer = source->consumer;

    /* What the broker took of the request nobody knows. */
    fetch_session_reset(&source->session, ++consumer->session_count);
    if (source->is_unproven) {
        answer_release(source); /* nothing was sent */
        return;
    }
    if (!source->is_full &&
        (err == KC_ERR_FETCH_SESSION_ID_NOT_FOUND || err == KC_ERR_INVALID_FETCH_SESSION_EPOCH ||
         err == KC_ERR_FETCH_SESSION_TOPIC_ID_ERROR)) {
        if (err == KC_ERR_FETCH_SESSION_ID_NOT_FOUND) {
            source->session.left_id = FETCH_SESSION_NONE;
        }
        answer_release(source); /* brokers drop sessions as they like */
        return;
    }
    answer->must_place = true;
    source->failures++;
    source->retry_us =
        answer->now_us +
        retry_delay_ms(&consumer->options.policy.retry, source->failures, &consumer->random) * 1000;
    for (size_t i = 0; i < source->ask_count; i++) {
        struct position *position = source->asks[i].position;
        if (position && position->read_replica >= 0) {
            position->read_replica = -1;
            consumer->rackless_us = answer->now_us + ANSWER_RACKLESS_US;
        }
    }
    answer_release(source);
    trace_log(consumer->host.trace, TRACE_DEBUG, "consumer", "fetch from broker %d: %s",
              source->broker_id, kc_err_name(err));
    if (err != KC_ERR_CLOSED && source->failures % ANSWER_FAILURES_TOLD == 0) {
        consumer_tell_error(consumer, NULL, err, "broker %d cannot be fetched from: %s",
                            source->broker_id, kc_err_text(err));
    }
    if (err != KC_ERR_CLOSED) {
        cluster_refresh_metadata(consumer->host.cluster);
    }
}

/* What was asked and not answered is asked again, but not at once; in a session it only means that
 * there is nothing new. */
static void answer_omitted(struct answer *answer)
{
    struct source *source = answer->source;

    if (!source->is_full) {
        answer_release(source);
        return;
    }
    for (size_t i = 0; i < source->ask_count; i++) {
        struct position *position = source->asks[i].position;
        if (position && !source->asks[i].is_answered &&
            position->generation == source->asks[i].generation && position->is_asked) {
            position->is_asked = false;
            answer_fail(answer, position, KC_ERR_UNKNOWN_SERVER_ERROR);
        }
    }
}

void source_on_answer(struct cluster_request *request, const struct conn_reply *reply)
{
    struct source *source = CONTAINER_OF(request, struct source, request);
    struct consumer *consumer = source->consumer;
    struct fetch_response response;
    struct answer answer = { .source = source, .response = &response, .frame = reply->frame };
    struct arena arena;

    source->is_in_flight = false;
    answer.now_us = loop_now_us(consumer->host.loop);
    list_init(&answer.news);
    list_init(&answer.served);
    arena_init(&arena, 0);
    enum kc_err err = conn_reply_decode(reply, &arena, &response);
    if (!err) {
        cluster_throttle(consumer->host.cluster, source->broker_id, CLUSTER_USE_FETCH,
                         response.throttle_time_ms);
        source->throttled_us = answer.now_us + (int64_t)response.throttle_time_ms * 1000;
        err = (enum kc_err)response.error_code;
    }
    source->last_err = err;
    if (err) {
        answer_refuse(&answer, err);
    } else {
        source->failures = 0;
        source->piece_bytes =
            source_piece(source->piece_bytes, reply->frame->size, answer.now_us - source->sent_us);
        consumer_heard(consumer);
        (void)fetch_session_on_answer(&source->session, response.session_id);
        answer_take(&answer, reply->version >= 13);
        answer_omitted(&answer);
    }
    arena_finish(&arena);
    list_splice(&source->positions, &answer.served);
    consumer->must_place |= answer.must_place;
    source->ask_count = 0;
    /* The next request first: the broker works on it while the records are handed over. */
    consumer_drive(consumer);
    if (!list_is_empty(&answer.news)) {
        consumer->host.deliver(consumer->host.context, &answer.news);
    }
}
