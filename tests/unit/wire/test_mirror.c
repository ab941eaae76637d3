/* tests: plain structs beside messages. */
#include "support/test.h"
#include "wire/messages.h"
#include "wire/mirror.h"

struct plain_part {
    const char *topic;
    int32_t partition;
    int64_t start;
    const char *text;
};
struct plain_group {
    const char *name;
    int32_t err;
    struct plain_part *parts;
    size_t part_count;
};

static const struct mirror_row part_rows[] = {
    MIRROR(struct plain_part, partition, "partitionIndex"),
    MIRROR(struct plain_part, start, "startOffset"),
    MIRROR(struct plain_part, text, "errorMessage"),
    MIRROR_END,
};
static const struct mirror_row group_rows[] = {
    MIRROR(struct plain_group, name, "groupId"),
    MIRROR(struct plain_group, err, "errorCode"),
    MIRROR_FLAT(struct plain_group, parts, part_count, "topics", "topicName", "partitions",
                part_rows),
    MIRROR_END,
};

TEST(mirror_flattens_lists_in_lists)
{
    struct describe_share_group_offsets_response_describe_share_group_offsets_response_partition
        partitions[] = { { .partition_index = 4, .start_offset = 5 },
                         { .partition_index = 6, .error_message = slice_text("no") } };
    struct describe_share_group_offsets_response_describe_share_group_offsets_response_topic
        topics[] = { { .topic_name = slice_text("a"), .partitions = { partitions, 2 } },
                     { .topic_name = slice_text("b"), .partitions = { NULL, 0 } },
                     { .topic_name = slice_text("c"), .partitions = { partitions, 1 } } };
    const struct describe_share_group_offsets_response_describe_share_group_offsets_response_group
        group = { .group_id = slice_text("g"), .topics = { topics, 3 }, .error_code = -1 };
    struct plain_group plain = { .name = NULL };
    struct arena arena;
    arena_init(&arena, 0);
    assert_true(mirror_read(
        &describe_share_group_offsets_response_describe_share_group_offsets_response_group_type,
        &group, group_rows, &arena, &plain));
    assert_string_equal(plain.name, "g");
    assert_int_equal(plain.err, -1);
    assert_int_equal(plain.part_count, 3);
    assert_string_equal(plain.parts[1].topic, "a");
    assert_int_equal(plain.parts[0].partition, 4);
    assert_int_equal(plain.parts[0].start, 5);
    assert_null(plain.parts[0].text);
    assert_string_equal(plain.parts[1].text, "no");
    assert_string_equal(plain.parts[2].topic, "c");
    arena_finish(&arena);
}

struct plain_voter {
    const char *cluster;
    int64_t id;
    char directory[24];
    const struct plain_end *ends;
    size_t end_count;
};
struct plain_end {
    const char *name;
    int32_t port;
};
static const struct mirror_row end_rows[] = {
    MIRROR(struct plain_end, name, "name"),
    MIRROR(struct plain_end, port, "port"),
    MIRROR_END,
};
static const struct mirror_row voter_rows[] = {
    MIRROR(struct plain_voter, cluster, "clusterId"),
    MIRROR(struct plain_voter, id, "voterId"),
    MIRROR(struct plain_voter, directory, "voterDirectoryId"),
    MIRROR_EACH(struct plain_voter, ends, end_count, "listeners", end_rows),
    MIRROR_END,
};

TEST(mirror_goes_both_ways)
{
    const struct plain_end ends[] = { { "A", 1 }, { "B", 65535 } };
    const struct plain_voter given = { NULL, -7, "AQIDBAUGBwgJCgsMDQ4PEA", ends, 2 };
    struct add_raft_voter_request request;
    struct plain_voter back = { .id = 0 };
    struct arena arena;
    arena_init(&arena, 0);
    message_defaults(&add_raft_voter_request_type, &request);
    assert_true(mirror_write(&add_raft_voter_request_type, voter_rows, &given, &arena, &request));
    assert_true(slice_is_null(request.cluster_id));
    assert_int_equal(request.voter_id, -7);
    assert_true(request.ack_when_committed);
    assert_int_equal(request.listeners.items[1].port, 65535);
    assert_true(mirror_read(&add_raft_voter_request_type, &request, voter_rows, &arena, &back));
    assert_null(back.cluster);
    assert_int_equal(back.id, -7);
    assert_string_equal(back.directory, given.directory);
    assert_int_equal(back.end_count, 2);
    assert_string_equal(back.ends[1].name, "B");
    assert_int_equal(back.ends[1].port, 65535);
    arena_finish(&arena);
}

TEST(mirror_keeps_null_and_empty_lists_apart)
{
    struct plain_names {
        const char *const *names;
        size_t count;
    };
    static const struct mirror_row rows[] = {
        MIRROR_LIST(struct plain_names, names, count, "configurationKeys"),
        MIRROR_END,
    };
    const char *const none[] = { "unused" };
    struct plain_names plain = { NULL, 0 };
    struct describe_configs_request_describe_configs_resource resource;
    struct arena arena;
    arena_init(&arena, 0);
    assert_true(mirror_write(&describe_configs_request_describe_configs_resource_type, rows, &plain,
                             &arena, &resource));
    assert_int_equal(resource.configuration_keys.count, -1);
    plain.names = none;
    assert_true(mirror_write(&describe_configs_request_describe_configs_resource_type, rows, &plain,
                             &arena, &resource));
    assert_int_equal(resource.configuration_keys.count, 0);
    plain.count = 1;
    assert_true(mirror_write(&describe_configs_request_describe_configs_resource_type, rows, &plain,
                             &arena, &resource));
    assert_true(slice_is(resource.configuration_keys.items[0], "unused"));
    arena_finish(&arena);
}

TEST(mirror_leaves_members_of_null_structs_alone)
{
    struct plain_topology {
        int32_t epoch;
    } plain = { 9 };
    static const struct mirror_row rows[] = {
        MIRROR(struct plain_topology, epoch, "topology.epoch"),
        MIRROR_END,
    };
    struct streams_group_describe_response_described_group group;
    struct streams_group_describe_response_topology topology = { .epoch = 3 };
    struct arena arena;
    arena_init(&arena, 0);
    message_defaults(&streams_group_describe_response_described_group_type, &group);
    assert_true(mirror_read(&streams_group_describe_response_described_group_type, &group, rows,
                            &arena, &plain));
    assert_int_equal(plain.epoch, 9);
    group.topology = &topology;
    assert_true(mirror_read(&streams_group_describe_response_described_group_type, &group, rows,
                            &arena, &plain));
    assert_int_equal(plain.epoch, 3);
    arena_finish(&arena);
}

TEST(mirror_keys_do_not_depend_on_the_order_of_parts)
{
    static const char *const names[] = { "entity", NULL };
    struct alter_client_quotas_request_entity_data asked[] = {
        { slice_text("user"), slice_text("u") }, { slice_text("client-id"), SLICE_NULL }
    };
    struct alter_client_quotas_response_entity_data told[] = {
        { slice_text("client-id"), SLICE_NULL }, { slice_text("user"), slice_text("u") }
    };
    const struct alter_client_quotas_request_entry_data entry = { .entity = { asked, 2 } };
    struct alter_client_quotas_response_entry_data answer = { .entity = { told, 2 } };
    struct arena arena;
    arena_init(&arena, 0);
    struct slice key =
        mirror_key(&alter_client_quotas_request_entry_data_type, &entry, names, &arena);
    assert_true(slice_equal(
        key, mirror_key(&alter_client_quotas_response_entry_data_type, &answer, names, &arena)));
    told[0].entity_name = SLICE_EMPTY; /* the client that has no name is not the default */
    assert_false(slice_equal(
        key, mirror_key(&alter_client_quotas_response_entry_data_type, &answer, names, &arena)));
    arena_finish(&arena);
}
