/* tests: the header of a batch. */
#include "unit/record/java_batches.h"

#include "record/batch_writer.h"

/* The first row, six records, as changeable bytes. */
static uint8_t *java_bytes(size_t *ret_size, struct batch *ret_batch)
{
    uint8_t *data = test_unhex(java_batches[0].hex, ret_size);

    assert_int_equal(batch_read(slice_of(data, *ret_size), ret_batch), 0);
    return data;
}

TEST(header_is_written_as_read)
{
    size_t size;
    struct batch batch;
    uint8_t *data = java_bytes(&size, &batch);
    uint8_t *copy = malloc(size);

    memcpy(copy, data, size);
    memset(copy, 0xee, BATCH_HEADER_SIZE);
    batch_write_header(copy, size, &batch);
    assert_memory_equal(copy, data, size);
    free(copy);
    free(data);
}

TEST(offset_and_epoch_are_outside_the_crc)
{
    size_t size;
    struct batch batch;
    uint8_t *data = java_bytes(&size, &batch);
    int32_t last_offset_delta = batch.last_offset_delta;

    batch_set_base_offset(data, 77);
    batch_set_leader_epoch(data, 12);
    assert_int_equal(batch_read(slice_of(data, size), &batch), 0);
    assert_int_equal(batch_check_crc(&batch), 0);
    assert_int_equal(batch.base_offset, 77);
    assert_int_equal(batch_last_offset(&batch), 77 + last_offset_delta);
    assert_int_equal(batch.partition_leader_epoch, 12);
    free(data);
}

TEST(changes_inside_the_crc_renew_it)
{
    size_t size;
    struct batch batch;
    struct batch_reader reader;
    struct record record;
    uint8_t *data = java_bytes(&size, &batch);

    batch_set_producer(data, size, 4000000000, 3, 99);
    assert_int_equal(batch_read(slice_of(data, size), &batch), 0);
    assert_int_equal(batch_check_crc(&batch), 0);
    assert_true(batch.producer_id == 4000000000);
    assert_int_equal(batch.producer_epoch, 3);
    assert_int_equal(batch.base_sequence, 99);
    batch_set_max_timestamp(data, size, 5);
    assert_int_equal(batch_read(slice_of(data, size), &batch), 0);
    assert_int_equal(batch_check_crc(&batch), 0);
    assert_int_equal(batch.max_timestamp, 5);
    assert_int_equal(batch.attributes, 0);
    batch_set_log_append_time(data, size, 123456);
    assert_int_equal(batch_read(slice_of(data, size), &batch), 0);
    assert_int_equal(batch_check_crc(&batch), 0);
    assert_int_equal(batch.attributes, BATCH_ATTRIBUTE_LOG_APPEND_TIME);
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), 0);
    while (!batch_reader_next(&reader, &record)) {
        assert_int_equal(record.timestamp, 123456);
    }
    free(data);
}

TEST(any_flipped_bit_inside_the_crc_is_noticed)
{
    size_t size;
    struct batch batch;
    uint8_t *data = java_bytes(&size, &batch);

    for (size_t i = BATCH_CRC_START; i < size; i++) {
        data[i] ^= 0x10;
        assert_int_equal(batch_check_crc(&batch), KC_ERR_CORRUPT_MESSAGE);
        data[i] ^= 0x10;
    }
    assert_int_equal(batch_check_crc(&batch), 0);
    free(data);
}

TEST(impossible_headers_are_damage)
{
    size_t size;
    struct batch batch;
    uint8_t *data = java_bytes(&size, &batch);

    store_u32(data + 8, BATCH_HEADER_SIZE - BATCH_OVERHEAD - 1);
    assert_int_equal(batch_read(slice_of(data, size), &batch), KC_ERR_CORRUPT_MESSAGE);
    store_u32(data + 8, BATCH_HEADER_SIZE - BATCH_OVERHEAD);
    assert_int_equal(batch_read(slice_of(data, size), &batch), 0);
    assert_int_equal(batch.bytes.size, BATCH_HEADER_SIZE);
    store_u32(data + 8, INT32_MAX);
    assert_int_equal(batch_read(slice_of(data, size), &batch), KC_ERR_WOULD_BLOCK);
    store_u32(data + 8, 13);
    assert_int_equal(batch_read(slice_of(data, BATCH_OVERHEAD), &batch), KC_ERR_CORRUPT_MESSAGE);
    assert_int_equal(batch_read(SLICE_NULL, &batch), KC_ERR_WOULD_BLOCK);
    free(data);
}
