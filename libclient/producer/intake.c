/* producer: the senders' side: what a record must be, its topic, its partition. */
#include "producer/intake.h"

#include "producer/feeder.h"
#include "producer/topic_view.h"

#include <limits.h>
#include <stdlib.h>

/* A run takes the wall clock once, and no lock for longer: some 20 microseconds of work. */
enum { HEADERS_ON_STACK = 16, RUN_MAX = 256, PARTITION_WRONG = -2 };

/* Key and value of a record of the express way, which copies them under the lock. */
enum { EXPRESS_MAX = FEEDER_APART_MIN - 1 };

static enum kc_err topic_verdict(const struct producer *producer,
                                 const struct producer_topic *topic, int32_t partition,
                                 int64_t start_us)
{
    int32_t count = atomic_load_explicit(&topic->partition_count, memory_order_acquire);
    enum kc_err err = (enum kc_err)atomic_load(&topic->err);
    if (count > partition) {
        return KC_ERR_NONE;
    }
    if (atomic_load(&topic->heard_us) <= start_us) {
        enum kc_err denial = (enum kc_err)atomic_load(&producer->denial);
        return denial != KC_ERR_NONE ? denial : KC_ERR_WOULD_BLOCK;
    }
    if (count > 0) {
        return KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    return err == KC_ERR_INVALID_TOPIC_EXCEPTION || err == KC_ERR_TOPIC_AUTHORIZATION_FAILED
               ? err
               : KC_ERR_WOULD_BLOCK;
}

enum kc_err intake_await_topic(struct producer *producer, const char *name, int32_t partition,
                               int64_t deadline_us, struct producer_topic **ret_topic)
{
    bool is_new;
    int64_t start_us = clock_now_us(producer->clock);
    if (name[0] == 0) {
        return KC_ERR_INVALID;
    }
    /* A question with a name that no message can hold would fail for all topics in it. */
    if (strnlen(name, METADATA_TOPIC_NAME_MAX + 1) > METADATA_TOPIC_NAME_MAX) {
        return KC_ERR_INVALID_TOPIC_EXCEPTION;
    }
    struct producer_topic *topic = topic_table_add(&producer->topics, producer, name, &is_new);
    if (!topic) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = topic_verdict(producer, topic, partition, is_new ? 0 : start_us);
    if (err == KC_ERR_WOULD_BLOCK || (err != KC_ERR_NONE && is_new)) {
        atomic_store(is_new ? &producer->has_new_topics : &producer->wants_refresh, true);
        producer->port.wake(producer->port.context);
    }
    lock_hold(&producer->topic_lock);
    while (err == KC_ERR_WOULD_BLOCK && deadline_us != 0) {
        if (atomic_load(&producer->is_closed)) {
            err = KC_ERR_CLOSED;
        } else if (!signal_wait(&producer->topic_signal, &producer->topic_lock, deadline_us)) {
            err = topic_verdict(producer, topic, partition, start_us);
            err = err == KC_ERR_WOULD_BLOCK ? KC_ERR_TIMED_OUT : err;
        } else {
            err = topic_verdict(producer, topic, partition, start_us);
        }
    }
    lock_release(&producer->topic_lock);
    if (err == KC_ERR_NONE) {
        *ret_topic = topic;
    }
    return err;
}

static bool is_bytes(struct kc_bytes bytes)
{
    return bytes.data || bytes.size == 0;
}

BASE_INLINE enum kc_err check_record(const struct producer *producer,
                                     const struct kc_record *record)
{
    if (!record || !record->topic || !is_bytes(record->key) || !is_bytes(record->value)) {
        return KC_ERR_INVALID;
    }
    if (BASE_UNLIKELY(record->flags != 0) &&
        ((record->flags & KC_RECORD_PARTITION && record->partition < 0) ||
         (record->flags & KC_RECORD_TIMESTAMP && record->timestamp_ms < 0))) {
        return KC_ERR_INVALID;
    }
    if (record->key.size > producer->settings.request_size_max ||
        record->value.size > producer->settings.request_size_max) {
        return KC_ERR_TOO_LARGE;
    }
    if (atomic_load_explicit(&producer->is_closed, memory_order_relaxed)) {
        return KC_ERR_CLOSED;
    }
    enum kc_err fatal = (enum kc_err)atomic_load_explicit(&producer->fatal, memory_order_relaxed);
    return fatal != KC_ERR_NONE ? fatal
                                : (enum kc_err)atomic_load_explicit(&producer->transaction.refusal,
                                                                    memory_order_relaxed);
}

/* The topic as it is known, its partition among it; waits for metadata. */
static enum kc_err find_topic(struct feeder *feeder, const char *name, int32_t partition)
{
    struct producer *producer = feeder->producer;
    struct producer_topic *topic = topic_table_find(&producer->topics, name);
    if (BASE_UNLIKELY(!topic || atomic_load_explicit(&topic->partition_count,
                                                     memory_order_acquire) <= partition)) {
        feeder_leave(feeder);
        enum kc_err err = intake_await_topic(producer, name, partition, 0, &topic);
        if (err == KC_ERR_WOULD_BLOCK && feeder->wait_us > 0) {
            err = intake_await_topic(producer, name, partition, feeder_deadline_us(feeder), &topic);
        }
        if (err != KC_ERR_NONE) {
            return err;
        }
    }
    feeder->topic = topic;
    return KC_ERR_NONE;
}

/* -1: the sticky choice. */
static int32_t choose_by_key(const struct producer_settings *settings, struct slice key,
                             int32_t count)
{
    return settings->ignores_keys ? -1 : partitioner_of_key(settings->partitioner, key, count);
}

/* -1: the sticky choice; PARTITION_WRONG: the custom partitioner chose one that is not there. */
static int32_t choose(struct feeder *feeder, const struct kc_record *record)
{
    const struct producer_settings *settings = &feeder->producer->settings;
    struct producer_topic *topic = feeder->topic;
    bool has_key = !slice_is_null(feeder->key) && !settings->ignores_keys;
    if (BASE_LIKELY(!has_key && settings->partitioner == PARTITIONER_MURMUR2_RANDOM &&
                    !settings->custom)) {
        return -1;
    }
    int32_t count = atomic_load_explicit(&topic->partition_count, memory_order_acquire);
    if (BASE_UNLIKELY(settings->custom != NULL)) {
        struct kc_partitions partitions = { topic, count };
        feeder_leave(feeder);
        int32_t chosen = settings->custom(settings->custom_context, record, &partitions);
        if (chosen != KC_PARTITION_ANY) {
            return chosen >= 0 && chosen < count ? chosen : PARTITION_WRONG;
        }
    }
    if (BASE_UNLIKELY(settings->partitioner == PARTITIONER_ROUND_ROBIN ||
                      settings->partitioner == PARTITIONER_RANDOM)) {
        struct feeder_load load;
        struct partitioner_view view = feeder_view(topic, &load);
        return settings->partitioner == PARTITIONER_RANDOM
                   ? partitioner_random(&topic->partitioner, &view)
                   : partitioner_round_robin(&topic->partitioner, &view);
    }
    return choose_by_key(settings, feeder->key, count);
}

static enum kc_err put(struct feeder *feeder, const struct kc_record *record)
{
    int32_t partition = record->flags & KC_RECORD_PARTITION ? record->partition : -1;
    if (partition < 0) {
        partition = choose(feeder, record);
        if (BASE_UNLIKELY(partition == PARTITION_WRONG)) {
            return KC_ERR_INVALID;
        }
    }
    return feeder_put(feeder, partition);
}

/* The public form of headers, or the encoded one of a received record, as the writer wants them. */
static bool fill_headers(const struct kc_record *record, struct record_header *headers)
{
    struct slice rest = slice_of(record->encoded_headers.data, record->encoded_headers.size);
    for (size_t i = 0; i < record->header_count; i++) {
        if (!record->headers) {
            if (!record_next_header(&rest, &headers[i])) {
                return false;
            }
            continue;
        }
        const struct kc_header *header = &record->headers[i];
        if (!is_bytes(header->key) || !is_bytes(header->value)) {
            return false;
        }
        headers[i].key =
            header->key.data ? slice_of(header->key.data, header->key.size) : SLICE_EMPTY;
        headers[i].value = slice_of(header->value.data, header->value.size);
    }
    return true;
}

static enum kc_err put_with_headers(struct feeder *feeder, const struct kc_record *record)
{
    struct record_header stack[HEADERS_ON_STACK];
    struct record_header *headers = stack;
    if (record->header_count > INT_MAX / sizeof(*headers)) {
        return KC_ERR_TOO_LARGE;
    }
    if (record->header_count > HEADERS_ON_STACK) {
        headers = calloc(record->header_count, sizeof(*headers));
        if (!headers) {
            return KC_ERR_NO_MEMORY;
        }
    }
    enum kc_err err = KC_ERR_INVALID;
    if (fill_headers(record, headers)) {
        feeder->headers = headers;
        feeder->header_count = (int32_t)record->header_count;
        err = put(feeder, record);
        feeder->headers = NULL;
        feeder->header_count = 0;
    }
    if (headers != stack) {
        free(headers);
    }
    return err;
}

/* One record; `known` is the name whose topic the feeder holds already. */
static enum kc_err take(struct feeder *feeder, const struct kc_record *record, const char *known,
                        int64_t now_ms)
{
    enum kc_err err = check_record(feeder->producer, record);
    if (BASE_UNLIKELY(err != KC_ERR_NONE)) {
        return err;
    }
    int32_t wanted = record->flags & KC_RECORD_PARTITION ? record->partition : 0;
    if (record->topic != known || BASE_UNLIKELY(wanted > 0)) {
        err = find_topic(feeder, record->topic, wanted);
        if (BASE_UNLIKELY(err != KC_ERR_NONE)) {
            return err;
        }
    }
    feeder->timestamp_ms = record->flags & KC_RECORD_TIMESTAMP ? record->timestamp_ms : now_ms;
    feeder->key = slice_of(record->key.data, record->key.size);
    feeder->value = slice_of(record->value.data, record->value.size);
    return BASE_LIKELY(record->header_count == 0) ? put(feeder, record)
                                                  : put_with_headers(feeder, record);
}

enum kc_err intake_send_many(struct producer *producer, const struct intake_load *load,
                             int64_t wait_us, size_t *ret_taken)
{
    struct feeder feeder = { .producer = producer,
                             .wait_us = wait_us,
                             .deadline_us = -1,
                             .callback = load->callback,
                             .context = load->context };
    const char *known = NULL;
    enum kc_err err = KC_ERR_NONE;
    int64_t now_ms = clock_wall_ms(producer->clock);
    size_t taken = 0;
    for (; taken < load->count; taken++) {
        const struct kc_record *record = &load->records[taken];
        if (BASE_UNLIKELY(feeder.was_slow || (taken % RUN_MAX == 0 && taken > 0))) {
            feeder_leave(&feeder);
            feeder.was_slow = false;
            now_ms = clock_wall_ms(producer->clock);
        }
        if (load->contexts) {
            feeder.context = load->contexts[taken];
        }
        err = take(&feeder, record, known, now_ms);
        if (BASE_UNLIKELY(err != KC_ERR_NONE)) {
            break;
        }
        known = record->topic;
    }
    feeder_finish(&feeder);
    *ret_taken = taken;
    return err;
}

/* Small and plain, and its partition hangs on nothing but its key. */
static bool is_express(const struct producer_settings *settings, const struct kc_record *record)
{
    bool is_pure = !settings->custom && settings->partitioner != PARTITIONER_ROUND_ROBIN &&
                   settings->partitioner != PARTITIONER_RANDOM;
    return (record->flags & ~(unsigned)KC_RECORD_PARTITION) == 0 && record->header_count == 0 &&
           (record->key.size | record->value.size) <= EXPRESS_MAX &&
           (is_pure || record->flags & KC_RECORD_PARTITION);
}

/* To the topic used last. False: nothing was done; the long way tells what is wrong, if anything
 * is. */
static bool take_express(struct producer *producer, const struct kc_record *record,
                         kc_delivery_callback *callback, void *context)
{
    if (BASE_UNLIKELY(check_record(producer, record) != KC_ERR_NONE ||
                      !is_express(&producer->settings, record))) {
        return false;
    }
    const struct producer_topic *topic = topic_table_last(&producer->topics, record->topic);
    int32_t count = topic ? atomic_load_explicit(&topic->partition_count, memory_order_acquire) : 0;
    bool is_given = record->flags & KC_RECORD_PARTITION;
    if (BASE_UNLIKELY(count <= (is_given ? record->partition : 0))) {
        return false;
    }
    int32_t partition = is_given
                            ? record->partition
                            : choose_by_key(&producer->settings,
                                            slice_of(record->key.data, record->key.size), count);
    return feeder_express(topic, partition, record, callback, context);
}

enum kc_err intake_send(struct producer *producer, const struct kc_record *record,
                        kc_delivery_callback *callback, void *context, int64_t wait_us)
{
    if (BASE_LIKELY(take_express(producer, record, callback, context))) {
        return KC_ERR_NONE;
    }
    struct feeder feeder = { .producer = producer,
                             .wait_us = wait_us,
                             .deadline_us = -1,
                             .callback = callback,
                             .context = context };
    enum kc_err err = take(&feeder, record, NULL, -1);
    feeder_finish(&feeder);
    return err;
}
