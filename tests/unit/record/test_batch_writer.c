/* tests: building batches, byte for byte as Java does. */
#include "unit/record/java_batches.h"

#include "base/attr.h"
#include "base/random.h"
#include "record/batch_writer.h"

enum { HEADERS_MAX = 16 };

static int32_t take_headers(struct slice rest, struct record_header headers[HEADERS_MAX])
{
    int32_t count = 0;

    while (count < HEADERS_MAX && record_next_header(&rest, &headers[count])) {
        count++;
    }
    return count;
}

/* Takes the batch apart and builds it again in a buffer of exactly its size. */
static void rebuild(const struct batch *batch)
{
    struct batch_writer writer;
    struct batch_reader reader;
    struct record record;
    struct slice built;
    /* With the create times, which log append time hides. */
    struct batch plain = *batch;
    uint8_t *memory = malloc(batch->bytes.size);

    plain.attributes = (int16_t)(plain.attributes & ~BATCH_ATTRIBUTE_LOG_APPEND_TIME);
    batch_writer_init(&writer, memory, batch->bytes.size);
    batch_writer_set_base_timestamp(&writer, batch->base_timestamp);
    assert_int_equal(batch_reader_init(&reader, &plain, NULL, NULL), 0);
    while (!batch_reader_next(&reader, &record)) {
        struct record_header headers[HEADERS_MAX];
        int32_t header_count = take_headers(record.headers, headers);
        size_t size_before = writer.size;
        writer.next_delta = (int32_t)(record.offset - batch->base_offset);
        size_t size = batch_writer_record_size(&writer, record.timestamp, record.key, record.value,
                                               headers, header_count);
        assert_true(batch_writer_append(&writer, record.timestamp, record.key, record.value,
                                        headers, header_count));
        assert_int_equal(writer.size, size_before + size);
    }
    writer.next_delta = batch->last_offset_delta + 1;
    struct batch_close close = {
        .base_offset = batch->base_offset,
        .partition_leader_epoch = batch->partition_leader_epoch,
        .transactional = batch_is_transactional(batch),
        .control = batch_is_control(batch),
        .log_append_time = (batch->attributes & BATCH_ATTRIBUTE_LOG_APPEND_TIME) != 0,
        .delete_horizon = (batch->attributes & BATCH_ATTRIBUTE_DELETE_HORIZON) != 0,
        .append_time = batch->max_timestamp,
        .producer_id = batch->producer_id,
        .producer_epoch = batch->producer_epoch,
        .base_sequence = batch->base_sequence,
    };
    if (batch->record_count == 0) {
        writer.max_timestamp = batch->max_timestamp;
    }
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &built), 0);
    assert_int_equal(built.size, batch->bytes.size);
    assert_memory_equal(built.data, batch->bytes.data, built.size);
    free(memory);
}

TEST(writes_the_bytes_of_java)
{
    int rebuilt = 0;

    for (size_t row = 0; row < ARRAY_COUNT(java_batches); row++) {
        size_t size;
        struct batch batch;
        uint8_t *data = test_unhex(java_batches[row].hex, &size);
        bool is_sound = strstr(java_batches[row].seen, "error") == NULL;
        if (is_sound && batch_read(slice_of(data, size), &batch) == KC_ERR_NONE &&
            batch_codec(&batch) == COMPRESSION_NONE) {
            rebuild(&batch);
            rebuilt++;
        }
        free(data);
    }
    assert_int_equal(rebuilt, 16);
}

static void fill(struct batch_writer *writer)
{
    struct record_header header = { slice_text("h"), SLICE_NULL };

    for (int64_t i = 0; i < 200; i++) {
        assert_true(batch_writer_append(writer, 1000 - i * 100, slice_of(&i, sizeof(i)),
                                        slice_text("a value that repeats"), &header, i % 2));
    }
}

TEST(compresses_and_reads_back)
{
    static uint8_t memory[64 * 1024];
    struct decompressor *decompressor = decompressor_create();
    struct bytes out;
    struct bytes buffer;

    bytes_init(&out, sizeof(memory));
    bytes_init(&buffer, sizeof(memory));
    for (int i = COMPRESSION_GZIP; i < COMPRESSION_COUNT; i++) {
        struct compressor *compressor =
            compressor_create((enum compression)i, COMPRESSION_LEVEL_DEFAULT);
        struct batch_close close = { .codec = (enum compression)i, .base_offset = 70 };
        struct batch_writer writer;
        struct batch_reader reader;
        struct batch batch;
        struct record record;
        struct slice bytes;
        batch_writer_init(&writer, memory, sizeof(memory));
        fill(&writer);
        assert_int_equal(batch_writer_close(&writer, &close, compressor, &out, &bytes), 0);
        assert_ptr_equal(bytes.data, out.data);
        assert_true(bytes.size < writer.size);
        assert_int_equal(batch_read(bytes, &batch), 0);
        assert_int_equal(batch_check_crc(&batch), 0);
        assert_int_equal(batch_codec(&batch), i);
        assert_int_equal(batch.record_count, 200);
        assert_int_equal(batch.base_timestamp, 1000);
        assert_int_equal(batch.max_timestamp, 1000);
        assert_int_equal(batch_reader_init(&reader, &batch, decompressor, &buffer), 0);
        for (int64_t j = 0; j < 200; j++) {
            assert_int_equal(batch_reader_next(&reader, &record), 0);
            assert_int_equal(record.offset, 70 + j);
            assert_int_equal(record.timestamp, 1000 - j * 100);
            assert_memory_equal(record.key.data, &j, sizeof(j));
            assert_int_equal(record.header_count, j % 2);
        }
        assert_int_equal(batch_reader_next(&reader, &record), KC_ERR_WOULD_BLOCK);
        compressor_destroy(compressor);
    }
    bytes_finish(&buffer);
    bytes_finish(&out);
    decompressor_destroy(decompressor);
}

/* Every capacity up to what is needed: the record goes in whole or not at all. */
TEST(never_writes_beyond_its_buffer)
{
    struct record_header headers[] = { { slice_text("key"), slice_text("value") },
                                       { slice_text(""), SLICE_NULL },
                                       { SLICE_NULL, SLICE_EMPTY } };
    struct slice key = slice_text("a key");
    struct slice value = slice_text("a value of some length, longer than sixty-three bytes so that "
                                    "its length takes two of them");
    struct batch_writer writer;
    uint8_t large[512];

    batch_writer_init(&writer, large, sizeof(large));
    size_t size = batch_writer_record_size(&writer, 5, key, value, headers, 3);
    for (size_t capacity = BATCH_HEADER_SIZE; capacity <= BATCH_HEADER_SIZE + size; capacity++) {
        uint8_t *memory = malloc(capacity);
        batch_writer_init(&writer, memory, capacity);
        bool fits = capacity == BATCH_HEADER_SIZE + size;
        assert_int_equal(batch_writer_append(&writer, 5, key, value, headers, 3), fits);
        assert_int_equal(writer.count, fits);
        assert_int_equal(writer.size, fits ? capacity : (size_t)BATCH_HEADER_SIZE);
        free(memory);
    }
}

TEST(refuses_impossible_sizes)
{
    uint8_t memory[256];
    struct batch_writer writer;
    struct slice huge = slice_of(memory, (size_t)INT32_MAX + 1);
    struct slice large = slice_of(memory, INT32_MAX);
    struct record_header headers[] = { { slice_text("h"), huge } };
    struct record_header two[] = { { slice_text("h"), large }, { slice_text("h"), large } };

    batch_writer_init(&writer, memory, sizeof(memory));
    assert_false(batch_writer_append(&writer, 0, huge, SLICE_NULL, NULL, 0));
    assert_false(batch_writer_append(&writer, 0, SLICE_NULL, huge, NULL, 0));
    assert_false(batch_writer_append(&writer, 0, large, large, NULL, 0));
    assert_false(batch_writer_append(&writer, 0, SLICE_NULL, SLICE_NULL, headers, 1));
    assert_false(batch_writer_append(&writer, 0, SLICE_NULL, SLICE_NULL, two, 2));
    assert_false(batch_writer_append(&writer, 0, SLICE_NULL, SLICE_NULL, headers, -1));
    assert_true(batch_writer_record_size(&writer, 0, large, large, NULL, 0) == SIZE_MAX);
    assert_int_equal(writer.count, 0);
    writer.next_delta = INT32_MAX;
    assert_false(batch_writer_append(&writer, 0, SLICE_NULL, SLICE_NULL, NULL, 0));
}

TEST(close_tells_what_is_wrong)
{
    uint8_t memory[256];
    struct batch_writer writer;
    struct slice batch = SLICE_NULL;
    struct bytes out;
    struct compressor *compressor = compressor_create(COMPRESSION_LZ4, COMPRESSION_LEVEL_DEFAULT);
    struct batch_close close = { .codec = (enum compression)5 };

    batch_writer_init(&writer, memory, BATCH_HEADER_SIZE - 1);
    assert_false(batch_writer_append(&writer, 0, SLICE_NULL, SLICE_NULL, NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), KC_ERR_INVALID);
    batch_writer_init(&writer, memory, sizeof(memory));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), KC_ERR_INVALID);
    close.codec = COMPRESSION_LZ4;
    for (size_t size_max = 0; size_max < BATCH_HEADER_SIZE + 10; size_max++) {
        bytes_init(&out, size_max);
        assert_int_equal(batch_writer_close(&writer, &close, compressor, &out, &batch),
                         KC_ERR_TOO_LARGE);
        bytes_finish(&out);
    }
    assert_true(slice_is_null(batch));
    compressor_destroy(compressor);
}

TEST(closes_again_with_another_producer)
{
    uint8_t memory[256];
    struct batch_writer writer;
    struct slice bytes;
    struct batch batch;
    struct batch_close close = { .producer_id = 5, .producer_epoch = 1, .base_sequence = 10 };

    batch_writer_init(&writer, memory, sizeof(memory));
    assert_true(batch_writer_append(&writer, 7, SLICE_NULL, slice_text("v"), NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &bytes), 0);
    close.producer_epoch = 2;
    close.base_sequence = 0;
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &bytes), 0);
    assert_int_equal(batch_read(bytes, &batch), 0);
    assert_int_equal(batch_check_crc(&batch), 0);
    assert_int_equal(batch.producer_id, 5);
    assert_int_equal(batch.producer_epoch, 2);
    assert_int_equal(batch.base_sequence, 0);
}

/* Timestamps at the ends of their range wrap in the delta and come back. */
TEST(extreme_timestamps_come_back)
{
    static const int64_t timestamps[] = { INT64_MAX, INT64_MIN, 0, -1, INT64_MIN + 1 };
    uint8_t memory[512];
    struct batch_writer writer;
    struct batch_reader reader;
    struct batch_close close = { .producer_id = -1 };
    struct batch batch;
    struct record record;
    struct slice bytes;

    batch_writer_init(&writer, memory, sizeof(memory));
    for (size_t i = 0; i < ARRAY_COUNT(timestamps); i++) {
        assert_true(batch_writer_append(&writer, timestamps[i], SLICE_NULL, SLICE_NULL, NULL, 0));
    }
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &bytes), 0);
    assert_int_equal(batch_read(bytes, &batch), 0);
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), 0);
    for (size_t i = 0; i < ARRAY_COUNT(timestamps); i++) {
        assert_int_equal(batch_reader_next(&reader, &record), 0);
        assert_true(record.timestamp == timestamps[i]);
    }
}

/* Writes the record both ways behind the same first one. */
static void compare_ways(struct slice key, struct slice value, int64_t timestamp, int32_t delta)
{
    static uint8_t plain_data[20000];
    static uint8_t data[20000];
    struct batch_writer plain;
    struct batch_writer writer;
    struct slice first = slice_text("first");

    batch_writer_init(&plain, plain_data, sizeof(plain_data));
    batch_writer_init(&writer, data, sizeof(data));
    assert_false(batch_writer_append_plain(&plain, 1000, SLICE_NULL, first));
    assert_true(batch_writer_append(&plain, 1000, SLICE_NULL, first, NULL, 0));
    assert_true(batch_writer_append(&writer, 1000, SLICE_NULL, first, NULL, 0));
    plain.next_delta = writer.next_delta = delta;
    size_t before = plain.size;
    assert_true(batch_writer_append(&writer, timestamp, key, value, NULL, 0));
    if (!batch_writer_append_plain(&plain, timestamp, key, value)) {
        assert_int_equal(plain.size, before);
        assert_int_equal(plain.count, 1);
        return;
    }
    assert_int_equal(plain.size, writer.size);
    assert_memory_equal(plain_data + before, data + before, writer.size - before);
    assert_int_equal(plain.max_timestamp, writer.max_timestamp);
    assert_int_equal(plain.count, writer.count);
    assert_int_equal(plain.next_delta, writer.next_delta);
}

TEST(the_short_way_writes_the_same_bytes)
{
    static const int64_t timestamps[] = { 0, 999, 1000, 1063, 1064, 9192, 100000, INT64_MAX };
    static const int32_t deltas[] = { 1, 63, 64, 8191, 8192, 1 << 20, INT32_MAX - 1 };
    static uint8_t bytes[9000];
    for (size_t size = 0; size < 9000; size += size < 300 || size > 8000 ? 1 : 97) {
        size_t i = size % (sizeof(timestamps) / sizeof(timestamps[0]));
        size_t j = size % (sizeof(deltas) / sizeof(deltas[0]));
        struct slice value = slice_of(bytes, size);
        compare_ways(SLICE_NULL, value, timestamps[i], deltas[j]);
        compare_ways(slice_text("user-1"), value, timestamps[i], deltas[j]);
        compare_ways(value, SLICE_NULL, timestamps[j], deltas[j]);
        compare_ways(slice_of(bytes, size / 2), slice_of(bytes, size - size / 2), 1000, 1);
    }
}

TEST(a_value_that_comes_later_makes_the_same_bytes)
{
    static const struct record_header header = { .key = { (const uint8_t *)"h", 1 },
                                                 .value = { (const uint8_t *)"v", 1 } };
    static const size_t sizes[] = { 0, 1, 63, 64, 1000, 8191, 8192, 9000 };
    static uint8_t bytes[9000];
    memset(bytes, 'x', sizeof(bytes));
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        uint8_t at_once[10000];
        uint8_t apart[10000];
        struct batch_writer first;
        struct batch_writer second;
        uint8_t *place = NULL;
        struct slice value = slice_of(bytes, sizes[i]);
        batch_writer_init(&first, at_once, sizeof(at_once));
        batch_writer_init(&second, apart, sizeof(apart));
        for (int32_t headers = 0; headers < 2; headers++) {
            if (!batch_writer_append(&first, 7, slice_text("k"), value, &header, headers)) {
                assert_false(batch_writer_append_apart(&second, 7, slice_text("k"), value, &header,
                                                       headers, &place));
                continue;
            }
            assert_true(batch_writer_append_apart(&second, 7, slice_text("k"), value, &header,
                                                  headers, &place));
            memcpy(place, value.data, value.size);
        }
        assert_int_equal(first.size, second.size);
        assert_memory_equal(at_once + BATCH_HEADER_SIZE, apart + BATCH_HEADER_SIZE,
                            first.size - BATCH_HEADER_SIZE);
    }
}

TEST(the_short_way_keeps_to_the_capacity)
{
    uint8_t data[BATCH_HEADER_SIZE + 300];
    struct batch_writer writer;
    batch_writer_init(&writer, data, sizeof(data));
    assert_true(batch_writer_append(&writer, 5, SLICE_NULL, SLICE_NULL, NULL, 0));
    while (batch_writer_append_plain(&writer, 5, SLICE_NULL, slice_text("0123456789"))) {
    }
    assert_in_range(writer.size, sizeof(data) - BATCH_WRITER_PLAIN_EXTRA - 10, sizeof(data));
    while (batch_writer_append(&writer, 5, SLICE_NULL, slice_text("0123456789"), NULL, 0)) {
    }
    assert_in_range(writer.size, sizeof(data) - 17, sizeof(data));
}
