/* tests: Produce, Fetch, ListOffsets, DeleteRecords, InitProducerId, OffsetForLeaderEpoch in every
 * version. */
#include "versions.h"

#include "support/test.h"

static void ask_produce(struct versions *v)
{
    uint8_t memory[3][256];
    struct produce_request_partition_produce_data here[] = { { 0, versions_batch(memory[0]) },
                                                             { 99, versions_batch(memory[1]) },
                                                             { 1, SLICE_EMPTY } };
    struct produce_request_partition_produce_data gone = { 0, versions_batch(memory[2]) };
    struct produce_request_topic_produce_data topics[] = {
        { slice_text("there"), v->there, { here, 3 } },
        { slice_text("nowhere"), v->nowhere, { &gone, 1 } },
    };
    struct produce_request request;
    struct produce_response response;
    message_defaults(&produce_request_type, &request);
    request.acks = 1;
    request.timeout_ms = 1000;
    request.topic_data.items = topics;
    request.topic_data.count = 2;
    if (v->version < 3) {
        uint8_t raw[] = { 0, 0, 0, 10, 0, 0, 0, (uint8_t)v->version, 0, 0, 0, 1, 0, 0 };
        struct line old;
        line_open(&old, &v->served);
        line_send_raw(&old, slice_of(raw, sizeof(raw)));
        assert_true(line_is_closed(&old));
        line_close(&old);
        return;
    }
    line_ask(&v->line, 0, v->version, &request, &response);
    assert_int_equal(response.responses.count, 2);
    const struct produce_response_partition_produce_response *answers =
        response.responses.items[0].partition_responses.items;
    assert_int_equal(response.responses.items[0].partition_responses.count, 3);
    assert_int_equal(answers[0].error_code, 0);
    assert_true(answers[0].base_offset >= 0);
    assert_int_equal(answers[1].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(answers[1].base_offset, -1);
    assert_int_equal(answers[2].error_code, KC_ERR_INVALID_RECORD);
    assert_int_equal(response.responses.items[1].partition_responses.items[0].error_code,
                     v->version >= 13 ? KC_ERR_UNKNOWN_TOPIC_ID
                                      : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
}

static void fetch_partition(struct fetch_request_fetch_partition *partition, int32_t index,
                            int64_t offset)
{
    message_defaults(&fetch_request_fetch_partition_type, partition);
    partition->partition = index;
    partition->fetch_offset = offset;
    partition->partition_max_bytes = 1 << 20;
}

static void fetch_topic(struct fetch_request_fetch_topic *topic, const char *name, struct uuid id,
                        struct fetch_request_fetch_partition *partitions, int32_t count)
{
    message_defaults(&fetch_request_fetch_topic_type, topic);
    topic->topic = slice_text(name);
    topic->topic_id = id;
    topic->partitions.items = partitions;
    topic->partitions.count = count;
}

static void ask_fetch(struct versions *v)
{
    struct fetch_request_fetch_partition here[3];
    struct fetch_request_fetch_partition gone;
    struct fetch_request_fetch_topic topics[2];
    struct fetch_request request;
    struct fetch_response response;
    message_defaults(&fetch_request_type, &request);
    fetch_partition(&here[0], 0, 0);
    fetch_partition(&here[1], 1, 1000000);
    fetch_partition(&here[2], 99, 0);
    fetch_partition(&gone, 0, 0);
    fetch_topic(&topics[0], "there", v->there, here, 3);
    fetch_topic(&topics[1], "nowhere", v->nowhere, &gone, 1);
    request.topics.items = topics;
    request.topics.count = 2;
    request.isolation_level = v->version % 2;
    request.min_bytes = 1;
    line_ask(&v->line, 1, v->version, &request, &response);
    assert_int_equal(response.responses.count, 2);
    assert_int_equal(response.responses.items[0].partitions.count, 3);
    const struct fetch_response_partition_data *answers =
        response.responses.items[0].partitions.items;
    assert_int_equal(answers[0].error_code, 0);
    assert_true(answers[0].records.size > 0);
    assert_true(answers[0].high_watermark > 0);
    assert_int_equal(answers[1].error_code, KC_ERR_OFFSET_OUT_OF_RANGE);
    assert_int_equal(answers[2].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.responses.items[1].partitions.items[0].error_code,
                     v->version >= 13 ? KC_ERR_UNKNOWN_TOPIC_ID
                                      : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    if (v->version >= 9) {
        here[0].current_leader_epoch = 77;
        topics[0].partitions.count = 1;
        request.topics.count = 1;
        line_ask(&v->line, 1, v->version, &request, &response);
        assert_int_equal(response.responses.items[0].partitions.items[0].error_code,
                         KC_ERR_UNKNOWN_LEADER_EPOCH);
    }
    if (v->version >= 7) {
        request.session_id = 5;
        request.session_epoch = 2;
        line_ask(&v->line, 1, v->version, &request, &response);
        assert_int_equal(response.error_code, KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
    }
}

/* Timestamps with a meaning of their own, and the version that brought each. */
static bool is_special(int16_t version, int i)
{
    const int16_t since[] = { 1, 1, 7, 8, 9, 11 };
    return i < 6 && version >= since[i];
}

static void ask_list_offsets(struct versions *v)
{
    struct list_offsets_request_list_offsets_partition here[9];
    struct list_offsets_request_list_offsets_partition gone;
    struct list_offsets_request_list_offsets_topic topics[] = {
        { slice_text("there"), { here, 9 } }, { slice_text("nowhere"), { &gone, 1 } }
    };
    struct list_offsets_request request;
    struct list_offsets_response response;
    message_defaults(&list_offsets_request_type, &request);
    for (int i = 0; i < 9; i++) {
        message_defaults(&list_offsets_request_list_offsets_partition_type, &here[i]);
        here[i].timestamp = i < 7 ? -1 - i : i == 7 ? 0 : INT64_MAX;
    }
    message_defaults(&list_offsets_request_list_offsets_partition_type, &gone);
    request.topics.items = topics;
    request.topics.count = 2;
    request.isolation_level = v->version >= 2;
    line_ask(&v->line, 2, v->version, &request, &response);
    assert_int_equal(response.topics.count, 2);
    assert_int_equal(response.topics.items[0].partitions.count, 9);
    const struct list_offsets_response_list_offsets_partition_response *answers =
        response.topics.items[0].partitions.items;
    for (int i = 0; i < 9; i++) {
        assert_int_equal(answers[i].error_code,
                         i >= 7 || is_special(v->version, i) ? 0 : KC_ERR_UNSUPPORTED_VERSION);
    }
    assert_true(answers[0].offset > 0);      /* latest */
    assert_int_equal(answers[1].offset, 0);  /* earliest */
    assert_int_equal(answers[4].offset, -1); /* nothing is in tiers */
    assert_int_equal(answers[5].offset, -1); /* nor on its way there */
    assert_int_equal(answers[7].offset, 0);  /* the first record at or after 0 */
    assert_int_equal(answers[7].timestamp, 1700000000000);
    assert_int_equal(answers[8].offset, -1);
    assert_int_equal(response.topics.items[1].partitions.items[0].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
}

static void ask_delete_records(struct versions *v)
{
    struct delete_records_request_delete_records_partition here[] = {
        { 0, 0 }, { 0, 1000000 }, { 0, -2 }, { 99, 0 }, { 1, -1 }
    };
    struct delete_records_request_delete_records_topic topics[] = {
        { slice_text("there"), { here, 5 } }, { slice_text("nowhere"), { here, 1 } }
    };
    struct delete_records_request request;
    struct delete_records_response response;
    message_defaults(&delete_records_request_type, &request);
    request.topics.items = topics;
    request.topics.count = 2;
    line_ask(&v->line, 21, v->version, &request, &response);
    assert_int_equal(response.topics.count, 2);
    const struct delete_records_response_delete_records_partition_result *answers =
        response.topics.items[0].partitions.items;
    assert_int_equal(answers[0].error_code, 0);
    assert_int_equal(answers[1].error_code, KC_ERR_OFFSET_OUT_OF_RANGE);
    assert_int_equal(answers[2].error_code, KC_ERR_OFFSET_OUT_OF_RANGE);
    assert_int_equal(answers[3].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(answers[4].error_code, 0);
    assert_int_equal(response.topics.items[1].partitions.items[0].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
}

static void ask_init_producer_id(struct versions *v)
{
    struct init_producer_id_request request;
    struct init_producer_id_response response;
    message_defaults(&init_producer_id_request_type, &request);
    request.transactional_id = SLICE_NULL;
    line_ask(&v->line, 22, v->version, &request, &response);
    int64_t first = response.producer_id;
    assert_int_equal(response.error_code, 0);
    line_ask(&v->line, 22, v->version, &request, &response);
    assert_true(response.producer_id > first);
    assert_int_equal(response.producer_epoch, 0);
    request.transactional_id = SLICE_EMPTY;
    line_ask(&v->line, 22, v->version, &request, &response);
    assert_int_equal(response.error_code, KC_ERR_INVALID_REQUEST);
    assert_int_equal(response.producer_id, -1);
}

static void ask_epochs(struct versions *v)
{
    struct offset_for_leader_epoch_request_offset_for_leader_partition here[] = { { 0, -1, 0 },
                                                                                  { 0, 9, 0 },
                                                                                  { 99, -1, 0 } };
    struct offset_for_leader_epoch_request_offset_for_leader_topic topics[] = {
        { slice_text("there"), { here, 3 } }, { slice_text("nowhere"), { here, 1 } }
    };
    struct offset_for_leader_epoch_request request;
    struct offset_for_leader_epoch_response response;
    message_defaults(&offset_for_leader_epoch_request_type, &request);
    request.topics.items = topics;
    request.topics.count = 2;
    line_ask(&v->line, 23, v->version, &request, &response);
    const struct offset_for_leader_epoch_response_epoch_end_offset *answers =
        response.topics.items[0].partitions.items;
    assert_int_equal(answers[0].error_code, 0);
    assert_int_equal(answers[0].leader_epoch, 0);
    assert_true(answers[0].end_offset > 0);
    assert_int_equal(answers[1].error_code, KC_ERR_UNKNOWN_LEADER_EPOCH);
    assert_int_equal(answers[2].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(response.topics.items[1].partitions.items[0].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
}

const struct versions_row versions_of_records[] = {
    { 0, ask_produce },
    { 1, ask_fetch },
    { 2, ask_list_offsets },
    { 21, ask_delete_records },
    { 22, ask_init_producer_id },
    { 23, ask_epochs },
    { -1, NULL },
};
