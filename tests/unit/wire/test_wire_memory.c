/* tests: wire when memory runs out: a big message is encoded, decoded and shown. */
#include "support/heap.h"
#include "support/test.h"
#include "wire/codec.h"
#include "wire/messages.h"

#include <stdio.h>

enum { TOPICS = 60, PARTITIONS = 8, VERSION = 13 };

struct stage {
    struct metadata_response response;
    struct arena arena;
    struct bytes encoded;
    struct bytes shown;
};

static void fill_topic(struct metadata_response_metadata_response_topic *topic, struct arena *arena,
                       int number)
{
    message_defaults(&metadata_response_metadata_response_topic_type, topic);
    topic->name = slice_text(arena_printf(arena, "topic-%d", number));
    topic->topic_id.bytes[0] = (uint8_t)number;
    topic->partitions.items =
        arena_alloc_array(arena, PARTITIONS, sizeof(*topic->partitions.items));
    topic->partitions.count = PARTITIONS;
    for (int32_t i = 0; i < PARTITIONS; i++) {
        struct metadata_response_metadata_response_partition *partition =
            &topic->partitions.items[i];
        message_defaults(&metadata_response_metadata_response_partition_type, partition);
        partition->partition_index = i;
        partition->replica_nodes.items = arena_alloc_array(arena, 3, sizeof(int32_t));
        partition->replica_nodes.count = 3;
        partition->isr_nodes.items = partition->replica_nodes.items;
        partition->isr_nodes.count = 2;
    }
}

static enum kc_err encode(const struct stage *stage, struct bytes *out)
{
    struct writer writer;

    out->size = 0;
    writer_init(&writer, out);
    return message_encode(&metadata_response_type, VERSION, &stage->response, &writer);
}

static void stage_init(struct stage *stage)
{
    struct metadata_response *response = &stage->response;

    arena_init(&stage->arena, 0);
    bytes_init(&stage->encoded, 1 << 20);
    bytes_init(&stage->shown, 1 << 20);
    message_defaults(&metadata_response_type, response);
    response->cluster_id = slice_text("cluster");
    response->topics.items =
        arena_alloc_array(&stage->arena, TOPICS, sizeof(*response->topics.items));
    response->topics.count = TOPICS;
    for (int i = 0; i < TOPICS; i++) {
        fill_topic(&response->topics.items[i], &stage->arena, i);
    }
    assert_int_equal(encode(stage, &stage->encoded), 0);
    assert_true(message_show(&metadata_response_type, VERSION, response, &stage->shown));
}

static void stage_finish(struct stage *stage)
{
    bytes_finish(&stage->shown);
    bytes_finish(&stage->encoded);
    arena_finish(&stage->arena);
}

static enum kc_err encode_body(void *context)
{
    const struct stage *stage = context;
    struct bytes out;

    bytes_init(&out, 1 << 20);
    enum kc_err err = encode(stage, &out);
    heap_pause();
    assert_int_equal(encode(stage, &out), 0);
    assert_int_equal(out.size, stage->encoded.size);
    assert_memory_equal(out.data, stage->encoded.data, out.size);
    heap_resume();
    bytes_finish(&out);
    return err;
}

static enum kc_err decode_body(void *context)
{
    const struct stage *stage = context;
    struct metadata_response response;
    struct arena arena;

    arena_init(&arena, 0);
    enum kc_err err = message_decode_all(&metadata_response_type, VERSION,
                                         bytes_slice(&stage->encoded), &arena, &response);
    assert_true(err || message_equal(&metadata_response_type, &stage->response, &response));
    arena_finish(&arena);
    return err;
}

static enum kc_err show_body(void *context)
{
    const struct stage *stage = context;
    struct bytes out;

    bytes_init(&out, 1 << 20);
    bool fits = message_show(&metadata_response_type, VERSION, &stage->response, &out);
    if (fits) {
        assert_int_equal(out.size, stage->shown.size);
        assert_memory_equal(out.data, stage->shown.data, out.size);
    }
    bytes_finish(&out);
    return fits ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

TEST(encoding_stays_whole)
{
    struct stage stage;

    stage_init(&stage);
    heap_each(encode_body, &stage);
    stage_finish(&stage);
}

TEST(decoding_stays_whole)
{
    struct stage stage;

    stage_init(&stage);
    heap_each(decode_body, &stage);
    stage_finish(&stage);
}

TEST(showing_stays_whole)
{
    struct stage stage;

    stage_init(&stage);
    heap_each(show_body, &stage);
    stage_finish(&stage);
}
