/* tests: offsets of partitions from their leaders, and committed ones from coordinators. */
#include "admin_rig.h"

enum { OFFSETS = 2, METADATA = 3, COMMIT = 8, FETCH = 9, FIND = 10, DELETE = 47 };

/* Topic t: partitions 0 and 2 led by 1, partition 1 by 2. Topic gone: does not exist. */
static void answer_leaders(struct admin_rig *rig)
{
    struct metadata_response_metadata_response_partition partitions[] = {
        { .partition_index = 0, .leader_id = 1 },
        { .partition_index = 1, .leader_id = 2 },
        { .partition_index = 2, .leader_id = 1 },
    };
    struct metadata_response_metadata_response_topic topics[] = {
        { .name = slice_text("t"), .partitions = { partitions, 3 } },
        { .name = slice_text("gone"), .error_code = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION },
    };
    const struct metadata_response response = { .topics = { topics, 2 } };
    admin_rig_answer(rig, METADATA, -1, 10, &response);
}

static void answer_offset(struct admin_rig *rig, int32_t broker_id, int32_t partition,
                          enum kc_err err, int64_t offset)
{
    struct list_offsets_response_list_offsets_partition_response told = {
        .partition_index = partition,
        .error_code = (int16_t)err,
        .offset = offset,
        .leader_epoch = 3,
    };
    struct list_offsets_response_list_offsets_topic_response topic = { .name = slice_text("t"),
                                                                       .partitions = { &told, 1 } };
    const struct list_offsets_response response = { .topics = { &topic, 1 } };
    admin_rig_answer(rig, OFFSETS, broker_id, 9, &response);
}

static const struct kc_position *told(const struct admin_rig *rig)
{
    return rig->fanout->harvest->as.positions.items;
}

TEST(offsets_are_asked_of_the_leaders)
{
    struct admin_rig rig;
    const struct kc_position asked[] = {
        { .topic = "t", .partition = 1, .offset = KC_OFFSET_LATEST },
        { .topic = "t", .partition = 0, .offset = KC_OFFSET_EARLIEST },
    };
    admin_rig_start(&rig, admin_offsets_list(asked, 2));
    const struct metadata_request *metadata = admin_rig_message(&rig, METADATA, -1, 12);
    assert_int_equal(metadata->topics.count, 1);
    assert_false(metadata->allow_auto_topic_creation);
    answer_leaders(&rig);
    const struct list_offsets_request *request = admin_rig_message(&rig, OFFSETS, 2, 11);
    assert_int_equal(request->topics.items[0].partitions.items[0].timestamp, -1);
    assert_int_equal(request->replica_id, -1);
    request = admin_rig_message(&rig, OFFSETS, 1, 1);
    assert_int_equal(request->topics.items[0].partitions.items[0].timestamp, -2);
    answer_offset(&rig, 1, 0, KC_ERR_NONE, 10);
    answer_offset(&rig, 2, 1, KC_ERR_NONE, 20);
    assert_true(rig.is_done);
    assert_int_equal(told(&rig)[0].offset, 20);
    assert_int_equal(told(&rig)[0].leader_epoch, 3);
    assert_int_equal(told(&rig)[1].offset, 10);
    admin_rig_finish(&rig);
}

TEST(offsets_of_one_partition_twice_are_asked_in_two_rounds)
{
    struct admin_rig rig;
    const struct kc_position asked[] = {
        { .topic = "t", .partition = 0, .offset = KC_OFFSET_LATEST },
        { .topic = "t", .partition = 0, .offset = 1234 },
    };
    admin_rig_start(&rig, admin_offsets_list(asked, 2));
    answer_leaders(&rig);
    const struct list_offsets_request *request = admin_rig_message(&rig, OFFSETS, 1, 9);
    assert_int_equal(request->topics.items[0].partitions.count, 1);
    answer_offset(&rig, 1, 0, KC_ERR_NONE, 10);
    request = admin_rig_message(&rig, OFFSETS, 1, 9);
    assert_int_equal(request->topics.items[0].partitions.items[0].timestamp, 1234);
    answer_offset(&rig, 1, 0, KC_ERR_NONE, -1);
    assert_true(rig.is_done);
    assert_int_equal(told(&rig)[0].offset, 10);
    assert_int_equal(told(&rig)[1].offset, KC_OFFSET_NONE);
    admin_rig_finish(&rig);
}

TEST(offsets_follow_a_leader_that_moves_or_goes_away)
{
    struct admin_rig rig;
    const struct kc_position asked[] = {
        { .topic = "t", .partition = 0, .offset = KC_OFFSET_LATEST },
        { .topic = "t", .partition = 1, .offset = KC_OFFSET_LATEST },
    };
    admin_rig_start(&rig, admin_offsets_list(asked, 2));
    answer_leaders(&rig);
    answer_offset(&rig, 1, 0, KC_ERR_NOT_LEADER_OR_FOLLOWER, -1);
    admin_rig_refuse(&rig, OFFSETS, 2, KC_ERR_DISCONNECTED, "h:2 closed the connection");
    assert_false(rig.is_done);
    admin_rig_wake(&rig);
    answer_leaders(&rig);
    answer_offset(&rig, 1, 0, KC_ERR_NONE, 5);
    answer_offset(&rig, 2, 1, KC_ERR_TOPIC_AUTHORIZATION_FAILED, -1);
    assert_true(rig.is_done);
    assert_int_equal(told(&rig)[0].offset, 5);
    assert_int_equal(told(&rig)[1].err, KC_ERR_TOPIC_AUTHORIZATION_FAILED);
    assert_int_equal(told(&rig)[1].offset, KC_OFFSET_NONE);
    admin_rig_finish(&rig);
}

TEST(offsets_of_what_does_not_exist_fail_after_a_few_tries)
{
    struct admin_rig rig;
    const struct kc_position asked[] = {
        { .topic = "gone", .partition = 0, .offset = KC_OFFSET_LATEST },
        { .topic = "t", .partition = 9, .offset = KC_OFFSET_LATEST },
        { .topic = "t", .partition = 0, .offset = KC_OFFSET_LATEST },
    };
    admin_rig_start(&rig, admin_offsets_list(asked, 3));
    answer_leaders(&rig);
    admin_rig_wake(&rig);
    /* What is known is asked beside the next look-up. */
    answer_offset(&rig, 1, 0, KC_ERR_NONE, 5);
    answer_leaders(&rig);
    admin_rig_wake(&rig);
    answer_leaders(&rig);
    assert_true(rig.is_done);
    assert_true(rig.now_us < 3000000);
    assert_int_equal(told(&rig)[0].err, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(told(&rig)[1].err, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(told(&rig)[2].offset, 5);
    admin_rig_finish(&rig);
}

static void answer_coordinator(struct admin_rig *rig)
{
    struct find_coordinator_response_coordinator found = {
        .key = slice_text("g"), .node_id = 1, .host = slice_text("h"), .port = 9092
    };
    const struct find_coordinator_response response = { .host = SLICE_EMPTY,
                                                        .coordinators = { &found, 1 } };
    admin_rig_answer(rig, FIND, -1, 4, &response);
}

TEST(commits_are_listed_in_both_forms)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_commits_list("g"));
    answer_coordinator(&rig);
    const struct offset_fetch_request *request = admin_rig_message(&rig, FETCH, 1, 9);
    assert_int_equal(request->groups.items[0].topics.count, -1);
    struct offset_fetch_response_offset_fetch_response_partitions partitions[] = {
        { .partition_index = 0,
          .committed_offset = 7,
          .committed_leader_epoch = 2,
          .metadata = slice_text("note") },
        { .partition_index = 1, .committed_offset = -1 },
        { .partition_index = 2,
          .committed_offset = -1,
          .error_code = KC_ERR_UNSTABLE_OFFSET_COMMIT },
    };
    struct offset_fetch_response_offset_fetch_response_topics topic = {
        .name = slice_text("t"), .partitions = { partitions, 3 }
    };
    struct offset_fetch_response_offset_fetch_response_group group = { .group_id = slice_text("g"),
                                                                       .topics = { &topic, 1 } };
    const struct offset_fetch_response response = { .groups = { &group, 1 } };
    admin_rig_answer(&rig, FETCH, 1, 9, &response);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->harvest->as.positions.count, 2);
    assert_string_equal(told(&rig)[0].topic, "t");
    assert_string_equal(told(&rig)[0].metadata, "note");
    assert_int_equal(told(&rig)[0].offset, 7);
    assert_int_equal(told(&rig)[0].leader_epoch, 2);
    assert_int_equal(told(&rig)[1].err, KC_ERR_UNSTABLE_OFFSET_COMMIT);
    admin_rig_finish(&rig);

    admin_rig_start(&rig, admin_commits_list("g"));
    answer_coordinator(&rig);
    request = admin_rig_message(&rig, FETCH, 1, 5);
    assert_true(slice_is(request->group_id, "g"));
    assert_int_equal(request->topics.count, -1);
    struct offset_fetch_response_offset_fetch_response_partition old = { .committed_offset = 8 };
    struct offset_fetch_response_offset_fetch_response_topic old_topic = {
        .name = slice_text("t"), .partitions = { &old, 1 }
    };
    const struct offset_fetch_response old_response = { .topics = { &old_topic, 1 } };
    admin_rig_answer(&rig, FETCH, 1, 5, &old_response);
    assert_true(rig.is_done);
    assert_int_equal(told(&rig)[0].offset, 8);
    admin_rig_finish(&rig);
}

TEST(commits_error_of_the_group_is_the_error_of_the_call)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_commits_list("g"));
    answer_coordinator(&rig);
    struct offset_fetch_response_offset_fetch_response_group group = {
        .group_id = slice_text("g"), .error_code = KC_ERR_COORDINATOR_LOAD_IN_PROGRESS
    };
    const struct offset_fetch_response response = { .groups = { &group, 1 } };
    admin_rig_answer(&rig, FETCH, 1, 8, &response);
    assert_false(rig.is_done);
    admin_rig_wake(&rig);
    answer_coordinator(&rig);
    group.error_code = KC_ERR_GROUP_AUTHORIZATION_FAILED;
    admin_rig_answer(&rig, FETCH, 1, 8, &response);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_GROUP_AUTHORIZATION_FAILED);
    admin_rig_finish(&rig);
}

TEST(commits_are_set_topic_by_topic_with_an_error_each)
{
    struct admin_rig rig;
    const struct kc_position wanted[] = {
        { .topic = "t", .partition = 0, .offset = 1, .leader_epoch = -1, .metadata = "m" },
        { .topic = "u", .partition = 0, .offset = 2, .leader_epoch = 4 },
        { .topic = "t", .partition = 1, .offset = 3, .leader_epoch = -1 },
    };
    admin_rig_start(&rig, admin_commits_alter("g", wanted, 3));
    answer_coordinator(&rig);
    const struct offset_commit_request *request = admin_rig_message(&rig, COMMIT, 1, 9);
    assert_int_equal(request->generation_id_or_member_epoch, -1);
    assert_int_equal(request->topics.count, 2);
    assert_int_equal(request->topics.items[0].partitions.count, 2);
    assert_true(slice_is(request->topics.items[1].name, "u"));
    assert_int_equal(request->topics.items[1].partitions.items[0].committed_leader_epoch, 4);
    struct offset_commit_response_offset_commit_response_partition partitions[] = {
        { .partition_index = 0 },
        { .partition_index = 1, .error_code = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION },
    };
    struct offset_commit_response_offset_commit_response_topic topic = {
        .name = slice_text("t"), .partitions = { partitions, 2 }
    };
    const struct offset_commit_response response = { .topics = { &topic, 1 } };
    admin_rig_answer(&rig, COMMIT, 1, 9, &response);
    assert_true(rig.is_done);
    assert_int_equal(told(&rig)[0].err, KC_ERR_NONE);
    assert_int_equal(told(&rig)[0].offset, 1);
    assert_int_equal(told(&rig)[1].err, KC_ERR_MALFORMED); /* left out */
    assert_int_equal(told(&rig)[2].err, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    admin_rig_finish(&rig);
}

TEST(commits_are_deleted_with_an_error_each)
{
    struct admin_rig rig;
    const struct kc_partition wanted[] = { { "t", 0 }, { "t", 1 } };
    admin_rig_start(&rig, admin_commits_delete("g", wanted, 2));
    answer_coordinator(&rig);
    struct offset_delete_response_offset_delete_response_partition partitions[] = {
        { .partition_index = 0 },
        { .partition_index = 1, .error_code = KC_ERR_GROUP_SUBSCRIBED_TO_TOPIC },
    };
    struct offset_delete_response_offset_delete_response_topic topic = {
        .name = slice_text("t"), .partitions = { partitions, 2 }
    };
    struct offset_delete_response response = { .error_code = KC_ERR_NOT_COORDINATOR };
    admin_rig_answer(&rig, DELETE, 1, 0, &response);
    admin_rig_wake(&rig);
    answer_coordinator(&rig);
    response = (struct offset_delete_response){ .topics = { &topic, 1 } };
    admin_rig_answer(&rig, DELETE, 1, 0, &response);
    assert_true(rig.is_done);
    assert_int_equal(told(&rig)[0].err, KC_ERR_NONE);
    assert_int_equal(told(&rig)[1].err, KC_ERR_GROUP_SUBSCRIBED_TO_TOPIC);
    admin_rig_finish(&rig);

    admin_rig_start(&rig, admin_commits_delete("g", wanted, 2));
    answer_coordinator(&rig);
    response = (struct offset_delete_response){ .error_code = KC_ERR_GROUP_ID_NOT_FOUND };
    admin_rig_answer(&rig, DELETE, 1, 0, &response);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_GROUP_ID_NOT_FOUND);
    admin_rig_finish(&rig);
}
