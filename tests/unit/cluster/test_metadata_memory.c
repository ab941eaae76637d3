/* tests: the metadata cache when memory runs out: the next answer makes it whole. */
#include "base/attr.h"
#include "cluster/metadata.h"
#include "support/heap.h"
#include "support/test.h"
#include "wire/codec.h"

#include <stdio.h>

enum { BROKERS = 20, TOPICS = 30, PARTITIONS = 4 };

struct told {
    struct metadata_response response;
    struct metadata_response_metadata_response_broker brokers[BROKERS];
    struct metadata_response_metadata_response_topic topics[TOPICS];
    struct metadata_response_metadata_response_partition partitions[PARTITIONS];
    int32_t nodes[3];
    char names[TOPICS][16];
};

static void tell(struct told *told, uint8_t generation, int32_t partition_count, int32_t leader)
{
    memset(told, 0, sizeof(*told));
    message_defaults(&metadata_response_type, &told->response);
    for (int32_t i = 0; i < BROKERS; i++) {
        told->brokers[i] = (struct metadata_response_metadata_response_broker){
            .node_id = i, .host = slice_text("host"), .port = 9092, .rack = slice_text("rack")
        };
    }
    for (int32_t i = 0; i < 3; i++) {
        told->nodes[i] = i + leader;
    }
    for (int32_t i = 0; i < partition_count; i++) {
        told->partitions[i] = (struct metadata_response_metadata_response_partition){
            .partition_index = i,
            .leader_id = leader,
            .leader_epoch = leader,
            .replica_nodes = { told->nodes, 3 },
            .isr_nodes = { told->nodes, 2 }
        };
    }
    for (int32_t i = 0; i < TOPICS; i++) {
        struct metadata_response_metadata_response_topic *topic = &told->topics[i];
        (void)snprintf(told->names[i], sizeof(told->names[i]), "topic-%d", i);
        topic->name = slice_text(told->names[i]);
        topic->topic_id = (struct uuid){ { generation, (uint8_t)(i + 1) } };
        topic->partitions.items = told->partitions;
        topic->partitions.count = partition_count;
    }
    told->response.cluster_id = slice_text("cluster");
    told->response.controller_id = 1;
    told->response.brokers.items = told->brokers;
    told->response.brokers.count = BROKERS;
    told->response.topics.items = told->topics;
    told->response.topics.count = TOPICS;
}

/* After a failure: what is there can be used. */
static void check_usable(const struct metadata *metadata)
{
    size_t position = 0;
    const struct metadata_topic *topic;
    while ((topic = map_next(&metadata->topics, &position))) {
        assert_true(topic->partition_count > 0);
        assert_true(uuid_is_zero(&topic->id) ||
                    metadata_topic_of_id(metadata, &topic->id) == topic);
        for (int32_t i = 0; i < topic->partition_count; i++) {
            assert_true(topic->partitions[i].replicas || topic->partitions[i].leader == -1 ||
                        topic->partitions[i].replica_count == 0);
        }
    }
}

static void check_whole(const struct metadata *metadata, const struct told *told)
{
    assert_int_equal(metadata->topics.count, TOPICS);
    assert_int_equal(metadata->topic_ids.count, TOPICS);
    assert_int_equal(metadata->brokers.count, BROKERS);
    assert_string_equal(metadata->cluster_id, "cluster");
    for (int32_t i = 0; i < TOPICS; i++) {
        const struct metadata_topic *topic = metadata_topic(metadata, told->topics[i].name);
        assert_ptr_equal(metadata_topic_of_id(metadata, &told->topics[i].topic_id), topic);
        assert_int_equal(topic->partition_count, told->topics[i].partitions.count);
        for (int32_t p = 0; p < topic->partition_count; p++) {
            assert_int_equal(topic->partitions[p].leader, told->partitions[p].leader_id);
            assert_int_equal(topic->partitions[p].replicas[2], told->nodes[2]);
            assert_int_equal(topic->partitions[p].isr[1], told->nodes[1]);
        }
    }
}

static enum kc_err update(struct metadata *metadata, const struct told *told, int64_t now_us)
{
    enum kc_err err = metadata_update(metadata, &told->response, true, now_us);
    if (err) {
        assert_int_equal(err, KC_ERR_NO_MEMORY);
        check_usable(metadata);
        assert_int_equal(metadata_update(metadata, &told->response, true, now_us + 1), 0);
    }
    check_whole(metadata, told);
    return err;
}

static enum kc_err update_body(void *context)
{
    struct told *told = context;
    struct metadata metadata;

    metadata_init(&metadata, 1);
    tell(told, 1, 2, 1);
    enum kc_err first = update(&metadata, told, 100);
    tell(told, 1, PARTITIONS, 2); /* more partitions, moved */
    enum kc_err second = update(&metadata, told, 200);
    tell(told, 2, 1, 3); /* all made anew */
    enum kc_err third = update(&metadata, told, 300);
    metadata_finish(&metadata);
    return first ? first : second ? second : third;
}

TEST(updates)
{
    struct told told;

    heap_each(update_body, &told);
}
