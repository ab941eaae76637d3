/* tests: creating, deleting, listing and describing topics. */
#include "admin_rig.h"

#include <stdlib.h>

enum { METADATA = 3, CREATE = 19, DELETE = 20, RAISE = 37, PAGES = 75 };

#define PAGE_TOPIC describe_topic_partitions_response_describe_topic_partitions_response_topic
#define PAGE_PARTITION \
    describe_topic_partitions_response_describe_topic_partitions_response_partition

static const struct kc_item_results *items(const struct admin_rig *rig)
{
    return &rig->fanout->harvest->as.items;
}

TEST(create_sends_counts_settings_and_assignments)
{
    struct admin_rig rig;
    const int32_t first[] = { 1, 2 };
    const int32_t second[] = { 2, 3 };
    const int32_t *const assignments[] = { first, second };
    const struct kc_setting setting = { "retention.ms", "1000" };
    const struct kc_new_topic topics[] = {
        { .name = "a", .partition_count = 3, .replication_factor = -1, &setting, 1 },
        { .name = "b", .partition_count = 2, .replication_factor = 2, .assignments = assignments },
    };
    admin_rig_start(&rig, admin_topics_create(topics, 2, KC_VALIDATE_ONLY, false));
    assert_int_equal(rig.requests[0]->target, CLUSTER_CONTROLLER);
    const struct create_topics_request *request = admin_rig_message(&rig, CREATE, -1, 7);
    assert_true(request->validate_only);
    assert_int_equal(request->timeout_ms, 10000);
    assert_int_equal(request->topics.count, 2);
    assert_int_equal(request->topics.items[0].num_partitions, 3);
    assert_int_equal(request->topics.items[0].assignments.count, 0);
    assert_true(slice_is(request->topics.items[0].configs.items[0].value, "1000"));
    assert_int_equal(request->topics.items[1].num_partitions, -1);
    assert_int_equal(request->topics.items[1].replication_factor, -1);
    assert_int_equal(request->topics.items[1].assignments.items[1].partition_index, 1);
    assert_int_equal(request->topics.items[1].assignments.items[1].broker_ids.items[1], 3);
    admin_rig_finish(&rig);
}

TEST(create_keeps_one_result_each_and_asks_again_for_those_without_controller)
{
    struct admin_rig rig;
    const struct kc_new_topic topics[] = { { .name = "a" }, { .name = "b" }, { .name = "c" } };
    admin_rig_start(&rig, admin_topics_create(topics, 3, 0, false));
    struct create_topics_response_creatable_topic_result results[] = {
        { .name = slice_text("c"),
          .error_code = KC_ERR_INVALID_PARTITIONS,
          .error_message = slice_text("too few") },
        { .name = slice_text("a"), .error_code = KC_ERR_NOT_CONTROLLER },
        { .name = slice_text("b") },
    };
    struct create_topics_response response = { .topics = { results, 3 } };
    admin_rig_answer(&rig, CREATE, -1, 7, &response);
    assert_false(rig.is_done);
    assert_int_equal(rig.forget_count, 1);
    admin_rig_wake(&rig);
    const struct create_topics_request *request = admin_rig_message(&rig, CREATE, -1, 7);
    assert_int_equal(request->topics.count, 1);
    assert_true(slice_is(request->topics.items[0].name, "a"));
    results[1].error_code = KC_ERR_TOPIC_ALREADY_EXISTS;
    response.topics.items = &results[1];
    response.topics.count = 1;
    admin_rig_answer(&rig, CREATE, -1, 7, &response);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_NONE);
    assert_string_equal(items(&rig)->items[0].name, "a");
    assert_int_equal(items(&rig)->items[0].err, KC_ERR_TOPIC_ALREADY_EXISTS);
    assert_string_equal(items(&rig)->items[0].text, kc_err_text(KC_ERR_TOPIC_ALREADY_EXISTS));
    assert_int_equal(items(&rig)->items[1].err, KC_ERR_NONE);
    assert_int_equal(items(&rig)->items[2].err, KC_ERR_INVALID_PARTITIONS);
    assert_string_equal(items(&rig)->items[2].text, "too few");
    admin_rig_finish(&rig);
}

TEST(create_without_a_controller_ends_with_that_error_at_the_deadline)
{
    struct admin_rig rig;
    const struct kc_new_topic topic = { .name = "a" };
    admin_rig_start(&rig, admin_topics_create(&topic, 1, 0, false));
    struct create_topics_response_creatable_topic_result result = { .name = slice_text("a"),
                                                                    .error_code =
                                                                        KC_ERR_NOT_CONTROLLER };
    const struct create_topics_response response = { .topics = { &result, 1 } };
    for (int i = 0; i < 1000 && !rig.is_done; i++) {
        admin_rig_answer(&rig, CREATE, -1, 5, &response);
        if (!rig.is_done) {
            admin_rig_wake(&rig);
        }
    }
    assert_true(rig.is_done);
    assert_true(rig.now_us <= 11000000);
    assert_int_equal(items(&rig)->items[0].err, KC_ERR_NOT_CONTROLLER);
    admin_rig_finish(&rig);
}

TEST(a_lost_connection_is_the_error_of_the_call)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_catalog_list());
    admin_rig_refuse(&rig, METADATA, -1, KC_ERR_CONNECT,
                     "cannot connect to 127.0.0.1:1 (Connection refused)");
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_CONNECT);
    assert_string_equal(rig.fanout->error.text,
                        "listing topics: cannot connect to 127.0.0.1:1 (Connection refused)");
    admin_rig_finish(&rig);
}

TEST(a_broken_answer_is_the_error_of_the_call)
{
    struct admin_rig rig;
    struct frame_buffer *frame = calloc(1, sizeof(*frame));
    admin_rig_start(&rig, admin_catalog_list());
    struct conn_reply reply = { .api = api_find(METADATA), .version = 12, .frame = frame };
    reader_init(&reply.body, slice_text("no answer"));
    struct cluster_request *request = rig.requests[0];
    rig.request_count = 0;
    request->done(request, &reply);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_MALFORMED);
    free(frame);
    admin_rig_finish(&rig);
}

TEST(an_item_that_the_answer_leaves_out_fails)
{
    struct admin_rig rig;
    const char *const names[] = { "a", "b" };
    admin_rig_start(&rig, admin_topics_delete(names, 2, 0));
    struct delete_topics_response_deletable_topic_result result = { .name = slice_text("b") };
    const struct delete_topics_response response = { .responses = { &result, 1 } };
    admin_rig_answer(&rig, DELETE, -1, 6, &response);
    assert_true(rig.is_done);
    assert_int_equal(items(&rig)->items[0].err, KC_ERR_MALFORMED);
    assert_int_equal(items(&rig)->items[1].err, KC_ERR_NONE);
    admin_rig_finish(&rig);
}

TEST(delete_speaks_both_forms_of_the_list)
{
    struct admin_rig rig;
    const char *const names[] = { "a", "b" };
    admin_rig_start(&rig, admin_topics_delete(names, 2, 0));
    const struct delete_topics_request *request = admin_rig_message(&rig, DELETE, -1, 5);
    assert_int_equal(request->topics.count, 0);
    assert_true(slice_is(request->topic_names.items[1], "b"));
    request = admin_rig_message(&rig, DELETE, -1, 6);
    assert_int_equal(request->topic_names.count, 0);
    assert_true(slice_is(request->topics.items[1].name, "b"));
    admin_rig_finish(&rig);
}

TEST(raise_sends_assignments_of_the_new_partitions)
{
    struct admin_rig rig;
    const int32_t brokers[] = { 3, 1 };
    const int32_t *const assignments[] = { brokers };
    const struct kc_new_partitions wanted[] = { { "b", 9, NULL, 0, 0 },
                                                { "a", 4, assignments, 1, 2 } };
    admin_rig_start(&rig, admin_topics_raise(wanted, 2, 0));
    const struct create_partitions_request *request = admin_rig_message(&rig, RAISE, -1, 3);
    assert_int_equal(request->topics.items[0].count, 9);
    assert_int_equal(request->topics.items[0].assignments.count, -1);
    assert_int_equal(request->topics.items[1].count, 4);
    assert_int_equal(request->topics.items[1].assignments.count, 1);
    assert_int_equal(request->topics.items[1].assignments.items[0].broker_ids.items[0], 3);
    struct create_partitions_response_create_partitions_topic_result told[] = {
        { .name = slice_text("a"), .error_code = KC_ERR_INVALID_REPLICA_ASSIGNMENT },
        { .name = slice_text("b") },
    };
    const struct create_partitions_response response = { .results = { told, 2 } };
    admin_rig_answer(&rig, RAISE, -1, 3, &response);
    assert_int_equal(items(&rig)->items[0].err, KC_ERR_NONE);
    assert_int_equal(items(&rig)->items[1].err, KC_ERR_INVALID_REPLICA_ASSIGNMENT);
    admin_rig_finish(&rig);
}

TEST(raise_without_assignments_sends_null)
{
    struct admin_rig rig;
    const struct kc_new_partitions wanted = { .topic = "a", .total_count = 4 };
    admin_rig_start(&rig, admin_topics_raise(&wanted, 1, KC_VALIDATE_ONLY));
    const struct create_partitions_request *request = admin_rig_message(&rig, RAISE, -1, 0);
    assert_int_equal(request->topics.items[0].assignments.count, -1);
    assert_true(request->validate_only);
    admin_rig_finish(&rig);
}

TEST(list_sorts_topics_and_partitions)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_catalog_list());
    const struct metadata_request *request = admin_rig_message(&rig, METADATA, -1, 12);
    assert_int_equal(request->topics.count, -1);
    assert_false(request->allow_auto_topic_creation);
    int32_t replicas[] = { 2, 1 };
    struct metadata_response_metadata_response_partition partitions[] = {
        { .partition_index = 1, .leader_id = -1, .error_code = KC_ERR_LEADER_NOT_AVAILABLE },
        { .partition_index = 0,
          .leader_id = 2,
          .leader_epoch = 7,
          .replica_nodes = { replicas, 2 },
          .isr_nodes = { replicas, 1 },
          .offline_replicas = { replicas + 1, 1 } },
    };
    struct metadata_response_metadata_response_topic topics[] = {
        { .name = slice_text("z"), .is_internal = true },
        { .name = slice_text("a"), .topic_id.bytes = { 1 }, .partitions = { partitions, 2 } },
    };
    const struct metadata_response response = { .topics = { topics, 2 } };
    admin_rig_answer(&rig, METADATA, -1, 10, &response);
    assert_true(rig.is_done);
    const struct kc_topic_descriptions *told = &rig.fanout->harvest->as.topics;
    assert_int_equal(told->count, 2);
    assert_string_equal(told->items[0].name, "a");
    assert_string_equal(told->items[0].id, "AQAAAAAAAAAAAAAAAAAAAA");
    assert_string_equal(told->items[1].id, "");
    assert_true(told->items[1].internal);
    const struct kc_partition_description *partition = told->items[0].partitions;
    assert_int_equal(partition[0].leader, 2);
    assert_int_equal(partition[0].leader_epoch, 7);
    assert_int_equal(partition[0].replicas[1], 1);
    assert_int_equal(partition[0].isr_count, 1);
    assert_int_equal(partition[0].offline_replicas[0], 1);
    assert_int_equal(partition[1].leader, -1);
    assert_int_equal(partition[1].err, KC_ERR_LEADER_NOT_AVAILABLE);
    admin_rig_finish(&rig);
}

TEST(describe_follows_the_cursor_inside_and_between_topics)
{
    struct admin_rig rig;
    const char *const names[] = { "c", "a", "b", "a" };
    admin_rig_start(&rig, admin_catalog_describe(names, 4, 0));
    int32_t elr[] = { 5 };
    struct PAGE_PARTITION partitions[] = {
        { .partition_index = 0,
          .eligible_leader_replicas = { elr, 1 },
          .last_known_elr.count = -1 },
        { .partition_index = 1,
          .eligible_leader_replicas.count = -1,
          .last_known_elr = { elr, 1 } },
        { .partition_index = 2 },
    };
    struct PAGE_TOPIC topics[] = {
        { .name = slice_text("a"), .partitions = { partitions, 1 } },
        { .name = slice_text("b"), .partitions = { partitions, 2 } },
    };
    struct describe_topic_partitions_response_cursor cursor = { slice_text("b"), 2 };
    struct describe_topic_partitions_response response = { .topics = { topics, 2 },
                                                           .next_cursor = &cursor };
    admin_rig_answer(&rig, PAGES, -1, 0, &response);
    const struct describe_topic_partitions_request *request = admin_rig_message(&rig, PAGES, -1, 0);
    assert_int_equal(request->topics.count, 2);
    assert_true(slice_is(request->cursor->topic_name, "b"));
    assert_int_equal(request->cursor->partition_index, 2);
    topics[1].partitions.items = partitions + 2;
    topics[1].partitions.count = 1;
    topics[0] = (struct PAGE_TOPIC){ .name = slice_text("c"),
                                     .error_code = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION };
    response.next_cursor = NULL;
    admin_rig_answer(&rig, PAGES, -1, 0, &response);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_NONE);
    const struct kc_topic_descriptions *told = &rig.fanout->harvest->as.topics;
    assert_string_equal(told->items[0].name, "c");
    assert_int_equal(told->items[0].err, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(told->items[1].partition_count, 1);
    assert_int_equal(told->items[3].partition_count, 1);
    assert_int_equal(told->items[1].partitions[0].elr[0], 5);
    assert_int_equal(told->items[2].partition_count, 3);
    assert_int_equal(told->items[2].partitions[2].partition, 2);
    assert_int_equal(told->items[2].partitions[1].last_known_elr[0], 5);
    assert_int_equal(told->items[2].partitions[1].elr_count, 0);
    admin_rig_finish(&rig);
}

TEST(describe_ends_when_the_cursor_does_not_advance)
{
    struct admin_rig rig;
    const char *const names[] = { "a" };
    admin_rig_start(&rig, admin_catalog_describe(names, 1, 0));
    struct describe_topic_partitions_response_cursor cursor = { slice_text("a"), 2 };
    const struct describe_topic_partitions_response response = { .next_cursor = &cursor };
    admin_rig_answer(&rig, PAGES, -1, 0, &response);
    admin_rig_answer(&rig, PAGES, -1, 0, &response);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_MALFORMED);
    admin_rig_finish(&rig);
}

TEST(describe_asks_an_old_broker_by_metadata)
{
    struct admin_rig rig;
    const char *const names[] = { "a", "b" };
    admin_rig_start(&rig, admin_catalog_describe(names, 2, 0));
    admin_rig_refuse(&rig, PAGES, -1, KC_ERR_UNSUPPORTED_VERSION, "too old");
    const struct metadata_request *request = admin_rig_message(&rig, METADATA, -1, 4);
    assert_false(request->allow_auto_topic_creation);
    assert_int_equal(request->topics.count, 2);
    struct metadata_response_metadata_response_topic topics[] = {
        { .name = slice_text("b"),
          .error_code = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION,
          .topic_authorized_operations = INT32_MIN },
        { .name = slice_text("a"), .topic_authorized_operations = INT32_MIN },
    };
    const struct metadata_response response = { .topics = { topics, 2 },
                                                .cluster_authorized_operations = INT32_MIN };
    admin_rig_answer(&rig, METADATA, -1, 4, &response);
    assert_true(rig.is_done);
    const struct kc_topic_descriptions *told = &rig.fanout->harvest->as.topics;
    assert_int_equal(told->items[0].err, KC_ERR_NONE);
    assert_int_equal(told->items[1].err, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    admin_rig_finish(&rig);
}

TEST(a_call_without_items_is_done_at_once)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_topics_delete(NULL, 0, 0));
    assert_true(rig.is_done);
    assert_int_equal(items(&rig)->count, 0);
    admin_rig_finish(&rig);
}
