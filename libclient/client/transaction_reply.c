/* client: the answers of a transaction's coordinators: the one error that decides, and whose it is.
 */
#include "client/transaction_port.h"
#include "wire/mirror.h"

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

/* Where an answer has its partitions' errors. */
struct reply_list {
    const char *topics;
    const char *partitions;
    const char *number;
    const char *error;
};

static void note_all(struct transaction_answer *answer, char *subject,
                     const struct message_type *type, const void *response,
                     const struct reply_list *list)
{
    struct mirror_field topics = mirror_find(type, response, list->topics);
    for (int32_t i = 0; i < mirror_count(&topics); i++) {
        const void *topic = mirror_item(&topics, i);
        struct mirror_field partitions = mirror_find(topics.sub, topic, list->partitions);
        for (int32_t k = 0; k < mirror_count(&partitions); k++) {
            const void *partition = mirror_item(&partitions, k);
            note(answer, subject,
                 (enum kc_err)mirror_number(partitions.sub, partition, list->error, 0),
                 mirror_text(topics.sub, topic, "name"),
                 (int32_t)mirror_number(partitions.sub, partition, list->number, -1));
        }
    }
}

/* NULL: the answer has one error for all. */
static const struct reply_list *list_of(enum transaction_call call)
{
    static const struct reply_list added = { "resultsByTopicV3AndBelow", "resultsByPartition",
                                             "partitionIndex", "partitionErrorCode" };
    static const struct reply_list committed = { "topics", "partitions", "partitionIndex",
                                                 "errorCode" };
    return call == TRANSACTION_CALL_ADD_PARTITIONS   ? &added
           : call == TRANSACTION_CALL_COMMIT_OFFSETS ? &committed
                                                     : NULL;
}

/* The answers are alike but for their lists: what one of them has not is -1, or no error. */
static enum kc_err read_reply(const struct conn_reply *reply, const struct reply_list *list,
                              struct arena *arena, char *subject, struct transaction_answer *answer,
                              int32_t *throttle_ms)
{
    if (reply->err != KC_ERR_NONE) {
        return reply->err;
    }
    const struct message_type *type = reply->api->response;
    void *response = arena_alloc(arena, message_struct_size(type));
    enum kc_err err = response ? conn_reply_decode(reply, arena, response) : KC_ERR_NO_MEMORY;
    if (err != KC_ERR_NONE) {
        return err;
    }
    *throttle_ms = (int32_t)mirror_number(type, response, "throttleTimeMs", 0);
    answer->identity = (struct sequence_identity){
        mirror_number(type, response, "producerId", -1),
        (int16_t)mirror_number(type, response, "producerEpoch", -1),
    };
    answer->err = (enum kc_err)mirror_number(type, response, "errorCode", KC_ERR_NONE);
    if (list) {
        note_all(answer, subject, type, response, list);
    }
    return KC_ERR_NONE;
}

void transaction_port_read(enum transaction_call call, const struct conn_reply *reply,
                           struct arena *arena, char subject[TRANSACTION_PORT_SUBJECT_SIZE],
                           struct transaction_answer *ret_answer, int32_t *ret_throttle_ms)
{
    struct transaction_answer answer = { .version = reply->version, .identity = { -1, -1 } };
    int32_t throttle_ms = 0;
    enum kc_err err = read_reply(reply, list_of(call), arena, subject, &answer, &throttle_ms);
    if (err != KC_ERR_NONE) {
        /* Also the word of a broker that was asked who coordinates. */
        answer.err = err;
        answer.is_transport = true;
        answer.text = reply->err == err ? reply->text : NULL;
    }
    *ret_answer = answer;
    *ret_throttle_ms = throttle_ms;
}
