/* producer: a sender at work. This is the hot path: one short lock, one encoding. */
#include "producer/feeder.h"

#include "producer/ratio.h"
#include "producer/sink.h"

static void announce(struct producer *producer, struct buffer *buffer)
{
    lock_hold(&producer->news_lock);
    if (!list_is_linked(&buffer->news)) {
        list_append(&producer->news, &buffer->news);
    }
    lock_release(&producer->news_lock);
    producer->port.wake(producer->port.context);
}

/* Memory is out: what lingers must go. Where nothing does the loop has no need to know. */
static void wake_hungry(void *context)
{
    struct producer *producer = context;
    if (atomic_load(&producer->lingers)) {
        producer->port.wake(producer->port.context);
    }
}

int64_t feeder_deadline_us(struct feeder *feeder)
{
    const struct producer *producer = feeder->producer;
    if (feeder->deadline_us < 0) {
        bool may_wait = feeder->wait_us > 0 && producer->port.may_wait(producer->port.context);
        feeder->deadline_us = may_wait ? clock_now_us(producer->clock) + feeder->wait_us : 0;
    }
    feeder->was_slow = true;
    return feeder->deadline_us;
}

static int32_t load_of(const void *context, int32_t partition)
{
    const struct feeder_load *load = context;
    struct buffer *buffer = producer_topic_buffer(load->topic, partition);
    struct sink *sink = atomic_load_explicit(&buffer->sink, memory_order_acquire);
    if (!sink) {
        return PARTITIONER_LEADERLESS;
    }
    int64_t stuck_us = atomic_load_explicit(&sink->stuck_us, memory_order_relaxed);
    if (load->slow_us > 0 && stuck_us > 0 && load->now_us - stuck_us > load->slow_us) {
        return PARTITIONER_SLOW;
    }
    return (int32_t)atomic_load_explicit(&buffer->load, memory_order_relaxed);
}

struct partitioner_view feeder_view(const struct producer_topic *topic, struct feeder_load *load)
{
    const struct producer *producer = topic->producer;
    int32_t count = atomic_load_explicit(&topic->partition_count, memory_order_acquire);
    bool is_adaptive = producer->settings.is_adaptive;
    *load = (struct feeder_load){ .topic = topic };
    if (is_adaptive && producer->settings.availability_timeout_us > 0) {
        load->slow_us = producer->settings.availability_timeout_us;
        load->now_us = clock_now_us(producer->clock);
    }
    return (struct partitioner_view){ .count = count,
                                      .is_adaptive = is_adaptive,
                                      .is_all_led = atomic_load(&topic->led_count) >= count,
                                      .load = load_of,
                                      .context = load };
}

static void move_on(struct producer_topic *topic, int32_t from)
{
    struct feeder_load load;
    struct partitioner_view view = feeder_view(topic, &load);
    partitioner_move(&topic->partitioner, from, &view);
}

static int32_t sticky_partition(struct producer_topic *topic)
{
    int32_t count = atomic_load_explicit(&topic->partition_count, memory_order_acquire);
    int32_t partition = partitioner_current(&topic->partitioner, count);
    while (BASE_UNLIKELY(partition < 0)) {
        move_on(topic, -1);
        partition = partitioner_current(&topic->partitioner, count);
    }
    return partition;
}

void feeder_leave(struct feeder *feeder)
{
    if (feeder->held) {
        lock_release(&feeder->held->lock);
        feeder->held = NULL;
    }
}

void feeder_finish(struct feeder *feeder)
{
    feeder_leave(feeder);
    if (BASE_UNLIKELY(feeder->fresh != NULL)) {
        bundle_pool_give(feeder->fresh);
    }
}

/* Copies the value into the place that it was given. */
static void fill(struct feeder *feeder)
{
    feeder_leave(feeder);
    memcpy(feeder->place, feeder->value.data, feeder->value.size);
    feeder->place = NULL;
    bundle_filled(feeder->filling);
}

/* Under the lock. ret_place NULL: the value is copied. */
BASE_INLINE bool append_inline(const struct feeder *feeder, struct buffer *buffer, bool is_sticky,
                               uint8_t **ret_place)
{
    struct bundle *bundle = buffer->open;
    size_t before = bundle->writer.size;
    int64_t timestamp_ms = feeder->timestamp_ms;
    if (timestamp_ms < 0) {
        timestamp_ms = clock_memo_wall_ms(&buffer->clock, feeder->producer->clock);
    }
    if (!bundle_append(bundle, timestamp_ms, feeder->key, feeder->value, feeder->headers,
                       feeder->header_count, feeder->callback, feeder->context, ret_place)) {
        return false;
    }
    if (is_sticky &&
        partitioner_count(&buffer->topic->partitioner, bundle->writer.size - before,
                          buffer->fill_size, bundle->writer.size >= bundle->writer.capacity)) {
        move_on(buffer->topic, buffer->partition);
    }
    return true;
}

/* One copy for all but the express way, where it is worth its own. */
static bool append(struct feeder *feeder, struct buffer *buffer, bool is_sticky)
{
    if (BASE_LIKELY(feeder->value.size < FEEDER_APART_MIN)) {
        return append_inline(feeder, buffer, is_sticky, NULL);
    }
    feeder->filling = buffer->open;
    return append_inline(feeder, buffer, is_sticky, &feeder->place);
}

/* In less than an eighth of linger.ms: one of twice the size waits no longer than a quarter. */
static bool fills_quickly(const struct producer *producer, const struct bundle *bundle)
{
    int64_t linger_us = producer->settings.linger_us;
    return linger_us > 0 && clock_now_us(producer->clock) - bundle->created_us < linger_us / 8;
}

/* Closes the open bundle, which is full; leaves the lock. Compression happens behind it, so that
 * more senders compress more. */
static void seal_full(struct feeder *feeder, struct buffer *buffer)
{
    struct producer *producer = feeder->producer;
    struct bundle *bundle = buffer_seal(buffer);
    bool is_news = buffer->known != BUFFER_KNOWN_QUEUED;
    bool is_packing = producer->settings.codec != COMPRESSION_NONE;
    bundle->is_packing = is_packing;
    buffer->known = BUFFER_KNOWN_QUEUED;
    /* Batches grow while the loop does not keep up, and while they fill so quickly that a larger
     * one is full long before it would linger; else they are of batch.size. */
    if (buffer->queue_count > 1 || fills_quickly(producer, bundle)) {
        bool may_grow = buffer->capacity_next <= buffer->capacity_max / 2;
        buffer->capacity_next = may_grow ? buffer->capacity_next * 2 : buffer->capacity_next;
    } else if (buffer->queue_count == 0 || is_news) {
        buffer->capacity_next = MIN_OF(producer->settings.batch_size, buffer->capacity_max);
    }
    feeder_leave(feeder);
    if (is_packing) {
        feeder->was_slow = true;
        (void)producer_pack(producer, bundle);
        lock_hold(&buffer->lock);
        bundle->is_packing = false;
        lock_release(&buffer->lock);
    }
    if (is_news || is_packing) {
        announce(producer, buffer);
    }
}

/* Under the lock, which it leaves: makes the fresh bundle the open one and appends. */
static enum kc_err open_fresh(struct feeder *feeder, struct buffer *buffer, size_t size,
                              bool is_sticky)
{
    struct bundle *fresh = feeder->fresh;
    bool is_news = buffer->known == BUFFER_KNOWN_EMPTY;
    fresh->writer.capacity = MIN_OF(fresh->capacity, MAX_OF(buffer->fill_size, size));
    buffer_open(buffer, fresh, clock_now_us(feeder->producer->clock));
    if (!append(feeder, buffer, is_sticky)) {
        buffer_unopen(buffer);
        feeder_leave(feeder);
        return KC_ERR_NO_MEMORY;
    }
    feeder->fresh = NULL;
    buffer->known = is_news ? BUFFER_KNOWN_LINGERING : buffer->known;
    if (is_news) {
        feeder_leave(feeder);
        announce(feeder->producer, buffer);
    }
    return KC_ERR_NONE;
}

/* Batches are filled to their size as it goes over the wire; before compression they are bounded by
 * what a request, and a share of the memory, may be. */
static size_t fill_size_of(const struct producer *producer, const struct buffer *buffer)
{
    const struct producer_settings *settings = &producer->settings;
    if (settings->codec == COMPRESSION_NONE) {
        return buffer->capacity_next;
    }
    int ratio = atomic_load_explicit(&buffer->topic->ratio, memory_order_relaxed);
    size_t most = MIN_OF(settings->request_size_max, settings->memory_max / 8);
    return MIN_OF(ratio_fill(ratio, buffer->capacity_next), MAX_OF(most, buffer->capacity_next));
}

/* The open bundle has no room, or there is none; leaves the lock unless all is well. WOULD_BLOCK:
 * look again, at the partition that is the sticky choice now. */
static enum kc_err put_slowly(struct feeder *feeder, struct buffer *buffer, bool is_sticky)
{
    struct producer *producer = feeder->producer;
    if (buffer->open) {
        seal_full(feeder, buffer);
        return KC_ERR_WOULD_BLOCK;
    }
    if (is_sticky && partitioner_count(&buffer->topic->partitioner, 0, buffer->fill_size, true)) {
        move_on(buffer->topic, buffer->partition);
        return KC_ERR_WOULD_BLOCK;
    }
    struct batch_writer empty = { .size = BATCH_HEADER_SIZE };
    size_t size = BATCH_HEADER_SIZE +
                  batch_writer_record_size(&empty, feeder->timestamp_ms, feeder->key, feeder->value,
                                           feeder->headers, feeder->header_count);
    if (size > producer->settings.request_size_max) {
        feeder_leave(feeder);
        return KC_ERR_TOO_LARGE;
    }
    buffer->fill_size = fill_size_of(producer, buffer);
    if (feeder->fresh && feeder->fresh->capacity >= size) {
        return open_fresh(feeder, buffer, size, is_sticky);
    }
    size_t capacity = MAX_OF(buffer->fill_size, size);
    enum kc_err err = KC_ERR_NONE;
    feeder_leave(feeder);
    if (feeder->fresh) {
        bundle_pool_give(feeder->fresh);
    }
    feeder->fresh = bundle_pool_take(&producer->pool, capacity, feeder_deadline_us(feeder),
                                     wake_hungry, producer, &err);
    return feeder->fresh ? KC_ERR_WOULD_BLOCK : err;
}

/* The lock of another buffer must be taken, or a bundle. */
static enum kc_err put_anywhere(struct feeder *feeder, int32_t partition)
{
    struct producer_topic *topic = feeder->topic;
    bool is_sticky = partition < 0;
    enum kc_err err = KC_ERR_WOULD_BLOCK;
    while (err == KC_ERR_WOULD_BLOCK) {
        if (is_sticky) {
            partition = sticky_partition(topic);
        }
        struct buffer *buffer = producer_topic_buffer(topic, partition);
        if (buffer != feeder->held) {
            feeder_leave(feeder);
            lock_hold(&buffer->lock);
            feeder->held = buffer;
            if (BASE_UNLIKELY(buffer->is_closed)) {
                feeder_leave(feeder);
                return KC_ERR_CLOSED;
            }
        }
        if (BASE_UNLIKELY(is_sticky && !partitioner_is_current(&topic->partitioner, partition))) {
            continue;
        }
        if (BASE_LIKELY(buffer->open && append(feeder, buffer, is_sticky))) {
            return KC_ERR_NONE;
        }
        err = put_slowly(feeder, buffer, is_sticky);
    }
    return err;
}

static enum kc_err put(struct feeder *feeder, int32_t partition)
{
    struct buffer *held = feeder->held;
    if (BASE_LIKELY(held && held->topic == feeder->topic && held->open)) {
        bool is_sticky = partition < 0;
        bool is_there = is_sticky
                            ? partitioner_is_current(&held->topic->partitioner, held->partition)
                            : held->partition == partition;
        if (is_there && append(feeder, held, is_sticky)) {
            return KC_ERR_NONE;
        }
    }
    return put_anywhere(feeder, partition);
}

enum kc_err feeder_put(struct feeder *feeder, int32_t partition)
{
    enum kc_err err = put(feeder, partition);
    if (BASE_UNLIKELY(feeder->place != NULL)) {
        fill(feeder);
    }
    return err;
}

bool feeder_express(const struct producer_topic *topic, int32_t partition,
                    const struct kc_record *record, kc_delivery_callback *callback, void *context)
{
    bool is_sticky = partition < 0;
    if (is_sticky) {
        partition =
            partitioner_current(&topic->partitioner, atomic_load_explicit(&topic->partition_count,
                                                                          memory_order_acquire));
    }
    if (BASE_UNLIKELY(partition < 0)) {
        return false;
    }
    const struct feeder feeder = { .producer = topic->producer,
                                   .timestamp_ms = -1,
                                   .key = slice_of(record->key.data, record->key.size),
                                   .value = slice_of(record->value.data, record->value.size),
                                   .callback = callback,
                                   .context = context };
    struct buffer *buffer = producer_topic_buffer(topic, partition);
    lock_hold(&buffer->lock);
    bool is_there = buffer->open && !buffer->is_closed &&
                    (!is_sticky || partitioner_is_current(&topic->partitioner, partition));
    bool is_taken = is_there && append_inline(&feeder, buffer, is_sticky, NULL);
    lock_release(&buffer->lock);
    return is_taken;
}
