/* tests: what the cache takes over, and what it must not. */
#include "support/test.h"

#include "cluster/metadata.h"
#include "wire/codec.h"

struct told {
    struct metadata_response response;
    struct metadata_response_metadata_response_broker brokers[3];
    struct metadata_response_metadata_response_topic topics[3];
    struct metadata_response_metadata_response_partition partitions[3];
    int32_t nodes[3];
};

/* Brokers 0 and 1; one topic of two partitions led by `leader` in `epoch`. */
static void tell(struct told *told, const char *name, uint8_t id, int32_t leader, int32_t epoch)
{
    memset(told, 0, sizeof(*told));
    message_defaults(&metadata_response_type, &told->response);
    for (int32_t i = 0; i < 2; i++) {
        told->brokers[i] = (struct metadata_response_metadata_response_broker){
            .node_id = i, .host = slice_text("h"), .port = 9092 + i
        };
        told->nodes[i] = i;
        told->partitions[i] = (struct metadata_response_metadata_response_partition){
            .partition_index = 1 - i, .leader_id = leader, .leader_epoch = epoch
        };
        told->partitions[i].replica_nodes.items = told->nodes;
        told->partitions[i].replica_nodes.count = 2;
        told->partitions[i].isr_nodes.items = told->nodes;
        told->partitions[i].isr_nodes.count = 1;
    }
    told->response.cluster_id = slice_text("cluster");
    told->response.controller_id = 1;
    told->response.brokers.items = told->brokers;
    told->response.brokers.count = 2;
    told->topics[0].name = slice_text(name);
    memset(&told->topics[0].topic_id, id, sizeof(struct uuid));
    told->topics[0].partitions.items = told->partitions;
    told->topics[0].partitions.count = 2;
    told->response.topics.items = told->topics;
    told->response.topics.count = 1;
}

static int32_t leader_of(const struct metadata *metadata, const char *topic, int32_t partition)
{
    const struct metadata_partition *found =
        metadata_partition(metadata, slice_text(topic), partition);
    assert_non_null(found);
    return found->leader;
}

TEST(takes_over_and_looks_up)
{
    struct metadata metadata;
    struct told told;
    metadata_init(&metadata, 1);
    tell(&told, "t", 7, 1, 3);
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100), 0);
    assert_string_equal(metadata_broker(&metadata, 1)->host, "h");
    assert_int_equal(metadata_broker(&metadata, 1)->port, 9093);
    assert_null(metadata_broker(&metadata, 2));
    const struct metadata_topic *topic = metadata_topic(&metadata, slice_text("t"));
    assert_int_equal(topic->partition_count, 2);
    assert_ptr_equal(metadata_topic_of_id(&metadata, &told.topics[0].topic_id), topic);
    assert_int_equal(topic->partitions[0].replica_count, 2);
    assert_int_equal(topic->partitions[0].isr_count, 1);
    assert_int_equal(topic->partitions[0].isr[0], 0);
    assert_null(metadata_partition(&metadata, slice_text("t"), 2));
    assert_null(metadata_partition(&metadata, slice_text("t"), -1));
    assert_string_equal(metadata.cluster_id, "cluster");
    assert_int_equal(metadata.controller_id, 1);
    uint64_t changes = metadata.change_count;
    assert_int_equal(metadata_update(&metadata, &told.response, false, 200), 0);
    assert_int_equal(metadata.change_count, changes);
    metadata_finish(&metadata);
}

TEST(never_goes_back_to_an_older_epoch)
{
    struct metadata metadata;
    struct told told;
    metadata_init(&metadata, 1);
    tell(&told, "t", 7, 1, 5);
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100), 0);
    tell(&told, "t", 7, 0, 4);
    assert_int_equal(metadata_update(&metadata, &told.response, false, 200), 0);
    assert_int_equal(leader_of(&metadata, "t", 0), 1);
    tell(&told, "t", 7, 0, 6);
    assert_int_equal(metadata_update(&metadata, &told.response, false, 300), 0);
    assert_int_equal(leader_of(&metadata, "t", 0), 0);
    /* Made anew: another id, epochs from the start. */
    tell(&told, "t", 8, 1, 0);
    struct uuid old_id;
    memset(&old_id, 7, sizeof(old_id));
    assert_int_equal(metadata_update(&metadata, &told.response, false, 400), 0);
    assert_int_equal(leader_of(&metadata, "t", 0), 1);
    assert_null(metadata_topic_of_id(&metadata, &old_id));
    metadata_finish(&metadata);
}

TEST(hints_move_leaders_forward_only)
{
    struct metadata metadata;
    struct told told;
    metadata_init(&metadata, 1);
    tell(&told, "t", 7, 1, 5);
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100), 0);
    struct metadata_topic *topic = metadata_topic(&metadata, slice_text("t"));
    assert_false(metadata_hint_leader(&metadata, topic, 0, 0, 4));
    assert_false(metadata_hint_leader(&metadata, topic, 0, 1, 5));
    assert_false(metadata_hint_leader(&metadata, topic, 9, 0, 9));
    assert_false(metadata_hint_leader(&metadata, topic, 0, -1, 9));
    assert_false(metadata_hint_leader(&metadata, NULL, 0, 0, 9));
    assert_true(metadata_hint_leader(&metadata, topic, 0, 2, 6));
    assert_int_equal(metadata_hint_broker(&metadata, 2, slice_text("x"), 1, slice_text("r")), 0);
    assert_string_equal(metadata_broker(&metadata, 2)->rack, "r");
    assert_int_equal(metadata_hint_broker(&metadata, 2, slice_text("y"), 2, SLICE_NULL), 0);
    assert_string_equal(metadata_broker(&metadata, 2)->host, "y");
    assert_null(metadata_broker(&metadata, 2)->rack);
    metadata_finish(&metadata);
}

TEST(errors_keep_the_partitions)
{
    struct metadata metadata;
    struct told told;
    metadata_init(&metadata, 1);
    tell(&told, "t", 7, 1, 5);
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100), 0);
    told.topics[0].error_code = KC_ERR_TOPIC_AUTHORIZATION_FAILED;
    told.topics[0].partitions.count = 0;
    assert_int_equal(metadata_update(&metadata, &told.response, false, 200), 0);
    const struct metadata_topic *topic = metadata_topic(&metadata, slice_text("t"));
    assert_int_equal(topic->err, KC_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(topic->partition_count, 2);
    assert_int_equal(topic->heard_us, 200);
    metadata_finish(&metadata);
}

TEST(full_answers_drop_what_they_lack)
{
    struct metadata metadata;
    struct told told;
    metadata_init(&metadata, 1);
    tell(&told, "a", 1, 1, 5);
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100), 0);
    tell(&told, "b", 2, 1, 5);
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100), 0);
    assert_non_null(metadata_topic(&metadata, slice_text("a")));
    tell(&told, "b", 2, 1, 5);
    told.response.brokers.count = 1;
    assert_int_equal(metadata_update(&metadata, &told.response, true, 100), 0);
    assert_null(metadata_topic(&metadata, slice_text("a")));
    assert_non_null(metadata_topic(&metadata, slice_text("b")));
    assert_null(metadata_broker(&metadata, 1));
    metadata_forget_topic(&metadata, slice_text("b"));
    assert_null(metadata_topic(&metadata, slice_text("b")));
    metadata_forget_all(&metadata);
    assert_null(metadata_broker(&metadata, 0));
    metadata_finish(&metadata);
    metadata_finish(NULL);
}

TEST(hostile_answers_are_refused)
{
    struct metadata metadata;
    struct told told;
    metadata_init(&metadata, 1);
    tell(&told, "t", 7, 1, 5);
    told.partitions[0].partition_index = 2;
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100), KC_ERR_MALFORMED);
    told.partitions[0].partition_index = -1;
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100), KC_ERR_MALFORMED);
    tell(&told, "t", 7, 1, 5);
    told.response.error_code = KC_ERR_REBOOTSTRAP_REQUIRED;
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100),
                     KC_ERR_REBOOTSTRAP_REQUIRED);
    /* Fewer partitions than before, and duplicates. */
    tell(&told, "t", 7, 1, 5);
    assert_int_equal(metadata_update(&metadata, &told.response, false, 100), 0);
    told.topics[0].partitions.count = 1;
    told.partitions[0].partition_index = 0;
    assert_int_equal(metadata_update(&metadata, &told.response, false, 200), 0);
    assert_int_equal(metadata_topic(&metadata, slice_text("t"))->partition_count, 1);
    metadata_finish(&metadata);
}
