/* tests: compression.type of a topic: what a broker stores of a produced batch. */
#include "order.h"
#include "versions.h"

#include "record/batch_writer.h"
#include "record/record.h"
#include "support/test.h"

enum { MEMORY = 4096, RECORDS = 20 };

static struct slice make(uint8_t *memory, enum compression codec, struct bytes *packed)
{
    const struct batch_close close = { .partition_leader_epoch = -1,
                                       .codec = codec,
                                       .producer_id = BATCH_NO_PRODUCER_ID,
                                       .producer_epoch = -1,
                                       .base_sequence = -1 };
    struct compressor *compressor = codec ? compressor_create(codec, 1) : NULL;
    struct batch_writer writer;
    struct slice batch;
    batch_writer_init(&writer, memory, MEMORY);
    for (int i = 0; i < RECORDS; i++) {
        assert_true(batch_writer_append(&writer, 1700000000000 + i, slice_text("key"),
                                        slice_text("a value that is like all others"), NULL, 0));
    }
    assert_int_equal(batch_writer_close(&writer, &close, compressor, packed, &batch), KC_ERR_NONE);
    compressor_destroy(compressor);
    return batch;
}

static int16_t produce(struct line *line, struct slice batch)
{
    struct order_produce order;
    struct produce_response response;
    order_produce(&order, 0, batch, 1);
    line_ask(line, 0, 9, &order.request, &response);
    return response.responses.items[0].partition_responses.items[0].error_code;
}

/* The batch at an offset, as it is stored. */
static struct batch fetch(struct line *line, int64_t offset)
{
    struct order_fetch order;
    struct fetch_response response;
    struct batch batch;
    order_fetch(&order, offset);
    order.request.max_wait_ms = 1000;
    line_ask(line, 1, 11, &order.request, &response);
    assert_int_equal(response.responses.items[0].partitions.items[0].error_code, 0);
    assert_int_equal(batch_read(response.responses.items[0].partitions.items[0].records, &batch),
                     KC_ERR_NONE);
    assert_int_equal(batch_check_crc(&batch), KC_ERR_NONE);
    assert_int_equal(batch.base_offset, offset);
    assert_int_equal(batch.record_count, RECORDS);
    assert_int_equal(batch.max_timestamp, 1700000000000 + RECORDS - 1);
    return batch;
}

static void set(struct line *line, const char *name, const char *value)
{
    struct order_alter order;
    struct incremental_alter_configs_response response;
    order_alter(&order, 2, "t", ORDER_SET, name, value);
    line_ask(line, 44, 1, &order.request, &response);
    assert_int_equal(response.responses.items[0].error_code, 0);
}

TEST(a_topic_has_its_own_codec)
{
    static const char *const types[] = { "uncompressed", "gzip", "snappy", "lz4", "zstd" };
    uint8_t memory[MEMORY];
    struct served served;
    struct line line;
    struct bytes packed;
    int64_t offset = 0;
    bytes_init(&packed, MEMORY);
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    for (int type = 0; type < COMPRESSION_COUNT; type++) {
        set(&line, "compression.type", types[type]);
        for (int codec = 0; codec < COMPRESSION_COUNT; codec++) {
            packed.size = 0;
            assert_int_equal(produce(&line, make(memory, (enum compression)codec, &packed)), 0);
            assert_int_equal(
                batch_codec(&(struct batch){ .attributes = fetch(&line, offset).attributes }),
                type);
            offset += RECORDS;
        }
    }
    set(&line, "compression.type", "producer");
    for (int codec = 0; codec < COMPRESSION_COUNT; codec++) {
        packed.size = 0;
        struct slice sent = make(memory, (enum compression)codec, &packed);
        assert_int_equal(produce(&line, sent), 0);
        struct batch stored = fetch(&line, offset);
        assert_int_equal(batch_codec(&stored), codec);
        /* All but offset and leader epoch as it came. */
        assert_memory_equal(stored.bytes.data + 16, sent.data + 16, sent.size - 16);
        offset += RECORDS;
    }
    bytes_finish(&packed);
    line_close(&line);
    served_stop(&served);
}

/* The size that counts is that which is stored, and that which came. */
TEST(sizes_before_and_after)
{
    uint8_t memory[MEMORY];
    struct served served;
    struct line line;
    struct bytes packed;
    bytes_init(&packed, MEMORY);
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    set(&line, "max.message.bytes", "300");
    set(&line, "compression.type", "uncompressed");
    assert_int_equal(produce(&line, make(memory, COMPRESSION_ZSTD, &packed)),
                     KC_ERR_MESSAGE_TOO_LARGE);
    set(&line, "compression.type", "zstd");
    assert_int_equal(produce(&line, make(memory, COMPRESSION_NONE, &packed)),
                     KC_ERR_MESSAGE_TOO_LARGE);
    packed.size = 0;
    assert_int_equal(produce(&line, make(memory, COMPRESSION_ZSTD, &packed)), 0);
    bytes_finish(&packed);
    line_close(&line);
    served_stop(&served);
}

/* A header that lies about its newest record is put right, as Kafka does. */
TEST(the_largest_timestamp_is_put_right)
{
    uint8_t memory[MEMORY];
    struct served served;
    struct line line;
    served_init(&served);
    served_start(&served, NULL);
    line_open(&line, &served);
    (void)line_create_topic(&line, "t", 1);
    struct slice batch = make(memory, COMPRESSION_NONE, NULL);
    batch_set_max_timestamp(memory, batch.size, 1700000000000);
    assert_int_equal(produce(&line, batch), 0);
    (void)fetch(&line, 0);
    line_close(&line);
    served_stop(&served);
}
