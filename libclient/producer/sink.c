/* producer: the outbox of one broker. */
#include "producer/sink.h"

#include "producer/ratio.h"
#include "wire/error.h"

#include <assert.h>
#include <stdlib.h>

enum { CONCURRENT_WAIT_US = 20000 }; /* the markers of the last transaction are being written */
enum { REFUSAL_TEXT_MAX = 200 };     /* of a broker's words in the log */

struct sink *sink_of(struct producer *producer, int32_t broker_id)
{
    LIST_EACH(link, &producer->sinks)
    {
        struct sink *sink = LIST_ITEM(link, struct sink, link);
        if (sink->broker_id == broker_id) {
            return sink;
        }
    }
    struct sink *sink = calloc(1, sizeof(*sink));
    if (sink) {
        sink->producer = producer;
        sink->broker_id = broker_id;
        list_init(&sink->ready);
        list_init(&sink->exchanges);
        list_append(&producer->sinks, &sink->link);
    }
    return sink;
}

void sink_destroy(struct sink *sink)
{
    assert(list_is_empty(&sink->ready) && list_is_empty(&sink->exchanges));
    list_remove(&sink->link);
    free(sink);
}

/* Flights stand in the order of their bundles. */
static void enter_flight(struct buffer *buffer, struct bundle *bundle)
{
    struct list *place = buffer->flights.prev;
    while (place != &buffer->flights &&
           LIST_ITEM(place, struct bundle, link)->order > bundle->order) {
        place = place->prev;
    }
    list_insert_after(place, &bundle->link);
    buffer->flight_count++;
}

/* Numbers and header; compression when its sender did not do it. */
static enum kc_err make_wire(struct producer *producer, struct bundle *bundle)
{
    struct sequence *sequence = &bundle->buffer->sequence;
    if (producer->settings.is_idempotent && bundle->base_sequence < 0) {
        bundle_set_producer(bundle, sequence->identity.id, sequence->identity.epoch,
                            sequence_take(sequence, bundle->writer.count));
    }
    return producer_pack(producer, bundle);
}

/* Moves the first bundle of a ready buffer into the exchange; false: none goes any more. */
static bool load_one(struct sink *sink, struct exchange *exchange, int64_t now_us)
{
    struct producer *producer = sink->producer;
    struct buffer *buffer = LIST_ITEM(list_first(&sink->ready), struct buffer, place);
    struct buffer_view view = buffer_look(buffer);
    if (exchange->count > 0 && exchange->size + view.size + EXCHANGE_BUNDLE_OVERHEAD >
                                   producer->settings.request_size_max) {
        return false;
    }
    list_remove(&buffer->place);
    struct bundle *bundle = NULL;
    if (!view.is_empty && !view.is_doomed && producer_may_send(producer, buffer, &view)) {
        bundle = buffer_take(buffer);
    }
    if (!bundle) {
        producer_settle(producer, buffer, now_us);
        return true;
    }
    enum kc_err err = make_wire(producer, bundle);
    if (err == KC_ERR_NONE && !exchange_add(exchange, bundle)) {
        err = KC_ERR_NO_MEMORY;
    }
    enter_flight(buffer, bundle);
    if (err != KC_ERR_NONE) {
        struct sink_outcome outcome = {
            .err = err, .base_offset = -1, .append_time_ms = -1, .log_start_offset = -1
        };
        sink_conclude(producer, bundle, &outcome, now_us);
        producer_settle(producer, buffer, now_us);
    }
    return true;
}

static void settle_all(struct exchange *exchange, int64_t now_us)
{
    for (size_t i = 0; i < exchange->count; i++) {
        producer_settle(exchange->producer, exchange->items[i].buffer, now_us);
    }
}

/* Counts as sent before it is: with acks=0 the port may answer, and end it, while it sends. */
static void dispatch(struct sink *sink, struct exchange *exchange, int64_t now_us)
{
    sink->exchange_count++;
    sink->producer->exchange_count++;
    list_append(&sink->exchanges, &exchange->link);
    exchange_lend(exchange, 1);
    for (size_t i = 0; sink->producer->port.on_sent && i < exchange->count; i++) {
        sink->producer->port.on_sent(sink->producer->port.context, sink->broker_id,
                                     exchange->items[i].bundle, now_us);
    }
    settle_all(exchange, now_us);
}

/* The connection would not take it: nothing was sent. */
static void undo(struct sink *sink, struct exchange *exchange, enum kc_err err, int64_t now_us)
{
    struct sink_outcome outcome = {
        .err = err, .base_offset = -1, .append_time_ms = -1, .log_start_offset = -1
    };
    if (err == KC_ERR_WRONG_STATE || err == KC_ERR_WOULD_BLOCK) {
        outcome.err = KC_ERR_DISCONNECTED;
    }
    sink->exchange_count--;
    sink->producer->exchange_count--;
    exchange_lend(exchange, -1);
    for (size_t i = 0; i < exchange->count; i++) {
        sink_conclude(sink->producer, exchange->items[i].bundle, &outcome, now_us);
    }
    settle_all(exchange, now_us);
    exchange_give(exchange);
}

/* True when something was sent. */
static bool send_ready(struct sink *sink, int64_t now_us)
{
    struct producer *producer = sink->producer;
    bool has_sent = false;
    while (!list_is_empty(&sink->ready) &&
           sink->exchange_count < producer->settings.in_flight_max &&
           producer->port.is_ready(producer->port.context, sink->broker_id)) {
        struct exchange *exchange = exchange_take(producer, sink);
        if (!exchange) {
            producer->is_starved = true;
            break;
        }
        while (!list_is_empty(&sink->ready) && load_one(sink, exchange, now_us)) {
        }
        if (exchange->count == 0) {
            exchange_give(exchange);
            continue;
        }
        enum kc_err err = exchange_build(exchange) ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
        dispatch(sink, exchange, now_us);
        if (err == KC_ERR_NONE) {
            err = producer->port.send(producer->port.context, sink->broker_id, exchange);
        }
        if (err != KC_ERR_NONE) {
            undo(sink, exchange, err, now_us);
            break;
        }
        has_sent = true;
    }
    return has_sent;
}

void sink_run(struct sink *sink, int64_t now_us)
{
    bool has_sent = send_ready(sink, now_us);
    if (list_is_empty(&sink->ready)) {
        atomic_store_explicit(&sink->stuck_us, 0, memory_order_relaxed);
    } else if (has_sent || atomic_load_explicit(&sink->stuck_us, memory_order_relaxed) == 0) {
        atomic_store_explicit(&sink->stuck_us, now_us, memory_order_relaxed);
    }
}

/* After these the batch may be in the log although the answer is an error. */
static bool may_be_written(const struct sink_outcome *outcome)
{
    return outcome->is_transport || outcome->err == KC_ERR_REQUEST_TIMED_OUT ||
           outcome->err == KC_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND;
}

static bool may_retry(const struct producer *producer, const struct bundle *bundle,
                      const struct sink_outcome *outcome, enum sequence_verdict verdict,
                      int64_t now_us)
{
    if (producer->is_aborted || atomic_load(&producer->fatal) != KC_ERR_NONE ||
        (producer->transaction.is_on && !transaction_is_live(&producer->transaction)) ||
        verdict == SEQUENCE_GAP ||
        now_us - bundle->created_us >= producer->settings.delivery_timeout_us ||
        bundle->failure_count >= producer->settings.retry_count_max) {
        return false;
    }
    return outcome->is_transport || outcome->err == KC_ERR_DISCONNECTED ||
           verdict == SEQUENCE_RETRY || verdict == SEQUENCE_RESTART ||
           kc_err_is_retriable(outcome->err);
}

static void retry(struct producer *producer, struct bundle *bundle,
                  const struct sink_outcome *outcome, enum sequence_verdict verdict, int64_t now_us)
{
    bundle->failure_count++;
    bundle->retry_at_us = 0;
    if (verdict != SEQUENCE_RETRY && !outcome->has_new_leader) {
        bundle->retry_at_us =
            now_us + 1000 * retry_delay_ms(&producer->settings.retry, bundle->failure_count,
                                           &producer->random);
        if (outcome->err == KC_ERR_CONCURRENT_TRANSACTIONS) {
            bundle->retry_at_us = MIN_OF(bundle->retry_at_us, now_us + CONCURRENT_WAIT_US);
        }
    }
    buffer_requeue(bundle->buffer, bundle);
}

/* MESSAGE_TOO_LARGE: the broker's limit is below ours. False: it cannot be made smaller. */
static bool split(struct producer *producer, struct bundle *bundle)
{
    struct bundle *first;
    struct bundle *second;
    struct buffer *buffer = bundle->buffer;
    if (bundle_split(bundle, &first, &second) != KC_ERR_NONE) {
        return false;
    }
    lock_hold(&buffer->lock);
    buffer->capacity_max = MAX_OF(bundle->wire.size / 2, (size_t)BATCH_HEADER_SIZE);
    buffer->capacity_next = MIN_OF(buffer->capacity_next, buffer->capacity_max);
    atomic_store(&buffer->topic->ratio, RATIO_NONE);
    lock_release(&buffer->lock);
    LIST_EACH(link, &producer->tickets)
    {
        struct producer_ticket *ticket = LIST_ITEM(link, struct producer_ticket, link);
        ticket->open_count += ticket->id == bundle->ticket;
    }
    buffer_requeue(buffer, first);
    buffer_requeue(buffer, second);
    producer_drop_bundle(bundle);
    return true;
}

/* A number that will never be acknowledged leaves a gap that must not meet the broker. */
static void give_up_numbers(const struct producer *producer, struct bundle *bundle)
{
    struct sequence *sequence = &bundle->buffer->sequence;
    if (!producer->settings.is_idempotent || bundle->base_sequence < 0) {
        return;
    }
    if (bundle->maybe_written) {
        sequence_doubt(sequence, bundle->base_sequence, bundle->writer.count);
    } else {
        sequence->wants_restart = true;
    }
}

static void end_written(struct producer *producer, struct bundle *bundle,
                        const struct sink_outcome *outcome)
{
    struct sequence_identity identity = { bundle->producer_id, bundle->producer_epoch };
    if (bundle->base_sequence >= 0) {
        sequence_acked(&bundle->buffer->sequence, identity, bundle->base_sequence,
                       bundle->writer.count, outcome->base_offset);
    }
    struct bundle_fate fate = { .status = KC_WRITTEN,
                                .base_offset = outcome->base_offset,
                                .append_time_ms = outcome->append_time_ms };
    producer_finish_bundle(producer, bundle, &fate);
}

/* The broker's own words, and which records it means, go to the log: a delivery has no text. */
static void tell_refusal(const struct producer *producer, const struct bundle *bundle,
                         const struct sink_outcome *outcome)
{
    const struct produce_response_partition_produce_response *answer = outcome->answer;
    char text[PRODUCER_BUNDLE_TEXT_SIZE];
    struct slice words = answer->error_message;
    int32_t count = answer->record_errors.count;
    if (count > 0 && !slice_is_null(answer->record_errors.items[0].batch_index_error_message)) {
        words = answer->record_errors.items[0].batch_index_error_message;
    }
    if (count == 0 && slice_is_null(words)) {
        return;
    }
    producer_describe_bundle(bundle, text);
    trace_log(producer->trace, TRACE_WARN, "producer",
              "%s: %s, %d refused, the first is number %d: %.*s", text, kc_err_name(outcome->err),
              count, count > 0 ? answer->record_errors.items[0].batch_index : 0,
              (int)MIN_OF(words.size, (size_t)REFUSAL_TEXT_MAX),
              words.data ? (const char *)words.data : "");
}

static void end_refused(struct producer *producer, struct bundle *bundle,
                        const struct sink_outcome *outcome)
{
    bool is_maybe = bundle->maybe_written;
    struct bundle_fate fate = { .err = outcome->err,
                                .status = is_maybe ? KC_MAYBE_WRITTEN : KC_NOT_WRITTEN,
                                .base_offset = -1,
                                .append_time_ms = -1 };
    if (outcome->answer) {
        tell_refusal(producer, bundle, outcome);
        fate.culprits = outcome->answer->record_errors.items;
        fate.culprit_count = (size_t)outcome->answer->record_errors.count;
    }
    give_up_numbers(producer, bundle);
    producer_finish_bundle(producer, bundle, &fate);
}

/* What the error says of the numbers. */
static enum sequence_verdict judge_numbers(struct producer *producer, struct bundle *bundle,
                                           const struct sink_outcome *outcome)
{
    struct sequence_answer answer = { .err = outcome->err,
                                      .identity = { bundle->producer_id, bundle->producer_epoch },
                                      .base = bundle->base_sequence,
                                      .maybe_written = bundle->maybe_written,
                                      .log_start_offset = outcome->log_start_offset,
                                      .is_transactional = producer->transaction.is_on };
    if (outcome->err == KC_ERR_NONE || bundle->base_sequence < 0) {
        return SEQUENCE_OTHER;
    }
    enum sequence_verdict verdict = sequence_judge(&bundle->buffer->sequence, &answer);
    if (verdict == SEQUENCE_RESTART || verdict == SEQUENCE_GAP) {
        char text[PRODUCER_BUNDLE_TEXT_SIZE];
        producer_describe_bundle(bundle, text);
        trace_log(producer->trace, TRACE_ERROR, "producer", "%s: %s; %s", text,
                  kc_err_name(outcome->err),
                  verdict == SEQUENCE_GAP ? "they fail"
                                          : "the broker does not know what it acknowledged before; "
                                            "they are sent again under new numbers");
    }
    return verdict;
}

void sink_conclude(struct producer *producer, struct bundle *bundle,
                   const struct sink_outcome *outcome, int64_t now_us)
{
    struct buffer *buffer = bundle->buffer;
    list_remove(&bundle->link);
    buffer->flight_count--;
    enum sequence_verdict verdict = judge_numbers(producer, bundle, outcome);
    if (outcome->err == KC_ERR_NONE || verdict == SEQUENCE_WRITTEN) {
        end_written(producer, bundle, outcome);
        return;
    }
    bundle->maybe_written |= may_be_written(outcome);
    if (!outcome->has_new_leader && (outcome->is_transport || error_wants_metadata(outcome->err))) {
        producer->port.refresh(producer->port.context);
    }
    if (bundle->is_reported) {
        producer_drop_bundle(bundle);
    } else if (outcome->err == KC_ERR_MESSAGE_TOO_LARGE && split(producer, bundle)) {
        return;
    } else if (may_retry(producer, bundle, outcome, verdict, now_us)) {
        trace_log(producer->trace, TRACE_DEBUG, "producer", "%.*s-%d: %s, trying again",
                  SLICE_ARGS(buffer->topic->name), buffer->partition, kc_err_name(outcome->err));
        retry(producer, bundle, outcome, verdict, now_us);
    } else {
        end_refused(producer, bundle, outcome);
    }
}
