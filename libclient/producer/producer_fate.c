/* producer: how records end: acknowledged, too old, given up; and flushes, which wait for that. */
#include "producer/sink.h"

#include <stdio.h>

static void end_ticket_of(struct producer *producer, uint64_t id)
{
    LIST_EACH(link, &producer->tickets)
    {
        struct producer_ticket *ticket = LIST_ITEM(link, struct producer_ticket, link);
        if (ticket->id == id) {
            ticket->open_count--;
            break;
        }
    }
    /* A flush ends after those before it: they wait for records taken before it, too. */
    while (!list_is_empty(&producer->tickets)) {
        struct producer_ticket *ticket =
            LIST_ITEM(list_first(&producer->tickets), struct producer_ticket, link);
        if (ticket->open_count > 0) {
            break;
        }
        list_remove(&ticket->link);
        ticket->done(ticket);
    }
}

void producer_drop_bundle(struct bundle *bundle)
{
    if (bundle->is_reported && bundle->borrow_count == 0 && !list_is_linked(&bundle->link)) {
        bundle_pool_give(bundle);
    }
}

void producer_describe_bundle(const struct bundle *bundle, char ret_text[PRODUCER_BUNDLE_TEXT_SIZE])
{
    const struct buffer *buffer = bundle->buffer;
    char numbers[96] = "";
    if (bundle->base_sequence >= 0) {
        (void)snprintf(numbers, sizeof(numbers), " (sequence %d to %d, after offset %lld)",
                       bundle->base_sequence,
                       sequence_add(bundle->base_sequence, bundle->writer.count - 1),
                       (long long)buffer->sequence.acked_offset);
    }
    (void)snprintf(ret_text, PRODUCER_BUNDLE_TEXT_SIZE, "%.*s-%d: %d record%s%s",
                   SLICE_ARGS(buffer->topic->name), buffer->partition, bundle->writer.count,
                   bundle->writer.count == 1 ? "" : "s", numbers);
}

/* One record that fails takes its transaction with it. */
static void fail_transaction(struct producer *producer, const struct bundle *bundle,
                             enum kc_err err)
{
    char who[PRODUCER_BUNDLE_TEXT_SIZE];
    char text[sizeof(((struct kc_error *)0)->text)];
    producer_describe_bundle(bundle, who);
    (void)snprintf(text, sizeof(text), "%s: %s", who, kc_err_text(err));
    transaction_fail_records(&producer->transaction, err, text, bundle->base_sequence >= 0);
}

void producer_finish_bundle(struct producer *producer, struct bundle *bundle,
                            const struct bundle_fate *fate)
{
    struct buffer *buffer = bundle->buffer;
    uint64_t ticket = bundle->ticket;
    struct producer_purge *doom = bundle->doom;
    if (!bundle->is_reported) {
        if (fate->err != KC_ERR_NONE && producer->transaction.is_on) {
            fail_transaction(producer, bundle, fate->err);
        }
        if (producer->port.on_ended) {
            producer->port.on_ended(producer->port.context, bundle, fate->status);
        }
        bundle_report(bundle, &producer->settings.listener, (const char *)buffer->topic->name.data,
                      buffer->partition, fate);
        bundle->ticket = 0;
        bundle->doom = NULL;
        producer_drop_bundle(bundle);
        if (doom) {
            buffer->doomed_count--;
            producer_purge_release(doom);
        }
        if (ticket != 0) {
            end_ticket_of(producer, ticket);
        }
        return;
    }
    producer_drop_bundle(bundle);
}

/* Records that waited for a login have failed by that, and not by their age. */
static enum kc_err expiry_cause(const struct producer *producer, const struct buffer *buffer)
{
    const struct sink *sink = buffer->sink;
    enum kc_err err = producer->port.refusal ? producer->port.refusal(producer->port.context,
                                                                      sink ? sink->broker_id : -1)
                                             : KC_ERR_NONE;
    return err != KC_ERR_NONE ? err : KC_ERR_TIMED_OUT;
}

/* The oldest bundle of a buffer that waits, if it is too old: out of the queue. */
static struct bundle *take_expired(struct producer *producer, struct buffer *buffer, int64_t now_us)
{
    struct buffer_view view = buffer_look(buffer);
    if (view.is_empty || view.is_packing ||
        view.created_us + producer->settings.delivery_timeout_us > now_us) {
        return NULL;
    }
    return buffer_take(buffer);
}

void producer_report_late(struct producer *producer, struct bundle *bundle, enum kc_err err)
{
    struct sequence *sequence = &bundle->buffer->sequence;
    bool maybe = bundle->maybe_written;
    if (bundle->base_sequence >= 0 && maybe) {
        sequence_doubt(sequence, bundle->base_sequence, bundle->writer.count);
    } else if (bundle->base_sequence >= 0) {
        sequence->wants_restart = true;
    }
    struct bundle_fate fate = { .err = err != KC_ERR_NONE ? err
                                       : maybe            ? KC_ERR_MAYBE_WRITTEN
                                                          : KC_ERR_PURGED,
                                .status = maybe ? KC_MAYBE_WRITTEN : KC_NOT_WRITTEN,
                                .base_offset = -1,
                                .append_time_ms = -1 };
    producer_finish_bundle(producer, bundle, &fate);
}

/* Those in flight keep their memory (R37: a connection may still read it) and their place, so that
 * a late answer settles the numbers. */
size_t producer_report_flights(struct producer *producer, struct buffer *buffer,
                               int64_t born_us_max, enum kc_err err)
{
    size_t count = 0;
    LIST_EACH_SAFE(link, &buffer->flights)
    {
        struct bundle *bundle = LIST_ITEM(link, struct bundle, link);
        if (!bundle->is_reported && bundle->created_us <= born_us_max) {
            bundle->maybe_written = true;
            count += (size_t)bundle->writer.count;
            producer_report_late(producer, bundle, err);
        }
    }
    return count;
}

void producer_expire(struct producer *producer, int64_t now_us)
{
    int64_t born_us_max = now_us - producer->settings.delivery_timeout_us;
    struct bundle *bundle;
    if (now_us < producer->expiry_us) {
        return;
    }
    producer->expiry_us = INT64_MAX;
    LIST_EACH_SAFE(link, &producer->active)
    {
        struct buffer *buffer = LIST_ITEM(link, struct buffer, active);
        (void)producer_report_flights(producer, buffer, born_us_max, KC_ERR_TIMED_OUT);
        while ((bundle = take_expired(producer, buffer, now_us)) != NULL) {
            producer_report_late(producer, bundle, expiry_cause(producer, buffer));
        }
        LIST_EACH(flight, &buffer->flights)
        {
            const struct bundle *flying = LIST_ITEM(flight, struct bundle, link);
            if (!flying->is_reported) {
                producer->expiry_us =
                    MIN_OF(producer->expiry_us,
                           flying->created_us + producer->settings.delivery_timeout_us);
            }
        }
        producer_settle(producer, buffer, now_us);
    }
}

static void stamp(struct producer_ticket *ticket, struct bundle *bundle)
{
    if (bundle->ticket == 0 && !bundle->is_reported) {
        bundle->ticket = ticket->id;
        ticket->open_count++;
    }
}

void producer_flush(struct producer *producer, struct producer_ticket *ticket)
{
    int64_t now_us = producer->port.now_us(producer->port.context);
    producer_hear_news(producer, now_us);
    ticket->id = producer->ticket_next++;
    /* One for ourselves: something that a purge doomed may end while we count. */
    ticket->open_count = 1;
    list_append(&producer->tickets, &ticket->link);
    LIST_EACH_SAFE(link, &producer->active)
    {
        struct buffer *buffer = LIST_ITEM(link, struct buffer, active);
        lock_hold(&buffer->lock);
        (void)buffer_seal(buffer);
        LIST_EACH(place, &buffer->queue)
        {
            stamp(ticket, LIST_ITEM(place, struct bundle, link));
        }
        lock_release(&buffer->lock);
        LIST_EACH(place, &buffer->flights)
        {
            stamp(ticket, LIST_ITEM(place, struct bundle, link));
        }
        producer_settle(producer, buffer, now_us);
    }
    end_ticket_of(producer, ticket->id);
    producer_run(producer);
}

/* All that is in one buffer. */
static size_t give_up_buffer(struct producer *producer, struct buffer *buffer, enum kc_err err)
{
    size_t count = producer_report_flights(producer, buffer, INT64_MAX, err);
    struct bundle *bundle;
    while ((bundle = buffer_take(buffer)) != NULL) {
        count += (size_t)bundle->writer.count;
        producer_report_late(producer, bundle, err);
    }
    heap_remove(&producer->timers, &buffer->timer);
    list_remove(&buffer->place);
    list_remove(&buffer->active);
    (void)buffer_know(buffer, BUFFER_KNOWN_EMPTY);
    return count;
}

size_t producer_give_up(struct producer *producer, enum kc_err err)
{
    size_t count = 0;
    size_t position = 0;
    struct producer_topic *topic;
    lock_hold(&producer->news_lock);
    while (!list_is_empty(&producer->news)) {
        list_remove(list_first(&producer->news));
    }
    lock_release(&producer->news_lock);
    while ((topic = topic_table_next(&producer->topics, &position)) != NULL) {
        for (int32_t i = 0; i < topic->buffer_count; i++) {
            count += give_up_buffer(producer, producer_topic_buffer(topic, i), err);
        }
    }
    producer->port.schedule(producer->port.context, INT64_MAX);
    return count;
}

size_t producer_abort(struct producer *producer)
{
    producer->is_aborted = true;
    transaction_close(&producer->transaction);
    return producer_give_up(producer, (enum kc_err)atomic_load(&producer->fatal));
}
