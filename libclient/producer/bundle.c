/* producer: one record batch on its way. */
#include "producer/bundle.h"

#include "base/varint.h"
#include "producer/bundle_pool.h"

#include <assert.h>
#include <sched.h>
#include <stdlib.h>

void bundle_await_filled(const struct bundle *bundle)
{
    while (atomic_load_explicit(&bundle->filling, memory_order_acquire) > 0) {
        (void)sched_yield();
    }
}

void bundle_set_producer(struct bundle *bundle, int64_t producer_id, int16_t producer_epoch,
                         int32_t base_sequence)
{
    bundle->is_wire_stale =
        !slice_is_null(bundle->wire) &&
        (bundle->is_wire_stale || bundle->producer_id != producer_id ||
         bundle->producer_epoch != producer_epoch || bundle->base_sequence != base_sequence);
    bundle->producer_id = producer_id;
    bundle->producer_epoch = producer_epoch;
    bundle->base_sequence = base_sequence;
}

enum kc_err bundle_pack(struct bundle *bundle, enum compression codec,
                        struct compressor *compressor, bool transactional)
{
    if (!slice_is_null(bundle->wire)) {
        if (bundle->is_wire_stale) {
            assert(bundle->borrow_count == 0);
            uint8_t *batch =
                bundle->wire.data == bundle->data ? bundle->data : bundle->compressed.data;
            batch_set_producer(batch, bundle->wire.size, bundle->producer_id,
                               bundle->producer_epoch, bundle->base_sequence);
            bundle->is_wire_stale = false;
        }
        return KC_ERR_NONE;
    }
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .codec = compressor ? codec : COMPRESSION_NONE,
                                 .transactional = transactional,
                                 .producer_id = bundle->producer_id,
                                 .producer_epoch = bundle->producer_epoch,
                                 .base_sequence = bundle->base_sequence };
    return batch_writer_close(&bundle->writer, &close, compressor, &bundle->compressed,
                              &bundle->wire);
}

/* The timestamp of the record at *position of the uncompressed batch, which moves to the next. */
static int64_t next_timestamp(const struct bundle *bundle, size_t *position)
{
    const uint8_t *at = bundle->data + *position;
    const uint8_t *end = bundle->data + bundle->writer.size;
    int32_t size = 0;
    int64_t delta = 0;
    size_t prefix = varint_get(at, end, &size);
    assert(prefix > 0 && size > 0);
    /* The attributes byte stands before the delta. */
    (void)varlong_get(at + prefix + 1, end, &delta);
    *position += prefix + (size_t)size;
    return bundle->writer.base_timestamp + delta;
}

/* Where the reading of timestamps stands. */
struct stamps {
    size_t place;    /* in the timeline */
    size_t position; /* of the record `index` */
    size_t index;
    int64_t timestamp_ms; /* of the one before it */
};

/* The timestamp of record i; i never falls. *ret_end: those before it have the same. */
static int64_t stamps_at(struct stamps *stamps, const struct bundle *bundle, size_t i,
                         size_t *ret_end)
{
    const struct timeline *timeline = &bundle->timeline;
    if (timeline_is_whole(timeline)) {
        int64_t timestamp_ms = timeline_at(timeline, i, &stamps->place);
        *ret_end = timeline_end(timeline, stamps->place);
        return timestamp_ms;
    }
    for (; stamps->index <= i; stamps->index++) {
        stamps->timestamp_ms = next_timestamp(bundle, &stamps->position);
    }
    *ret_end = i + 1;
    return stamps->timestamp_ms;
}

/* The records from `first`, before `end`, that share a callback, which is not NULL, and a
 * timestamp. The index behind. */
static size_t report_each(const struct bundle *bundle, struct stamps *stamps,
                          struct kc_delivery *delivery, const struct bundle_fate *fate,
                          size_t first, size_t end)
{
    const struct audience *audience = &bundle->audience;
    delivery->timestamp_ms = fate->append_time_ms;
    if (fate->append_time_ms < 0) {
        size_t same;
        delivery->timestamp_ms = stamps_at(stamps, bundle, first, &same);
        end = MIN_OF(end, same);
    }
    kc_delivery_callback *callback = audience_callback(audience, first);
    size_t i = first;
    do {
        delivery->offset = fate->base_offset < 0 ? -1 : fate->base_offset + (int64_t)i;
        callback(audience_context(audience, i), delivery);
        i++;
    } while (i < end && (!audience->is_mixed || audience_callback(audience, i) == callback));
    return i;
}

/* The run of records without callback that starts at `first`, before `limit`: to the listener. The
 * index behind. */
static size_t report_run(const struct bundle *bundle, const struct bundle_listener *listener,
                         struct kc_batch_delivery *delivery, const struct bundle_fate *fate,
                         size_t first, size_t limit)
{
    const struct audience *audience = &bundle->audience;
    size_t end = first + 1;
    while (end < limit && !audience_callback(audience, end)) {
        end++;
    }
    if (listener && listener->callback) {
        delivery->base_offset = fate->base_offset < 0 ? -1 : fate->base_offset + (int64_t)first;
        delivery->count = end - first;
        delivery->contexts = audience->count > 0 ? audience->contexts + first : NULL;
        listener->callback(listener->context, delivery);
    }
    return end;
}

/* The error of record i, and behind the last one that has it. *place, from 0, moves on with i; a
 * culprit told out of order is passed over. */
static enum kc_err error_at(const struct bundle_fate *fate, size_t i, size_t *place,
                            size_t *ret_end)
{
    size_t culprit;
    if (fate->culprit_count == 0) {
        return fate->err;
    }
    while (*place < fate->culprit_count && (fate->culprits[*place].batch_index < 0 ||
                                            (size_t)fate->culprits[*place].batch_index < i)) {
        (*place)++;
    }
    if (*place == fate->culprit_count) {
        return KC_ERR_OTHER_RECORD_INVALID;
    }
    culprit = (size_t)fate->culprits[*place].batch_index;
    *ret_end = MIN_OF(*ret_end, culprit > i ? culprit : i + 1);
    return culprit > i ? KC_ERR_OTHER_RECORD_INVALID : fate->err;
}

void bundle_report(struct bundle *bundle, const struct bundle_listener *listener, const char *topic,
                   int32_t partition, const struct bundle_fate *fate)
{
    assert(!bundle->is_reported);
    bundle->is_reported = true;
    const struct audience *audience = &bundle->audience;
    struct stamps stamps = { .position = BATCH_HEADER_SIZE };
    struct kc_delivery delivery = { .status = fate->status,
                                    .topic = topic,
                                    .partition = partition };
    struct kc_batch_delivery run = { .status = fate->status,
                                     .topic = topic,
                                     .partition = partition,
                                     .append_time_ms = fate->append_time_ms };
    size_t place = 0;
    for (size_t i = 0; i < (size_t)bundle->writer.count;) {
        size_t end = (size_t)bundle->writer.count;
        delivery.err = run.err = error_at(fate, i, &place, &end);
        i = audience_callback(audience, i) ? report_each(bundle, &stamps, &delivery, fate, i, end)
                                           : report_run(bundle, listener, &run, fate, i, end);
    }
}

/* Appends a decoded record as it was, the index-th of `from`. */
static bool move_record(struct bundle *to, const struct record *record, const struct bundle *from,
                        size_t index)
{
    struct record_header *headers = NULL;
    struct slice rest = record->headers;
    int32_t count = 0;
    if (record->header_count > 0) {
        headers = calloc((size_t)record->header_count, sizeof(*headers));
        if (!headers) {
            return false;
        }
        while (count < record->header_count && record_next_header(&rest, &headers[count])) {
            count++;
        }
    }
    bool good = bundle_append(to, record->timestamp, record->key, record->value, headers, count,
                              audience_callback(&from->audience, index),
                              audience_context(&from->audience, index), NULL);
    free(headers);
    return good;
}

static bool move_records(struct bundle *from, struct bundle *first, struct bundle *second)
{
    struct batch_close close = {
        .partition_leader_epoch = -1, .producer_id = -1, .producer_epoch = -1, .base_sequence = -1
    };
    struct slice wire;
    struct batch batch;
    struct batch_reader reader;
    struct record record;
    if (batch_writer_close(&from->writer, &close, NULL, NULL, &wire) != KC_ERR_NONE ||
        batch_read(wire, &batch) != KC_ERR_NONE ||
        batch_reader_init(&reader, &batch, NULL, NULL) != KC_ERR_NONE) {
        return false;
    }
    for (int32_t i = 0; i < from->writer.count; i++) {
        struct bundle *to = i < from->writer.count / 2 ? first : second;
        if (batch_reader_next(&reader, &record) != KC_ERR_NONE ||
            !move_record(to, &record, from, (size_t)i)) {
            return false;
        }
    }
    return true;
}

static void inherit(struct bundle *to, const struct bundle *from, int32_t sequence_delta)
{
    to->buffer = from->buffer;
    to->created_us = from->created_us;
    to->ticket = from->ticket;
    to->maybe_written = from->maybe_written;
    /* Both halves stand at the old one's place; the queue keeps them in the order of insertion. */
    to->order = from->order;
    if (from->base_sequence >= 0) {
        bundle_set_producer(to, from->producer_id, from->producer_epoch,
                            (int32_t)(((int64_t)from->base_sequence + sequence_delta) & INT32_MAX));
    }
}

enum kc_err bundle_split(struct bundle *bundle, struct bundle **ret_first,
                         struct bundle **ret_second)
{
    if (bundle->writer.count < 2) {
        return KC_ERR_TOO_LARGE;
    }
    /* A bit more than the old size: deltas of the second half only get shorter, but its base
     * timestamp changes, which may lengthen them. */
    size_t capacity = bundle->writer.size + (size_t)bundle->writer.count * VARLONG_SIZE_MAX;
    struct bundle *first = bundle_pool_force(bundle->pool, capacity);
    struct bundle *second = bundle_pool_force(bundle->pool, capacity);
    if (!first || !second || !move_records(bundle, first, second)) {
        if (first) {
            bundle_pool_give(first);
        }
        if (second) {
            bundle_pool_give(second);
        }
        return KC_ERR_NO_MEMORY;
    }
    inherit(first, bundle, 0);
    inherit(second, bundle, first->writer.count);
    bundle->is_reported = true;
    *ret_first = first;
    *ret_second = second;
    return KC_ERR_NONE;
}
