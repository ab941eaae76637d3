/* tests: what a broker knows of groups after it was stopped, and after it was killed. */
#include "served.h"

#include "support/test.h"

#include <string.h>

static int32_t join(struct line *line, char *member_id)
{
    struct join_group_request_join_group_request_protocol protocol = { slice_text("range"),
                                                                       slice_text("m") };
    struct join_group_request request;
    struct join_group_response response;
    message_defaults(&join_group_request_type, &request);
    request.group_id = slice_text("members");
    request.session_timeout_ms = 30000;
    request.rebalance_timeout_ms = 30000;
    request.protocol_type = slice_text("consumer");
    request.protocols.items = &protocol;
    request.protocols.count = 1;
    line_ask(line, 11, 3, &request, &response);
    assert_int_equal(response.error_code, 0);
    (void)memcpy(member_id, response.member_id.data, response.member_id.size);
    member_id[response.member_id.size] = 0;
    return response.generation_id;
}

static void sync(struct line *line, const char *member_id, int32_t generation)
{
    struct sync_group_request_sync_group_request_assignment assignment = { slice_text(member_id),
                                                                           slice_text("yours") };
    struct sync_group_request request;
    struct sync_group_response response;
    message_defaults(&sync_group_request_type, &request);
    request.group_id = slice_text("members");
    request.generation_id = generation;
    request.member_id = slice_text(member_id);
    request.assignments.items = &assignment;
    request.assignments.count = 1;
    line_ask(line, 14, 2, &request, &response);
    assert_int_equal(response.error_code, 0);
    assert_true(slice_is(response.assignment, "yours"));
}

static void commit(struct line *line, const char *group, int32_t partition, int64_t offset)
{
    struct offset_commit_request_offset_commit_request_partition item;
    struct offset_commit_request_offset_commit_request_topic topic = { slice_text("t"),
                                                                       { { 0 } },
                                                                       { &item, 1 } };
    struct offset_commit_request request;
    struct offset_commit_response response;
    message_defaults(&offset_commit_request_type, &request);
    message_defaults(&offset_commit_request_offset_commit_request_partition_type, &item);
    item.partition_index = partition;
    item.committed_offset = offset;
    item.committed_metadata = slice_text("note");
    request.group_id = slice_text(group);
    request.topics.items = &topic;
    request.topics.count = 1;
    line_ask(line, 8, 7, &request, &response);
    assert_int_equal(response.topics.items[0].partitions.items[0].error_code, 0);
}

static int64_t committed(struct line *line, const char *group, int32_t partition)
{
    struct offset_fetch_request_offset_fetch_request_topic topic = { slice_text("t"),
                                                                     { &partition, 1 } };
    struct offset_fetch_request request;
    struct offset_fetch_response response;
    message_defaults(&offset_fetch_request_type, &request);
    request.group_id = slice_text(group);
    request.topics.items = &topic;
    request.topics.count = 1;
    line_ask(line, 9, 5, &request, &response);
    assert_int_equal(response.error_code, 0);
    return response.topics.items[0].partitions.items[0].committed_offset;
}

static int16_t delete_group(struct line *line, const char *group)
{
    struct slice name = slice_text(group);
    struct delete_groups_request request;
    struct delete_groups_response response;
    message_defaults(&delete_groups_request_type, &request);
    request.groups_names.items = &name;
    request.groups_names.count = 1;
    line_ask(line, 42, 2, &request, &response);
    return response.results.items[0].error_code;
}

static int16_t heartbeat(struct line *line, const char *member_id, int32_t generation)
{
    struct heartbeat_request request;
    struct heartbeat_response response;
    message_defaults(&heartbeat_request_type, &request);
    request.group_id = slice_text("members");
    request.member_id = slice_text(member_id);
    request.generation_id = generation;
    line_ask(line, 12, 3, &request, &response);
    return response.error_code;
}

static void live(struct served *served, void (*end)(struct served *served))
{
    struct line line;
    char member_id[128];
    served_start(served, NULL);
    line_open(&line, served);
    (void)line_create_topic(&line, "t", 3);
    (void)line_create_topic(&line, "gone", 1);
    line_await_coordinator(&line, "members");
    int32_t generation = join(&line, member_id);
    sync(&line, member_id, generation);
    for (int64_t i = 0; i < 100; i++) {
        commit(&line, "simple", 0, i);
    }
    commit(&line, "simple", 1, 7);
    commit(&line, "deleted", 0, 9);
    assert_int_equal(delete_group(&line, "deleted"), 0);
    line_close(&line);
    end(served);

    served_start(served, NULL);
    line_open(&line, served);
    line_await_coordinator(&line, "members");
    assert_int_equal(committed(&line, "simple", 0), 99);
    assert_int_equal(committed(&line, "simple", 1), 7);
    assert_int_equal(committed(&line, "simple", 2), -1);
    assert_int_equal(committed(&line, "deleted", 0), -1);
    assert_int_equal(delete_group(&line, "deleted"), KC_ERR_GROUP_ID_NOT_FOUND);
    /* The member goes on as if nothing had been. */
    assert_int_equal(heartbeat(&line, member_id, generation), 0);
    assert_int_equal(heartbeat(&line, member_id, generation + 1), KC_ERR_ILLEGAL_GENERATION);
    sync(&line, member_id, generation);
    assert_int_equal(delete_group(&line, "members"), KC_ERR_NON_EMPTY_GROUP);
    line_close(&line);
    served_stop(served);
}

TEST(groups_outlive_a_stop)
{
    struct served served;
    served_init(&served);
    live(&served, served_stop);
}

TEST(groups_outlive_a_kill)
{
    struct served served;
    served_init(&served);
    live(&served, served_kill);
}
