/* producer: the loop's side: news from senders, timers, leaders, identity, flush and the end. */
#include "producer/producer.h"

#include "producer/ratio.h"
#include "producer/sink.h"

#include <assert.h>
#include <stdlib.h>

enum { TRIM_PERIOD_US = 1000000, STARVED_WAIT_US = 10000 };
enum { FLIGHTS_MAX = 5 }; /* a broker remembers the last five batches of a producer (KIP-98) */

struct producer *producer_create(const struct producer_settings *settings,
                                 const struct producer_port *port, const struct trace *trace,
                                 const struct clock *clock, uint64_t seed)
{
    struct producer *producer = calloc(1, sizeof(*producer));
    if (!producer) {
        return NULL;
    }
    producer->settings = *settings;
    producer->port = *port;
    producer->trace = trace;
    producer->clock = clock;
    producer->identity = (struct sequence_identity){ -1, -1 };
    producer->expiry_us = INT64_MAX;
    producer->trim_at_us = INT64_MAX;
    producer->ticket_next = 1;
    bundle_pool_init(&producer->pool, settings->memory_max, settings->batch_size);
    compressor_shelf_init(&producer->compressors, settings->codec, settings->level);
    topic_table_init(&producer->topics, seed);
    lock_init(&producer->news_lock);
    lock_init(&producer->topic_lock);
    signal_init(&producer->topic_signal);
    list_init(&producer->news);
    list_init(&producer->active);
    list_init(&producer->sinks);
    list_init(&producer->tickets);
    list_init(&producer->spares);
    heap_init(&producer->timers);
    random_init(&producer->random, seed);
    transaction_init(&producer->transaction, !slice_is_null(settings->transactional_id),
                     &settings->retry, seed);
    return producer;
}

void producer_destroy(struct producer *producer)
{
    if (!producer) {
        return;
    }
    assert(producer->exchange_count == 0 && list_is_empty(&producer->tickets));
    topic_table_finish(&producer->topics);
    while (!list_is_empty(&producer->sinks)) {
        sink_destroy(LIST_ITEM(list_first(&producer->sinks), struct sink, link));
    }
    exchange_free_spares(producer);
    heap_finish(&producer->timers);
    bundle_pool_finish(&producer->pool);
    compressor_shelf_finish(&producer->compressors);
    lock_finish(&producer->news_lock);
    lock_finish(&producer->topic_lock);
    signal_finish(&producer->topic_signal);
    free(producer);
}

enum kc_err producer_pack(struct producer *producer, struct bundle *bundle)
{
    bool is_first = slice_is_null(bundle->wire);
    struct compressor *compressor = is_first ? compressor_shelf_take(&producer->compressors) : NULL;
    enum kc_err err =
        bundle_pack(bundle, producer->settings.codec, compressor, producer->transaction.is_on);
    if (compressor && err == KC_ERR_NONE) {
        atomic_int *ratio = &bundle->buffer->topic->ratio;
        atomic_store_explicit(ratio,
                              ratio_learn(atomic_load_explicit(ratio, memory_order_relaxed),
                                          bundle->writer.size, bundle->wire.size),
                              memory_order_relaxed);
    }
    compressor_shelf_give(&producer->compressors, compressor);
    return err;
}

static void ask_for_identity(struct producer *producer)
{
    if (producer->settings.is_idempotent && !producer->transaction.is_on &&
        producer->identity.id < 0 && !producer->is_identity_asked &&
        !list_is_empty(&producer->active)) {
        producer->is_identity_asked = true;
        producer->port.ask_identity(producer->port.context);
    }
}

/* The identity of the whole producer moves on where one partition's numbers are lost (KIP-360); the
 * others follow when nothing of theirs is open. In a transaction only the coordinator moves it on:
 * there the numbers just start over. False: not now. */
static bool restart_numbers(struct producer *producer, struct buffer *buffer)
{
    bool is_free = buffer->flight_count == 0;
    lock_hold(&buffer->lock);
    LIST_EACH(link, &buffer->queue)
    {
        is_free &= LIST_ITEM(link, struct bundle, link)->borrow_count == 0;
    }
    lock_release(&buffer->lock);
    if (!is_free) {
        return false;
    }
    if (!producer->transaction.is_on && sequence_is_of(&buffer->sequence, producer->identity)) {
        if (producer->identity.epoch == INT16_MAX) {
            producer->identity = (struct sequence_identity){ -1, -1 };
            ask_for_identity(producer);
            return false;
        }
        producer->identity.epoch++;
    }
    sequence_restart(&buffer->sequence, producer->identity);
    lock_hold(&buffer->lock);
    LIST_EACH(link, &buffer->queue)
    {
        struct bundle *bundle = LIST_ITEM(link, struct bundle, link);
        if (bundle->base_sequence >= 0) {
            bundle_set_producer(bundle, producer->identity.id, producer->identity.epoch,
                                sequence_take(&buffer->sequence, bundle->writer.count));
        }
    }
    lock_release(&buffer->lock);
    return true;
}

bool producer_may_send(struct producer *producer, struct buffer *buffer,
                       const struct buffer_view *view)
{
    struct sequence *sequence = &buffer->sequence;
    bool is_flying = buffer->flight_count > 0;
    if (!producer->settings.is_idempotent) {
        return !is_flying || producer->settings.in_flight_max > 1;
    }
    if (producer->identity.id < 0 || buffer->flight_count >= FLIGHTS_MAX) {
        return false;
    }
    if (producer->transaction.is_on &&
        !(transaction_is_live(&producer->transaction) &&
          transaction_has(&producer->transaction, &buffer->enlistment))) {
        return false;
    }
    if (view->base_sequence < 0 && !is_flying) {
        sequence_settle(sequence);
    }
    if (sequence->wants_restart) {
        return restart_numbers(producer, buffer);
    }
    if (view->base_sequence >= 0) {
        /* Again, in order: only when no earlier one is still out. */
        return !is_flying ||
               LIST_ITEM(buffer->flights.next, struct bundle, link)->order > view->order;
    }
    /* A second try travels alone: it may be in the log already, and a newer batch that is accepted
     * while it fails again would be reported before it. */
    if (sequence->is_unresolved ||
        (is_flying && LIST_ITEM(buffer->flights.next, struct bundle, link)->failure_count > 0)) {
        return false;
    }
    /* So does the first of all: a log that knows nothing of this producer takes any number, and
     * would take the second batch before the first when that one came too early for it. */
    if (is_flying && sequence->acked < 0) {
        return false;
    }
    if (!sequence_is_of(sequence, producer->identity)) {
        if (is_flying) {
            return false;
        }
        sequence_restart(sequence, producer->identity);
    }
    return true;
}

static void set_timer(struct producer *producer, struct buffer *buffer, int64_t at_us)
{
    if (!heap_insert(&producer->timers, &buffer->timer, at_us) && buffer->sink) {
        /* Out of memory: earlier than wished is better than never. */
        list_append(&buffer->sink->ready, &buffer->place);
    }
}

/* One look; false: a sender changed it meanwhile. */
static bool settle_once(struct producer *producer, struct buffer *buffer, int64_t now_us)
{
    producer_drop_doomed(producer, buffer);
    struct buffer_view view = buffer_look(buffer);
    if (view.is_empty) {
        if (buffer->flight_count == 0) {
            sequence_settle(&buffer->sequence);
            list_remove(&buffer->active);
        }
        return buffer_know(buffer, BUFFER_KNOWN_EMPTY);
    }
    if (!list_is_linked(&buffer->active)) {
        list_append(&producer->active, &buffer->active);
    }
    if (producer->transaction.is_on) {
        transaction_enlist(&producer->transaction, &buffer->enlistment);
    }
    producer->expiry_us =
        MIN_OF(producer->expiry_us, view.created_us + producer->settings.delivery_timeout_us);
    int64_t at_us = view.retry_at_us;
    if (view.is_open) {
        atomic_store(&producer->lingers, true); /* before the look at who is hungry: wake_hungry */
    }
    if (view.is_open && !bundle_pool_is_wanted(&producer->pool) &&
        producer->transaction.state != KC_TRANSACTION_COMMITTING &&
        !atomic_load_explicit(&producer->is_closed, memory_order_relaxed)) {
        at_us = view.created_us + producer->settings.linger_us;
    }
    if (at_us > now_us) {
        set_timer(producer, buffer, at_us);
        return buffer_know(buffer, view.is_open ? BUFFER_KNOWN_LINGERING : BUFFER_KNOWN_QUEUED);
    }
    (void)buffer_know(buffer, BUFFER_KNOWN_QUEUED);
    if (!buffer->sink) {
        producer->port.refresh(producer->port.context);
    } else if (!view.is_packing && producer_may_send(producer, buffer, &view)) {
        list_append(&buffer->sink->ready, &buffer->place);
    }
    return true;
}

void producer_settle(struct producer *producer, struct buffer *buffer, int64_t now_us)
{
    do {
        heap_remove(&producer->timers, &buffer->timer);
        list_remove(&buffer->place);
    } while (!settle_once(producer, buffer, now_us));
}

void producer_settle_active(struct producer *producer, int64_t now_us)
{
    LIST_EACH_SAFE(link, &producer->active)
    {
        producer_settle(producer, LIST_ITEM(link, struct buffer, active), now_us);
    }
}

void producer_hear_news(struct producer *producer, int64_t now_us)
{
    lock_hold(&producer->news_lock);
    while (!list_is_empty(&producer->news)) {
        struct buffer *buffer = LIST_ITEM(list_first(&producer->news), struct buffer, news);
        list_remove(&buffer->news);
        lock_release(&producer->news_lock);
        producer_settle(producer, buffer, now_us);
        lock_hold(&producer->news_lock);
    }
    lock_release(&producer->news_lock);
}

static void ask_for_topics(struct producer *producer)
{
    if (atomic_exchange(&producer->has_new_topics, false)) {
        size_t position = 0;
        struct producer_topic *topic;
        while ((topic = topic_table_next(&producer->topics, &position)) != NULL) {
            if (!topic->is_wanted) {
                topic->is_wanted =
                    producer->port.want_topic(producer->port.context, topic->name) == KC_ERR_NONE;
            }
        }
    }
    if (atomic_exchange(&producer->wants_refresh, false)) {
        producer->port.refresh(producer->port.context);
    }
}

/* After a burst memory goes back when two periods passed without need. */
static void trim(struct producer *producer, int64_t now_us)
{
    if (now_us >= producer->trim_at_us) {
        producer->trim_at_us = INT64_MAX;
        bundle_pool_trim(&producer->pool);
        if (compressor_shelf_trim(&producer->compressors)) {
            producer->trim_at_us = now_us + TRIM_PERIOD_US;
        }
    }
    if (producer->trim_at_us == INT64_MAX && bundle_pool_is_keeping(&producer->pool)) {
        producer->trim_at_us = now_us + TRIM_PERIOD_US;
    }
}

void producer_run(struct producer *producer)
{
    int64_t now_us = producer->port.now_us(producer->port.context);
    struct heap_node *node;
    if (producer->transaction.state == KC_TRANSACTION_FATAL && !producer->is_aborted) {
        atomic_store(&producer->fatal, (int)producer->transaction.error.code);
    }
    enum kc_err fatal = (enum kc_err)atomic_load(&producer->fatal);
    if (producer->is_aborted || fatal != KC_ERR_NONE) {
        (void)producer_give_up(producer, fatal);
        return;
    }
    ask_for_topics(producer);
    producer_hear_news(producer, now_us);
    ask_for_identity(producer);
    producer_transact(producer, now_us);
    if (bundle_pool_is_wanted(&producer->pool) && heap_first(&producer->timers)) {
        producer_settle_active(producer, now_us);
    }
    while ((node = heap_first(&producer->timers)) != NULL && node->key <= now_us) {
        producer_settle(producer, CONTAINER_OF(node, struct buffer, timer), now_us);
    }
    producer_expire(producer, now_us);
    producer->is_starved = false;
    LIST_EACH(link, &producer->sinks)
    {
        sink_run(LIST_ITEM(link, struct sink, link), now_us);
    }
    trim(producer, now_us);
    node = heap_first(&producer->timers);
    if (!node) {
        atomic_store(&producer->lingers, false);
    }
    int64_t next_us = MIN_OF(producer->expiry_us, node ? node->key : INT64_MAX);
    next_us = MIN_OF(next_us, producer->trim_at_us);
    if (producer->transaction.retry_at_us > 0) {
        next_us = MIN_OF(next_us, producer->transaction.retry_at_us);
    }
    if (producer->is_starved) {
        next_us = MIN_OF(next_us, now_us + STARVED_WAIT_US);
    }
    producer->port.schedule(producer->port.context, next_us);
}

void producer_identify(struct producer *producer, enum kc_err err,
                       struct sequence_identity identity)
{
    int64_t now_us = producer->port.now_us(producer->port.context);
    producer->is_identity_asked = false;
    if (producer->is_aborted) {
        return;
    }
    if (err != KC_ERR_NONE) {
        trace_log(producer->trace, TRACE_ERROR, "producer", "no producer id: %s", kc_err_text(err));
        atomic_store(&producer->fatal, (int)err);
        (void)producer_give_up(producer, err);
        return;
    }
    producer->identity = identity;
    producer->identity_count++;
    producer_settle_active(producer, now_us);
    producer_run(producer);
}

void producer_refuse(struct producer *producer)
{
    atomic_store(&producer->is_closed, true);
    bundle_pool_close(&producer->pool);
    lock_hold(&producer->topic_lock);
    signal_wake_all(&producer->topic_signal);
    lock_release(&producer->topic_lock);
}

void producer_seal(struct producer *producer)
{
    size_t position = 0;
    struct producer_topic *topic;
    while ((topic = topic_table_next(&producer->topics, &position)) != NULL) {
        for (int32_t i = 0; i < topic->buffer_count; i++) {
            struct buffer *buffer = producer_topic_buffer(topic, i);
            lock_hold(&buffer->lock);
            buffer->is_closed = true;
            lock_release(&buffer->lock);
        }
    }
}
