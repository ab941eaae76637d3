/* log: the state of idempotent and transactional producers. The rules are those of Kafka 4.x:
 * KIP-98, KIP-360 (unknown producers may begin anywhere), KIP-890. */
#include "log/producers.h"

#include "base/attr.h"
#include "record/control.h"
#include "record/record.h"

#include <assert.h>
#include <stdlib.h>

void producers_init(struct producers *producers, uint64_t seed)
{
    memset(producers, 0, sizeof(*producers));
    map_init(&producers->entries, seed);
    list_init(&producers->open);
}

static void free_entries(struct producers *producers)
{
    size_t position = 0;
    struct producer_entry *entry;
    while ((entry = map_next(&producers->entries, &position))) {
        free(entry);
    }
    map_finish(&producers->entries);
}

void producers_finish(struct producers *producers)
{
    free_entries(producers);
    free(producers->unreplicated);
    memset(producers, 0, sizeof(*producers));
}

void producers_clear(struct producers *producers, int64_t end_offset)
{
    uint64_t seed = producers->entries.seed;
    producers_finish(producers);
    producers_init(producers, seed);
    producers->end_offset = end_offset;
}

enum kc_err producers_read_marker(const struct batch *batch, struct producers_marker *ret_marker)
{
    struct batch_reader reader;
    struct record record;
    if (batch_codec(batch) != COMPRESSION_NONE) {
        return KC_ERR_INVALID_RECORD;
    }
    enum kc_err err = batch_reader_init(&reader, batch, NULL, NULL);
    if (err == KC_ERR_NONE) {
        err = batch_reader_next(&reader, &record);
    }
    if (err == KC_ERR_WOULD_BLOCK) {
        return KC_ERR_UNSUPPORTED; /* emptied by compaction: nothing ends here any more */
    }
    if (err != KC_ERR_NONE) {
        return KC_ERR_INVALID_RECORD;
    }
    enum control_type type = control_type_of(record.key);
    if (type != CONTROL_ABORT && type != CONTROL_COMMIT) {
        return type == CONTROL_UNKNOWN ? KC_ERR_INVALID_RECORD : KC_ERR_UNSUPPORTED;
    }
    /* int16 version, int32 coordinator epoch; later versions may append. */
    if (slice_is_null(record.value) || record.value.size < 6) {
        return KC_ERR_INVALID_RECORD;
    }
    ret_marker->commit = type == CONTROL_COMMIT;
    ret_marker->coordinator_epoch = (int32_t)load_u32(record.value.data + 2);
    return KC_ERR_NONE;
}

/* Sequences run from 0 to INT32_MAX and begin again at 0. */
static int32_t sequence_plus(int32_t sequence, int32_t count)
{
    return (int32_t)(((uint32_t)sequence + (uint32_t)count) & INT32_MAX);
}

static int32_t sequence_minus(int32_t sequence, int32_t count)
{
    return (int32_t)(((uint32_t)sequence - (uint32_t)count) & INT32_MAX);
}

static bool follows(int32_t last, int32_t next)
{
    return (int64_t)next == (int64_t)last + 1 || (next == 0 && last == INT32_MAX);
}

struct producer_entry *producers_entry(const struct producers *producers, int64_t producer_id)
{
    return map_get(&producers->entries, map_key_of(&producer_id));
}

static bool find_duplicate(const struct producer_entry *entry, const struct batch *batch,
                           struct producer_batch *ret_duplicate)
{
    int32_t last = sequence_plus(batch->base_sequence, batch->last_offset_delta);
    for (size_t i = 0; entry->epoch == batch->producer_epoch && i < entry->batch_count; i++) {
        const struct producer_batch *known = &entry->batches[i];
        if (known->last_sequence == last &&
            sequence_minus(known->last_sequence, known->offset_delta) == batch->base_sequence) {
            *ret_duplicate = *known;
            return true;
        }
    }
    return false;
}

static enum kc_err check_sequence(const struct producer_entry *entry, const struct batch *batch)
{
    if (entry->epoch == -1) {
        return KC_ERR_NONE;
    }
    int32_t last = -1;
    if (batch->producer_epoch == entry->epoch && entry->batch_count > 0) {
        last = entry->batches[entry->batch_count - 1].last_sequence;
    }
    return follows(last, batch->base_sequence) ? KC_ERR_NONE : KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
}

static bool is_fenced(const struct producer_entry *entry, const struct batch *batch,
                      const struct producers_origin *origin)
{
    if (!batch_is_control(batch) || origin->transaction_version < 2) {
        return batch->producer_epoch < entry->epoch;
    }
    bool again = batch->producer_epoch == entry->epoch &&
                 (entry->current_txn_first_offset < 0 || entry->epoch == INT16_MAX);
    return batch->producer_epoch <= entry->epoch && !again;
}

static enum kc_err check_marker(const struct producer_entry *entry, const struct batch *batch)
{
    struct producers_marker marker;
    enum kc_err err = producers_read_marker(batch, &marker);
    if (err != KC_ERR_NONE) {
        return err == KC_ERR_UNSUPPORTED ? KC_ERR_NONE : err;
    }
    if (entry && entry->coordinator_epoch > marker.coordinator_epoch) {
        return KC_ERR_TRANSACTION_COORDINATOR_FENCED;
    }
    return KC_ERR_NONE;
}

enum kc_err producers_check(const struct producers *producers, const struct batch *batch,
                            const struct producers_origin *origin,
                            struct producer_batch *ret_duplicate)
{
    if (batch->producer_id == BATCH_NO_PRODUCER_ID) {
        return KC_ERR_NONE;
    }
    const struct producer_entry *entry = producers_entry(producers, batch->producer_id);
    if (entry && origin->is_client && !batch_is_control(batch) &&
        find_duplicate(entry, batch, ret_duplicate)) {
        return KC_ERR_DUPLICATE_SEQUENCE_NUMBER;
    }
    if (entry && is_fenced(entry, batch, origin)) {
        return KC_ERR_INVALID_PRODUCER_EPOCH;
    }
    if (batch_is_control(batch)) {
        return check_marker(entry, batch);
    }
    if (!entry) {
        return KC_ERR_NONE;
    }
    enum kc_err err = origin->is_client ? check_sequence(entry, batch) : KC_ERR_NONE;
    if (err == KC_ERR_NONE && entry->current_txn_first_offset >= 0 &&
        !batch_is_transactional(batch)) {
        err = KC_ERR_INVALID_TXN_STATE;
    }
    return err;
}

static bool make_entry(struct producers *producers, int64_t producer_id)
{
    struct producer_entry *entry = calloc(1, sizeof(*entry));
    if (!entry) {
        return false;
    }
    entry->producer_id = producer_id;
    list_init(&entry->open_link);
    entry->current_txn_first_offset = -1;
    entry->last_timestamp = -1;
    entry->coordinator_epoch = -1;
    entry->epoch = -1;
    if (!map_put(&producers->entries, map_key_of(&entry->producer_id), entry, NULL)) {
        free(entry);
        return false;
    }
    return true;
}

enum kc_err producers_reserve(struct producers *producers, const struct batch *batch)
{
    if (batch->producer_id == BATCH_NO_PRODUCER_ID) {
        return KC_ERR_NONE;
    }
    if (batch_is_control(batch) &&
        producers->unreplicated_count == producers->unreplicated_capacity) {
        size_t capacity = MAX_OF(producers->unreplicated_capacity * 2, (size_t)4);
        void *items = realloc(producers->unreplicated, capacity * sizeof(*producers->unreplicated));
        if (!items) {
            return KC_ERR_NO_MEMORY;
        }
        producers->unreplicated = items;
        producers->unreplicated_capacity = capacity;
    }
    if (!producers_entry(producers, batch->producer_id) &&
        !make_entry(producers, batch->producer_id)) {
        return KC_ERR_NO_MEMORY;
    }
    return KC_ERR_NONE;
}

static void enter_epoch(struct producer_entry *entry, int16_t epoch)
{
    if (entry->epoch != epoch) {
        entry->epoch = epoch;
        entry->batch_count = 0;
    }
}

static int order_by_offset(const void *a, const void *b)
{
    const struct producer_entry *const *left = a;
    const struct producer_entry *const *right = b;
    int64_t x = (*left)->current_txn_first_offset;
    int64_t y = (*right)->current_txn_first_offset;
    return (x > y) - (x < y);
}

bool producers_sort_open(struct producers *producers)
{
    struct producer_entry **sorted =
        malloc((producers->entries.count + 1) * sizeof(struct producer_entry *));
    struct producer_entry *entry;
    size_t position = 0;
    size_t count = 0;
    if (!sorted) {
        return false;
    }
    while ((entry = map_next(&producers->entries, &position))) {
        list_remove(&entry->open_link);
        if (entry->current_txn_first_offset >= 0) {
            sorted[count++] = entry;
        }
    }
    qsort(sorted, count, sizeof(*sorted), order_by_offset);
    for (size_t i = 0; i < count; i++) {
        list_append(&producers->open, &sorted[i]->open_link);
    }
    free(sorted);
    return true;
}

static int64_t first_open_offset(const struct producers *producers)
{
    const struct list *first = list_first(&producers->open);
    return first
               ? LIST_ITEM(first, const struct producer_entry, open_link)->current_txn_first_offset
               : INT64_MAX;
}

static void apply_data(struct producers *producers, struct producer_entry *entry,
                       const struct batch *batch)
{
    enter_epoch(entry, batch->producer_epoch);
    if (batch->base_sequence >= 0) {
        if (entry->batch_count == PRODUCERS_BATCHES) {
            memmove(entry->batches, entry->batches + 1,
                    (PRODUCERS_BATCHES - 1) * sizeof(entry->batches[0]));
            entry->batch_count--;
        }
        entry->batches[entry->batch_count++] = (struct producer_batch){
            .last_offset = batch_last_offset(batch),
            .timestamp = batch->max_timestamp,
            .last_sequence = sequence_plus(batch->base_sequence, batch->last_offset_delta),
            .offset_delta = batch->last_offset_delta,
        };
    }
    entry->last_timestamp = batch->max_timestamp;
    if (batch_is_transactional(batch) && entry->current_txn_first_offset < 0) {
        entry->current_txn_first_offset = batch->base_offset;
        list_append(&producers->open, &entry->open_link); /* offsets only rise */
    }
}

static bool apply_marker(struct producers *producers, struct producer_entry *entry,
                         const struct batch *batch, struct producer_txn *ret_txn)
{
    struct producers_marker marker;
    if (producers_read_marker(batch, &marker) != KC_ERR_NONE) {
        return false;
    }
    int64_t first_offset = entry->current_txn_first_offset;
    enter_epoch(entry, batch->producer_epoch);
    entry->coordinator_epoch = marker.coordinator_epoch;
    entry->last_timestamp = batch->max_timestamp;
    entry->current_txn_first_offset = -1;
    if (first_offset < 0) {
        return false;
    }
    list_remove(&entry->open_link);
    *ret_txn = (struct producer_txn){ .producer_id = batch->producer_id,
                                      .first_offset = first_offset,
                                      .last_offset = batch->base_offset,
                                      .aborted = !marker.commit };
    assert(producers->unreplicated_count < producers->unreplicated_capacity);
    producers->unreplicated[producers->unreplicated_count++] = *ret_txn;
    return true;
}

bool producers_apply(struct producers *producers, const struct batch *batch,
                     struct producer_txn *ret_txn)
{
    bool ended = false;
    producers->end_offset = batch_last_offset(batch) + 1;
    if (batch->producer_id != BATCH_NO_PRODUCER_ID) {
        struct producer_entry *entry = producers_entry(producers, batch->producer_id);
        assert(entry); /* producers_reserve came first */
        if (batch_is_control(batch)) {
            ended = apply_marker(producers, entry, batch, ret_txn);
        } else {
            apply_data(producers, entry, batch);
        }
    }
    return ended;
}

int64_t producers_stable_after(const struct producers *producers, const struct producer_txn *txn)
{
    /* Called after producers_apply: the ended one is not among the open ones any more. */
    return MIN_OF(first_open_offset(producers), txn->last_offset + 1);
}

int64_t producers_first_unstable(const struct producers *producers)
{
    int64_t first = first_open_offset(producers);
    for (size_t i = 0; i < producers->unreplicated_count; i++) {
        first = MIN_OF(first, producers->unreplicated[i].first_offset);
    }
    return first;
}

void producers_advance(struct producers *producers, int64_t high_watermark)
{
    size_t kept = 0;
    for (size_t i = 0; i < producers->unreplicated_count; i++) {
        if (producers->unreplicated[i].last_offset >= high_watermark) {
            producers->unreplicated[kept++] = producers->unreplicated[i];
        }
    }
    producers->unreplicated_count = kept;
}

void producers_expire(struct producers *producers, int64_t now_ms, int64_t expiration_ms)
{
    enum { EXPIRE_BATCH = 64 };
    struct producer_entry *gone[EXPIRE_BATCH];
    size_t count;
    do {
        size_t position = 0;
        struct producer_entry *entry;
        count = 0;
        while (count < EXPIRE_BATCH && (entry = map_next(&producers->entries, &position))) {
            if (entry->current_txn_first_offset < 0 &&
                entry->last_timestamp < now_ms - expiration_ms) {
                gone[count++] = entry;
            }
        }
        for (size_t i = 0; i < count; i++) {
            (void)map_remove(&producers->entries, map_key_of(&gone[i]->producer_id));
            free(gone[i]);
        }
    } while (count == EXPIRE_BATCH);
}

bool producers_is_open(const struct producers *producers, int64_t producer_id, int16_t epoch)
{
    const struct producer_entry *entry = producers_entry(producers, producer_id);
    return entry && entry->epoch == epoch && entry->current_txn_first_offset >= 0;
}

const struct producer_entry *producers_find(const struct producers *producers, int64_t producer_id)
{
    return producers_entry(producers, producer_id);
}

const struct producer_entry *producers_next(const struct producers *producers, size_t *position)
{
    return map_next(&producers->entries, position);
}
