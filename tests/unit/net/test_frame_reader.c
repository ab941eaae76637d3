/* tests: bytes into frames, whatever way they are cut. */
#include "support/test.h"

#include "base/bytes.h"
#include "base/random.h"
#include "net/frame_reader.h"

#include <stdlib.h>

static enum kc_err feed_one(struct frame_reader *reader, const uint8_t *data, size_t size,
                            struct frame_buffer **ret_frame)
{
    struct slice bytes = slice_of(data, size);
    return frame_reader_feed(reader, &bytes, ret_frame);
}

TEST(refuses_sizes_before_taking_memory)
{
    const uint8_t negative[] = { 0xff, 0xff, 0xff, 0xff };
    const uint8_t huge[] = { 0x7f, 0xff, 0xff, 0xff };
    struct frame_buffer *frame = NULL;
    struct frame_reader reader;
    frame_reader_init(&reader, 1000, 0);
    assert_int_equal(feed_one(&reader, negative, 4, &frame), KC_ERR_MALFORMED);
    frame_reader_finish(&reader);
    frame_reader_init(&reader, 1000, 0);
    assert_int_equal(feed_one(&reader, huge, 4, &frame), KC_ERR_TOO_LARGE);
    assert_int_equal(frame_reader_held(&reader), 0);
    frame_reader_finish(&reader);
}

TEST(memory_grows_with_bytes_received)
{
    struct frame_reader reader;
    frame_reader_init(&reader, INT32_MAX, 0);
    const uint8_t prefix[] = { 0x40, 0, 0, 0 }; /* 1 GiB announced */
    struct frame_buffer *frame = NULL;
    assert_int_equal(feed_one(&reader, prefix, 4, &frame), 0);
    assert_null(frame);
    assert_true(frame_reader_held(&reader) <= FRAME_READER_START_MIN + 64);
    size_t given = 0;
    while (given < 1000000) {
        uint8_t *data = NULL;
        size_t size = 0;
        assert_true(frame_reader_space(&reader, &data, &size));
        memset(data, 1, size);
        assert_int_equal(frame_reader_advance(&reader, size, &frame), 0);
        given += size;
        assert_true(frame_reader_held(&reader) <= 2 * given + 64);
    }
    assert_true(frame_reader_is_partial(&reader));
    frame_reader_finish(&reader);
}

/* Frames of chance sizes, cut by chance, through both ways in; large ones of the pool. */
static void play(uint64_t seed, struct frame_pool *pool)
{
    enum { FRAMES = 30, SIZE_MAX_HERE = 200000 };
    struct random random;
    random_init(&random, seed);
    struct bytes flow;
    bytes_init(&flow, (size_t)1 << 30);
    size_t sizes[FRAMES];
    for (int i = 0; i < FRAMES; i++) {
        sizes[i] = (size_t)random_below(&random, random_below(&random, 3) ? 100 : SIZE_MAX_HERE);
        uint8_t prefix[4];
        store_u32(prefix, (uint32_t)sizes[i]);
        assert_true(bytes_append(&flow, prefix, 4));
        for (size_t j = 0; j < sizes[i]; j++) {
            uint8_t byte = (uint8_t)(j * 7 + (size_t)i);
            assert_true(bytes_append(&flow, &byte, 1));
        }
    }
    struct frame_reader reader;
    frame_reader_init(&reader, SIZE_MAX_HERE, 0);
    reader.pool = pool;
    size_t position = 0;
    int count = 0;
    while (position < flow.size) {
        size_t chunk = 1 + (size_t)random_below(&random, 40000);
        chunk = chunk < flow.size - position ? chunk : flow.size - position;
        struct frame_buffer *frames[FRAMES];
        int got = 0;
        uint8_t *data = NULL;
        size_t size = 0;
        if (frame_reader_space(&reader, &data, &size)) {
            chunk = chunk < size ? chunk : size;
            memcpy(data, flow.data + position, chunk);
            assert_int_equal(frame_reader_advance(&reader, chunk, &frames[0]), 0);
            got = frames[0] ? 1 : 0;
        } else {
            struct slice bytes = slice_of(flow.data + position, chunk);
            while (bytes.size > 0) {
                assert_int_equal(frame_reader_feed(&reader, &bytes, &frames[got]), 0);
                got += frames[got] ? 1 : 0;
            }
        }
        position += chunk;
        for (int i = 0; i < got; i++, count++) {
            assert_int_equal(frames[i]->size, sizes[count]);
            for (size_t j = 0; j < sizes[count]; j++) {
                assert_int_equal(frames[i]->data[j], (uint8_t)(j * 7 + (size_t)count));
            }
            frame_buffer_drop(frames[i]);
        }
    }
    assert_int_equal(count, FRAMES);
    assert_false(frame_reader_is_partial(&reader));
    frame_reader_finish(&reader);
    bytes_finish(&flow);
}

TEST(every_cut_gives_the_same_frames)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        play(seed, NULL);
    }
}

TEST(memory_that_is_used_again_gives_the_same_frames)
{
    struct frame_pool *pool = frame_pool_create((size_t)1 << 30);
    for (uint64_t seed = 0; seed < 20; seed++) {
        play(seed, pool);
    }
    frame_pool_destroy(pool);
}

/* Fills what the reader gives until the frame is whole. */
static struct frame_buffer *fill(struct frame_reader *reader, uint32_t frame_size)
{
    uint8_t prefix[4];
    struct frame_buffer *frame = NULL;
    store_u32(prefix, frame_size);
    assert_int_equal(feed_one(reader, prefix, 4, &frame), 0);
    while (!frame) {
        uint8_t *data = NULL;
        size_t size = 0;
        uint8_t block[FRAME_READER_DIRECT_MIN] = { 0 };
        if (frame_reader_space(reader, &data, &size)) {
            assert_true(size <= frame_size);
            memset(data, 1, size);
            assert_int_equal(frame_reader_advance(reader, size, &frame), 0);
        } else {
            size = frame_size - reader->frame->size;
            assert_int_equal(feed_one(reader, block, size, &frame), 0);
        }
    }
    assert_int_equal(frame->size, frame_size);
    return frame;
}

TEST(a_frame_takes_the_memory_of_one_before)
{
    struct frame_pool *pool = frame_pool_create((size_t)1 << 30);
    struct frame_reader reader;
    frame_reader_init(&reader, INT32_MAX, 0);
    reader.pool = pool;
    struct frame_buffer *first = fill(&reader, 4000000);
    assert_true(first->capacity >= 4000000);
    frame_buffer_drop(first);
    struct frame_buffer *second = fill(&reader, 4100000); /* a little more fits, too */
    assert_ptr_equal(second, first);
    frame_buffer_drop(second);
    struct frame_buffer *small = fill(&reader, FRAME_POOL_SIZE_MIN - 1);
    assert_null(small->home);
    frame_buffer_drop(small);
    /* A reader that ends in the middle gives it back as well. */
    const uint8_t prefix[] = { 0, 0x3d, 0x09, 0 };
    assert_int_equal(feed_one(&reader, prefix, 4, &small), 0);
    assert_int_equal(frame_pool_kept(pool), 0);
    frame_reader_finish(&reader);
    assert_true(frame_pool_kept(pool) >= 4000000);
    frame_pool_destroy(pool);
}
