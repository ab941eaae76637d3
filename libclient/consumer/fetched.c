/* consumer: what one fetch brought of one partition: measured on the I/O thread, cut into batches
 * on the polling thread. */
#include "consumer/fetched.h"

#include "record/control.h"

#include <stdlib.h>

enum kc_err fetched_measure(struct slice records, int64_t fetch_offset,
                            struct fetched_extent *ret_extent)
{
    struct fetched_extent extent = { 0, fetch_offset, -1 };
    enum kc_err err = KC_ERR_NONE;

    while (extent.size < records.size) {
        struct batch batch;
        err = batch_read(slice_of(records.data + extent.size, records.size - extent.size), &batch);
        if (err) {
            break;
        }
        if (batch.base_offset < 0 || batch.base_offset > INT64_MAX - INT32_MAX - 1 ||
            batch.last_offset_delta < 0 ||
            (extent.leader_epoch != -1 && batch.base_offset < extent.next_offset)) {
            err = KC_ERR_CORRUPT_MESSAGE;
            break;
        }
        int64_t last = batch_last_offset(&batch);
        extent.size += batch.bytes.size;
        if (last >= extent.next_offset) {
            extent.next_offset = last + 1;
            extent.leader_epoch = batch.partition_leader_epoch;
        }
    }
    if (records.size > 0 && extent.next_offset == fetch_offset) {
        return err == KC_ERR_WOULD_BLOCK && extent.size == 0 ? KC_ERR_TOO_LARGE
                                                             : KC_ERR_CORRUPT_MESSAGE;
    }
    *ret_extent = extent;
    return KC_ERR_NONE;
}

static int abort_compare(const void *a, const void *b)
{
    int64_t left = ((const struct fetched_abort *)a)->first_offset;
    int64_t right = ((const struct fetched_abort *)b)->first_offset;

    return (left > right) - (left < right);
}

struct fetched *fetched_create(struct claim *claim, struct budget *budget,
                               struct frame_buffer *frame, struct slice records, int64_t offset,
                               const struct fetched_abort *aborts, size_t abort_count)
{
    struct fetched *fetched =
        calloc(1, sizeof(*fetched) + abort_count * sizeof(struct fetched_abort));

    if (!fetched) {
        return NULL;
    }
    list_init(&fetched->news.link);
    fetched->news.kind = NEWS_FETCHED;
    claim_take(claim);
    fetched->claim = claim;
    budget_take(budget);
    fetched->budget = budget;
    frame_buffer_take(frame);
    fetched->frame = frame;
    fetched->rest = records;
    fetched->offset = offset;
    fetched->charge = records.size + sizeof(*fetched);
    fetched->abort_count = abort_count;
    if (abort_count > 0) {
        memcpy(fetched->aborts, aborts, abort_count * sizeof(*aborts));
        qsort(fetched->aborts, abort_count, sizeof(*aborts), abort_compare);
    }
    budget_charge(budget, fetched->charge);
    (void)atomic_fetch_add(&claim->queued_bytes, fetched->charge);
    return fetched;
}

void fetched_note_records(struct fetched *fetched, int64_t record_count)
{
    fetched->record_count = record_count;
    (void)atomic_fetch_add(&fetched->claim->queued_records, record_count);
}

bool fetched_refund(struct fetched *fetched)
{
    size_t charge = fetched->charge;

    if (charge == 0) {
        return false;
    }
    fetched->charge = 0;
    (void)atomic_fetch_sub(&fetched->claim->queued_bytes, charge);
    (void)atomic_fetch_sub(&fetched->claim->queued_records, fetched->record_count);
    return budget_refund(fetched->budget, charge);
}

void fetched_destroy(struct fetched *fetched)
{
    if (!fetched) {
        return;
    }
    (void)fetched_refund(fetched);
    fetched_batch_destroy(fetched->part);
    frame_buffer_drop(fetched->frame);
    budget_drop(fetched->budget);
    claim_drop(fetched->claim);
    free(fetched);
}

/* Aborted transactions that begin at or before this batch become active: they are swapped to the
 * front, where [0, active_count) are the open ones. [abort_next, abort_count) are still to come. */
static void fetched_open_aborts(struct fetched *fetched, int64_t last_offset)
{
    while (fetched->abort_next < fetched->abort_count &&
           fetched->aborts[fetched->abort_next].first_offset <= last_offset) {
        fetched->aborts[fetched->active_count++] = fetched->aborts[fetched->abort_next++];
    }
}

static bool fetched_is_aborted(const struct fetched *fetched, int64_t producer_id)
{
    for (size_t i = 0; i < fetched->active_count; i++) {
        if (fetched->aborts[i].producer_id == producer_id) {
            return true;
        }
    }
    return false;
}

/* An abort marker ends the producer's aborted transaction. */
static void fetched_close_abort(struct fetched *fetched, const struct batch *batch)
{
    struct batch_reader reader;
    struct record record;

    if (batch_codec(batch) != COMPRESSION_NONE || batch_reader_init(&reader, batch, NULL, NULL) ||
        batch_reader_next(&reader, &record) || control_type_of(record.key) != CONTROL_ABORT) {
        return;
    }
    for (size_t i = 0; i < fetched->active_count; i++) {
        if (fetched->aborts[i].producer_id == batch->producer_id) {
            fetched->aborts[i] = fetched->aborts[--fetched->active_count];
            return;
        }
    }
}

/* Whether the application sees records of this batch at all. */
static bool fetched_shows(struct fetched *fetched, const struct batch *batch)
{
    if (batch->magic < 2) {
        return true;
    }
    fetched_open_aborts(fetched, batch_last_offset(batch));
    if (batch_is_control(batch)) {
        fetched_close_abort(fetched, batch);
        return false;
    }
    if (batch_last_offset(batch) < fetched->offset || batch->record_count == 0) {
        return false;
    }
    return !(batch_is_transactional(batch) && fetched_is_aborted(fetched, batch->producer_id));
}

/* A batch that ended a run is looked at again for the next: its CRC is not. */
static enum kc_err fetched_look(struct fetched *fetched, struct batch *ret_batch)
{
    enum kc_err err = batch_read(fetched->rest, ret_batch);

    if (err) {
        return KC_ERR_CORRUPT_MESSAGE;
    }
    if (!fetched->check_crcs || fetched->checked == fetched->rest.data) {
        return KC_ERR_NONE;
    }
    err = batch_check_crc(ret_batch);
    if (!err) {
        fetched->checked = fetched->rest.data;
    }
    return err;
}

static void fetched_pass(struct fetched *fetched, const struct batch *batch)
{
    fetched->rest =
        slice_of(fetched->rest.data + batch->bytes.size, fetched->rest.size - batch->bytes.size);
    fetched->offset = MAX_OF(fetched->offset, batch_last_offset(batch) + 1);
}

static struct unpacked *unpacked_create(void)
{
    struct unpacked *unpacked = calloc(1, sizeof(*unpacked));

    if (unpacked) {
        refs_init(&unpacked->refs);
        bytes_init(&unpacked->bytes, FETCHED_DECOMPRESSED_MAX);
    }
    return unpacked;
}

static struct kc_batch *fetched_batch_create(struct fetched *fetched, const struct batch *batch)
{
    struct kc_batch *cut = calloc(1, sizeof(*cut));
    bool is_packed = batch_codec(batch) != COMPRESSION_NONE;

    if (cut && is_packed) {
        cut->unpacked = unpacked_create();
    }
    if (!cut || (is_packed && !cut->unpacked)) {
        free(cut);
        return NULL;
    }
    claim_take(fetched->claim);
    cut->claim = fetched->claim;
    frame_buffer_take(fetched->frame);
    cut->frame = fetched->frame;
    cut->generation = fetched->generation;
    cut->high_watermark = fetched->high_watermark;
    cut->from_offset = fetched->offset;
    cut->next_offset = MAX_OF(fetched->offset, batch_last_offset(batch) + 1);
    cut->next_epoch = batch->partition_leader_epoch;
    return cut;
}

/* Extends the cut over the plain batches that follow, up to one that is hidden, compressed, damaged
 * or too many: those begin the next cut, so that kc_batch_next need not know of them. */
static void fetched_extend(struct fetched *fetched, struct kc_batch *cut, int32_t records_max)
{
    const uint8_t *start = fetched->rest.data;
    struct batch batch;

    while (fetched->rest.size > 0 && fetched_look(fetched, &batch) == KC_ERR_NONE &&
           batch.magic >= 2 && batch_codec(&batch) == COMPRESSION_NONE &&
           batch.record_count <= records_max && fetched_shows(fetched, &batch)) {
        records_max -= batch.record_count;
        cut->next_epoch = batch.partition_leader_epoch;
        fetched_pass(fetched, &batch);
    }
    cut->rest = slice_of(start, (size_t)(fetched->rest.data - start));
    cut->next_offset = fetched->offset;
}

/* The first batch that shows something; KC_ERR_WOULD_BLOCK when none is left. */
static enum kc_err fetched_find(struct fetched *fetched, struct batch *ret_batch)
{
    while (fetched->rest.size > 0) {
        enum kc_err err = fetched_look(fetched, ret_batch);
        if (err) {
            return err;
        }
        if (fetched_shows(fetched, ret_batch)) {
            return KC_ERR_NONE;
        }
        fetched_pass(fetched, ret_batch);
    }
    return KC_ERR_WOULD_BLOCK;
}

/* More of a batch that was too long. */
static enum kc_err fetched_cut_part(struct fetched *fetched, int32_t records_max,
                                    struct kc_batch **ret_batch)
{
    struct kc_batch *cut = fetched->part;
    struct kc_batch *part;
    enum kc_err err = fetched_batch_split(cut, records_max, &part);

    if (!err) {
        fetched->part = part;
        fetched->offset = cut->next_offset;
        *ret_batch = cut;
    }
    return err;
}

static enum kc_err fetched_open(struct fetched *fetched, const struct batch *batch,
                                struct decompressor *decompressor, int32_t records_max,
                                struct kc_batch **ret_batch)
{
    struct kc_batch *cut = fetched_batch_create(fetched, batch);
    struct kc_batch *part = NULL;

    if (!cut) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = batch_reader_init(&cut->reader, batch, decompressor,
                                        cut->unpacked ? &cut->unpacked->bytes : NULL);
    /* How many are in a message set of format 0 or 1 only reading it tells. */
    if (!err && (batch->record_count > records_max || batch->magic < 2)) {
        err = fetched_batch_split(cut, records_max, &part);
    }
    if (err) {
        fetched_batch_destroy(cut);
        return err;
    }
    fetched_pass(fetched, batch);
    if (part) {
        fetched->part = part;
        fetched->offset = cut->next_offset;
    }
    *ret_batch = cut;
    return KC_ERR_NONE;
}

enum kc_err fetched_cut(struct fetched *fetched, struct decompressor *decompressor,
                        int32_t records_max, struct kc_batch **ret_batch)
{
    struct batch batch;

    if (fetched->part) {
        return fetched_cut_part(fetched, records_max, ret_batch);
    }
    enum kc_err err = fetched_find(fetched, &batch);
    if (!err) {
        err = fetched_open(fetched, &batch, decompressor, records_max, ret_batch);
    }
    if (!err && batch.magic >= 2 && batch_codec(&batch) == COMPRESSION_NONE && !fetched->part) {
        fetched_extend(fetched, *ret_batch, MAX_OF(0, records_max - batch.record_count));
    }
    return err;
}
