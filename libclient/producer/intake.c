/* producer: the senders' side. This is the hot path: one look-up, one short lock, one encoding. */
#include "producer/intake.h"

#include <limits.h>
#include <stdlib.h>

enum { HEADERS_ON_STACK = 16, TOPIC_NAME_MAX = 249 };

/* A record on its way in. */
struct intake {
    struct producer *producer;
    int64_t timestamp_ms;
    int64_t deadline_us;
    struct slice key;
    struct slice value;
    const struct record_header *headers;
    int32_t header_count;
    kc_delivery_callback *callback;
    void *context;
    bool is_sticky; /* the partitioner chose for want of a key, and may choose anew */
};

static void announce(struct producer *producer, struct buffer *buffer)
{
    lock_hold(&producer->news_lock);
    if (!list_is_linked(&buffer->news)) {
        list_append(&producer->news, &buffer->news);
    }
    lock_release(&producer->news_lock);
    producer->port.wake(producer->port.context);
}

static void wake_hungry(void *context)
{
    struct producer *producer = context;
    producer->port.wake(producer->port.context);
}

static enum kc_err topic_verdict(const struct producer_topic *topic, int32_t partition,
                                 int64_t start_us)
{
    int32_t count = atomic_load_explicit(&topic->partition_count, memory_order_acquire);
    enum kc_err err = (enum kc_err)atomic_load(&topic->err);
    if (count > partition) {
        return KC_ERR_NONE;
    }
    if (atomic_load(&topic->heard_us) <= start_us) {
        return KC_ERR_WOULD_BLOCK;
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
    struct producer_topic *topic = topic_table_add(&producer->topics, producer, name, &is_new);
    if (!topic) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = topic_verdict(topic, partition, is_new ? 0 : start_us);
    if (err == KC_ERR_WOULD_BLOCK) {
        atomic_store(is_new ? &producer->has_new_topics : &producer->wants_refresh, true);
        producer->port.wake(producer->port.context);
    }
    lock_hold(&producer->topic_lock);
    while (err == KC_ERR_WOULD_BLOCK && deadline_us != 0) {
        if (atomic_load(&producer->is_closed)) {
            err = KC_ERR_CLOSED;
        } else if (!signal_wait(&producer->topic_signal, &producer->topic_lock, deadline_us)) {
            err = topic_verdict(topic, partition, start_us);
            err = err == KC_ERR_WOULD_BLOCK ? KC_ERR_TIMED_OUT : err;
        } else {
            err = topic_verdict(topic, partition, start_us);
        }
    }
    lock_release(&producer->topic_lock);
    if (err == KC_ERR_NONE) {
        *ret_topic = topic;
    }
    return err;
}

/* Under the buffer's lock. */
static bool append(struct intake *intake, struct buffer *buffer)
{
    struct bundle *bundle = buffer->open;
    size_t before = bundle->writer.size;
    if (!bundle_append(bundle, intake->timestamp_ms, intake->key, intake->value, intake->headers,
                       intake->header_count, intake->callback, intake->context)) {
        return false;
    }
    if (intake->is_sticky) {
        struct producer_topic *topic = buffer->topic;
        partitioner_produced(&topic->partitioner, atomic_load(&topic->partition_count),
                             bundle->writer.size - before, intake->producer->settings.batch_size,
                             false);
    }
    return true;
}

/* Closes the open bundle, which is full; leaves the lock. The sender compresses, so that more
 * senders compress more. */
static void seal_full(struct intake *intake, struct buffer *buffer)
{
    struct producer *producer = intake->producer;
    struct bundle *bundle = buffer_seal(buffer);
    bool is_news = buffer->known != BUFFER_KNOWN_QUEUED;
    bundle->is_packing = producer->settings.codec != COMPRESSION_NONE;
    buffer->known = BUFFER_KNOWN_QUEUED;
    /* While the loop does not keep up, batches grow; else they are of batch.size. */
    if (buffer->queue_count > 1) {
        bool may_grow = bundle->capacity <= buffer->capacity_max / 2;
        buffer->capacity_next = may_grow ? bundle->capacity * 2 : buffer->capacity_next;
    } else if (buffer->queue_count == 0 || is_news) {
        buffer->capacity_next = producer->settings.batch_size;
    }
    if (intake->is_sticky) {
        struct producer_topic *topic = buffer->topic;
        partitioner_produced(&topic->partitioner, atomic_load(&topic->partition_count),
                             bundle->capacity - bundle->writer.size + BATCH_HEADER_SIZE,
                             producer->settings.batch_size, true);
    }
    bool is_packing = bundle->is_packing;
    lock_release(&buffer->lock);
    if (is_packing) {
        struct compressor *compressor = compressor_shelf_take(&producer->compressors);
        (void)bundle_pack(bundle, producer->settings.codec, compressor, false);
        compressor_shelf_give(&producer->compressors, compressor);
        lock_hold(&buffer->lock);
        bundle->is_packing = false;
        lock_release(&buffer->lock);
    }
    if (is_news || is_packing) {
        announce(producer, buffer);
    }
}

/* Under the lock, which it leaves: makes the fresh bundle the open one and appends. */
static enum kc_err open_fresh(struct intake *intake, struct buffer *buffer, struct bundle *fresh)
{
    bool is_news = buffer->known == BUFFER_KNOWN_EMPTY;
    buffer_open(buffer, fresh, clock_now_us(intake->producer->clock));
    if (!append(intake, buffer)) {
        buffer->open = NULL;
        lock_release(&buffer->lock);
        bundle_pool_give(fresh);
        return KC_ERR_NO_MEMORY;
    }
    buffer->known = is_news ? BUFFER_KNOWN_LINGERING : buffer->known;
    lock_release(&buffer->lock);
    if (is_news) {
        announce(intake->producer, buffer);
    }
    return KC_ERR_NONE;
}

/* The open bundle has no room, or there is none; *buffer's lock is held and left. WOULD_BLOCK: the
 * partitioner moved on, choose again (with *ret_fresh). */
static enum kc_err append_slowly(struct intake *intake, struct buffer *buffer,
                                 struct bundle **fresh)
{
    struct producer *producer = intake->producer;
    if (buffer->open) {
        seal_full(intake, buffer);
        return KC_ERR_WOULD_BLOCK;
    }
    struct batch_writer empty = { .size = BATCH_HEADER_SIZE };
    size_t size = BATCH_HEADER_SIZE +
                  batch_writer_record_size(&empty, intake->timestamp_ms, intake->key, intake->value,
                                           intake->headers, intake->header_count);
    size_t capacity = MAX_OF(buffer->capacity_next, size);
    enum kc_err err = KC_ERR_NONE;
    if (size > producer->settings.request_size_max) {
        err = KC_ERR_TOO_LARGE;
    } else if (*fresh && (*fresh)->capacity >= size) {
        struct bundle *bundle = *fresh;
        *fresh = NULL;
        return open_fresh(intake, buffer, bundle);
    }
    lock_release(&buffer->lock);
    if (*fresh) {
        bundle_pool_give(*fresh);
        *fresh = NULL;
    }
    if (err == KC_ERR_NONE) {
        *fresh = bundle_pool_take(&producer->pool, capacity, intake->deadline_us, wake_hungry,
                                  producer, &err);
    }
    return *fresh ? KC_ERR_WOULD_BLOCK : err;
}

static int32_t choose(struct intake *intake, struct producer_topic *topic, int32_t count)
{
    const struct producer_settings *settings = &intake->producer->settings;
    if (settings->is_round_robin) {
        return partitioner_round_robin(&topic->partitioner, count);
    }
    if (!slice_is_null(intake->key) && !settings->ignores_keys) {
        return partitioner_of_key(intake->key, count);
    }
    intake->is_sticky = true;
    return partitioner_sticky(&topic->partitioner, count);
}

static enum kc_err append_to_topic(struct intake *intake, struct producer_topic *topic,
                                   int32_t partition)
{
    struct bundle *fresh = NULL;
    enum kc_err err = KC_ERR_WOULD_BLOCK;
    bool is_given = partition >= 0;
    while (err == KC_ERR_WOULD_BLOCK) {
        if (!is_given && (partition < 0 || intake->is_sticky)) {
            partition = choose(intake, topic,
                               atomic_load_explicit(&topic->partition_count, memory_order_acquire));
        }
        struct buffer *buffer = producer_topic_buffer(topic, partition);
        lock_hold(&buffer->lock);
        if (BASE_UNLIKELY(buffer->is_closed)) {
            lock_release(&buffer->lock);
            err = KC_ERR_CLOSED;
        } else if (BASE_UNLIKELY(intake->is_sticky &&
                                 !partitioner_is_current(&topic->partitioner, partition))) {
            lock_release(&buffer->lock);
        } else if (BASE_LIKELY(buffer->open && append(intake, buffer))) {
            lock_release(&buffer->lock);
            err = KC_ERR_NONE;
        } else {
            err = append_slowly(intake, buffer, &fresh);
        }
    }
    if (BASE_UNLIKELY(fresh != NULL)) {
        bundle_pool_give(fresh);
    }
    return err;
}

static bool is_bytes(struct kc_bytes bytes)
{
    return bytes.data || bytes.size == 0;
}

static enum kc_err check_record(const struct producer *producer, const struct kc_record *record)
{
    if (!record || !record->topic || record->topic[0] == 0 || !is_bytes(record->key) ||
        !is_bytes(record->value)) {
        return KC_ERR_INVALID;
    }
    if ((record->flags & KC_RECORD_PARTITION && record->partition < 0) ||
        (record->flags & KC_RECORD_TIMESTAMP && record->timestamp_ms < 0)) {
        return KC_ERR_INVALID;
    }
    if (record->key.size > producer->settings.request_size_max ||
        record->value.size > producer->settings.request_size_max) {
        return KC_ERR_TOO_LARGE;
    }
    if (atomic_load_explicit(&producer->is_closed, memory_order_relaxed)) {
        return KC_ERR_CLOSED;
    }
    return (enum kc_err)atomic_load_explicit(&producer->fatal, memory_order_relaxed);
}

static enum kc_err send_with_headers(struct intake *intake, const struct kc_record *record)
{
    struct producer *producer = intake->producer;
    int32_t wanted = record->flags & KC_RECORD_PARTITION ? record->partition : -1;
    struct producer_topic *topic = topic_table_find(&producer->topics, record->topic);
    if (BASE_UNLIKELY(!topic || atomic_load_explicit(&topic->partition_count,
                                                     memory_order_acquire) <= MAX_OF(wanted, 0))) {
        if (strnlen(record->topic, TOPIC_NAME_MAX + 1) > TOPIC_NAME_MAX) {
            return KC_ERR_INVALID_TOPIC_EXCEPTION;
        }
        enum kc_err err = intake_await_topic(producer, record->topic, MAX_OF(wanted, 0),
                                             intake->deadline_us, &topic);
        if (err != KC_ERR_NONE) {
            return err;
        }
    }
    return append_to_topic(intake, topic, wanted);
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

static enum kc_err send_headers(struct intake *intake, const struct kc_record *record)
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
        intake->headers = headers;
        intake->header_count = (int32_t)record->header_count;
        err = send_with_headers(intake, record);
    }
    if (headers != stack) {
        free(headers);
    }
    return err;
}

enum kc_err intake_send(struct producer *producer, const struct kc_record *record,
                        kc_delivery_callback *callback, void *context, int64_t deadline_us)
{
    enum kc_err err = check_record(producer, record);
    if (BASE_UNLIKELY(err != KC_ERR_NONE)) {
        return err;
    }
    struct intake intake = { .producer = producer,
                             .timestamp_ms = record->flags & KC_RECORD_TIMESTAMP
                                                 ? record->timestamp_ms
                                                 : clock_wall_ms(producer->clock),
                             .deadline_us = deadline_us,
                             .key = slice_of(record->key.data, record->key.size),
                             .value = slice_of(record->value.data, record->value.size),
                             .callback = callback,
                             .context = context };
    return record->header_count == 0 ? send_with_headers(&intake, record)
                                     : send_headers(&intake, record);
}
