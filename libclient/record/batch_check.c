/* record: what a broker checks of a produced batch, in one pass of CRC and one over the records. */
#include "record/batch_check.h"

#include "record/record_layout.h"

#include <stdlib.h>

/* A buffer larger than this is not kept for the next batch. */
enum { BATCH_CHECKER_KEPT_MAX = 4 * 1024 * 1024 };

struct batch_checker {
    struct decompressor *decompressor;
    struct bytes buffer;
    struct batch_findings findings;
};

struct batch_checker *batch_checker_create(size_t decompressed_max)
{
    struct batch_checker *checker = calloc(1, sizeof(*checker));

    if (!checker) {
        return NULL;
    }
    bytes_init(&checker->buffer, decompressed_max);
    checker->decompressor = decompressor_create();
    if (!checker->decompressor) {
        batch_checker_destroy(checker);
        return NULL;
    }
    return checker;
}

void batch_checker_destroy(struct batch_checker *checker)
{
    if (!checker) {
        return;
    }
    decompressor_destroy(checker->decompressor);
    bytes_finish(&checker->buffer);
    free(checker);
}

const struct batch_findings *batch_checker_findings(const struct batch_checker *checker)
{
    return &checker->findings;
}

/* The walk: nothing but bounds, deltas in order, and the extremes of the timestamps. */
static bool walk_records(const struct batch *batch, struct slice content,
                         struct batch_findings *ret_findings)
{
    const uint8_t *data = content.data;
    const uint8_t *end = content.data + content.size;
    int64_t min_timestamp = INT64_MAX;
    int64_t max_timestamp = BATCH_NO_TIMESTAMP;
    int32_t max_timestamp_delta = -1;
    bool has_null_key = false;

    for (int32_t i = 0; i < batch->record_count; i++) {
        struct record_layout layout;
        data = record_layout_read(data, end, &layout);
        if (BASE_UNLIKELY(!data || layout.offset_delta != i)) {
            return false;
        }
        int64_t timestamp =
            (int64_t)((uint64_t)batch->base_timestamp + (uint64_t)layout.timestamp_delta);
        if (timestamp > max_timestamp) {
            max_timestamp = timestamp;
            max_timestamp_delta = i;
        }
        if (timestamp < min_timestamp && timestamp != BATCH_NO_TIMESTAMP) {
            min_timestamp = timestamp;
        }
        has_null_key |= slice_is_null(layout.key);
    }
    *ret_findings = (struct batch_findings){
        .min_timestamp = min_timestamp == INT64_MAX ? BATCH_NO_TIMESTAMP : min_timestamp,
        .max_timestamp = max_timestamp,
        .max_timestamp_delta = max_timestamp_delta,
        .has_null_key = has_null_key,
        .content_size = content.size,
    };
    return data == end;
}

static enum kc_err check_header(const struct batch *batch)
{
    if (batch->magic != 2 || batch_codec(batch) > COMPRESSION_ZSTD || batch_is_control(batch)) {
        return KC_ERR_INVALID_RECORD;
    }
    if (batch->record_count <= 0 || batch->last_offset_delta != batch->record_count - 1) {
        return KC_ERR_INVALID_RECORD;
    }
    if (batch->producer_id != BATCH_NO_PRODUCER_ID &&
        (batch->producer_id < 0 || batch->producer_epoch < 0 || batch->base_sequence < 0)) {
        return KC_ERR_INVALID_RECORD;
    }
    return KC_ERR_NONE;
}

static enum kc_err unpack_content(struct batch_checker *checker, const struct batch *batch,
                                  struct slice *content)
{
    checker->buffer.size = 0;
    enum kc_err err = decompressor_run(checker->decompressor, batch_codec(batch), *content, false,
                                       &checker->buffer);
    switch (err) {
    case KC_ERR_NONE:
        *content = bytes_slice(&checker->buffer);
        return KC_ERR_NONE;
    case KC_ERR_TOO_LARGE:
        return KC_ERR_MESSAGE_TOO_LARGE;
    case KC_ERR_NO_MEMORY:
        return KC_ERR_NO_MEMORY;
    default:
        /* The CRC was right, so sending it again would not help: not the retriable error. */
        return KC_ERR_INVALID_RECORD;
    }
}

enum kc_err batch_check_content(struct batch_checker *checker, const struct batch *batch,
                                struct slice *ret_content)
{
    struct slice content;

    enum kc_err err = batch_check_crc(batch);
    if (!err) {
        err = check_header(batch);
    }
    if (err) {
        return err;
    }
    content =
        slice_of(batch->bytes.data + BATCH_HEADER_SIZE, batch->bytes.size - BATCH_HEADER_SIZE);
    if (batch_codec(batch) != COMPRESSION_NONE) {
        err = unpack_content(checker, batch, &content);
    }
    if (!err && !walk_records(batch, content, &checker->findings)) {
        err = KC_ERR_INVALID_RECORD;
    }
    if (err) {
        batch_check_trim(checker);
        return err;
    }
    *ret_content = content;
    return KC_ERR_NONE;
}

void batch_check_trim(struct batch_checker *checker)
{
    if (checker->buffer.capacity > BATCH_CHECKER_KEPT_MAX) {
        bytes_finish(&checker->buffer);
    }
}

enum kc_err batch_check(struct batch_checker *checker, const struct batch *batch)
{
    struct slice content;

    enum kc_err err = batch_check_content(checker, batch, &content);
    batch_check_trim(checker);
    return err;
}
