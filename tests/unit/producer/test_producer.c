/* tests: the producer against a scripted broker on a fake clock: every record is reported exactly
 * once, in order within its partition, and the broker's log holds no duplicate and no gap. */
#include "producer/exchange.h"
#include "producer/intake.h"
#include "support/test.h"
#include "wire/codec.h"

#include <stdlib.h>

enum { RECORDS_MAX = 4096, SENT_MAX = 64 };

/* What the broker knows of the one partition; numbers as Kafka checks them. */
struct rig {
    struct producer *producer;
    struct clock clock;
    int64_t now_us;
    int64_t scheduled_us;
    struct exchange *sent[SENT_MAX];
    size_t sent_count;
    int32_t leader;
    int refresh_count;
    int identity_count;
    int16_t epoch; /* of the broker's producer state; -1: none */
    int32_t next;  /* sequence that it expects */
    int64_t log_end;
    int log[RECORDS_MAX]; /* the number in each record */
    int reports[RECORDS_MAX];
    struct kc_delivery last[RECORDS_MAX];
    int report_order[RECORDS_MAX];
    int report_count;
    int refuses; /* the answer of so many sends: not ready */
};

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
static void tell_metadata(struct rig *rig)
{
    struct metadata_partition partition = { .leader = rig->leader, .leader_epoch = -1 };
    struct metadata_topic topic = { .name = slice_text("t"),
                                    .heard_us = rig->now_us,
                                    .partitions = &partition,
                                    .partition_count = 1 };
    topic.id.bytes[3] = 1;
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
}
static void on_hint_leader(void *context, struct slice topic, int32_t partition, int32_t leader,
                           int32_t leader_epoch)
{
    ((struct rig *)context)->leader = leader;
}
static void on_throttle(void *context, int32_t broker_id, int32_t throttle_ms)
{
}
static void on_ask(void *context)
{
    ((struct rig *)context)->identity_count++;
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

static struct producer_settings defaults(void)
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

static struct rig *start(const struct producer_settings *settings)
{
    struct rig *rig = calloc(1, sizeof(*rig));
    rig->clock = (struct clock){ fake_monotonic, fake_wall, rig };
    rig->now_us = 1000000;
    rig->leader = 1;
    rig->epoch = -1;
    struct producer_port port = { .context = rig,
                                  .wake = on_wake,
                                  .schedule = on_schedule,
                                  .now_us = fake_monotonic,
                                  .is_ready = on_ready,
                                  .send = on_send,
                                  .want_topic = on_want,
                                  .refresh = on_refresh,
                                  .hint_broker = on_hint_broker,
                                  .hint_leader = on_hint_leader,
                                  .throttle = on_throttle,
                                  .ask_identity = on_ask };
    rig->producer = producer_create(settings, &port, NULL, &rig->clock, 1);
    struct kc_record record = { .topic = "t", .value = kc_text("x") };
    assert_int_equal(intake_send(rig->producer, &record, NULL, NULL, 0), KC_ERR_WOULD_BLOCK);
    producer_run(rig->producer);
    tell_metadata(rig);
    return rig;
}

static void finish(struct rig *rig)
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

static enum kc_err put(struct rig *rig, int number)
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
static void put_batch(struct rig *rig, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        assert_int_equal(put(rig, i), KC_ERR_NONE);
    }
    rig->now_us += 5000;
    producer_run(rig->producer);
}

static void pass(struct rig *rig, int64_t us)
{
    rig->now_us += us;
    producer_run(rig->producer);
}

static void identify(struct rig *rig)
{
    producer_run(rig->producer);
    assert_int_equal(rig->identity_count, 1);
    producer_identify(rig->producer, KC_ERR_NONE, (struct sequence_identity){ 9, 0 });
}

/* What a Kafka broker says to the batch, and does with it. */
static enum kc_err broker_append(struct rig *rig, struct slice bytes, int64_t *ret_offset)
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
        rig->next = batch.base_sequence + batch.record_count;
    }
    *ret_offset = rig->log_end;
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), KC_ERR_NONE);
    while (batch_reader_next(&reader, &record) == KC_ERR_NONE) {
        memcpy(&rig->log[rig->log_end++], record.value.data, sizeof(int));
    }
    return KC_ERR_NONE;
}

static struct exchange *take_sent(struct rig *rig)
{
    assert_true(rig->sent_count > 0);
    struct exchange *exchange = rig->sent[0];
    memmove(rig->sent, rig->sent + 1, --rig->sent_count * sizeof(rig->sent[0]));
    return exchange;
}

static void answer_with(struct rig *rig, struct exchange *exchange, enum kc_err err, int64_t offset)
{
    struct produce_response_partition_produce_response partition;
    struct produce_response_topic_produce_response topic;
    struct produce_response response;
    message_defaults(&produce_response_type, &response);
    message_defaults(&produce_response_topic_produce_response_type, &topic);
    message_defaults(&produce_response_partition_produce_response_type, &partition);
    partition.error_code = (int16_t)err;
    partition.base_offset = offset;
    topic.topic_id.bytes[3] = 1;
    topic.partition_responses.items = &partition;
    topic.partition_responses.count = 1;
    response.responses.items = &topic;
    response.responses.count = 1;
    if (!exchange->is_released) {
        exchange_release(exchange);
    }
    exchange_answer(exchange, KC_ERR_NONE, NULL, 13, &response);
    producer_run(rig->producer);
}

/* The oldest request reaches the broker, which answers truly, or with err instead of taking it. */
static void serve(struct rig *rig, enum kc_err err)
{
    struct exchange *exchange = take_sent(rig);
    int64_t offset = -1;
    if (err == KC_ERR_NONE) {
        err = broker_append(rig, exchange->items[0].bundle->wire, &offset);
    }
    answer_with(rig, exchange, err, offset);
}

/* It reaches the broker or not; the answer is lost with the connection. */
static void lose(struct rig *rig, bool arrives)
{
    int64_t offset;
    struct exchange *exchange = take_sent(rig);
    if (arrives) {
        (void)broker_append(rig, exchange->items[0].bundle->wire, &offset);
    }
    exchange_release(exchange);
    exchange_answer(exchange, KC_ERR_DISCONNECTED, "cut", 13, NULL);
    producer_run(rig->producer);
}

static void serve_all(struct rig *rig)
{
    for (int i = 0; i < 1000 && (rig->sent_count > 0 || rig->scheduled_us < INT64_MAX); i++) {
        while (rig->sent_count > 0) {
            serve(rig, KC_ERR_NONE);
        }
        pass(rig, 1100000);
    }
}

static void check_all_written(struct rig *rig, int count)
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

TEST(records_wait_for_identity_and_linger)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    pass(rig, 4000);
    assert_int_equal(rig->sent_count, 0);
    identify(rig);
    assert_int_equal(rig->sent_count, 0);
    assert_int_equal(rig->scheduled_us, 1000000 + 5000);
    pass(rig, 1000);
    assert_int_equal(rig->sent_count, 1);
    serve(rig, KC_ERR_NONE);
    check_all_written(rig, 1);
    assert_int_equal(rig->last[0].offset, 0);
    assert_int_equal(rig->last[0].timestamp_ms, 1700000001000);
    finish(rig);
}

TEST(a_full_batch_goes_at_once)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(put(rig, i), KC_ERR_NONE);
    }
    identify(rig);
    assert_true(rig->sent_count >= 1);
    serve_all(rig);
    check_all_written(rig, 200);
    finish(rig);
}

TEST(five_in_flight_survive_a_failure_in_the_middle)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    identify(rig);
    pass(rig, 5000);
    for (int i = 1; i < 7; i++) {
        put_batch(rig, i, 1);
    }
    assert_int_equal(rig->sent_count, 5);
    serve(rig, KC_ERR_NONE);
    serve(rig, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    assert_true(rig->refresh_count > 0);
    serve(rig, KC_ERR_NONE); /* the broker says out of order by itself */
    serve_all(rig);
    check_all_written(rig, 7);
    assert_int_equal(rig->epoch, 0);
    finish(rig);
}

TEST(a_lost_answer_gives_no_duplicate)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    identify(rig);
    pass(rig, 5000);
    put_batch(rig, 1, 1);
    put_batch(rig, 2, 1);
    lose(rig, true);
    lose(rig, false);
    lose(rig, false);
    serve_all(rig);
    check_all_written(rig, 3);
    finish(rig);
}

TEST(the_epoch_moves_on_where_numbers_are_lost)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    identify(rig);
    pass(rig, 5000);
    serve(rig, KC_ERR_NONE);
    put_batch(rig, 1, 1);
    put_batch(rig, 2, 1);
    serve(rig, KC_ERR_UNKNOWN_PRODUCER_ID);
    serve_all(rig);
    check_all_written(rig, 3);
    assert_int_equal(rig->epoch, 1);
    finish(rig);
}

TEST(a_refused_record_leaves_no_gap)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    identify(rig);
    pass(rig, 5000);
    put_batch(rig, 1, 1);
    put_batch(rig, 2, 1);
    serve(rig, KC_ERR_NONE);
    serve(rig, KC_ERR_INVALID_RECORD);
    assert_int_equal(rig->last[1].err, KC_ERR_INVALID_RECORD);
    assert_int_equal(rig->last[1].status, KC_NOT_WRITTEN);
    serve_all(rig);
    assert_int_equal(rig->log_end, 2);
    assert_int_equal(rig->log[1], 2);
    assert_int_equal(rig->report_count, 3);
    assert_int_equal(rig->last[2].status, KC_WRITTEN);
    finish(rig);
}

TEST(a_record_in_flight_too_long_is_maybe_written_and_keeps_its_memory)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    identify(rig);
    pass(rig, 5000);
    struct exchange *exchange = take_sent(rig);
    struct bundle *bundle = exchange->items[0].bundle;
    size_t used = rig->producer->pool.used;
    pass(rig, 120000000);
    assert_int_equal(rig->reports[0], 1);
    assert_int_equal(rig->last[0].err, KC_ERR_TIMED_OUT);
    assert_int_equal(rig->last[0].status, KC_MAYBE_WRITTEN);
    assert_int_equal(rig->producer->pool.used, used);
    assert_int_equal(bundle->borrow_count, 1);
    int64_t offset;
    assert_int_equal(broker_append(rig, bundle->wire, &offset), KC_ERR_NONE);
    /* New records wait until the late answer says that the numbers fit. */
    put_batch(rig, 1, 1);
    assert_int_equal(rig->sent_count, 0);
    answer_with(rig, exchange, KC_ERR_NONE, offset);
    serve_all(rig);
    assert_int_equal(rig->epoch, 0);
    assert_int_equal(rig->log_end, 2);
    assert_int_equal(rig->reports[0], 1);
    assert_int_equal(rig->last[1].status, KC_WRITTEN);
    assert_int_equal(rig->producer->pool.used, 0);
    finish(rig);
}

TEST(a_record_never_sent_in_time_is_not_written)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    producer_run(rig->producer);
    assert_int_equal(rig->scheduled_us, 1005000);
    pass(rig, 5000);
    assert_int_equal(rig->scheduled_us, 121000000);
    pass(rig, 120000000);
    assert_int_equal(rig->last[0].err, KC_ERR_TIMED_OUT);
    assert_int_equal(rig->last[0].status, KC_NOT_WRITTEN);
    finish(rig);
}

TEST(too_large_for_the_broker_is_split_down)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(put(rig, i), KC_ERR_NONE);
    }
    identify(rig);
    pass(rig, 5000);
    serve(rig, KC_ERR_MESSAGE_TOO_LARGE);
    serve_all(rig);
    check_all_written(rig, 40);
    finish(rig);
}

TEST(a_changed_leader_gets_the_rest)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    identify(rig);
    pass(rig, 5000);
    rig->leader = 2;
    serve(rig, KC_ERR_NOT_LEADER_OR_FOLLOWER);
    pass(rig, 200000);
    assert_int_equal(rig->sent_count, 0);
    tell_metadata(rig);
    producer_run(rig->producer);
    serve_all(rig);
    check_all_written(rig, 1);
    finish(rig);
}

struct ended {
    int count;
};
static void on_ended(struct producer_ticket *ticket)
{
    ((struct ended *)ticket->context)->count++;
}

TEST(flush_waits_for_what_was_taken_before)
{
    struct producer_settings settings = defaults();
    settings.linger_us = 1000000;
    struct rig *rig = start(&settings);
    struct ended ended = { 0 };
    struct producer_ticket first = { .done = on_ended, .context = &ended };
    struct producer_ticket second = { .done = on_ended, .context = &ended };
    producer_flush(rig->producer, &first);
    assert_int_equal(ended.count, 1);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    identify(rig);
    producer_flush(rig->producer, &second);
    assert_int_equal(rig->sent_count, 1);
    assert_int_equal(put(rig, 1), KC_ERR_NONE);
    assert_int_equal(ended.count, 1);
    serve(rig, KC_ERR_NONE);
    assert_int_equal(ended.count, 2);
    assert_int_equal(rig->report_count, 1);
    finish(rig);
}

TEST(abort_reports_what_is_left_once)
{
    struct producer_settings settings = defaults();
    struct rig *rig = start(&settings);
    assert_int_equal(put(rig, 0), KC_ERR_NONE);
    identify(rig);
    pass(rig, 5000);
    assert_int_equal(put(rig, 1), KC_ERR_NONE);
    producer_refuse(rig->producer);
    producer_seal(rig->producer);
    assert_int_equal(put(rig, 2), KC_ERR_CLOSED);
    assert_int_equal(producer_abort(rig->producer), 2);
    assert_int_equal(rig->last[0].err, KC_ERR_MAYBE_WRITTEN);
    assert_int_equal(rig->last[0].status, KC_MAYBE_WRITTEN);
    assert_int_equal(rig->last[1].err, KC_ERR_PURGED);
    assert_int_equal(rig->last[1].status, KC_NOT_WRITTEN);
    serve(rig, KC_ERR_NONE);
    assert_int_equal(rig->reports[0] + rig->reports[1], 2);
    finish(rig);
}

TEST(memory_is_bounded)
{
    struct producer_settings settings = defaults();
    settings.memory_max = 4096;
    struct rig *rig = start(&settings);
    int taken = 0;
    while (put(rig, taken) == KC_ERR_NONE) {
        taken++;
    }
    assert_in_range(taken, 100, 500);
    assert_int_equal(put(rig, taken), KC_ERR_QUEUE_FULL);
    identify(rig);
    pass(rig, 5000);
    serve_all(rig);
    check_all_written(rig, taken);
    assert_int_equal(put(rig, taken), KC_ERR_NONE);
    finish(rig);
}

TEST(random_faults_lose_and_double_nothing)
{
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct producer_settings settings = defaults();
        struct rig *rig = start(&settings);
        struct random random;
        random_init(&random, seed);
        assert_int_equal(put(rig, 0), KC_ERR_NONE);
        identify(rig);
        int next = 1;
        for (int step = 0; step < 400; step++) {
            switch (random_below(&random, 8)) {
            case 0:
            case 1:
            case 2:
                assert_int_equal(put(rig, next++), KC_ERR_NONE);
                break;
            case 3:
                pass(rig, (int64_t)random_below(&random, 300000));
                break;
            case 4:
                if (rig->sent_count > 0) {
                    serve(rig, KC_ERR_NOT_LEADER_OR_FOLLOWER);
                }
                break;
            case 5:
                /* A cut connection loses all that is on it, a prefix of which arrived. */
                for (uint64_t arrived = random_below(&random, 6); rig->sent_count > 0;) {
                    lose(rig, arrived > 0);
                    arrived -= arrived > 0;
                }
                break;
            case 6:
                rig->refuses = (int)random_below(&random, 2);
                break;
            default:
                if (rig->sent_count > 0) {
                    serve(rig, KC_ERR_NONE);
                }
            }
        }
        serve_all(rig);
        check_all_written(rig, next);
        finish(rig);
    }
}
