/* tests: batches in another codec: the same records, and the same header but for codec, length and
 * CRC. */
#include "handler/recompressor.h"

#include "record/batch_writer.h"
#include "record/record.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { RECORDS = 200, MEMORY = 64 * 1024 };

static struct slice make(uint8_t *memory)
{
    const struct batch_close close = { .partition_leader_epoch = -1,
                                       .transactional = true,
                                       .producer_id = 7,
                                       .producer_epoch = 3,
                                       .base_sequence = 11 };
    struct batch_writer writer;
    struct slice batch;
    batch_writer_init(&writer, memory, MEMORY);
    for (int i = 0; i < RECORDS; i++) {
        char value[32];
        (void)snprintf(value, sizeof(value), "value %d %d", i, i * 7919);
        assert_true(batch_writer_append(&writer, 1000 + i % 17, slice_text("key"),
                                        slice_text(value), NULL, 0));
    }
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), KC_ERR_NONE);
    return batch;
}

static void compare(const struct batch *a, const struct batch *b, struct slice content)
{
    struct bytes buffer;
    struct decompressor *decompressor = decompressor_create();
    bytes_init(&buffer, 1 << 20);
    assert_int_equal(batch_check_crc(b), KC_ERR_NONE);
    assert_int_equal(a->attributes & ~BATCH_ATTRIBUTE_CODEC,
                     b->attributes & ~BATCH_ATTRIBUTE_CODEC);
    assert_int_equal(a->base_timestamp, b->base_timestamp);
    assert_int_equal(a->max_timestamp, b->max_timestamp);
    assert_int_equal(a->last_offset_delta, b->last_offset_delta);
    assert_int_equal(a->record_count, b->record_count);
    assert_int_equal(a->producer_id, b->producer_id);
    assert_int_equal(a->producer_epoch, b->producer_epoch);
    assert_int_equal(a->base_sequence, b->base_sequence);
    struct slice packed =
        slice_of(b->bytes.data + BATCH_HEADER_SIZE, b->bytes.size - BATCH_HEADER_SIZE);
    assert_int_equal(decompressor_run(decompressor, batch_codec(b), packed, false, &buffer), 0);
    assert_true(slice_equal(bytes_slice(&buffer), content));
    bytes_finish(&buffer);
    decompressor_destroy(decompressor);
}

TEST(every_codec_and_level_holds_the_same_records)
{
    uint8_t *memory = malloc(MEMORY);
    struct recompressor *recompressor = recompressor_create(1 << 20);
    struct batch from;
    struct batch to;
    struct bytes *made;
    assert_non_null(memory);
    assert_non_null(recompressor);
    assert_int_equal(batch_read(make(memory), &from), KC_ERR_NONE);
    struct slice content =
        slice_of(from.bytes.data + BATCH_HEADER_SIZE, from.bytes.size - BATCH_HEADER_SIZE);
    for (int round = 0; round < 3; round++) {
        for (int codec = 0; codec < COMPRESSION_COUNT; codec++) {
            assert_int_equal(recompressor_run(recompressor, &from, content, (enum compression)codec,
                                              1 + round, &made),
                             KC_ERR_NONE);
            assert_int_equal(batch_read(bytes_slice(made), &to), KC_ERR_NONE);
            assert_int_equal(batch_codec(&to), codec);
            assert_int_equal(to.bytes.size < from.bytes.size, codec != COMPRESSION_NONE);
            compare(&from, &to, content);
        }
    }
    recompressor_destroy(recompressor);
    free(memory);
}

TEST(limits)
{
    uint8_t *memory = malloc(MEMORY);
    struct recompressor *recompressor = recompressor_create(200);
    struct batch from;
    struct bytes *made;
    assert_non_null(memory);
    assert_non_null(recompressor);
    assert_int_equal(batch_read(make(memory), &from), KC_ERR_NONE);
    struct slice content =
        slice_of(from.bytes.data + BATCH_HEADER_SIZE, from.bytes.size - BATCH_HEADER_SIZE);
    assert_int_equal(recompressor_run(recompressor, &from, content, COMPRESSION_NONE, 0, &made),
                     KC_ERR_MESSAGE_TOO_LARGE);
    assert_int_equal(recompressor_run(recompressor, &from, content, COMPRESSION_LZ4, 1, &made),
                     KC_ERR_MESSAGE_TOO_LARGE);
    recompressor_destroy(recompressor);
    recompressor_destroy(NULL);
    free(memory);
}
