/* tests: a transactional producer on a line. */
#include "txn_line.h"

#include "base/clock.h"
#include "record/batch_writer.h"
#include "support/test.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

enum { TRIES_MAX = 2000 };

static int16_t version_of(const struct txn_line *txn, int16_t newest, int16_t old)
{
    return txn->version >= 0 ? txn->version : txn->old ? old : newest;
}

void txn_connect(struct line *line)
{
    struct served served = { .port = 9092 };
    const char *text = getenv("TXN_PORT");
    char *end = NULL;
    if (text) {
        served.port = (int)strtol(text, &end, 10);
        assert_int_equal(*end, 0);
    }
    line_open(line, &served);
}

void txn_line_init(struct txn_line *txn, struct line *line, const char *id)
{
    struct find_coordinator_request request;
    struct find_coordinator_response response;
    *txn = (struct txn_line){
        .line = line, .id = id, .version = -1, .producer_id = -1, .epoch = -1, .timeout_ms = 60000
    };
    message_defaults(&find_coordinator_request_type, &request);
    request.key = slice_text(id);
    request.key_type = 1;
    for (int i = 0; i < TRIES_MAX; i++) {
        line_ask(line, 10, 2, &request, &response);
        if (response.error_code == 0) {
            return;
        }
        assert_int_equal(response.error_code, KC_ERR_COORDINATOR_NOT_AVAILABLE);
        (void)poll(NULL, 0, 5);
    }
    fail_msg("no coordinator of transactions");
}

static enum kc_err init(struct txn_line *txn, int64_t producer_id, int16_t epoch)
{
    struct init_producer_id_request request;
    struct init_producer_id_response response;
    message_defaults(&init_producer_id_request_type, &request);
    request.transactional_id = slice_text(txn->id);
    request.transaction_timeout_ms = txn->timeout_ms;
    request.producer_id = producer_id;
    request.producer_epoch = epoch;
    line_ask(txn->line, 22, version_of(txn, 5, 4), &request, &response);
    if (!response.error_code) {
        txn->producer_id = response.producer_id;
        txn->epoch = response.producer_epoch;
        txn->sequence = 0;
    }
    return (enum kc_err)response.error_code;
}

enum kc_err txn_begin(struct txn_line *txn)
{
    return init(txn, -1, -1);
}

enum kc_err txn_begin_again(struct txn_line *txn)
{
    return init(txn, txn->producer_id, txn->epoch);
}

static enum kc_err add(struct txn_line *txn, const char *topic, int32_t partition, bool verify)
{
    struct add_partitions_to_txn_request_add_partitions_to_txn_topic wanted = { slice_text(topic),
                                                                                { &partition, 1 } };
    struct add_partitions_to_txn_request_add_partitions_to_txn_transaction one;
    struct add_partitions_to_txn_request request;
    struct add_partitions_to_txn_response response;
    int16_t version = version_of(txn, 5, 3);
    message_defaults(&add_partitions_to_txn_request_type, &request);
    message_defaults(&add_partitions_to_txn_request_add_partitions_to_txn_transaction_type, &one);
    if (version >= 4) {
        one.transactional_id = slice_text(txn->id);
        one.producer_id = txn->producer_id;
        one.producer_epoch = txn->epoch;
        one.verify_only = verify;
        one.topics.items = &wanted;
        one.topics.count = 1;
        request.transactions.items = &one;
        request.transactions.count = 1;
    } else {
        request.v3_and_below_transactional_id = slice_text(txn->id);
        request.v3_and_below_producer_id = txn->producer_id;
        request.v3_and_below_producer_epoch = txn->epoch;
        request.v3_and_below_topics.items = &wanted;
        request.v3_and_below_topics.count = 1;
    }
    line_ask(txn->line, 24, version, &request, &response);
    if (version < 4) {
        assert_int_equal(response.results_by_topic_v3_and_below.count, 1);
        return (enum kc_err)response.results_by_topic_v3_and_below.items[0]
            .results_by_partition.items[0]
            .partition_error_code;
    }
    assert_int_equal(response.results_by_transaction.count, 1);
    return (enum kc_err)response.results_by_transaction.items[0]
        .topic_results.items[0]
        .results_by_partition.items[0]
        .partition_error_code;
}

enum kc_err txn_add(struct txn_line *txn, const char *topic, int32_t partition)
{
    return add(txn, topic, partition, false);
}

enum kc_err txn_verify(struct txn_line *txn, const char *topic, int32_t partition)
{
    return add(txn, topic, partition, true);
}

enum kc_err txn_produce(struct txn_line *txn, const char *topic, int32_t partition)
{
    uint8_t memory[256];
    struct batch_writer writer;
    struct batch_close close = { .partition_leader_epoch = -1,
                                 .transactional = true,
                                 .producer_id = txn->producer_id,
                                 .producer_epoch = txn->epoch,
                                 .base_sequence = txn->sequence };
    struct slice batch;
    struct produce_request_partition_produce_data data = { .index = partition };
    struct produce_request_topic_produce_data wanted = { .name = slice_text(topic),
                                                         .partition_data = { &data, 1 } };
    struct produce_request request;
    struct produce_response response;
    batch_writer_init(&writer, memory, sizeof(memory));
    assert_true(batch_writer_append(&writer, clock_wall_ms(&clock_system), slice_text("k"),
                                    slice_text(txn->id), NULL, 0));
    assert_int_equal(batch_writer_close(&writer, &close, NULL, NULL, &batch), 0);
    data.records = batch;
    message_defaults(&produce_request_type, &request);
    request.transactional_id = slice_text(txn->id);
    request.acks = -1;
    request.timeout_ms = 30000;
    request.topic_data.items = &wanted;
    request.topic_data.count = 1;
    line_ask(txn->line, 0, version_of(txn, 12, 11), &request, &response);
    int16_t code = response.responses.items[0].partition_responses.items[0].error_code;
    txn->sequence += code == 0;
    return (enum kc_err)code;
}

enum kc_err txn_add_offsets(struct txn_line *txn, const char *group)
{
    struct add_offsets_to_txn_request request;
    struct add_offsets_to_txn_response response;
    message_defaults(&add_offsets_to_txn_request_type, &request);
    request.transactional_id = slice_text(txn->id);
    request.producer_id = txn->producer_id;
    request.producer_epoch = txn->epoch;
    request.group_id = slice_text(group);
    line_ask(txn->line, 25, version_of(txn, 4, 3), &request, &response);
    return (enum kc_err)response.error_code;
}

enum kc_err txn_commit_offset(struct txn_line *txn, const char *group, const char *topic,
                              int64_t offset)
{
    struct txn_offset_commit_request_txn_offset_commit_request_partition item;
    struct txn_offset_commit_request_txn_offset_commit_request_topic wanted = { slice_text(topic),
                                                                                { &item, 1 } };
    struct txn_offset_commit_request request;
    struct txn_offset_commit_response response;
    message_defaults(&txn_offset_commit_request_type, &request);
    message_defaults(&txn_offset_commit_request_txn_offset_commit_request_partition_type, &item);
    item.committed_offset = offset;
    item.committed_metadata = slice_text("note");
    request.transactional_id = slice_text(txn->id);
    request.group_id = slice_text(group);
    request.producer_id = txn->producer_id;
    request.producer_epoch = txn->epoch;
    request.topics.items = &wanted;
    request.topics.count = 1;
    line_ask(txn->line, 28, version_of(txn, 5, 3), &request, &response);
    assert_int_equal(response.topics.count, 1);
    return (enum kc_err)response.topics.items[0].partitions.items[0].error_code;
}

enum kc_err txn_end(struct txn_line *txn, bool commit)
{
    struct end_txn_request request;
    struct end_txn_response response;
    int16_t version = version_of(txn, 5, 3);
    message_defaults(&end_txn_request_type, &request);
    request.transactional_id = slice_text(txn->id);
    request.producer_id = txn->producer_id;
    request.producer_epoch = txn->epoch;
    request.committed = commit;
    line_ask(txn->line, 26, version, &request, &response);
    if (!response.error_code && version >= 5) {
        txn->sequence = txn->epoch == response.producer_epoch ? txn->sequence : 0;
        txn->producer_id = response.producer_id;
        txn->epoch = response.producer_epoch;
    }
    return (enum kc_err)response.error_code;
}

void txn_state(struct txn_line *txn, char ret_name[32])
{
    struct slice id = slice_text(txn->id);
    struct describe_transactions_request request;
    struct describe_transactions_response response;
    message_defaults(&describe_transactions_request_type, &request);
    request.transactional_ids.items = &id;
    request.transactional_ids.count = 1;
    line_ask(txn->line, 65, 0, &request, &response);
    const struct describe_transactions_response_transaction_state *state =
        &response.transaction_states.items[0];
    (void)snprintf(ret_name, 32, "%.*s", SLICE_ARGS(state->transaction_state));
}

void txn_fetch(struct line *line, const char *topic, int64_t offset, bool read_committed,
               struct txn_view *ret_view)
{
    struct fetch_request_fetch_partition item;
    struct fetch_request_fetch_topic wanted = { .topic = slice_text(topic),
                                                .partitions = { &item, 1 } };
    struct fetch_request request;
    struct fetch_response response;
    struct batch batch;
    message_defaults(&fetch_request_type, &request);
    message_defaults(&fetch_request_fetch_partition_type, &item);
    item.fetch_offset = offset;
    item.partition_max_bytes = 1 << 20;
    request.replica_id = -1;
    request.max_bytes = 1 << 20;
    request.isolation_level = read_committed ? 1 : 0;
    request.topics.items = &wanted;
    request.topics.count = 1;
    line_ask(line, 1, 11, &request, &response);
    const struct fetch_response_partition_data *data =
        &response.responses.items[0].partitions.items[0];
    assert_int_equal(data->error_code, 0);
    *ret_view = (struct txn_view){ .high_watermark = data->high_watermark,
                                   .last_stable_offset = data->last_stable_offset,
                                   .aborted_count = data->aborted_transactions.count };
    for (int32_t i = 0; i < data->aborted_transactions.count && i < 8; i++) {
        ret_view->aborted_first[i] = data->aborted_transactions.items[i].first_offset;
    }
    for (struct slice rest = data->records; batch_read(rest, &batch) == KC_ERR_NONE;
         ret_view->batch_count++) {
        rest = slice_of(rest.data + batch.bytes.size, rest.size - batch.bytes.size);
    }
}

int64_t txn_committed(struct line *line, const char *group, const char *topic, bool stable)
{
    int32_t partition = 0;
    struct offset_fetch_request_offset_fetch_request_topic wanted = { slice_text(topic),
                                                                      { &partition, 1 } };
    struct offset_fetch_request request;
    struct offset_fetch_response response;
    message_defaults(&offset_fetch_request_type, &request);
    request.group_id = slice_text(group);
    request.require_stable = stable;
    request.topics.items = &wanted;
    request.topics.count = 1;
    line_ask(line, 9, 7, &request, &response);
    /* A broker that has just begun reads its groups back, as a client has to expect. */
    for (int i = 0; i < TRIES_MAX && response.error_code == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS;
         i++) {
        (void)poll(NULL, 0, 5);
        line_ask(line, 9, 7, &request, &response);
    }
    assert_int_equal(response.error_code, 0);
    const struct offset_fetch_response_offset_fetch_response_partition *told =
        &response.topics.items[0].partitions.items[0];
    return told->error_code ? -1000 - told->error_code : told->committed_offset;
}
