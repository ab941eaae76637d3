/* client: the answers of a transaction's coordinators: the one error that decides, and whose it is.
 */
#include "client/transaction_port.h"

#include <stdio.h>

/* An error of one partition of many: the first counts; one that only tells that another's error
 * kept it back counts least. */
static void note(struct transaction_answer *answer, char *subject, enum kc_err err,
                 struct slice topic, int32_t partition)
{
    if (err == KC_ERR_NONE ||
        (answer->err != KC_ERR_NONE && answer->err != KC_ERR_OPERATION_NOT_ATTEMPTED)) {
        return;
    }
    answer->err = err;
    answer->subject = subject;
    (void)snprintf(subject, TRANSACTION_PORT_SUBJECT_SIZE, "%.*s-%d", SLICE_ARGS(topic), partition);
}

static enum kc_err read_init(const struct conn_reply *reply, struct arena *arena,
                             struct transaction_answer *answer, int32_t *throttle_ms)
{
    struct init_producer_id_response response;
    enum kc_err err = conn_reply_decode(reply, arena, &response);
    if (err == KC_ERR_NONE) {
        answer->err = (enum kc_err)response.error_code;
        answer->identity =
            (struct sequence_identity){ response.producer_id, response.producer_epoch };
        *throttle_ms = response.throttle_time_ms;
    }
    return err;
}

static enum kc_err read_partitions(const struct conn_reply *reply, struct arena *arena,
                                   char *subject, struct transaction_answer *answer,
                                   int32_t *throttle_ms)
{
    struct add_partitions_to_txn_response response;
    enum kc_err err = conn_reply_decode(reply, arena, &response);
    if (err != KC_ERR_NONE) {
        return err;
    }
    *throttle_ms = response.throttle_time_ms;
    for (int32_t i = 0; i < response.results_by_topic_v3_and_below.count; i++) {
        const struct add_partitions_to_txn_response_add_partitions_to_txn_topic_result *topic =
            &response.results_by_topic_v3_and_below.items[i];
        for (int32_t k = 0; k < topic->results_by_partition.count; k++) {
            note(answer, subject,
                 (enum kc_err)topic->results_by_partition.items[k].partition_error_code,
                 topic->name, topic->results_by_partition.items[k].partition_index);
        }
    }
    return KC_ERR_NONE;
}

static enum kc_err read_add_offsets(const struct conn_reply *reply, struct arena *arena,
                                    struct transaction_answer *answer, int32_t *throttle_ms)
{
    struct add_offsets_to_txn_response response;
    enum kc_err err = conn_reply_decode(reply, arena, &response);
    if (err == KC_ERR_NONE) {
        answer->err = (enum kc_err)response.error_code;
        *throttle_ms = response.throttle_time_ms;
    }
    return err;
}

static enum kc_err read_commit_offsets(const struct conn_reply *reply, struct arena *arena,
                                       char *subject, struct transaction_answer *answer,
                                       int32_t *throttle_ms)
{
    struct txn_offset_commit_response response;
    enum kc_err err = conn_reply_decode(reply, arena, &response);
    if (err != KC_ERR_NONE) {
        return err;
    }
    *throttle_ms = response.throttle_time_ms;
    for (int32_t i = 0; i < response.topics.count; i++) {
        const struct txn_offset_commit_response_txn_offset_commit_response_topic *topic =
            &response.topics.items[i];
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            note(answer, subject, (enum kc_err)topic->partitions.items[k].error_code, topic->name,
                 topic->partitions.items[k].partition_index);
        }
    }
    return KC_ERR_NONE;
}

static enum kc_err read_end(const struct conn_reply *reply, struct arena *arena,
                            struct transaction_answer *answer, int32_t *throttle_ms)
{
    struct end_txn_response response;
    enum kc_err err = conn_reply_decode(reply, arena, &response);
    if (err == KC_ERR_NONE) {
        answer->err = (enum kc_err)response.error_code;
        answer->identity =
            (struct sequence_identity){ response.producer_id, response.producer_epoch };
        *throttle_ms = response.throttle_time_ms;
    }
    return err;
}

void transaction_port_read(enum transaction_call call, const struct conn_reply *reply,
                           struct arena *arena, char subject[TRANSACTION_PORT_SUBJECT_SIZE],
                           struct transaction_answer *ret_answer, int32_t *ret_throttle_ms)
{
    struct transaction_answer answer = { .version = reply->version, .identity = { -1, -1 } };
    int32_t throttle_ms = 0;
    enum kc_err err = call == TRANSACTION_CALL_INIT ? read_init(reply, arena, &answer, &throttle_ms)
                      : call == TRANSACTION_CALL_ADD_PARTITIONS
                          ? read_partitions(reply, arena, subject, &answer, &throttle_ms)
                      : call == TRANSACTION_CALL_ADD_OFFSETS
                          ? read_add_offsets(reply, arena, &answer, &throttle_ms)
                      : call == TRANSACTION_CALL_COMMIT_OFFSETS
                          ? read_commit_offsets(reply, arena, subject, &answer, &throttle_ms)
                          : read_end(reply, arena, &answer, &throttle_ms);
    if (err != KC_ERR_NONE) {
        /* Also the word of a broker that was asked who coordinates. */
        answer.err = err;
        answer.is_transport = true;
        answer.text = reply->err == err ? reply->text : NULL;
    }
    *ret_answer = answer;
    *ret_throttle_ms = throttle_ms;
}
