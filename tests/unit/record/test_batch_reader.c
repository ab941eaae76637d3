/* tests: reading batches that Java made, and damaged ones. */
#include "unit/record/java_batches.h"

#include "base/attr.h"
#include "base/random.h"
#include "record/batch_writer.h"

TEST(sees_what_java_sees)
{
    batch_dump_check(java_batches, ARRAY_COUNT(java_batches));
}

/* Every prefix is a part of a batch, not damage. */
TEST(waits_for_the_rest)
{
    size_t size;
    uint8_t *data = test_unhex(java_batches[0].hex, &size);

    for (size_t i = 0; i < size; i++) {
        struct batch batch;
        uint8_t *copy = malloc(i > 0 ? i : 1);
        memcpy(copy, data, i);
        assert_int_equal(batch_read(slice_of(copy, i), &batch), KC_ERR_WOULD_BLOCK);
        free(copy);
    }
    free(data);
}

TEST(an_error_stays)
{
    size_t size;
    struct batch batch;
    struct batch_reader reader;
    struct record record;
    uint8_t *data = test_unhex(java_batches[0].hex, &size);

    assert_int_equal(batch_read(slice_of(data, size), &batch), 0);
    /* The second record's length, made to reach beyond the batch. */
    data[BATCH_HEADER_SIZE + 13] = 0xff;
    data[BATCH_HEADER_SIZE + 14] = 0x7f;
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), 0);
    assert_int_equal(batch_reader_next(&reader, &record), 0);
    assert_int_equal(record.offset, batch.base_offset);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(batch_reader_next(&reader, &record), KC_ERR_INVALID_RECORD);
    }
    free(data);
}

TEST(reads_what_was_unpacked_elsewhere)
{
    for (size_t i = 0; i < ARRAY_COUNT(java_batches); i++) {
        if (strcmp(java_batches[i].name, "magic2-none several") == 0) {
            size_t size;
            struct batch batch;
            struct batch_reader readers[2];
            struct record records[2];
            enum kc_err err;
            uint8_t *data = test_unhex(java_batches[i].hex, &size);
            assert_int_equal(batch_read(slice_of(data, size), &batch), 0);
            assert_int_equal(batch_reader_init(&readers[0], &batch, NULL, NULL), 0);
            /* As if these were not the batch's own bytes. */
            batch.attributes |= COMPRESSION_GZIP;
            batch_reader_over(&readers[1], &batch,
                              slice_of(data + BATCH_HEADER_SIZE, size - BATCH_HEADER_SIZE));
            while ((err = batch_reader_next(&readers[0], &records[0])) == KC_ERR_NONE) {
                assert_int_equal(batch_reader_next(&readers[1], &records[1]), KC_ERR_NONE);
                assert_int_equal(records[0].offset, records[1].offset);
                assert_int_equal(records[0].timestamp, records[1].timestamp);
                assert_ptr_equal(records[0].value.data, records[1].value.data);
            }
            assert_int_equal(err, KC_ERR_WOULD_BLOCK);
            assert_int_equal(batch_reader_next(&readers[1], &records[1]), KC_ERR_WOULD_BLOCK);
            free(data);
            return;
        }
    }
    fail_msg("no such batch");
}

TEST(the_cap_counts)
{
    struct batch_writer writer;
    struct compressor *compressor = compressor_create(COMPRESSION_GZIP, COMPRESSION_LEVEL_DEFAULT);
    struct decompressor *decompressor = decompressor_create();
    struct batch_reader reader;
    struct batch batch;
    struct slice bytes;
    struct bytes out;
    struct bytes buffer;
    static uint8_t zeros[100000];
    uint8_t *memory = malloc(sizeof(zeros) * 2);

    bytes_init(&out, 1024 * 1024);
    batch_writer_init(&writer, memory, sizeof(zeros) * 2);
    assert_true(
        batch_writer_append(&writer, 0, SLICE_NULL, slice_of(zeros, sizeof(zeros)), NULL, 0));
    struct batch_close close = { .codec = COMPRESSION_GZIP };
    assert_int_equal(batch_writer_close(&writer, &close, compressor, &out, &bytes), 0);
    assert_true(bytes.size < 1000);
    assert_int_equal(batch_read(bytes, &batch), 0);
    bytes_init(&buffer, sizeof(zeros));
    assert_int_equal(batch_reader_init(&reader, &batch, decompressor, &buffer), KC_ERR_TOO_LARGE);
    assert_true(buffer.capacity <= sizeof(zeros));
    buffer.size_max = 2 * sizeof(zeros);
    assert_int_equal(batch_reader_init(&reader, &batch, decompressor, &buffer), 0);
    bytes_finish(&buffer);
    bytes_finish(&out);
    free(memory);
    decompressor_destroy(decompressor);
    compressor_destroy(compressor);
}

/* With the CRC left out of it, any flipped bit gives an error or other records, never a read past
 * the end (the copies are of the exact size, for the sanitizer). */
TEST(survives_flipped_bits)
{
    struct random random;
    struct decompressor *decompressor = decompressor_create();
    struct bytes buffer;

    random_init(&random, 5);
    bytes_init(&buffer, 1024 * 1024);
    for (size_t row = 0; row < ARRAY_COUNT(java_batches); row++) {
        size_t size;
        uint8_t *data = test_unhex(java_batches[row].hex, &size);
        uint8_t *copy = malloc(size + 1);
        for (int round = 0; size > 0 && round < 300; round++) {
            struct batch batch;
            struct batch_reader reader;
            struct record record;
            memcpy(copy, data, size);
            copy[random_below(&random, size)] ^= (uint8_t)(1 << random_below(&random, 8));
            if (batch_read(slice_of(copy, size), &batch) ||
                batch_reader_init(&reader, &batch, decompressor, &buffer)) {
                continue;
            }
            while (!batch_reader_next(&reader, &record)) {
                struct record_header header;
                while (record_next_header(&record.headers, &header)) {
                    assert_false(slice_is_null(header.key));
                }
            }
        }
        free(copy);
        free(data);
    }
    bytes_finish(&buffer);
    decompressor_destroy(decompressor);
}
