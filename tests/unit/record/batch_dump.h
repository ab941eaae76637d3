/* tests: what our reader sees in a run of batches, as text. */
#ifndef RECORD_BATCH_DUMP_H
#define RECORD_BATCH_DUMP_H

#include "record/record.h"
#include "support/test.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct batch_dump_row {
    const char *name;
    const char *hex;
    const char *seen; /* a line for each batch and record; null is -, bytes are in hex */
};

static inline void batch_dump_bytes(FILE *file, const char *before, struct slice bytes)
{
    (void)fputs(before, file);
    if (slice_is_null(bytes)) {
        (void)fputc('-', file);
        return;
    }
    (void)fputc('\'', file);
    for (size_t i = 0; i < bytes.size; i++) {
        (void)fprintf(file, "%02x", bytes.data[i]);
    }
    (void)fputc('\'', file);
}

static inline void batch_dump_record(FILE *file, const struct record *record)
{
    struct slice rest = record->headers;
    struct record_header header;
    int32_t header_count = 0;

    (void)fprintf(file, "%" PRId64 " %" PRId64, record->offset, record->timestamp);
    batch_dump_bytes(file, " ", record->key);
    batch_dump_bytes(file, " ", record->value);
    while (record_next_header(&rest, &header)) {
        batch_dump_bytes(file, " ", header.key);
        batch_dump_bytes(file, "=", header.value);
        header_count++;
    }
    assert_int_equal(header_count, record->header_count);
    (void)fputc('\n', file);
}

static inline void batch_dump_header(FILE *file, const struct batch *batch)
{
    if (batch->magic < 2) {
        /* Which offset is the first is not in the header. */
        (void)fprintf(file, "batch %d -%" PRId64 " attributes %d timestamp %" PRId64 "\n",
                      batch->magic, batch_last_offset(batch), batch->attributes,
                      batch->max_timestamp);
        return;
    }
    (void)fprintf(file,
                  "batch 2 %" PRId64 "-%" PRId64 " attributes %d timestamps %" PRId64 " %" PRId64
                  " epoch %d producer %" PRId64 " %d %d count %d\n",
                  batch->base_offset, batch_last_offset(batch), batch->attributes,
                  batch->base_timestamp, batch->max_timestamp, batch->partition_leader_epoch,
                  batch->producer_id, batch->producer_epoch, batch->base_sequence,
                  batch->record_count);
}

/* NULL, or the stage at which reading failed. */
static inline const char *batch_dump_one(FILE *file, const struct batch *batch,
                                         struct decompressor *decompressor, struct bytes *buffer)
{
    struct batch_reader reader;
    struct record record;

    if (batch_check_crc(batch) != KC_ERR_NONE) {
        return "crc";
    }
    if (batch_codec(batch) > COMPRESSION_ZSTD) {
        assert_int_equal(batch_reader_init(&reader, batch, decompressor, buffer),
                         KC_ERR_CORRUPT_MESSAGE);
        return "header";
    }
    batch_dump_header(file, batch);
    enum kc_err err = batch_reader_init(&reader, batch, decompressor, buffer);
    while (!err) {
        err = batch_reader_next(&reader, &record);
        if (!err) {
            batch_dump_record(file, &record);
        }
    }
    if (err == KC_ERR_WOULD_BLOCK) {
        assert_int_equal(batch_reader_next(&reader, &record), KC_ERR_WOULD_BLOCK);
        return NULL;
    }
    return "records";
}

/* The caller frees. */
static inline char *batch_dump(struct slice input)
{
    struct decompressor *decompressor = decompressor_create();
    struct bytes buffer;
    char *text = NULL;
    size_t text_size = 0;
    FILE *file = open_memstream(&text, &text_size);
    const char *stage = NULL;

    assert_non_null(file);
    bytes_init(&buffer, 1024 * 1024);
    while (!stage) {
        struct batch batch;
        enum kc_err err = batch_read(input, &batch);
        if (err == KC_ERR_WOULD_BLOCK) {
            break;
        }
        stage = err ? "iterate" : batch_dump_one(file, &batch, decompressor, &buffer);
        if (!stage) {
            input = slice_of(input.data + batch.bytes.size, input.size - batch.bytes.size);
        }
    }
    if (stage) {
        (void)fprintf(file, "error %s\n", stage);
    } else {
        (void)fprintf(file, "end %zu\n", input.size);
    }
    (void)fclose(file);
    bytes_finish(&buffer);
    decompressor_destroy(decompressor);
    return text;
}

static inline void batch_dump_check(const struct batch_dump_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t size;
        uint8_t *data = test_unhex(rows[i].hex, &size);
        char *seen = batch_dump(slice_of(data, size));
        if (strcmp(seen, rows[i].seen) != 0) {
            print_error("%s\n", rows[i].name);
        }
        assert_string_equal(seen, rows[i].seen);
        free(seen);
        free(data);
    }
}

#endif
