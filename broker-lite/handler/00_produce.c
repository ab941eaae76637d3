/* handler: Produce, versions 3 to 13 (0 to 2 are announced and refused, as Kafka does:
 * KAFKA-18659). 9: flexible. 10: leader hints (KIP-951). 13: topics by id (KIP-516). Every batch is
 * checked before anything is written. An answer waits until the high watermark has passed the
 * records, unless acks is 0. Transactions: 11: TRANSACTION_ABORTABLE. 12: partitions are added to
 * them here (KIP-890). 8: records that their topic rejects are named (KIP-467). */
#include "handler/ahead_call.h"
#include "handler/handlers.h"
#include "handler/produce_rejection.h"
#include "handler/produce_txn.h"
#include "handler/recompressor.h"
#include "handler/throttle_call.h"

#include "record/batch_check.h"

enum { PRODUCE_VERSION_MIN = 3, PRODUCE_ZSTD_VERSION_MIN = 7 };

struct parked_produce;

/* One partition whose records are appended but not committed. */
struct produce_wait {
    struct partition_wait wait;
    struct parked_produce *parked;
    struct produce_response_partition_produce_response *response;
    int64_t target; /* high watermark to wait for */
    bool pending;
};

struct parked_produce {
    struct call *call;
    struct produce_response response;
    struct produce_wait *waits;
    int32_t wait_count;
    int32_t pending;
    struct loop_timer timer;
    struct produce_txn txn; /* of a request with a transactional id */
    int32_t named;          /* records that the answer names as rejected */
};

static void fail_partition(struct produce_response_partition_produce_response *response,
                           enum kc_err err)
{
    response->error_code = (int16_t)err;
    response->base_offset = -1;
    response->log_append_time_ms = -1;
    if (slice_is_null(response->error_message) &&
        (err == KC_ERR_INVALID_RECORD || err == KC_ERR_CORRUPT_MESSAGE)) {
        response->error_message = slice_text(kc_err_text(err));
    }
}

/* From version 3 on exactly one batch of format 2. */
static enum kc_err find_batch(const struct call *call, struct slice records,
                              struct batch *ret_batch)
{
    const struct produce_request *request = call->message;
    enum kc_err err = batch_read(records, ret_batch);
    if (err) {
        return err == KC_ERR_WOULD_BLOCK ? KC_ERR_INVALID_RECORD : KC_ERR_CORRUPT_MESSAGE;
    }
    if (ret_batch->magic != 2 || ret_batch->bytes.size != records.size) {
        return KC_ERR_INVALID_RECORD;
    }
    if (batch_codec(ret_batch) == COMPRESSION_ZSTD && call->version < PRODUCE_ZSTD_VERSION_MIN) {
        return KC_ERR_UNSUPPORTED_COMPRESSION_TYPE;
    }
    if (batch_is_transactional(ret_batch) && slice_is_null(request->transactional_id)) {
        return KC_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED; /* as Kafka: of no id, nobody is */
    }
    return KC_ERR_NONE;
}

/* The bytes to append: the frame's, which is this call's own memory (offsets are written in place),
 * or in the codec that the topic wants, as Kafka's LogValidator: not when it is that already, at
 * whatever level. A batch that is too large before is too large. */
static enum kc_err shape_records(struct call *call, const struct partition *partition,
                                 const struct batch *batch, struct slice content,
                                 struct log_append *append)
{
    const struct log_options *options = log_settings(partition->log);
    const struct batch_findings *findings = batch_checker_findings(call->node->checker);
    const int levels[COMPRESSION_COUNT] = { [COMPRESSION_GZIP] = options->gzip_level,
                                            [COMPRESSION_LZ4] = options->lz4_level,
                                            [COMPRESSION_ZSTD] = options->zstd_level };
    enum compression codec = (enum compression)options->compression_type;
    append->data = (uint8_t *)(uintptr_t)batch->bytes.data;
    append->size = batch->bytes.size;
    if (options->compression_type >= 0 && codec != batch_codec(batch) &&
        batch->bytes.size <= (size_t)options->max_message_bytes) {
        struct bytes *made;
        enum kc_err err =
            recompressor_run(call->node->recompressor, batch, content, codec, levels[codec], &made);
        if (err) {
            return err;
        }
        append->data = made->data;
        append->size = made->size;
    }
    if (findings->max_timestamp != batch->max_timestamp) {
        batch_set_max_timestamp(append->data, append->size, findings->max_timestamp);
    }
    return KC_ERR_NONE;
}

static enum kc_err append_batch(struct call *call, struct partition *partition,
                                const struct batch *batch,
                                struct produce_response_partition_produce_response *response,
                                struct log_appended *ret_appended)
{
    struct slice content = SLICE_NULL;
    struct log_append append = {
        .origin = LOG_ORIGIN_CLIENT,
        .leader_epoch = partition->leader_epoch,
        .now_ms = clock_wall_ms(call->node->clock),
        .checked = true,
    };
    /* As in Kafka, clients count from 0. */
    enum kc_err err = batch->base_offset != 0
                          ? KC_ERR_INVALID_RECORD
                          : batch_check_content(call->node->checker, batch, &content);
    if (!err) {
        append.findings = batch_checker_findings(call->node->checker);
        err = shape_records(call, partition, batch, content, &append);
    }
    if (!err) {
        err = partition_append(partition, &append, ret_appended);
    }
    if (BASE_UNLIKELY(err)) {
        const struct produce_rejection rejection = { partition->log, batch, content, &append };
        struct parked_produce *parked = call->parked;
        err = produce_rejection_tell(call, &rejection, err, &parked->named, response);
    }
    batch_check_trim(call->node->checker);
    return err;
}

static enum kc_err append_records(struct call *call, struct partition *partition,
                                  struct slice records,
                                  struct produce_response_partition_produce_response *response,
                                  struct log_appended *ret_appended)
{
    struct batch batch;
    if (partition->err) {
        return partition->err;
    }
    if (!partition->is_leader) {
        return KC_ERR_NOT_LEADER_OR_FOLLOWER;
    }
    enum kc_err err = find_batch(call, records, &batch);
    return err ? err : append_batch(call, partition, &batch, response, ret_appended);
}

static void produce_partition(struct parked_produce *parked, const struct image_topic *topic,
                              enum kc_err topic_err,
                              const struct produce_request_partition_produce_data *data,
                              struct produce_response_partition_produce_response *response)
{
    struct call *call = parked->call;
    struct partition *partition = partitions_find(call->node->partitions, topic, data->index);
    struct log_appended appended;
    enum kc_err err = topic_err;
    if (!err) {
        err = partition ? append_records(call, partition, data->records, response, &appended)
                        : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    response->index = data->index;
    if (err) {
        fail_partition(response, err);
        if (partition && err == KC_ERR_NOT_LEADER_OR_FOLLOWER) {
            response->current_leader.leader_id = partition->leader;
            response->current_leader.leader_epoch = partition->leader_epoch;
        }
        return;
    }
    response->base_offset = appended.base_offset;
    response->log_append_time_ms = appended.log_append_time;
    response->log_start_offset = appended.log_start_offset;
    if (log_high_watermark(partition->log) <= appended.last_offset) {
        struct produce_wait *wait = &parked->waits[parked->wait_count++];
        wait->parked = parked;
        wait->response = response;
        wait->target = appended.last_offset + 1;
        wait->pending = true;
        parked->pending++;
        partition_wait_begin(partition, &wait->wait);
    }
}

static enum kc_err topic_error(const struct call *call, const struct produce_request *request,
                               const struct image_topic *topic)
{
    if (request->acks < -1 || request->acks > 1) {
        return KC_ERR_INVALID_REQUIRED_ACKS;
    }
    if (!topic) {
        return call->version >= TOPIC_ID_PRODUCE_VERSION ? KC_ERR_UNKNOWN_TOPIC_ID
                                                         : KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
    }
    if (topic->internal) {
        return KC_ERR_INVALID_TOPIC_EXCEPTION;
    }
    return KC_ERR_NONE;
}

static bool has_errors(const struct produce_response *response)
{
    for (int32_t i = 0; i < response->responses.count; i++) {
        const struct produce_response_topic_produce_response *topic = &response->responses.items[i];
        for (int32_t j = 0; j < topic->partition_responses.count; j++) {
            if (topic->partition_responses.items[j].error_code) {
                return true;
            }
        }
    }
    return false;
}

static void produce_leave(struct parked_produce *parked)
{
    loop_timer_finish(&parked->timer);
    for (int32_t i = 0; i < parked->wait_count; i++) {
        partition_wait_end(&parked->waits[i].wait);
    }
}

static void produce_answer(struct call *call)
{
    struct parked_produce *parked = call->parked;
    const struct produce_request *request = call->message;
    if (ahead_call_wait(call, produce_answer)) {
        return;
    }
    if (quota_table_has(&call->node->image->quotas, QUOTA_PRODUCER_BYTE_RATE)) {
        throttle_call_charge(call, QUOTA_PRODUCER_BYTE_RATE,
                             (double)session_current(call->session)->frame->size);
    }
    if (request->acks != 0) {
        call_answer(call, &parked->response, NULL, NULL);
    } else if (has_errors(&parked->response)) {
        /* The only way to tell a producer that does not listen: as Kafka does. */
        call_fail(call, "produced with acks=0 what cannot be written");
    } else {
        call_answer_nothing(call);
    }
}

static void produce_woken(struct partition_wait *partition_wait, struct partition *partition)
{
    struct produce_wait *wait = CONTAINER_OF(partition_wait, struct produce_wait, wait);
    struct parked_produce *parked = wait->parked;
    if (!wait->pending) {
        return;
    }
    if (!partition->err && log_high_watermark(partition->log) < wait->target) {
        return;
    }
    if (partition->err) {
        fail_partition(wait->response, partition->err);
    }
    wait->pending = false;
    partition_wait_end(partition_wait);
    if (--parked->pending == 0) {
        produce_leave(parked);
        call_later(parked->call, produce_answer);
    }
}

static void produce_timed_out(struct loop_timer *timer)
{
    struct parked_produce *parked = timer->context;
    throttle_call_step(parked->call);
    for (int32_t i = 0; i < parked->wait_count; i++) {
        if (parked->waits[i].pending) {
            fail_partition(parked->waits[i].response, KC_ERR_REQUEST_TIMED_OUT);
        }
    }
    produce_leave(parked);
    produce_answer(parked->call);
}

static void produce_cancelled(struct call *call)
{
    produce_leave(call->parked);
    call_drop(call);
}

/* Lays out the answer and the waits in the shape of the request; NULL when memory is out. */
static struct parked_produce *parked_create(struct call *call)
{
    const struct produce_request *request = call->message;
    struct parked_produce *parked = call_alloc(call, 1, sizeof(*parked));
    size_t partitions = 0;
    if (!parked) {
        return NULL;
    }
    message_defaults(&produce_response_type, &parked->response);
    parked->call = call;
    parked->response.responses.items = call_alloc(call, (size_t)request->topic_data.count,
                                                  sizeof(*parked->response.responses.items));
    parked->response.responses.count = request->topic_data.count;
    for (int32_t i = 0; parked->response.responses.items && i < request->topic_data.count; i++) {
        struct produce_response_topic_produce_response *topic =
            &parked->response.responses.items[i];
        int32_t count = request->topic_data.items[i].partition_data.count;
        message_defaults(&produce_response_topic_produce_response_type, topic);
        topic->partition_responses.items =
            call_alloc(call, (size_t)count, sizeof(*topic->partition_responses.items));
        topic->partition_responses.count = count;
        if (!topic->partition_responses.items) {
            return NULL;
        }
        for (int32_t j = 0; j < count; j++) {
            message_defaults(&produce_response_partition_produce_response_type,
                             &topic->partition_responses.items[j]);
        }
        partitions += (size_t)count;
    }
    parked->waits = call_alloc(call, partitions, sizeof(*parked->waits));
    for (size_t i = 0; parked->waits && i < partitions; i++) {
        parked->waits[i].wait.woken = produce_woken;
        list_init(&parked->waits[i].wait.link);
    }
    return parked->waits && parked->response.responses.items ? parked : NULL;
}

const struct image_topic *produce_topic(const struct call *call,
                                        const struct produce_request_topic_produce_data *data)
{
    return call->version >= TOPIC_ID_PRODUCE_VERSION
               ? image_topic_by_id(call->node->image, &data->topic_id)
               : image_topic(call->node->image, data->name);
}

static void produce_all(struct call *call)
{
    const struct produce_request *request = call->message;
    struct parked_produce *parked = call->parked;
    call->cancel = NULL;
    for (int32_t i = 0; i < request->topic_data.count; i++) {
        const struct produce_request_topic_produce_data *data = &request->topic_data.items[i];
        struct produce_response_topic_produce_response *response =
            &parked->response.responses.items[i];
        const struct image_topic *topic = produce_topic(call, data);
        enum kc_err err = topic_error(call, request, topic);
        response->name = data->name;
        response->topic_id = data->topic_id;
        for (int32_t j = 0; j < data->partition_data.count; j++) {
            enum kc_err own =
                err || parked->txn.count == 0 ? err : produce_txn_error(&parked->txn, i, j);
            produce_partition(parked, topic, own, &data->partition_data.items[j],
                              &response->partition_responses.items[j]);
        }
    }
    if (parked->pending == 0) {
        produce_leave(parked);
        produce_answer(call);
        return;
    }
    call->cancel = produce_cancelled;
    loop_timer_start(&parked->timer, (int64_t)MAX_OF(request->timeout_ms, 0) * 1000);
    /* What comes next is written meanwhile, and waits for the disk together with this. */
    session_allow_ahead(call->session);
}

/* Of transactions one at a time: they wait for more than the disk. */
bool produce_may_go_ahead(const struct call *call)
{
    const struct produce_request *request = call->message;
    return call->version >= PRODUCE_VERSION_MIN && slice_is_null(request->transactional_id);
}

static void produce_out_of_memory(struct call *call)
{
    if (!ahead_call_wait(call, produce_out_of_memory)) {
        call_fail(call, "out of memory for a request");
    }
}

void handle_produce(struct call *call)
{
    const struct produce_request *request = call->message;
    if (call->version < PRODUCE_VERSION_MIN) {
        call_fail(call, "sent a Produce version that is announced for old clients only");
        return;
    }
    struct parked_produce *parked = parked_create(call);
    if (parked) {
        call->parked = parked;
        loop_timer_init(&parked->timer, call->node->loop, produce_timed_out, parked);
        if (slice_is_null(request->transactional_id)) {
            produce_all(call);
            return;
        }
    }
    if (!parked || !produce_txn_check(call, &parked->txn, produce_all)) {
        produce_out_of_memory(call);
    }
}
