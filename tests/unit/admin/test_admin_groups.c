/* tests: listing, describing and deleting groups over several brokers. */
#include "admin_rig.h"

enum { METADATA = 3, FIND = 10, CLASSIC = 15, LIST = 16, DELETE = 42, CONSUMER = 69 };

static void answer_brokers(struct admin_rig *rig)
{
    struct metadata_response_metadata_response_broker brokers[] = {
        { .node_id = 1, .host = slice_text("h1"), .port = 1 },
        { .node_id = 2, .host = slice_text("h2"), .port = 2 },
    };
    const struct metadata_response response = { .brokers = { brokers, 2 } };
    admin_rig_answer(rig, METADATA, -1, 10, &response);
}

/* Groups a and c at broker 1, b at 2. */
static void answer_coordinators(struct admin_rig *rig)
{
    const struct find_coordinator_request *request = admin_rig_message(rig, FIND, -1, 4);
    struct find_coordinator_response_coordinator found[8];
    int32_t count = request->coordinator_keys.count;
    assert_true(count <= 8);
    for (int32_t i = 0; i < count; i++) {
        bool is_b = slice_is(request->coordinator_keys.items[i], "b");
        found[i] = (struct find_coordinator_response_coordinator){
            .key = request->coordinator_keys.items[i],
            .node_id = is_b ? 2 : 1,
            .host = slice_text("h"),
            .port = 9092,
        };
    }
    const struct find_coordinator_response response = { .host = SLICE_EMPTY,
                                                        .coordinators = { found, count } };
    admin_rig_answer(rig, FIND, -1, 4, &response);
}

TEST(list_merges_the_brokers_sorted_and_once_each)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_groups_list(NULL));
    answer_brokers(&rig);
    struct list_groups_response_listed_group first[] = {
        { .group_id = slice_text("c"),
          .protocol_type = SLICE_EMPTY,
          .group_state = slice_text("Empty"),
          .group_type = slice_text("classic") },
        { .group_id = slice_text("b"),
          .protocol_type = SLICE_EMPTY,
          .group_state = SLICE_EMPTY,
          .group_type = SLICE_EMPTY },
    };
    struct list_groups_response_listed_group second[] = {
        { .group_id = slice_text("a"),
          .protocol_type = slice_text("consumer"),
          .group_state = SLICE_EMPTY,
          .group_type = slice_text("Consumer") },
        { .group_id = slice_text("b"),
          .protocol_type = SLICE_EMPTY,
          .group_state = SLICE_EMPTY,
          .group_type = SLICE_EMPTY },
    };
    struct list_groups_response response = { .groups = { first, 2 } };
    admin_rig_answer(&rig, LIST, 1, 5, &response);
    assert_false(rig.is_done);
    response.groups.items = second;
    admin_rig_answer(&rig, LIST, 2, 5, &response);
    assert_true(rig.is_done);
    const struct kc_group_listings *told = &rig.fanout->harvest->as.listings;
    assert_int_equal(told->count, 3);
    assert_string_equal(told->items[0].group_id, "a");
    assert_string_equal(told->items[0].type, "Consumer");
    assert_string_equal(told->items[1].group_id, "b");
    assert_string_equal(told->items[2].state, "Empty");
    assert_string_equal(told->items[2].type, "Classic");
    admin_rig_finish(&rig);
}

TEST(list_needs_no_filter_for_types_that_old_brokers_have)
{
    struct admin_rig rig;
    const char *const types[] = { "Classic", "Consumer" };
    const struct kc_group_filter filter = { .types = types, .type_count = 2 };
    admin_rig_start(&rig, admin_groups_list(&filter));
    answer_brokers(&rig);
    const struct list_groups_request *request = admin_rig_message(&rig, LIST, 1, 5);
    assert_int_equal(request->types_filter.count, 2);
    assert_true(slice_is(request->types_filter.items[1], "Consumer"));
    request = admin_rig_message(&rig, LIST, 1, 4);
    assert_int_equal(request->types_filter.count, 0);
    assert_int_equal(rig.requests[0]->version_min, 0);
    admin_rig_finish(&rig);
    assert_int_equal(rig.cancel_count, 2);
}

TEST(list_needs_brokers_that_can_filter)
{
    const char *const words[] = { "Empty", "Share" };
    const struct kc_group_filter states = { .states = words, .state_count = 1 };
    const struct kc_group_filter types = { .types = words + 1, .type_count = 1 };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_groups_list(&states));
    answer_brokers(&rig);
    const struct list_groups_request *request = admin_rig_message(&rig, LIST, 1, 4);
    assert_int_equal(request->states_filter.count, 1);
    assert_int_equal(rig.requests[0]->version_min, 4);
    admin_rig_finish(&rig);
    admin_rig_start(&rig, admin_groups_list(&types));
    answer_brokers(&rig);
    assert_int_equal(rig.requests[0]->version_min, 5);
    admin_rig_finish(&rig);
}

TEST(list_filters_protocol_types_itself)
{
    const char *const words[] = { "connect", "" };
    const struct kc_group_filter filter = { .protocol_types = words, .protocol_type_count = 2 };
    struct admin_rig rig;
    admin_rig_start(&rig, admin_groups_list(&filter));
    answer_brokers(&rig);
    admin_rig_tell(&rig, LIST, 1, 5,
                   "{\"groups\":[{\"groupId\":\"c\",\"protocolType\":\"consumer\"},"
                   "{\"groupId\":\"b\",\"protocolType\":\"connect\"}]}");
    admin_rig_tell(&rig, LIST, 2, 5, "{\"groups\":[{\"groupId\":\"a\"}]}");
    assert_true(rig.is_done);
    const struct kc_group_listings *told = &rig.fanout->harvest->as.listings;
    assert_int_equal(told->count, 2);
    assert_string_equal(told->items[0].group_id, "a");
    assert_string_equal(told->items[1].group_id, "b");
    admin_rig_finish(&rig);
}

TEST(list_waits_for_a_coordinator_that_loads)
{
    struct admin_rig rig;
    admin_rig_start(&rig, admin_groups_list(NULL));
    answer_brokers(&rig);
    struct list_groups_response response = { .error_code = KC_ERR_COORDINATOR_LOAD_IN_PROGRESS };
    admin_rig_answer(&rig, LIST, 1, 5, &response);
    response.error_code = 0;
    admin_rig_answer(&rig, LIST, 2, 5, &response);
    assert_false(rig.is_done);
    admin_rig_wake(&rig);
    assert_int_equal(rig.request_count, 1);
    response.error_code = KC_ERR_CLUSTER_AUTHORIZATION_FAILED;
    admin_rig_answer(&rig, LIST, 1, 5, &response);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_CLUSTER_AUTHORIZATION_FAILED);
    admin_rig_finish(&rig);
}

TEST(list_starts_over_when_a_broker_goes_away)
{
    struct admin_rig rig;
    struct list_groups_response_listed_group group = { .group_id = slice_text("a"),
                                                       .protocol_type = SLICE_EMPTY,
                                                       .group_state = SLICE_EMPTY,
                                                       .group_type = SLICE_EMPTY };
    const struct list_groups_response response = { .groups = { &group, 1 } };
    struct metadata_response_metadata_response_broker broker = { .node_id = 2,
                                                                 .host = slice_text("h2") };
    const struct metadata_response metadata = { .brokers = { &broker, 1 } };
    admin_rig_start(&rig, admin_groups_list(NULL));
    answer_brokers(&rig);
    admin_rig_answer(&rig, LIST, 2, 5, &response);
    admin_rig_refuse(&rig, LIST, 1, KC_ERR_CONNECT, "cannot connect to h1:1");
    assert_false(rig.is_done);
    admin_rig_wake(&rig);
    assert_int_equal(rig.request_count, 1);
    admin_rig_answer(&rig, METADATA, -1, 10, &metadata);
    group.group_id = slice_text("b");
    admin_rig_answer(&rig, LIST, 2, 5, &response);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_NONE);
    assert_int_equal(rig.fanout->harvest->as.listings.count, 1);
    assert_string_equal(rig.fanout->harvest->as.listings.items[0].group_id, "b");
    admin_rig_finish(&rig);
}

static void fill_classic(struct describe_groups_response_described_group *group, const char *name)
{
    *group = (struct describe_groups_response_described_group){
        .group_id = slice_text(name),
        .group_state = slice_text("Stable"),
        .protocol_type = slice_text("consumer"),
        .protocol_data = slice_text("range"),
    };
}

/* An assignment of t:3 and t:4, version 1. */
static const uint8_t blob[] = { 0, 1, 0, 0, 0, 1, 0, 1, 't', 0,   0,   0,  2,
                                0, 0, 0, 3, 0, 0, 0, 4, 255, 255, 255, 255 };

/* Group a is told to be a consumer group of one member; c is not known, b's broker is too old. */
static void answer_consumer(struct admin_rig *rig)
{
    int32_t numbers[] = { 0, 5 };
    struct consumer_group_describe_response_topic_partitions assigned = {
        .topic_name = slice_text("t"), .partitions = { numbers, 2 }
    };
    struct consumer_group_describe_response_member member = {
        .member_id = slice_text("m"),
        .client_id = slice_text("client"),
        .client_host = slice_text("/h"),
        .member_epoch = 6,
        .assignment.topic_partitions = { &assigned, 1 },
        .target_assignment.topic_partitions = { &assigned, 1 },
    };
    struct consumer_group_describe_response_described_group groups[] = {
        { .group_id = slice_text("a"),
          .group_state = slice_text("Stable"),
          .group_epoch = 8,
          .assignment_epoch = 7,
          .assignor_name = slice_text("uniform"),
          .members = { &member, 1 } },
        { .group_id = slice_text("c"),
          .error_code = KC_ERR_GROUP_ID_NOT_FOUND,
          .group_state = SLICE_EMPTY,
          .assignor_name = SLICE_EMPTY },
    };
    const struct consumer_group_describe_response response = { .groups = { groups, 2 } };
    admin_rig_answer(rig, CONSUMER, 1, 1, &response);
    admin_rig_refuse(rig, CONSUMER, 2, KC_ERR_UNSUPPORTED_VERSION, "too old");
}

/* Group b is a classic one; c is not known there either. */
static void answer_classic(struct admin_rig *rig)
{
    struct describe_groups_response_described_group group;
    struct describe_groups_response_described_group_member member = {
        .member_id = slice_text("n"),
        .group_instance_id = slice_text("i"),
        .client_id = SLICE_EMPTY,
        .client_host = SLICE_EMPTY,
        .member_metadata = SLICE_EMPTY,
        .member_assignment = slice_of(blob, sizeof(blob)),
    };
    fill_classic(&group, "b");
    group.members.items = &member;
    group.members.count = 1;
    const struct describe_groups_response response = { .groups = { &group, 1 } };
    admin_rig_answer(rig, CLASSIC, 2, 5, &response);
    fill_classic(&group, "c");
    group.error_code = KC_ERR_GROUP_ID_NOT_FOUND;
    group.error_message = slice_text("Group c not found.");
    admin_rig_answer(rig, CLASSIC, 1, 6, &response);
}

TEST(describe_goes_from_consumer_to_classic_groups)
{
    struct admin_rig rig;
    const char *const names[] = { "a", "b", "c" };
    admin_rig_start(&rig, admin_members_describe(names, 3, 0));
    answer_coordinators(&rig);
    assert_int_equal(rig.request_count, 2);
    answer_consumer(&rig);
    assert_int_equal(rig.request_count, 2);
    answer_classic(&rig);
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_NONE);

    const struct kc_group_description *items = rig.fanout->harvest->as.groups.items;
    assert_string_equal(items[0].type, "Consumer");
    assert_string_equal(items[0].assignor, "uniform");
    assert_int_equal(items[0].coordinator.id, 1);
    assert_string_equal(items[0].coordinator.host, "h");
    assert_int_equal(items[0].group_epoch, 8);
    assert_int_equal(items[0].target_epoch, 7);
    assert_int_equal(items[0].members[0].member_epoch, 6);
    assert_null(items[0].members[0].instance_id);
    assert_int_equal(items[0].members[0].partition_count, 2);
    assert_int_equal(items[0].members[0].partitions[1].partition, 5);
    assert_int_equal(items[0].members[0].target_partition_count, 2);
    assert_string_equal(items[1].type, "Classic");
    assert_string_equal(items[1].assignor, "range");
    assert_string_equal(items[1].members[0].instance_id, "i");
    assert_int_equal(items[1].members[0].member_epoch, -1);
    assert_int_equal(items[1].members[0].partition_count, 2);
    assert_string_equal(items[1].members[0].partitions[0].topic, "t");
    assert_int_equal(items[1].members[0].partitions[1].partition, 4);
    assert_int_equal(items[2].err, KC_ERR_GROUP_ID_NOT_FOUND);
    assert_string_equal(items[2].text, "Group c not found.");
    assert_string_equal(items[2].state, "Dead");
    admin_rig_finish(&rig);
}

TEST(describe_reads_no_assignment_out_of_broken_or_foreign_blobs)
{
    struct admin_rig rig;
    const char *const names[] = { "a" };
    static const uint8_t broken[] = { 0, 1, 127, 255, 255, 255 };
    const struct slice blobs[] = { SLICE_EMPTY, slice_of(broken, sizeof(broken)),
                                   slice_of(blob, sizeof(blob) - 9) };
    for (size_t i = 0; i < ARRAY_COUNT(blobs); i++) {
        struct describe_groups_response_described_group group;
        struct describe_groups_response_described_group_member told = { .member_id = SLICE_EMPTY,
                                                                        .client_id = SLICE_EMPTY,
                                                                        .client_host = SLICE_EMPTY,
                                                                        .member_metadata =
                                                                            SLICE_EMPTY,
                                                                        .member_assignment =
                                                                            blobs[i] };
        admin_rig_start(&rig, admin_members_describe(names, 1, 0));
        answer_coordinators(&rig);
        admin_rig_refuse(&rig, CONSUMER, 1, KC_ERR_UNSUPPORTED_VERSION, "too old");
        fill_classic(&group, "a");
        group.members.items = &told;
        group.members.count = 1;
        const struct describe_groups_response response = { .groups = { &group, 1 } };
        admin_rig_answer(&rig, CLASSIC, 1, 6, &response);
        assert_true(rig.is_done);
        assert_int_equal(rig.fanout->harvest->as.groups.items[0].member_count, 1);
        assert_int_equal(rig.fanout->harvest->as.groups.items[0].members[0].partition_count, 0);
        admin_rig_finish(&rig);
    }
}

TEST(coordinators_are_looked_up_one_by_one_on_old_brokers)
{
    struct admin_rig rig;
    const char *const names[] = { "a", "b" };
    admin_rig_start(&rig, admin_groups_delete(names, 2));
    admin_rig_refuse(&rig, FIND, -1, KC_ERR_UNSUPPORTED_VERSION, "too old");
    assert_int_equal(rig.request_count, 2);
    const struct find_coordinator_request *request = admin_rig_message(&rig, FIND, -1, 3);
    assert_true(slice_is(request->key, "a"));
    struct find_coordinator_response response = { .node_id = 7, .host = slice_text("h") };
    admin_rig_answer(&rig, FIND, -1, 3, &response);
    response.error_code = KC_ERR_GROUP_AUTHORIZATION_FAILED;
    response.error_message = slice_text("not yours");
    admin_rig_answer(&rig, FIND, -1, 3, &response);
    assert_int_equal(rig.request_count, 1);
    struct delete_groups_response_deletable_group_result result = { .group_id = slice_text("a") };
    const struct delete_groups_response deleted = { .results = { &result, 1 } };
    admin_rig_answer(&rig, DELETE, 7, 2, &deleted);
    assert_true(rig.is_done);
    const struct kc_item_results *told = &rig.fanout->harvest->as.items;
    assert_int_equal(told->items[0].err, KC_ERR_NONE);
    assert_int_equal(told->items[1].err, KC_ERR_GROUP_AUTHORIZATION_FAILED);
    assert_string_equal(told->items[1].text, "not yours");
    admin_rig_finish(&rig);
}

TEST(delete_follows_a_coordinator_that_moves_or_goes_away)
{
    struct admin_rig rig;
    const char *const names[] = { "a", "b", "c" };
    admin_rig_start(&rig, admin_groups_delete(names, 3));
    answer_coordinators(&rig);
    struct delete_groups_response_deletable_group_result results[] = {
        { .group_id = slice_text("a"), .error_code = KC_ERR_NON_EMPTY_GROUP },
        { .group_id = slice_text("c"), .error_code = KC_ERR_NOT_COORDINATOR },
    };
    struct delete_groups_response response = { .results = { results, 2 } };
    admin_rig_answer(&rig, DELETE, 1, 2, &response);
    admin_rig_refuse(&rig, DELETE, 2, KC_ERR_CONNECT, "cannot connect to h:9092");
    assert_false(rig.is_done);
    admin_rig_wake(&rig);
    const struct find_coordinator_request *request = admin_rig_message(&rig, FIND, -1, 4);
    assert_int_equal(request->coordinator_keys.count, 2);
    answer_coordinators(&rig);
    results[0] =
        (struct delete_groups_response_deletable_group_result){ .group_id = slice_text("c") };
    response.results.count = 1;
    admin_rig_answer(&rig, DELETE, 1, 2, &response);
    results[0].group_id = slice_text("b");
    admin_rig_answer(&rig, DELETE, 2, 2, &response);
    assert_true(rig.is_done);
    const struct kc_item_results *told = &rig.fanout->harvest->as.items;
    assert_int_equal(told->items[0].err, KC_ERR_NON_EMPTY_GROUP);
    assert_int_equal(told->items[1].err, KC_ERR_NONE);
    assert_int_equal(told->items[2].err, KC_ERR_NONE);
    admin_rig_finish(&rig);
}

TEST(a_coordinator_that_stays_away_does_not_hide_what_others_did)
{
    struct admin_rig rig;
    const char *const names[] = { "a", "b" };
    struct delete_groups_response_deletable_group_result result = { .group_id = slice_text("a") };
    const struct delete_groups_response response = { .results = { &result, 1 } };
    admin_rig_start(&rig, admin_groups_delete(names, 2));
    answer_coordinators(&rig);
    admin_rig_answer(&rig, DELETE, 1, 2, &response);
    for (int i = 0; i < 1000 && !rig.is_done; i++) {
        admin_rig_refuse(&rig, DELETE, 2, KC_ERR_CONNECT, "cannot connect to h:9092 (refused)");
        if (!rig.is_done) {
            admin_rig_wake(&rig);
            answer_coordinators(&rig);
        }
    }
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_NONE);
    const struct kc_item_results *told = &rig.fanout->harvest->as.items;
    assert_int_equal(told->items[0].err, KC_ERR_NONE);
    assert_int_equal(told->items[1].err, KC_ERR_CONNECT);
    assert_string_equal(told->items[1].text, "deleting groups: cannot connect to h:9092 (refused)");
    admin_rig_finish(&rig);
}

TEST(a_coordinator_that_stays_away_is_named_at_the_deadline)
{
    struct admin_rig rig;
    const char *const names[] = { "a" };
    admin_rig_start(&rig, admin_groups_delete(names, 1));
    for (int i = 0; i < 1000 && !rig.is_done; i++) {
        answer_coordinators(&rig);
        admin_rig_refuse(&rig, DELETE, 1, KC_ERR_CONNECT, "cannot connect to h:9092 (refused)");
        if (!rig.is_done) {
            admin_rig_wake(&rig);
        }
    }
    assert_true(rig.is_done);
    assert_int_equal(rig.fanout->error.code, KC_ERR_CONNECT);
    assert_string_equal(rig.fanout->error.text,
                        "deleting groups: cannot connect to h:9092 (refused)");
    admin_rig_finish(&rig);
}
