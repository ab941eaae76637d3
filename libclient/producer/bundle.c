/* producer: one record batch on its way. */
#include "producer/bundle.h"

#include "base/varint.h"
#include "producer/bundle_pool.h"

#include <assert.h>
#include <stdlib.h>

enum { SLOT_COUNT_FIRST = 64 };

/* Room for a slot at the writer's next record; records before it that nobody asked about get empty
 * ones. */
static bool reserve_slot(struct bundle *bundle)
{
    size_t needed = (size_t)bundle->writer.count + 1;
    if (needed > bundle->slot_capacity) {
        size_t capacity = MAX_OF(needed, MAX_OF(bundle->slot_capacity * 2, SLOT_COUNT_FIRST));
        struct bundle_slot *slots = realloc(bundle->slots, capacity * sizeof(*slots));
        if (!slots) {
            return false;
        }
        bundle->slots = slots;
        bundle->slot_capacity = capacity;
    }
    return true;
}

bool bundle_append(struct bundle *bundle, int64_t timestamp_ms, struct slice key,
                   struct slice value, const struct record_header *headers, int32_t header_count,
                   kc_delivery_callback *callback, void *context)
{
    size_t index = (size_t)bundle->writer.count;
    if (callback && BASE_UNLIKELY(index >= bundle->slot_capacity) && !reserve_slot(bundle)) {
        return false;
    }
    if (!batch_writer_append(&bundle->writer, timestamp_ms, key, value, headers, header_count)) {
        return false;
    }
    if (callback) {
        while (bundle->slot_count < index) {
            bundle->slots[bundle->slot_count++] = (struct bundle_slot){ NULL, NULL };
        }
        bundle->slots[bundle->slot_count++] = (struct bundle_slot){ callback, context };
    }
    return true;
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

void bundle_report(struct bundle *bundle, const char *topic, int32_t partition, enum kc_err err,
                   enum kc_delivery_status status, int64_t base_offset, int64_t append_time_ms)
{
    assert(!bundle->is_reported);
    bundle->is_reported = true;
    size_t position = BATCH_HEADER_SIZE;
    struct kc_delivery delivery = {
        .err = err, .status = status, .topic = topic, .partition = partition
    };
    for (size_t i = 0; i < bundle->slot_count; i++) {
        int64_t timestamp_ms = next_timestamp(bundle, &position);
        delivery.offset = base_offset < 0 ? -1 : base_offset + (int64_t)i;
        delivery.timestamp_ms = append_time_ms < 0 ? timestamp_ms : append_time_ms;
        if (bundle->slots[i].callback) {
            bundle->slots[i].callback(bundle->slots[i].context, &delivery);
        }
    }
}

/* Appends a decoded record as it was, with its slot. */
static bool move_record(struct bundle *to, const struct record *record,
                        const struct bundle_slot *slot)
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
                              slot ? slot->callback : NULL, slot ? slot->context : NULL);
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
        const struct bundle_slot *slot = (size_t)i < from->slot_count ? &from->slots[i] : NULL;
        if (batch_reader_next(&reader, &record) != KC_ERR_NONE || !move_record(to, &record, slot)) {
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
    bundle->slot_count = 0;
    bundle->is_reported = true;
    *ret_first = first;
    *ret_second = second;
    return KC_ERR_NONE;
}
