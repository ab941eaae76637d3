/* producer: one record batch on its way: the bytes, who wants to hear of each record, and what
 * happened to it so far. Exactly one report ends it. */
#ifndef PRODUCER_BUNDLE_H
#define PRODUCER_BUNDLE_H

#include "base/list.h"
#include "producer/audience.h"
#include "producer/timeline.h"
#include "record/batch_writer.h"
#include "wire/messages.h"

#include <stdatomic.h>

struct buffer;
struct bundle_pool;
struct producer_purge;

struct bundle {
    struct list link; /* in its buffer's queue or flights, or in the pool */
    struct bundle_pool *pool;
    struct buffer *buffer;
    struct batch_writer writer; /* over data */
    struct bytes compressed;
    struct slice wire; /* header made, ready to send; null: not yet */
    struct timeline timeline;
    struct audience audience;
    uint64_t order;              /* place within the partition: bundles go out by it */
    uint64_t ticket;             /* of the flush that waits for it; 0: none */
    struct producer_purge *doom; /* it is to be given up, for this purge; NULL: not */
    int64_t created_us;          /* delivery.timeout.ms counts from here */
    int64_t retry_at_us;
    int failure_count;
    int32_t base_sequence; /* -1: none given yet */
    int64_t producer_id;
    int16_t producer_epoch;
    atomic_int filling; /* values that senders still copy into their places, outside the lock */
    bool is_packing;    /* its sender is compressing it; under the buffer's lock */
    bool is_wire_stale; /* producer fields changed after the header was made */
    bool maybe_written; /* a try ended without a clear answer */
    bool is_reported;   /* the records were reported; only the memory is still in use */
    bool is_away;       /* closed and not back in the pool */
    int borrow_count;   /* requests whose connection may still read the bytes */
    size_t capacity;
    uint8_t data[];
};

/* Appends a record; false when it does not fit or memory for its callback is out (nothing
 * changed). With ret_value the value, not a null one, is only given its place: the sender copies it
 * there behind the lock and says bundle_filled. */
BASE_INLINE bool bundle_append(struct bundle *bundle, int64_t timestamp_ms, struct slice key,
                               struct slice value, const struct record_header *headers,
                               int32_t header_count, kc_delivery_callback *callback, void *context,
                               uint8_t **ret_value)
{
    size_t index = (size_t)bundle->writer.count;
    bool is_same = audience_is_same(&bundle->audience, callback, context);
    if (BASE_UNLIKELY(!is_same) && !audience_reserve(&bundle->audience, index, callback, context)) {
        return false;
    }
    struct batch_writer *writer = &bundle->writer;
    if (BASE_UNLIKELY(ret_value != NULL)) {
        if (!batch_writer_append_apart(writer, timestamp_ms, key, value, headers, header_count,
                                       ret_value)) {
            return false;
        }
        (void)atomic_fetch_add_explicit(&bundle->filling, 1, memory_order_relaxed);
    } else if (BASE_UNLIKELY(
                   !(header_count == 0 &&
                     batch_writer_append_plain(writer, timestamp_ms, key, value)) &&
                   !batch_writer_append(writer, timestamp_ms, key, value, headers, header_count))) {
        return false;
    }
    if (BASE_UNLIKELY(!is_same)) {
        audience_add(&bundle->audience, index, callback, context);
    }
    timeline_add(&bundle->timeline, index, timestamp_ms);
    return true;
}

/* A value is in its place; the bundle is not the sender's to touch any more. */
static inline void bundle_filled(struct bundle *bundle)
{
    (void)atomic_fetch_sub_explicit(&bundle->filling, 1, memory_order_release);
}

/* Waits until all values are in their places: as long as one is copied, at most. Under the lock,
 * when no further record can come. */
void bundle_await_filled(const struct bundle *bundle);

/* Compresses (compressor NULL: not) and makes header and CRC with the producer fields as they are;
 * may be called again after they changed (is_wire_stale), then only header and CRC are made anew.
 * KC_ERR_NO_MEMORY, KC_ERR_TOO_LARGE. */
enum kc_err bundle_pack(struct bundle *bundle, enum compression codec,
                        struct compressor *compressor, bool transactional);

/* The producer fields that the next packing writes. */
void bundle_set_producer(struct bundle *bundle, int64_t producer_id, int16_t producer_epoch,
                         int32_t base_sequence);

/* Who hears of the records that came without a callback of their own. */
struct bundle_listener {
    kc_batch_delivery_callback *callback; /* NULL: nobody */
    void *context;
};

/* What became of all records of a bundle. */
struct bundle_fate {
    enum kc_err err;
    enum kc_delivery_status status;
    int64_t base_offset;    /* -1: unknown */
    int64_t append_time_ms; /* -1: the records' own timestamps hold */
    /* The records that the broker refused, in order; with them the others fail only for their
     * company (KC_ERR_OTHER_RECORD_INVALID). NULL: err is that of all. */
    const struct produce_response_batch_index_and_error_message *culprits;
    size_t culprit_count;
};

/* Tells every record's callback what became of it, and the listener of each run of records without
 * one; once. */
void bundle_report(struct bundle *bundle, const struct bundle_listener *listener, const char *topic,
                   int32_t partition, const struct bundle_fate *fate);

/* Moves the records into two new bundles of about half the records each (MESSAGE_TOO_LARGE),
 * callbacks, age and sequences included; the old one is left empty. KC_ERR_TOO_LARGE for a single
 * record, KC_ERR_NO_MEMORY; then nothing changed. */
enum kc_err bundle_split(struct bundle *bundle, struct bundle **ret_first,
                         struct bundle **ret_second);

#endif
