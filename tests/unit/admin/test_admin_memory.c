/* tests: calls when memory runs out: no call, or one that ends with KC_ERR_NO_MEMORY. */
#include "admin_rig.h"
#include "support/heap.h"

enum { OFFSETS = 2, METADATA = 3, FIND = 10, CREATE = 19, CONSUMER = 69, CLASSIC = 15, FETCH = 9 };

/* One answer of a script. */
struct step {
    int16_t api_key;
    int16_t version;
    const void *response;
};

/* Plays the steps as long as the call goes on; its error. A result that is told must be whole. */
static enum kc_err play(struct fanout *fanout, const struct step *steps, size_t count,
                        void (*check)(const struct harvest *harvest))
{
    struct admin_rig rig;
    if (!fanout) {
        return KC_ERR_NO_MEMORY;
    }
    admin_rig_start(&rig, fanout);
    for (size_t i = 0; i < count && !rig.is_done; i++) {
        admin_rig_answer(&rig, steps[i].api_key, -1, steps[i].version, steps[i].response);
    }
    assert_true(rig.is_done);
    enum kc_err err = fanout->error.code;
    if (!err) {
        check(fanout->harvest);
    }
    admin_rig_finish(&rig);
    return err;
}

static void check_create(const struct harvest *harvest)
{
    assert_int_equal(harvest->as.items.items[0].err, KC_ERR_TOPIC_ALREADY_EXISTS);
    assert_string_equal(harvest->as.items.items[0].text, "is there");
}

static enum kc_err create(void *context)
{
    const int32_t replicas[] = { 1, 2 };
    const int32_t *const assignments[] = { replicas };
    const struct kc_setting setting = { "a", "b" };
    const struct kc_new_topic topic = { "t", 1, 2, &setting, 1, assignments };
    struct create_topics_response_creatable_topic_result result = { .name = slice_text("t"),
                                                                    .error_code =
                                                                        KC_ERR_TOPIC_ALREADY_EXISTS,
                                                                    .error_message =
                                                                        slice_text("is there") };
    const struct create_topics_response response = { .topics = { &result, 1 } };
    const struct step steps[] = { { CREATE, 7, &response } };
    (void)context;
    return play(admin_topics_create(&topic, 1, 0, false), steps, ARRAY_COUNT(steps), check_create);
}

static void check_offsets(const struct harvest *harvest)
{
    assert_int_equal(harvest->as.positions.items[0].err, KC_ERR_NONE);
    assert_int_equal(harvest->as.positions.items[0].offset, 4);
}

static enum kc_err offsets(void *context)
{
    struct metadata_response_metadata_response_partition partition = { .leader_id = 1 };
    struct metadata_response_metadata_response_topic topic = { .name = slice_text("t"),
                                                               .partitions = { &partition, 1 } };
    const struct metadata_response metadata = { .topics = { &topic, 1 } };
    struct list_offsets_response_list_offsets_partition_response told = { .offset = 4 };
    struct list_offsets_response_list_offsets_topic_response told_topic = {
        .name = slice_text("t"), .partitions = { &told, 1 }
    };
    const struct list_offsets_response response = { .topics = { &told_topic, 1 } };
    const struct step steps[] = { { METADATA, 10, &metadata }, { OFFSETS, 9, &response } };
    const struct kc_position position = { .topic = "t", .offset = KC_OFFSET_LATEST };
    (void)context;
    return play(admin_offsets_list(&position, 1), steps, ARRAY_COUNT(steps), check_offsets);
}

static void check_members(const struct harvest *harvest)
{
    assert_string_equal(harvest->as.groups.items[0].assignor, "range");
    assert_int_equal(harvest->as.groups.items[0].members[0].partition_count, 1);
    assert_int_equal(harvest->as.groups.items[0].members[0].partitions[0].partition, 3);
}

static enum kc_err members(void *context)
{
    static const uint8_t blob[] = { 0, 0, 0, 0, 0, 1, 0,   1,   't', 0,  0,
                                    0, 1, 0, 0, 0, 3, 255, 255, 255, 255 };
    struct find_coordinator_response_coordinator found = { .key = slice_text("g"),
                                                           .node_id = 1,
                                                           .host = slice_text("h") };
    const struct find_coordinator_response coordinators = { .host = SLICE_EMPTY,
                                                            .coordinators = { &found, 1 } };
    struct consumer_group_describe_response_described_group none = {
        .error_code = KC_ERR_GROUP_ID_NOT_FOUND,
        .group_id = slice_text("g"),
        .group_state = SLICE_EMPTY,
        .assignor_name = SLICE_EMPTY,
    };
    const struct consumer_group_describe_response modern = { .groups = { &none, 1 } };
    struct describe_groups_response_described_group_member member = {
        .member_id = slice_text("m"),
        .client_id = SLICE_EMPTY,
        .client_host = SLICE_EMPTY,
        .member_metadata = SLICE_EMPTY,
        .member_assignment = slice_of(blob, sizeof(blob)),
    };
    struct describe_groups_response_described_group group = {
        .group_id = slice_text("g"),
        .group_state = slice_text("Stable"),
        .protocol_type = slice_text("consumer"),
        .protocol_data = slice_text("range"),
        .members = { &member, 1 },
    };
    const struct describe_groups_response classic = { .groups = { &group, 1 } };
    const struct step steps[] = { { FIND, 4, &coordinators },
                                  { CONSUMER, 1, &modern },
                                  { CLASSIC, 6, &classic } };
    const char *const name = "g";
    (void)context;
    return play(admin_members_describe(&name, 1, 0), steps, ARRAY_COUNT(steps), check_members);
}

static void check_commits(const struct harvest *harvest)
{
    assert_int_equal(harvest->as.positions.count, 1);
    assert_string_equal(harvest->as.positions.items[0].metadata, "note");
}

static enum kc_err commits(void *context)
{
    struct find_coordinator_response_coordinator found = { .key = slice_text("g"),
                                                           .node_id = 1,
                                                           .host = slice_text("h") };
    const struct find_coordinator_response coordinators = { .host = SLICE_EMPTY,
                                                            .coordinators = { &found, 1 } };
    struct offset_fetch_response_offset_fetch_response_partitions partition = {
        .committed_offset = 7, .metadata = slice_text("note")
    };
    struct offset_fetch_response_offset_fetch_response_topics topic = {
        .name = slice_text("t"), .partitions = { &partition, 1 }
    };
    struct offset_fetch_response_offset_fetch_response_group group = { .group_id = slice_text("g"),
                                                                       .topics = { &topic, 1 } };
    const struct offset_fetch_response response = { .groups = { &group, 1 } };
    const struct step steps[] = { { FIND, 4, &coordinators }, { FETCH, 9, &response } };
    (void)context;
    return play(admin_commits_list("g"), steps, ARRAY_COUNT(steps), check_commits);
}

TEST(create_without_memory)
{
    heap_each(create, NULL);
}

TEST(offsets_without_memory)
{
    heap_each(offsets, NULL);
}

TEST(members_without_memory)
{
    heap_each(members, NULL);
}

TEST(commits_without_memory)
{
    heap_each(commits, NULL);
}
