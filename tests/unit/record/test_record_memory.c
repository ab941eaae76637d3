/* tests: compress and record when memory runs out: writing, reading and checking a batch of each
 * codec, first with new state, then again with the same. */
#include "base/attr.h"
#include "base/random.h"
#include "record/batch_writer.h"
#include "support/heap.h"
#include "support/test.h"

#include <stdlib.h>

enum { RECORDS = 1000, VALUE_SIZE = 200, BATCH_SIZE_MAX = RECORDS * (VALUE_SIZE + 40) };

/* What a body works with; the batch is made while memory lasts. */
struct stage {
    enum compression codec;
    uint8_t *memory;
    struct batch_writer writer;
    struct bytes packed;
    struct batch batch;
};

static enum kc_err close_batch(struct stage *stage, struct compressor *compressor,
                               struct bytes *out, struct slice *ret_batch)
{
    struct batch_close close = { .codec = stage->codec,
                                 .partition_leader_epoch = -1,
                                 .producer_id = BATCH_NO_PRODUCER_ID,
                                 .producer_epoch = -1,
                                 .base_sequence = -1 };

    return batch_writer_close(&stage->writer, &close, compressor, out, ret_batch);
}

static void stage_init(struct stage *stage, enum compression codec)
{
    struct compressor *compressor = compressor_create(codec, COMPRESSION_LEVEL_DEFAULT);
    struct slice bytes;
    struct random random;
    uint8_t value[VALUE_SIZE];

    *stage = (struct stage){ .codec = codec, .memory = malloc(BATCH_SIZE_MAX) };
    assert_true(stage->memory && compressor);
    random_init(&random, 1);
    batch_writer_init(&stage->writer, stage->memory, BATCH_SIZE_MAX);
    for (int64_t i = 0; i < RECORDS; i++) {
        for (size_t j = 0; j < sizeof(value); j++) {
            value[j] = (uint8_t)random_below(&random, 8);
        }
        assert_true(batch_writer_append(&stage->writer, i, slice_text("key"),
                                        slice_of(value, sizeof(value)), NULL, 0));
    }
    bytes_init(&stage->packed, 1 << 20);
    assert_int_equal(close_batch(stage, compressor, &stage->packed, &bytes), 0);
    assert_int_equal(batch_read(bytes, &stage->batch), 0);
    compressor_destroy(compressor);
}

static void stage_finish(struct stage *stage)
{
    bytes_finish(&stage->packed);
    free(stage->memory);
}

/* The second closing must give what memory to spare gave, whatever became of the first. */
static enum kc_err write_batch(void *context)
{
    struct stage *stage = context;
    struct compressor *compressor = compressor_create(stage->codec, COMPRESSION_LEVEL_DEFAULT);
    enum kc_err err = KC_ERR_NO_MEMORY;
    struct slice bytes;
    struct bytes out;

    if (!compressor) {
        return KC_ERR_NO_MEMORY;
    }
    bytes_init(&out, 1 << 20);
    err = close_batch(stage, compressor, &out, &bytes);
    heap_pause();
    assert_int_equal(close_batch(stage, compressor, &out, &bytes), 0);
    assert_int_equal(bytes.size, stage->batch.bytes.size);
    assert_memory_equal(bytes.data, stage->batch.bytes.data, bytes.size);
    heap_resume();
    bytes_finish(&out);
    compressor_destroy(compressor);
    return err;
}

static enum kc_err read_records(struct stage *stage, struct decompressor *decompressor,
                                struct bytes *buffer)
{
    struct batch_reader reader;
    struct record record;
    int count = 0;

    enum kc_err err = batch_reader_init(&reader, &stage->batch, decompressor, buffer);
    if (err) {
        return err;
    }
    while ((err = batch_reader_next(&reader, &record)) == KC_ERR_NONE) {
        count++;
    }
    assert_int_equal(err, KC_ERR_WOULD_BLOCK);
    assert_int_equal(count, RECORDS);
    return KC_ERR_NONE;
}

static enum kc_err read_batch(void *context)
{
    struct stage *stage = context;
    struct decompressor *decompressor = decompressor_create();
    struct bytes buffer;

    if (!decompressor) {
        return KC_ERR_NO_MEMORY;
    }
    bytes_init(&buffer, 1 << 20);
    enum kc_err err = read_records(stage, decompressor, &buffer);
    heap_pause();
    assert_int_equal(read_records(stage, decompressor, &buffer), 0);
    heap_resume();
    bytes_finish(&buffer);
    decompressor_destroy(decompressor);
    return err;
}

static enum kc_err check_batch(void *context)
{
    struct stage *stage = context;
    struct batch_checker *checker = batch_checker_create(1 << 20);

    if (!checker) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = batch_check(checker, &stage->batch);
    heap_pause();
    assert_int_equal(batch_check(checker, &stage->batch), 0);
    heap_resume();
    batch_checker_destroy(checker);
    return err;
}

static void run_codec(enum compression codec)
{
    struct stage stage;

    stage_init(&stage, codec);
    heap_each(write_batch, &stage);
    heap_each(read_batch, &stage);
    heap_each(check_batch, &stage);
    stage_finish(&stage);
}

TEST(gzip_stays_whole)
{
    run_codec(COMPRESSION_GZIP);
}

TEST(snappy_stays_whole)
{
    run_codec(COMPRESSION_SNAPPY);
}

TEST(lz4_stays_whole)
{
    run_codec(COMPRESSION_LZ4);
}

TEST(zstd_stays_whole)
{
    run_codec(COMPRESSION_ZSTD);
}
