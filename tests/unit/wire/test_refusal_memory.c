/* tests: wire/refusal when memory runs out: the answer is refused as a whole. */
#include "support/heap.h"
#include "support/test.h"

#include "wire/messages.h"
#include "wire/refusal.h"

enum { TOPICS = 40, PARTITIONS = 30 };

static enum kc_err make(void *context)
{
    struct produce_response response;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    enum kc_err err = refusal_make(api_find(0), 9, context, &arena, false,
                                   KC_ERR_NOT_LEADER_OR_FOLLOWER, &response);
    if (!err) {
        assert_int_equal(response.responses.count, TOPICS);
        assert_int_equal(response.responses.items[TOPICS - 1].partition_responses.count,
                         PARTITIONS);
    }
    arena_finish(&arena);
    return err;
}

TEST(an_answer_of_many_items)
{
    static struct produce_request_partition_produce_data partitions[PARTITIONS];
    static struct produce_request_topic_produce_data topics[TOPICS];
    struct produce_request request;
    message_defaults(&produce_request_type, &request);
    for (int i = 0; i < TOPICS; i++) {
        topics[i].name = slice_text("t");
        topics[i].partition_data.items = partitions;
        topics[i].partition_data.count = PARTITIONS;
    }
    request.topic_data.items = topics;
    request.topic_data.count = TOPICS;
    heap_each(make, &request);
}
