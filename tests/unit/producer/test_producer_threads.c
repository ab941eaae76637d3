/* tests: eight threads send into one producer while others flush and purge it: every record is
 * reported exactly once. A thread plays the loop, and the broker that takes everything. */
#include "base/clock.h"
#include "producer/exchange.h"
#include "producer/intake.h"
#include "record/record.h"
#include "support/test.h"
#include "wire/codec.h"

#include <pthread.h>
#include <stdlib.h>

enum {
    SENDERS = 8,
    ROUNDS = 150,
    MANY = 40,
    VALUE_LARGE = 4500, /* copied outside the lock */
    PARTITIONS = 6,
    SENT_MAX = 256,
    RECORDS = SENDERS * ROUNDS * (MANY + 2)
};

/* What is asked of the loop; on the asker's stack. */
struct wish {
    struct wish *next;
    bool is_purge;
    struct producer_ticket ticket;
    struct producer_purge purge;
    bool is_done; /* under the stage's lock */
};

struct stage {
    struct producer *producer;
    struct lock lock;
    struct signal to_loop;
    struct signal to_askers;
    bool is_woken; /* under the lock, as down to wishes */
    bool is_over;
    struct wish *wishes;
    struct exchange *sent[SENT_MAX]; /* the loop's */
    size_t sent_count;
    atomic_uchar reports[RECORDS];
    atomic_size_t batch_reports;
    atomic_size_t taken;
};

static int64_t now_us(void *context)
{
    return clock_now_us(&clock_system);
}

static void wake(void *context)
{
    struct stage *stage = context;
    lock_hold(&stage->lock);
    stage->is_woken = true;
    signal_wake_all(&stage->to_loop);
    lock_release(&stage->lock);
}

static bool may_wait(void *context)
{
    return true;
}

static void schedule(void *context, int64_t at_us)
{
}

static bool is_ready(void *context, int32_t broker_id)
{
    return ((struct stage *)context)->sent_count < SENT_MAX;
}

static enum kc_err send_exchange(void *context, int32_t broker_id, struct exchange *exchange)
{
    struct stage *stage = context;
    stage->sent[stage->sent_count++] = exchange;
    return KC_ERR_NONE;
}

static enum kc_err want_topic(void *context, struct slice name)
{
    return KC_ERR_NONE;
}

static void refresh(void *context)
{
}

static void ask_identity(void *context)
{
}

/* What is sent is whole: no value that a sender still copies. */
static void check_values(const struct bundle *bundle)
{
    struct batch batch;
    struct batch_reader reader;
    struct record record;
    if (bundle->writer.data != bundle->wire.data) {
        return; /* compressed after it was whole */
    }
    assert_int_equal(batch_read(bundle->wire, &batch), KC_ERR_NONE);
    assert_int_equal(batch_check_crc(&batch), KC_ERR_NONE);
    assert_int_equal(batch_reader_init(&reader, &batch, NULL, NULL), KC_ERR_NONE);
    while (batch_reader_next(&reader, &record) == KC_ERR_NONE) {
        assert_int_equal(memcmp(record.value.data, record.value.data + 1, record.value.size - 1),
                         0);
    }
}

static void answer(struct exchange *exchange)
{
    struct produce_response_partition_produce_response partitions[PARTITIONS];
    struct produce_response_topic_produce_response topic;
    struct produce_response response;
    message_defaults(&produce_response_type, &response);
    message_defaults(&produce_response_topic_produce_response_type, &topic);
    for (size_t i = 0; i < exchange->count; i++) {
        message_defaults(&produce_response_partition_produce_response_type, &partitions[i]);
        check_values(exchange->items[i].bundle);
        partitions[i].index = exchange->items[i].buffer->partition;
        partitions[i].base_offset = 0;
    }
    topic.topic_id.bytes[3] = 1;
    topic.partition_responses.items = partitions;
    topic.partition_responses.count = (int32_t)exchange->count;
    response.responses.items = &topic;
    response.responses.count = 1;
    exchange_release(exchange);
    exchange_answer(exchange, KC_ERR_NONE, NULL, 13, &response);
}

static void end_wish(struct stage *stage, struct wish *wish)
{
    lock_hold(&stage->lock);
    wish->is_done = true;
    signal_wake_all(&stage->to_askers);
    lock_release(&stage->lock);
}

static void on_flushed(struct producer_ticket *ticket)
{
    end_wish(ticket->context, CONTAINER_OF(ticket, struct wish, ticket));
}

static void on_purged(struct producer_purge *purge)
{
    struct wish *wish = CONTAINER_OF(purge, struct wish, purge);
    end_wish(wish->ticket.context, wish);
}

static void grant(struct stage *stage, struct wish *wish)
{
    wish->ticket.context = stage;
    if (wish->is_purge) {
        wish->purge.done = on_purged;
        producer_purge(stage->producer, KC_PURGE_QUEUED | KC_PURGE_IN_FLIGHT, &wish->purge);
    } else {
        wish->ticket.done = on_flushed;
        producer_flush(stage->producer, &wish->ticket);
    }
}

static void *run_loop(void *context)
{
    struct stage *stage = context;
    bool is_over = false;
    while (!is_over) {
        lock_hold(&stage->lock);
        if (!stage->is_woken && !stage->is_over && stage->sent_count == 0) {
            (void)signal_wait(&stage->to_loop, &stage->lock, now_us(NULL) + 1000);
        }
        stage->is_woken = false;
        is_over = stage->is_over;
        struct wish *wishes = stage->wishes;
        stage->wishes = NULL;
        lock_release(&stage->lock);
        producer_run(stage->producer);
        while (wishes) {
            struct wish *wish = wishes;
            wishes = wish->next;
            grant(stage, wish);
        }
        size_t count = stage->sent_count;
        struct exchange *sent[SENT_MAX];
        memcpy(sent, stage->sent, count * sizeof(sent[0]));
        stage->sent_count = 0;
        for (size_t i = 0; i < count; i++) {
            answer(sent[i]);
        }
        /* Linger and the like. */
        producer_run(stage->producer);
    }
    return NULL;
}

static void ask(struct stage *stage, bool is_purge)
{
    struct wish wish = { .is_purge = is_purge };
    lock_hold(&stage->lock);
    wish.next = stage->wishes;
    stage->wishes = &wish;
    stage->is_woken = true;
    signal_wake_all(&stage->to_loop);
    while (!wish.is_done) {
        (void)signal_wait(&stage->to_askers, &stage->lock, INT64_MAX);
    }
    lock_release(&stage->lock);
}

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    atomic_fetch_add((atomic_uchar *)context, 1);
}

static void on_batch(void *context, const struct kc_batch_delivery *delivery)
{
    struct stage *stage = context;
    for (size_t i = 0; i < delivery->count; i++) {
        atomic_fetch_add((atomic_uchar *)delivery->contexts[i], 1);
    }
    atomic_fetch_add(&stage->batch_reports, 1);
}

struct sender {
    struct stage *stage;
    int number;
    pthread_t thread;
};

static void *send_all(void *context)
{
    const struct sender *sender = context;
    struct stage *stage = sender->stage;
    atomic_uchar *report = &stage->reports[(size_t)sender->number * ROUNDS * (MANY + 2)];
    char value[VALUE_LARGE];
    struct kc_record records[MANY];
    void *contexts[MANY];
    int keys[MANY];
    for (int round = 0; round < ROUNDS; round++) {
        size_t taken = 0;
        memset(value, 'a' + (sender->number + round) % 26, sizeof(value));
        for (int i = 0; i < MANY; i++) {
            records[i] = (struct kc_record){ .topic = "t", .value = kc_bytes(value, 100) };
            records[i].value.size = (i + round) % 7 == 0 ? VALUE_LARGE : 100;
            records[i].key =
                round % 3 == 0 ? kc_bytes(&keys[i], sizeof(keys[i])) : kc_bytes(NULL, 0);
            keys[i] = i;
            records[i].flags = round % 5 == 0 ? KC_RECORD_PARTITION : 0;
            records[i].partition = i % PARTITIONS;
            contexts[i] = report++;
        }
        struct intake_load load = { records, MANY, round % 2 ? on_delivery : NULL, NULL, contexts };
        assert_int_equal(intake_send_many(stage->producer, &load, 60000000, &taken), KC_ERR_NONE);
        assert_int_equal(taken, MANY);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(intake_send(stage->producer, &records[i], i ? on_delivery : NULL,
                                         report++, 60000000),
                             KC_ERR_NONE);
        }
        atomic_fetch_add(&stage->taken, MANY + 2);
    }
    return NULL;
}

static void *flush_and_purge(void *context)
{
    struct stage *stage = context;
    for (int i = 0; atomic_load(&stage->taken) < RECORDS; i++) {
        ask(stage, i % 4 == 3);
    }
    return NULL;
}

static void learn_topic(struct stage *stage)
{
    struct metadata_partition partitions[PARTITIONS];
    struct kc_record record = { .topic = "t", .value = kc_text("x") };
    struct metadata_topic topic = { .name = slice_text("t"),
                                    .heard_us = now_us(NULL),
                                    .partitions = partitions,
                                    .partition_count = PARTITIONS };
    for (int32_t i = 0; i < PARTITIONS; i++) {
        partitions[i] = (struct metadata_partition){ .leader = i % 2, .leader_epoch = -1 };
    }
    topic.id.bytes[3] = 1;
    assert_int_equal(intake_send(stage->producer, &record, NULL, NULL, 0), KC_ERR_WOULD_BLOCK);
    producer_run(stage->producer);
    producer_learn(stage->producer, &topic);
}

static void run_stage(enum compression codec)
{
    struct stage *stage = calloc(1, sizeof(*stage));
    struct producer_settings settings = { .acks = -1,
                                          .is_adaptive = true,
                                          .linger_us = 1000,
                                          .delivery_timeout_us = 120000000,
                                          .request_timeout_ms = 30000,
                                          .retry_count_max = INT32_MAX,
                                          .retry = { 100, 1000 },
                                          .in_flight_max = 5,
                                          .request_size_max = 1 << 20,
                                          .batch_size = 2048,
                                          .batch_size_max = 16384,
                                          .memory_max = 65536,
                                          .codec = codec,
                                          .level = COMPRESSION_LEVEL_DEFAULT,
                                          .listener = { on_batch, stage } };
    struct producer_port port = { .context = stage,
                                  .wake = wake,
                                  .may_wait = may_wait,
                                  .schedule = schedule,
                                  .now_us = now_us,
                                  .is_ready = is_ready,
                                  .send = send_exchange,
                                  .want_topic = want_topic,
                                  .refresh = refresh,
                                  .ask_identity = ask_identity };
    struct sender senders[SENDERS];
    pthread_t loop;
    pthread_t others[2];
    lock_init(&stage->lock);
    signal_init(&stage->to_loop);
    signal_init(&stage->to_askers);
    stage->producer = producer_create(&settings, &port, NULL, &clock_system, 1);
    learn_topic(stage);
    assert_int_equal(pthread_create(&loop, NULL, run_loop, stage), 0);
    for (int i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){ .stage = stage, .number = i };
        assert_int_equal(pthread_create(&senders[i].thread, NULL, send_all, &senders[i]), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&others[i], NULL, flush_and_purge, stage), 0);
    }
    for (int i = 0; i < SENDERS; i++) {
        assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
    }
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_join(others[i], NULL), 0);
    }
    ask(stage, false);
    for (size_t i = 0; i < RECORDS; i++) {
        assert_int_equal(atomic_load(&stage->reports[i]), 1);
    }
    assert_true(atomic_load(&stage->batch_reports) > 0);
    lock_hold(&stage->lock);
    stage->is_over = true;
    signal_wake_all(&stage->to_loop);
    lock_release(&stage->lock);
    assert_int_equal(pthread_join(loop, NULL), 0);
    assert_int_equal(stage->producer->pool.used, 0);
    producer_refuse(stage->producer);
    producer_seal(stage->producer);
    assert_int_equal(producer_abort(stage->producer), 0);
    producer_destroy(stage->producer);
    signal_finish(&stage->to_loop);
    signal_finish(&stage->to_askers);
    lock_finish(&stage->lock);
    free(stage);
}

TEST(many_threads_flush_and_purge)
{
    run_stage(COMPRESSION_NONE);
}

TEST(many_threads_compress)
{
    run_stage(COMPRESSION_LZ4);
}
