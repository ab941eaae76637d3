/* producer: one Produce request and its answer. */
#include "producer/exchange.h"

#include "producer/sink.h"
#include "wire/codec.h"

#include <assert.h>
#include <stdlib.h>

enum {
    SPARES_MAX = 16,
    ARENA_SIZE_MAX = 64 << 20,
    VERSION_MIN = 3,
    VERSION_OF_NAMES = 12,        /* the last that names topics by name */
    VERSION_ADDS_PARTITIONS = 12, /* the broker adds the partition to the transaction (KIP-890) */
};

/* Which versions mean what the transaction needs. */
static void limit_versions(struct exchange *exchange)
{
    const struct transaction *transaction = &exchange->producer->transaction;
    exchange->version_min = VERSION_MIN;
    exchange->version_max = INT16_MAX;
    if (transaction->is_on && transaction->version >= 2) {
        exchange->version_min = VERSION_ADDS_PARTITIONS;
    } else if (transaction->is_on) {
        exchange->version_max = VERSION_ADDS_PARTITIONS - 1;
    }
}

struct exchange *exchange_take(struct producer *producer, struct sink *sink)
{
    struct list *spare = list_first(&producer->spares);
    struct exchange *exchange;
    if (spare) {
        exchange = LIST_ITEM(spare, struct exchange, link);
        list_remove(spare);
        producer->spare_count--;
    } else {
        exchange = calloc(1, sizeof(*exchange));
        if (!exchange) {
            return NULL;
        }
        list_init(&exchange->link);
        arena_init(&exchange->arena, ARENA_SIZE_MAX);
    }
    exchange->producer = producer;
    exchange->sink = sink;
    exchange->count = 0;
    exchange->size = EXCHANGE_OVERHEAD;
    exchange->is_answered = exchange->is_released = false;
    return exchange;
}

static void exchange_destroy(struct exchange *exchange)
{
    arena_finish(&exchange->arena);
    free(exchange->items);
    free(exchange);
}

void exchange_give(struct exchange *exchange)
{
    struct producer *producer = exchange->producer;
    list_remove(&exchange->link);
    arena_reset(&exchange->arena);
    if (producer->spare_count < SPARES_MAX) {
        producer->spare_count++;
        list_prepend(&producer->spares, &exchange->link);
    } else {
        exchange_destroy(exchange);
    }
}

void exchange_free_spares(struct producer *producer)
{
    struct list *link;
    while ((link = list_first(&producer->spares)) != NULL) {
        list_remove(link);
        exchange_destroy(LIST_ITEM(link, struct exchange, link));
    }
}

bool exchange_add(struct exchange *exchange, struct bundle *bundle)
{
    if (exchange->count == exchange->capacity) {
        size_t capacity = MAX_OF(exchange->capacity * 2, (size_t)8);
        struct exchange_item *items = realloc(exchange->items, capacity * sizeof(*items));
        if (!items) {
            return false;
        }
        exchange->items = items;
        exchange->capacity = capacity;
    }
    exchange->items[exchange->count++] = (struct exchange_item){ bundle, bundle->buffer, false };
    exchange->size +=
        bundle->wire.size + EXCHANGE_BUNDLE_OVERHEAD + bundle->buffer->topic->name.size;
    return true;
}

void exchange_lend(struct exchange *exchange, int count)
{
    for (size_t i = 0; i < exchange->count; i++) {
        exchange->items[i].bundle->borrow_count += count;
    }
}

/* By topic, so that each stands in the request once. */
static int compare_items(const void *a, const void *b)
{
    const struct buffer *x = ((const struct exchange_item *)a)->buffer;
    const struct buffer *y = ((const struct exchange_item *)b)->buffer;
    if (x->topic != y->topic) {
        return (uintptr_t)x->topic < (uintptr_t)y->topic ? -1 : 1;
    }
    return (x->partition > y->partition) - (x->partition < y->partition);
}

bool exchange_build(struct exchange *exchange)
{
    const struct producer_settings *settings = &exchange->producer->settings;
    struct produce_request *request = &exchange->request;
    struct produce_request_topic_produce_data *topics =
        arena_alloc_array(&exchange->arena, exchange->count, sizeof(*topics));
    struct produce_request_partition_produce_data *partitions =
        arena_alloc_array(&exchange->arena, exchange->count, sizeof(*partitions));
    if (!topics || !partitions) {
        return false;
    }
    if (exchange->count > 1) {
        qsort(exchange->items, exchange->count, sizeof(*exchange->items), compare_items);
    }
    message_defaults(&produce_request_type, request);
    request->transactional_id = settings->transactional_id;
    request->acks = settings->acks;
    request->timeout_ms = settings->request_timeout_ms;
    request->topic_data.items = topics;
    limit_versions(exchange);
    struct produce_request_topic_produce_data *last = NULL;
    for (size_t i = 0; i < exchange->count; i++) {
        const struct buffer *buffer = exchange->items[i].buffer;
        if (i == 0 || exchange->items[i - 1].buffer->topic != buffer->topic) {
            last = &topics[request->topic_data.count++];
            last->name = buffer->topic->name;
            last->topic_id = buffer->topic->id;
            last->partition_data.items = &partitions[i];
            if (uuid_is_zero(&last->topic_id)) {
                exchange->version_max = MIN_OF(exchange->version_max, (int16_t)VERSION_OF_NAMES);
            }
        }
        partitions[i].index = buffer->partition;
        partitions[i].records = exchange->items[i].bundle->wire;
        last->partition_data.count++;
    }
    return true;
}

static bool is_of_topic(const struct producer_topic *topic, int16_t version,
                        const struct produce_response_topic_produce_response *answer)
{
    return version >= 13 ? uuid_equal(&topic->id, &answer->topic_id)
                         : slice_equal(topic->name, answer->name);
}

/* Answers come in the order of the request as a rule: the search starts behind the last find. */
static struct exchange_item *find_item(struct exchange *exchange, size_t *position, int16_t version,
                                       const struct produce_response_topic_produce_response *topic,
                                       int32_t partition)
{
    for (size_t i = 0; i < exchange->count; i++) {
        size_t place = (*position + i) % exchange->count;
        struct exchange_item *item = &exchange->items[place];
        if (!item->is_concluded && item->buffer->partition == partition &&
            is_of_topic(item->buffer->topic, version, topic)) {
            *position = place + 1;
            return item;
        }
    }
    return NULL;
}

static void answer_partition(struct exchange *exchange, struct exchange_item *item,
                             const struct produce_response_partition_produce_response *answer,
                             int64_t now_us)
{
    struct producer *producer = exchange->producer;
    struct sink_outcome outcome = { .err = (enum kc_err)answer->error_code,
                                    .base_offset = answer->base_offset,
                                    .append_time_ms = answer->log_append_time_ms,
                                    .log_start_offset = answer->log_start_offset,
                                    .answer = answer };
    if (answer->current_leader.leader_id >= 0 && outcome.err != KC_ERR_NONE) {
        int32_t leader = answer->current_leader.leader_id;
        outcome.has_new_leader = leader != exchange->sink->broker_id;
        producer->port.hint_leader(producer->port.context, item->buffer->topic->name,
                                   item->buffer->partition, leader,
                                   answer->current_leader.leader_epoch);
    }
    item->is_concluded = true;
    sink_conclude(producer, item->bundle, &outcome, now_us);
}

static void answer_all(struct exchange *exchange, int16_t version,
                       const struct produce_response *response, int64_t now_us)
{
    struct producer *producer = exchange->producer;
    size_t position = 0;
    for (int32_t i = 0; i < response->node_endpoints.count; i++) {
        producer->port.hint_broker(producer->port.context, &response->node_endpoints.items[i]);
    }
    for (int32_t i = 0; i < response->responses.count; i++) {
        const struct produce_response_topic_produce_response *topic = &response->responses.items[i];
        for (int32_t j = 0; j < topic->partition_responses.count; j++) {
            struct exchange_item *item = find_item(exchange, &position, version, topic,
                                                   topic->partition_responses.items[j].index);
            if (item) {
                answer_partition(exchange, item, &topic->partition_responses.items[j], now_us);
            }
        }
    }
    if (response->throttle_time_ms > 0) {
        producer->port.throttle(producer->port.context, exchange->sink->broker_id,
                                response->throttle_time_ms);
    }
}

static void end_if_over(struct exchange *exchange)
{
    if (exchange->is_answered && exchange->is_released) {
        exchange->producer->exchange_count--;
        exchange_give(exchange);
    }
}

void exchange_answer(struct exchange *exchange, enum kc_err err, const char *text, int16_t version,
                     const struct produce_response *response)
{
    struct producer *producer = exchange->producer;
    int64_t now_us = producer->port.now_us(producer->port.context);
    assert(!exchange->is_answered);
    if (err != KC_ERR_NONE) {
        trace_log(producer->trace, TRACE_INFO, "producer", "broker %d: %s",
                  exchange->sink->broker_id, text ? text : kc_err_text(err));
    }
    exchange->sink->exchange_count--;
    list_remove(&exchange->link);
    if (err == KC_ERR_NONE && response) {
        answer_all(exchange, version, response, now_us);
    }
    /* acks=0 ends well here; a partition that the broker left out has an unknown fate. */
    for (size_t i = 0; i < exchange->count; i++) {
        struct sink_outcome outcome = { .err = err,
                                        .is_transport = err != KC_ERR_NONE,
                                        .base_offset = -1,
                                        .append_time_ms = -1,
                                        .log_start_offset = -1 };
        if (response && err == KC_ERR_NONE) {
            outcome.err = KC_ERR_MALFORMED;
            outcome.is_transport = true;
        }
        if (!exchange->items[i].is_concluded) {
            exchange->items[i].is_concluded = true;
            sink_conclude(producer, exchange->items[i].bundle, &outcome, now_us);
        }
    }
    for (size_t i = 0; i < exchange->count; i++) {
        producer_settle(producer, exchange->items[i].buffer, now_us);
    }
    exchange->is_answered = true;
    end_if_over(exchange);
}

void exchange_release(struct exchange *exchange)
{
    struct producer *producer = exchange->producer;
    int64_t now_us = producer->port.now_us(producer->port.context);
    assert(!exchange->is_released);
    exchange->is_released = true;
    for (size_t i = 0; i < exchange->count; i++) {
        struct buffer *buffer = exchange->items[i].buffer;
        exchange->items[i].bundle->borrow_count--;
        producer_drop_bundle(exchange->items[i].bundle);
        /* New numbers wait until the old bytes are out. */
        if (buffer->sequence.wants_restart) {
            producer_settle(producer, buffer, now_us);
        }
    }
    end_if_over(exchange);
}
