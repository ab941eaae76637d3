/* tests: a producer with a fake clock and a scripted broker behind its port. */
#include "unit/producer/rig.h"

#include "wire/codec.h"

#include <stdlib.h>

struct note {
    struct rig *rig;
    int number;
};
static int64_t fake_monotonic(void *context)
{
    return ((struct rig *)context)->now_us;
}
static int64_t fake_wall(void *context)
{
    return 1700000000000 + ((struct rig *)context)->now_us / 1000;
}
static void on_wake(void *context)
{
}
static bool on_may_wait(void *context)
{
    return true;
}
static void on_schedule(void *context, int64_t at_us)
{
    ((struct rig *)context)->scheduled_us = at_us;
}
static bool on_ready(void *context, int32_t broker_id)
{
    return broker_id == ((struct rig *)context)->leader;
}
static enum kc_err on_send(void *context, int32_t broker_id, struct exchange *exchange)
{
    struct rig *rig = context;
    if (rig->refuses > 0) {
        rig->refuses--;
        return KC_ERR_WRONG_STATE;
    }
    assert_true(rig->sent_count < SENT_MAX);
    rig->sent[rig->sent_count++] = exchange;
    return KC_ERR_NONE;
}
void rig_tell_metadata(struct rig *rig)
{
    struct metadata_partition partitions[PARTITIONS_MAX];
    struct metadata_topic topic = { .name = slice_text("t"),
                                    .heard_us = rig->now_us,
                                    .partitions = partitions,
                                    .partition_count = rig->partition_count };
    for (int32_t i = 0; i < rig->partition_count; i++) {
        partitions[i] =
            (struct metadata_partition){ .leader = i == rig->leaderless ? -1 : rig->leader,
                                         .leader_epoch = -1 };
    }
    topic.id.bytes[3] = rig->topic_id;
    producer_learn(rig->producer, &topic);
}
static enum kc_err on_want(void *context, struct slice name)
{
    return KC_ERR_NONE;
}
static void on_refresh(void *context)
{
    ((struct rig *)context)->refresh_count++;
}
static void on_hint_broker(void *context, const struct produce_response_node_endpoint *node)
{
    struct rig *rig = context;
    assert_int_equal(node->node_id, rig->hinted_leader);
    rig->hint_count++;
}
static void on_hint_leader(void *context, struct slice topic, int32_t partition, int32_t leader,
                           int32_t leader_epoch)
{
    struct rig *rig = context;
    rig->leader = leader;
    rig_tell_metadata(rig);
}
static void on_throttle(void *context, int32_t broker_id, int32_t throttle_ms)
{
    ((struct rig *)context)->throttle_ms = throttle_ms;
}
static enum kc_err on_refusal(void *context, int32_t broker_id)
{
    (void)broker_id;
    return ((struct rig *)context)->refusal;
}
static void on_ask(void *context)
{
    ((struct rig *)context)->identity_count++;
}

static void on_transact(void *context, enum transaction_call call)
{
    struct rig *rig = context;
    assert_int_equal(rig->call, TRANSACTION_NO_CALL);
    rig->call = call;
}

static void on_act(struct transaction_wait *wait, const struct kc_error *outcome)
{
    struct rig *rig = CONTAINER_OF(wait, struct rig, act);
    rig->act_count++;
    rig->outcome = *outcome;
}

static void on_report(void *context, const struct kc_delivery *delivery)
{
    struct note *note = context;
    struct rig *rig = note->rig;
    rig->reports[note->number]++;
    rig->last[note->number] = *delivery;
    rig->report_order[rig->report_count++] = note->number;
    free(note);
}

struct producer_settings rig_defaults(void)
{
    return (struct producer_settings){ .acks = -1,
                                       .is_idempotent = true,
                                       .linger_us = 5000,
                                       .delivery_timeout_us = 120000000,
                                       .request_timeout_ms = 30000,
                                       .retry_count_max = INT32_MAX,
                                       .retry = { 100, 1000 },
                                       .in_flight_max = 5,
                                       .request_size_max = 1 << 20,
                                       .batch_size = 1024,
                                       .batch_size_max = 1024,
                                       .memory_max = 1 << 20 };
}

struct rig *rig_start(const struct producer_settings *settings)
{
    return rig_start_with(settings, 1);
}

struct buffer *rig_buffer(struct rig *rig, int32_t partition)
{
    return producer_topic_buffer(topic_table_find(&rig->producer->topics, "t"), partition);
}

struct rig *rig_start_with(const struct producer_settings *settings, int32_t partition_count)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    rig->clock = (struct clock){ fake_monotonic, fake_wall, rig };
    rig->now_us = 1000000;
    rig->leader = 1;
    rig->leaderless = -1;
    rig->partition_count = partition_count;
    rig->epoch = -1;
    rig->topic_id = 1;
    struct producer_port port = { .context = rig,
                                  .wake = on_wake,
                                  .may_wait = on_may_wait,
                                  .schedule = on_schedule,
                                  .now_us = fake_monotonic,
                                  .is_ready = on_ready,
                                  .send = on_send,
                                  .want_topic = on_want,
                                  .refresh = on_refresh,
                                  .hint_broker = on_hint_broker,
                                  .hint_leader = on_hint_leader,
                                  .throttle = on_throttle,
                                  .refusal = on_refusal,
                                  .ask_identity = on_ask,
                                  .transact = on_transact };
    rig->producer = producer_create(settings, &port, NULL, &rig->clock, 1);
    struct producer_topic *topic;
    assert_int_equal(intake_await_topic(rig->producer, "t", 0, 0, &topic), KC_ERR_WOULD_BLOCK);
    producer_run(rig->producer);
    rig_tell_metadata(rig);
    return rig;
}

void rig_finish(struct rig *rig)
{
    producer_refuse(rig->producer);
    producer_seal(rig->producer);
    (void)producer_abort(rig->producer);
    for (size_t i = 0; i < rig->sent_count; i++) {
        if (!rig->sent[i]->is_released) {
            exchange_release(rig->sent[i]);
        }
        exchange_answer(rig->sent[i], KC_ERR_CLOSED, NULL, 13, NULL);
    }
    producer_destroy(rig->producer);
    free(rig);
}

enum kc_err rig_put(struct rig *rig, int number)
{
    struct note *note = malloc(sizeof(*note));
    *note = (struct note){ rig, number };
    struct kc_record record = { .topic = "t", .value = kc_bytes(&number, sizeof(number)) };
    enum kc_err err = intake_send(rig->producer, &record, on_report, note, 0);
    if (err != KC_ERR_NONE) {
        free(note);
    }
    return err;
}

/* A batch of count records that is sealed and sent at once. */
void rig_put_batch(struct rig *rig, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        assert_int_equal(rig_put(rig, i), KC_ERR_NONE);
    }
    rig->now_us += 5000;
    producer_run(rig->producer);
}

void rig_pass(struct rig *rig, int64_t us)
{
    rig->now_us += us;
    producer_run(rig->producer);
}

void rig_identify(struct rig *rig)
{
    producer_run(rig->producer);
    assert_int_equal(rig->identity_count, 1);
    producer_identify(rig->producer, KC_ERR_NONE, (struct sequence_identity){ 9, 0 });
}

enum kc_err rig_broker_append(struct rig *rig, struct slice bytes, int64_t *ret_offset)
{
    struct batch batch;
    struct batch_reader reader;
    struct record record;
    assert_int_equal(batch_read(bytes, &batch), KC_ERR_NONE);
    assert_int_equal(batch_check_crc(&batch), KC_ERR_NONE);
    if (batch.producer_id >= 0) {
        int32_t expected = batch.producer_epoch > rig->epoch ? 0 : rig->next;
        if (batch.producer_epoch < rig->epoch) {
            return KC_ERR_INVALID_PRODUCER_EPOCH;
        }
        if (batch.base_sequence < expected && batch.producer_epoch == rig->epoch) {
            return KC_ERR_DUPLICATE_SEQUENCE_NUMBER;
        }
        if (batch.base_sequence != expected) {
            return KC_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER;
        }
        rig->epoch = batch.producer_epoch;
        rig->next = sequence_add(batch.base_sequence, batch.record_count);
    }
    *ret_offset = rig->log_end;
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), KC_ERR_NONE);
    while (batch_reader_next(&reader, &record) == KC_ERR_NONE) {
        memcpy(&rig->log[rig->log_end++], record.value.data, sizeof(int));
    }
    return KC_ERR_NONE;
}

struct exchange *rig_take_sent(struct rig *rig)
{
    assert_true(rig->sent_count > 0);
    struct exchange *exchange = rig->sent[0];
    memmove(rig->sent, rig->sent + 1, --rig->sent_count * sizeof(rig->sent[0]));
    return exchange;
}

void rig_answer_with(struct rig *rig, struct exchange *exchange, enum kc_err err, int64_t offset)
{
    struct produce_response_partition_produce_response partition;
    struct produce_response_topic_produce_response topic;
    struct produce_response response;
    message_defaults(&produce_response_type, &response);
    message_defaults(&produce_response_topic_produce_response_type, &topic);
    message_defaults(&produce_response_partition_produce_response_type, &partition);
    partition.error_code = (int16_t)err;
    partition.base_offset = offset;
    partition.log_start_offset = rig->log_start;
    struct produce_response_batch_index_and_error_message culprits[4] = { 0 };
    for (int32_t i = 0; err != KC_ERR_NONE && i < rig->culprit_count; i++) {
        culprits[i].batch_index = rig->culprits[i];
        partition.record_errors.items = culprits;
        partition.record_errors.count = i + 1;
    }
    topic.topic_id.bytes[3] = rig->topic_id;
    topic.partition_responses.items = &partition;
    topic.partition_responses.count = 1;
    response.responses.items = &topic;
    response.responses.count = 1;
    struct produce_response_node_endpoint node = { .node_id = rig->hinted_leader };
    if (rig->hinted_leader > 0) {
        partition.current_leader.leader_id = rig->hinted_leader;
        partition.current_leader.leader_epoch = 7;
        response.node_endpoints.items = &node;
        response.node_endpoints.count = 1;
    }
    if (!exchange->is_released) {
        exchange_release(exchange);
    }
    exchange_answer(exchange, KC_ERR_NONE, NULL, 13, &response);
    producer_run(rig->producer);
}

void rig_serve(struct rig *rig, enum kc_err err)
{
    struct exchange *exchange = rig_take_sent(rig);
    int64_t offset = -1;
    if (err == KC_ERR_NONE) {
        err = rig_broker_append(rig, exchange->items[0].bundle->wire, &offset);
    }
    rig_answer_with(rig, exchange, err, offset);
}

void rig_lose(struct rig *rig, bool arrives)
{
    int64_t offset;
    struct exchange *exchange = rig_take_sent(rig);
    if (arrives) {
        (void)rig_broker_append(rig, exchange->items[0].bundle->wire, &offset);
    }
    exchange_release(exchange);
    exchange_answer(exchange, KC_ERR_DISCONNECTED, "cut", 13, NULL);
    producer_run(rig->producer);
}

void rig_serve_all(struct rig *rig)
{
    for (int i = 0; i < 1000 && (rig->sent_count > 0 || rig->scheduled_us < INT64_MAX); i++) {
        while (rig->sent_count > 0) {
            rig_serve(rig, KC_ERR_NONE);
        }
        rig_pass(rig, 1100000);
    }
}

void rig_check_all_written(struct rig *rig, int count)
{
    assert_int_equal(rig->log_end, count);
    assert_int_equal(rig->report_count, count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(rig->log[i], i);
        assert_int_equal(rig->reports[i], 1);
        assert_int_equal(rig->report_order[i], i);
        assert_int_equal(rig->last[i].err, KC_ERR_NONE);
        assert_int_equal(rig->last[i].status, KC_WRITTEN);
    }
}

struct kc_error rig_act(struct rig *rig, enum transaction_act act)
{
    struct kc_error error = { .code = KC_ERR_NONE };
    rig->act_count = 0;
    rig->act.done = on_act;
    (void)transaction_start(&rig->producer->transaction, act, false, &rig->act, &error);
    producer_settle_active(rig->producer, rig->now_us);
    producer_run(rig->producer);
    return error;
}

void rig_transacted(struct rig *rig, enum kc_err err, int16_t epoch)
{
    struct transaction_answer answer = { .err = err, .version = 5, .identity = { -1, -1 } };
    if (epoch >= 0) {
        answer.identity = (struct sequence_identity){ 9, epoch };
    }
    rig->call = TRANSACTION_NO_CALL;
    (void)producer_transacted(rig->producer, &answer);
}

struct rig *rig_start_transaction(const struct producer_settings *settings, int16_t version)
{
    struct producer_settings own = *settings;
    struct kc_error error;
    own.transactional_id = slice_text("x");
    struct rig *rig = rig_start(&own);
    rig->producer->transaction.version_told = version;
    assert_int_equal(rig_act(rig, TRANSACTION_INITIALIZE).code, KC_ERR_NONE);
    assert_int_equal(rig->call, TRANSACTION_CALL_INIT);
    rig_transacted(rig, KC_ERR_NONE, 0);
    assert_int_equal(rig->act_count, 1);
    assert_int_equal(transaction_begin(&rig->producer->transaction, &error), KC_ERR_NONE);
    return rig;
}

struct rig *rig_start_settled(void)
{
    struct producer_settings settings = rig_defaults();
    struct rig *rig = rig_start(&settings);
    assert_int_equal(rig_put(rig, 0), KC_ERR_NONE);
    rig_identify(rig);
    rig_pass(rig, 5000);
    rig_serve(rig, KC_ERR_NONE);
    return rig;
}
