/* log: takes records out of a batch. */
#include "log/batch_filter.h"

#include "base/attr.h"
#include "record/batch_writer.h"

#include <stdlib.h>

enum {
    FILTER_BYTES_MAX = INT32_MAX,
    FILTER_RECORD_GROWTH = 20, /* at most: another base makes a timestamp's delta and the length
                                  before it longer */
};

bool batch_filter_init(struct batch_filter *filter)
{
    *filter = (struct batch_filter){ 0 };
    bytes_init(&filter->content, FILTER_BYTES_MAX);
    bytes_init(&filter->work, FILTER_BYTES_MAX);
    bytes_init(&filter->packed, FILTER_BYTES_MAX);
    filter->decompressor = decompressor_create();
    return filter->decompressor != NULL;
}

void batch_filter_finish(struct batch_filter *filter)
{
    decompressor_destroy(filter->decompressor);
    for (size_t i = 0; i < ARRAY_COUNT(filter->compressors); i++) {
        compressor_destroy(filter->compressors[i]);
    }
    bytes_finish(&filter->content);
    bytes_finish(&filter->work);
    bytes_finish(&filter->packed);
    free(filter->headers);
    *filter = (struct batch_filter){ 0 };
}

/* What the rule leaves. */
struct filter_count {
    int32_t kept;
    int32_t dropped;
    bool has_tombstone;
};

static enum kc_err count_kept(const struct batch_reader *opened,
                              const struct batch_filter_rule *rule, struct filter_count *ret_count)
{
    struct batch_reader reader = *opened;
    struct record record;
    enum kc_err err;
    *ret_count = (struct filter_count){ 0 };
    while ((err = batch_reader_next(&reader, &record)) == KC_ERR_NONE) {
        if (rule->keep(rule->context, &record)) {
            ret_count->kept++;
            ret_count->has_tombstone |= slice_is_null(record.value);
        } else {
            ret_count->dropped++;
        }
    }
    return err == KC_ERR_WOULD_BLOCK ? KC_ERR_NONE : err;
}

static bool read_headers(struct batch_filter *filter, const struct record *record)
{
    size_t count = (size_t)record->header_count;
    struct slice rest = record->headers;
    if (count > filter->header_capacity) {
        size_t capacity = MAX_OF(count, filter->header_capacity * 2);
        void *headers = realloc(filter->headers, capacity * sizeof(*filter->headers));
        if (!headers) {
            return false;
        }
        filter->headers = headers;
        filter->header_capacity = capacity;
    }
    for (size_t i = 0; i < count; i++) {
        (void)record_next_header(&rest, &filter->headers[i]);
    }
    return true;
}

static enum kc_err copy_kept(struct batch_filter *filter, const struct batch_reader *opened,
                             const struct batch_filter_rule *rule, struct batch_writer *writer)
{
    struct batch_reader reader = *opened;
    struct record record;
    enum kc_err err;
    while ((err = batch_reader_next(&reader, &record)) == KC_ERR_NONE) {
        if (!rule->keep(rule->context, &record)) {
            continue;
        }
        writer->next_delta = (int32_t)(record.offset - reader.batch.base_offset);
        if (!read_headers(filter, &record)) {
            return KC_ERR_NO_MEMORY;
        }
        if (!batch_writer_append(writer, record.timestamp, record.key, record.value,
                                 filter->headers, record.header_count)) {
            return KC_ERR_TOO_LARGE;
        }
    }
    return err == KC_ERR_WOULD_BLOCK ? KC_ERR_NONE : err;
}

static struct batch_close close_of(const struct batch *batch, bool has_horizon, bool is_empty)
{
    return (struct batch_close){
        .base_offset = batch->base_offset,
        .partition_leader_epoch = batch->partition_leader_epoch,
        .codec = is_empty ? COMPRESSION_NONE : batch_codec(batch),
        .transactional = batch_is_transactional(batch),
        .control = batch_is_control(batch),
        .log_append_time = (batch->attributes & BATCH_ATTRIBUTE_LOG_APPEND_TIME) != 0,
        .delete_horizon = has_horizon,
        .append_time = batch->max_timestamp,
        .producer_id = batch->producer_id,
        .producer_epoch = batch->producer_epoch,
        .base_sequence = batch->base_sequence,
    };
}

static enum kc_err close_batch(struct batch_filter *filter, struct batch_writer *writer,
                               const struct batch_close *close, struct slice *ret_bytes)
{
    struct compressor *compressor = NULL;
    if (close->codec != COMPRESSION_NONE) {
        struct compressor **place = &filter->compressors[close->codec];
        *place = *place ? *place : compressor_create(close->codec, COMPRESSION_LEVEL_DEFAULT);
        compressor = *place;
        if (!compressor) {
            return KC_ERR_NO_MEMORY;
        }
    }
    return batch_writer_close(writer, close, compressor, &filter->packed, ret_bytes);
}

static enum kc_err rewrite(struct batch_filter *filter, const struct batch_reader *opened,
                           const struct batch_filter_rule *rule, const struct filter_count *count,
                           int64_t horizon, struct slice *ret_bytes)
{
    const struct batch *batch = &opened->batch;
    struct batch_writer writer;
    size_t content = (size_t)(opened->end - opened->data);
    size_t size = BATCH_HEADER_SIZE + content + (size_t)count->kept * FILTER_RECORD_GROWTH;
    filter->work.size = 0;
    if (!bytes_reserve(&filter->work, size)) {
        return size > FILTER_BYTES_MAX ? KC_ERR_TOO_LARGE : KC_ERR_NO_MEMORY;
    }
    batch_writer_init(&writer, filter->work.data, filter->work.capacity);
    if (horizon >= 0) {
        batch_writer_set_base_timestamp(&writer, horizon);
    }
    enum kc_err err = copy_kept(filter, opened, rule, &writer);
    if (err != KC_ERR_NONE) {
        return err;
    }
    writer.next_delta = batch->last_offset_delta + 1;
    if (count->kept == 0) {
        writer.max_timestamp = batch->max_timestamp;
    }
    struct batch_close close = close_of(batch, horizon >= 0, count->kept == 0);
    return close_batch(filter, &writer, &close, ret_bytes);
}

enum kc_err batch_filter_run(struct batch_filter *filter, const struct batch *batch,
                             const struct batch_filter_rule *rule, struct slice *ret_bytes)
{
    struct batch_reader reader;
    struct filter_count count;
    bool had_horizon = (batch->attributes & BATCH_ATTRIBUTE_DELETE_HORIZON) != 0;
    int64_t horizon = had_horizon ? batch->base_timestamp : -1;
    enum kc_err err = batch_reader_init(&reader, batch, filter->decompressor, &filter->content);
    if (err == KC_ERR_NONE) {
        err = count_kept(&reader, rule, &count);
    }
    if (err != KC_ERR_NONE) {
        return err;
    }
    if (!had_horizon && (count.has_tombstone || rule->horizon_always)) {
        horizon = rule->delete_horizon;
    }
    if (count.kept == 0 && !rule->keep_empty) {
        *ret_bytes = SLICE_NULL;
        return KC_ERR_NONE;
    }
    if (count.dropped == 0 && (had_horizon || horizon < 0 || count.kept == 0)) {
        *ret_bytes = batch->bytes;
        return KC_ERR_NONE;
    }
    return rewrite(filter, &reader, rule, &count, count.kept > 0 ? horizon : -1, ret_bytes);
}
