/* tests: the APIs of transactions, in every version. */
#include "versions.h"

#include "support/test.h"
#include "txn_line.h"

#include <stdio.h>

/* A producer of its own for each version, with one record written. */
static void make(struct versions *v, struct txn_line *txn, bool old)
{
    txn_line_init(txn, &v->line, v->group);
    txn->old = old;
    assert_int_equal(txn_begin(txn), 0);
}

static void ask_add_partitions(struct versions *v)
{
    struct txn_line txn;
    make(v, &txn, true);
    txn.version = v->version;
    if (v->version >= 4) {
        assert_int_equal(txn_verify(&txn, "there", 1), KC_ERR_TRANSACTION_ABORTABLE);
    }
    assert_int_equal(txn_add(&txn, "nowhere", 0), KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(txn_add(&txn, "there", 1), 0);
    assert_int_equal(txn_add(&txn, "there", 1), 0);
    if (v->version >= 4) {
        assert_int_equal(txn_verify(&txn, "there", 1), 0);
    }
    txn.epoch--;
    assert_int_equal(txn_add(&txn, "there", 0),
                     v->version >= 2 ? KC_ERR_PRODUCER_FENCED : KC_ERR_INVALID_PRODUCER_EPOCH);
    txn.producer_id += 77;
    assert_int_equal(txn_add(&txn, "there", 0), KC_ERR_INVALID_PRODUCER_ID_MAPPING);
}

static void ask_add_offsets(struct versions *v)
{
    struct txn_line txn;
    make(v, &txn, true);
    txn.version = v->version;
    assert_int_equal(txn_add_offsets(&txn, "some"), 0);
    txn.epoch++;
    assert_int_equal(txn_add_offsets(&txn, "some"),
                     v->version >= 2 ? KC_ERR_PRODUCER_FENCED : KC_ERR_INVALID_PRODUCER_EPOCH);
}

static void ask_end(struct versions *v)
{
    struct txn_line txn;
    make(v, &txn, v->version < 5);
    int16_t first = txn.epoch;
    if (v->version < 5) {
        assert_int_equal(txn_add(&txn, "there", 0), 0);
    }
    assert_int_equal(txn_produce(&txn, "there", 0), 0);
    txn.version = v->version;
    assert_int_equal(txn_end(&txn, true), 0);
    assert_int_equal(txn.epoch, first + (v->version >= 5));
    /* Asked again, as after a lost answer. */
    txn.epoch = first;
    assert_int_equal(txn_end(&txn, true), 0);
    txn.epoch = first;
    assert_int_equal(txn_end(&txn, false), KC_ERR_INVALID_TXN_STATE);
}

static void ask_markers(struct versions *v)
{
    int32_t partitions[] = { 0, 99 };
    struct write_txn_markers_request_writable_txn_marker_topic topic = { slice_text("there"),
                                                                         { partitions, 2 } };
    struct write_txn_markers_request_writable_txn_marker marker;
    struct write_txn_markers_request request;
    struct write_txn_markers_response response;
    struct txn_line txn;
    make(v, &txn, false);
    assert_int_equal(txn_produce(&txn, "there", 0), 0);
    message_defaults(&write_txn_markers_request_type, &request);
    message_defaults(&write_txn_markers_request_writable_txn_marker_type, &marker);
    marker.producer_id = txn.producer_id;
    marker.producer_epoch = txn.epoch;
    marker.topics.items = &topic;
    marker.topics.count = 1;
    request.markers.items = &marker;
    request.markers.count = 1;
    if (v->version >= 2) {
        marker.transaction_version = 2; /* needs an epoch above that of the records */
        line_ask(&v->line, 27, v->version, &request, &response);
        assert_int_equal(response.markers.items[0].topics.items[0].partitions.items[0].error_code,
                         KC_ERR_INVALID_PRODUCER_EPOCH);
        marker.producer_epoch++;
    }
    line_ask(&v->line, 27, v->version, &request, &response);
    assert_int_equal(response.markers.items[0].producer_id, txn.producer_id);
    assert_int_equal(response.markers.items[0].topics.items[0].partitions.items[0].error_code, 0);
    assert_int_equal(response.markers.items[0].topics.items[0].partitions.items[1].error_code,
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
}

static void ask_commit_offsets(struct versions *v)
{
    struct txn_line txn;
    make(v, &txn, v->version < 5);
    if (v->version < 5) {
        txn.version = v->version;
        assert_int_equal(txn_commit_offset(&txn, v->group, "there", 4),
                         v->version >= 4 ? KC_ERR_TRANSACTION_ABORTABLE : KC_ERR_INVALID_TXN_STATE);
        txn.version = -1;
        assert_int_equal(txn_add_offsets(&txn, v->group), 0);
    }
    txn.version = v->version;
    assert_int_equal(txn_commit_offset(&txn, v->group, "nowhere", 5),
                     KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    assert_int_equal(txn_commit_offset(&txn, v->group, "there", 5), 0);
    assert_int_equal(txn_committed(&v->line, v->group, "there", false), -1);
    assert_int_equal(txn_committed(&v->line, v->group, "there", true),
                     -1000 - KC_ERR_UNSTABLE_OFFSET_COMMIT);
    txn.version = -1;
    assert_int_equal(txn_end(&txn, true), 0);
    assert_int_equal(txn_committed(&v->line, v->group, "there", true), 5);
}

static void ask_producers(struct versions *v)
{
    int32_t partitions[] = { 0, 99 };
    struct describe_producers_request_topic_request topic = { slice_text("there"),
                                                              { partitions, 2 } };
    struct describe_producers_request request;
    struct describe_producers_response response;
    struct txn_line txn;
    bool found = false;
    make(v, &txn, false);
    assert_int_equal(txn_produce(&txn, "there", 0), 0);
    message_defaults(&describe_producers_request_type, &request);
    request.topics.items = &topic;
    request.topics.count = 1;
    line_ask(&v->line, 61, v->version, &request, &response);
    const struct describe_producers_response_partition_response *told =
        response.topics.items[0].partitions.items;
    assert_int_equal(told[1].error_code, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    for (int32_t i = 0; i < told[0].active_producers.count; i++) {
        const struct describe_producers_response_producer_state *state =
            &told[0].active_producers.items[i];
        if (state->producer_id == txn.producer_id) {
            found = true;
            assert_int_equal(state->producer_epoch, txn.epoch);
            assert_int_equal(state->last_sequence, 0);
            assert_true(state->current_txn_start_offset >= 0);
        }
    }
    assert_true(found);
    assert_int_equal(txn_end(&txn, false), 0);
}

static void ask_describe(struct versions *v)
{
    struct slice ids[] = { slice_text(v->group), slice_text("unheard"), SLICE_EMPTY };
    struct describe_transactions_request request;
    struct describe_transactions_response response;
    struct txn_line txn;
    make(v, &txn, true);
    assert_int_equal(txn_add(&txn, "there", 1), 0);
    assert_int_equal(txn_add(&txn, "there", 0), 0);
    message_defaults(&describe_transactions_request_type, &request);
    request.transactional_ids.items = ids;
    request.transactional_ids.count = 3;
    line_ask(&v->line, 65, v->version, &request, &response);
    const struct describe_transactions_response_transaction_state *told =
        response.transaction_states.items;
    assert_true(slice_is(told[0].transaction_state, "Ongoing"));
    assert_int_equal(told[0].transaction_timeout_ms, 60000);
    assert_true(told[0].transaction_start_time_ms > 0);
    assert_int_equal(told[0].topics.count, 1);
    assert_int_equal(told[0].topics.items[0].partitions.count, 2);
    assert_int_equal(told[0].topics.items[0].partitions.items[1], 1);
    assert_int_equal(told[1].error_code, KC_ERR_TRANSACTIONAL_ID_NOT_FOUND);
    assert_int_equal(told[2].error_code, KC_ERR_INVALID_REQUEST);
}

static int32_t list(struct versions *v, struct list_transactions_request *request,
                    int16_t *ret_error, int32_t *ret_unknown)
{
    struct list_transactions_response response;
    line_ask(&v->line, 66, v->version, request, &response);
    *ret_error = response.error_code;
    *ret_unknown = response.unknown_state_filters.count;
    return response.transaction_states.count;
}

static void ask_list(struct versions *v)
{
    struct slice states[] = { slice_text("Empty"), slice_text("Nonsense") };
    struct list_transactions_request request;
    struct txn_line txn;
    int16_t error;
    int32_t unknown;
    make(v, &txn, true);
    message_defaults(&list_transactions_request_type, &request);
    request.producer_id_filters.items = &txn.producer_id;
    request.producer_id_filters.count = 1;
    assert_int_equal(list(v, &request, &error, &unknown), 1);
    assert_int_equal(error, 0);
    request.state_filters.items = states;
    request.state_filters.count = 2;
    assert_int_equal(list(v, &request, &error, &unknown), 1);
    assert_int_equal(unknown, 1);
    assert_int_equal(txn_add(&txn, "there", 0), 0);
    assert_int_equal(list(v, &request, &error, &unknown), 0);
    request.state_filters.count = 0;
    if (v->version >= 1) {
        request.duration_filter = 3600000;
        assert_int_equal(list(v, &request, &error, &unknown), 0);
        request.duration_filter = -1;
    }
    if (v->version >= 2) {
        request.transactional_id_pattern = slice_text("group-66-.*");
        assert_int_equal(list(v, &request, &error, &unknown), 1);
        request.transactional_id_pattern = slice_text("roup");
        assert_int_equal(list(v, &request, &error, &unknown), 0);
        request.transactional_id_pattern = slice_text("(");
        assert_int_equal(list(v, &request, &error, &unknown), 0);
        assert_int_equal(error, KC_ERR_INVALID_REGULAR_EXPRESSION);
    }
}

const struct versions_row versions_of_txn[] = {
    { 24, ask_add_partitions }, { 25, ask_add_offsets },    { 26, ask_end },
    { 27, ask_markers },        { 28, ask_commit_offsets }, { 61, ask_producers },
    { 65, ask_describe },       { 66, ask_list },           { -1, NULL },
};
