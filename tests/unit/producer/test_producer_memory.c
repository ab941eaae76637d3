/* tests: the producer when memory runs out: a record that was taken is reported once, and says
 * truly whether it is in the log; those that are, stand there in order. */
#include "support/heap.h"
#include "unit/producer/rig.h"

#include "producer/bundle_pool.h"

#include <stdlib.h>

enum { RECORDS = 200, VALUE_SIZE = 40, ROUNDS_MAX = 400 };

struct sent {
    bool is_taken;
    int reports;
    struct kc_delivery delivery;
};

struct run {
    struct rig *rig;
    struct sent records[RECORDS];
    int failures;
};

static void reported(void *context, const struct kc_delivery *delivery)
{
    struct sent *sent = context;
    sent->reports++;
    sent->delivery = *delivery;
}

static void put(struct run *run, int number)
{
    uint8_t value[VALUE_SIZE] = { 0 };
    struct kc_record record = { .topic = "t", .value = kc_bytes(value, sizeof(value)) };

    memcpy(value, &number, sizeof(number));
    enum kc_err err = intake_send(run->rig->producer, &record, reported, &run->records[number], 0);
    run->records[number].is_taken = err == KC_ERR_NONE;
    if (err) {
        assert_int_equal(err, KC_ERR_NO_MEMORY);
        run->failures++;
    }
}

static bool is_done(const struct run *run)
{
    for (int i = 0; i < RECORDS; i++) {
        if (run->records[i].is_taken && run->records[i].reports == 0) {
            return false;
        }
    }
    return true;
}

static void serve(struct run *run)
{
    struct rig *rig = run->rig;
    for (int round = 0; !is_done(run); round++) {
        if (rig->identity_count > 0) {
            rig->identity_count = 0;
            producer_identify(rig->producer, KC_ERR_NONE, (struct sequence_identity){ 9, 0 });
            producer_run(rig->producer);
        }
        while (rig->sent_count > 0) {
            rig_serve(rig, KC_ERR_NONE);
        }
        if (round == ROUNDS_MAX) {
            fail_msg("records are never reported");
        }
        if (!is_done(run) && rig->sent_count == 0 && rig->identity_count == 0) {
            assert_true(rig->scheduled_us < INT64_MAX); /* else nothing would wake the loop */
            rig_pass(rig, MAX_OF(rig->scheduled_us - rig->now_us, 1000));
        }
    }
}

static void check_log(struct run *run)
{
    int64_t next = 0;
    for (int i = 0; i < RECORDS; i++) {
        const struct sent *sent = &run->records[i];
        assert_int_equal(sent->reports, sent->is_taken);
        if (!sent->is_taken) {
            continue;
        }
        if (sent->delivery.err == KC_ERR_NONE) {
            assert_int_equal(sent->delivery.status, KC_WRITTEN);
            assert_int_equal(sent->delivery.offset, next);
            assert_true(next < run->rig->log_end);
            assert_int_equal(run->rig->log[next], i);
            next++;
        } else {
            assert_int_equal(sent->delivery.err, KC_ERR_NO_MEMORY);
            assert_int_equal(sent->delivery.status, KC_NOT_WRITTEN);
            run->failures++;
        }
    }
    assert_int_equal(next, run->rig->log_end);
}

static enum kc_err send_body(void *context)
{
    const struct producer_settings *settings = context;
    struct run *run;

    heap_pause();
    run = calloc(1, sizeof(*run));
    assert_non_null(run);
    run->rig = rig_start(settings);
    heap_resume();
    for (int i = 0; i < RECORDS; i++) {
        put(run, i);
        if (i % 64 == 63) {
            rig_pass(run->rig, 6000);
        }
    }
    serve(run);
    bool was_hit = heap_failed();
    heap_pause();
    check_log(run);
    assert_true(was_hit || run->failures == 0);
    enum kc_err err = run->failures ? KC_ERR_NO_MEMORY : KC_ERR_NONE;
    rig_finish(run->rig);
    free(run);
    heap_resume();
    return err;
}

TEST(sending_with_sequences)
{
    struct producer_settings settings = rig_defaults();

    heap_each(send_body, &settings);
}

TEST(sending_without)
{
    struct producer_settings settings = rig_defaults();

    settings.is_idempotent = false;
    heap_each(send_body, &settings);
}

/* ---- in transactions ---- */

/* Coordinator and broker answer until the act has ended. */
static struct kc_error act(struct rig *rig, enum transaction_act act)
{
    struct kc_error refused = rig_act(rig, act);
    if (refused.code != KC_ERR_NONE) {
        return refused;
    }
    for (int round = 0; rig->act_count == 0; round++) {
        if (round == ROUNDS_MAX) {
            fail_msg("the transaction never ends");
        }
        if (rig->call != TRANSACTION_NO_CALL) {
            rig_transacted(rig, KC_ERR_NONE, rig->call == TRANSACTION_CALL_END ? 1 : -1);
        } else if (rig->sent_count > 0) {
            rig_serve(rig, KC_ERR_NONE);
        } else {
            assert_true(rig->scheduled_us < INT64_MAX);
            rig_pass(rig, MAX_OF(rig->scheduled_us - rig->now_us, 1000));
        }
    }
    return rig->outcome;
}

static enum kc_err transaction_body(void *context)
{
    const int16_t *version = context;
    struct producer_settings settings = rig_defaults();

    heap_pause();
    struct run *run = calloc(1, sizeof(*run));
    assert_non_null(run);
    run->rig = rig_start_transaction(&settings, *version);
    heap_resume();
    for (int i = 0; i < RECORDS; i++) {
        put(run, i);
    }
    struct kc_error outcome = act(run->rig, TRANSACTION_COMMIT);
    if (outcome.code != KC_ERR_NONE) {
        /* A record that failed: never a part of them. */
        assert_int_equal(outcome.code, KC_ERR_NO_MEMORY);
        assert_int_equal(outcome.kind, KC_KIND_ABORTABLE);
        assert_int_equal(act(run->rig, TRANSACTION_ABORT).code, KC_ERR_NONE);
        run->failures++;
    }
    heap_pause();
    assert_int_equal(run->rig->producer->transaction.state, KC_TRANSACTION_READY);
    for (int i = 0; i < RECORDS; i++) {
        const struct sent *sent = &run->records[i];
        assert_int_equal(sent->reports, sent->is_taken);
        assert_true(outcome.code || !sent->is_taken || sent->delivery.status == KC_WRITTEN);
    }
    enum kc_err err = run->failures ? KC_ERR_NO_MEMORY : KC_ERR_NONE;
    rig_finish(run->rig);
    free(run);
    heap_resume();
    return err;
}

TEST(committing_with_version_2)
{
    int16_t version = 2;

    heap_each(transaction_body, &version);
}

TEST(committing_with_version_1)
{
    int16_t version = 1;

    heap_each(transaction_body, &version);
}

/* ---- the pool and bundles alone ---- */

static void never_hungry(void *context)
{
    fail_msg("nobody waits here");
}

static enum kc_err pool_body(void *context)
{
    struct bundle_pool pool;
    struct bundle *bundles[8];
    enum kc_err first = KC_ERR_NONE;

    (void)context;
    bundle_pool_init(&pool, 8192, 1024);
    for (int i = 0; i < 8; i++) {
        enum kc_err err = KC_ERR_NONE;
        bundles[i] = bundle_pool_take(&pool, 1024, 0, never_hungry, NULL, &err);
        if (!bundles[i]) {
            assert_int_equal(err, KC_ERR_NO_MEMORY);
            first = err;
            /* What was not had does not count against the limit. */
            bundles[i] = bundle_pool_take(&pool, 1024, 0, never_hungry, NULL, &err);
        }
        assert_non_null(bundles[i]);
    }
    assert_int_equal(pool.used, 8192);
    for (int i = 0; i < 8; i++) {
        bundle_pool_give(bundles[i]);
    }
    assert_int_equal(pool.used, 0);
    bundle_pool_finish(&pool);
    return first;
}

TEST(pool)
{
    heap_each(pool_body, NULL);
}

/* A batch is too large for the broker and goes in halves. */
static enum kc_err split_body(void *context)
{
    struct bundle_pool pool;
    struct bundle *first = NULL;
    struct bundle *second = NULL;
    struct sent sent[20] = { 0 };
    struct record_header header = { slice_text("name"), slice_text("value") };
    enum kc_err err = KC_ERR_NONE;

    (void)context;
    bundle_pool_init(&pool, 1 << 20, 4096);
    heap_pause();
    struct bundle *bundle = bundle_pool_take(&pool, 4096, 0, never_hungry, NULL, &err);
    for (int i = 0; i < 20; i++) {
        assert_true(bundle_append(bundle, 1000 + i, slice_text("key"), slice_text("value"), &header,
                                  1, reported, &sent[i], NULL));
    }
    heap_resume();
    err = bundle_split(bundle, &first, &second);
    if (err) {
        assert_int_equal(bundle->writer.count, 20);
        assert_int_equal(bundle->audience.count, 20);
        assert_int_equal(pool.used, bundle->capacity);
        assert_int_equal(bundle_split(bundle, &first, &second), KC_ERR_NONE);
    }
    assert_int_equal(first->writer.count + second->writer.count, 20);
    struct bundle_fate fate = { KC_ERR_NONE, KC_WRITTEN, 0, -1 };
    bundle_report(first, NULL, "t", 0, &fate);
    fate.base_offset = first->writer.count;
    bundle_report(second, NULL, "t", 0, &fate);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(sent[i].reports, 1);
        assert_int_equal(sent[i].delivery.offset, i);
    }
    bundle_pool_give(first);
    bundle_pool_give(second);
    bundle_pool_give(bundle);
    bundle_pool_finish(&pool);
    return err;
}

TEST(splitting)
{
    heap_each(split_body, NULL);
}

enum { MANY = 300 };

struct heard {
    int reports[2 * MANY];
};

static void hear_one(void *context, const struct kc_delivery *delivery)
{
    assert_int_equal(delivery->err, KC_ERR_PURGED);
    ++*(int *)context;
}

static void hear_batch(void *context, const struct kc_batch_delivery *delivery)
{
    for (size_t i = 0; i < delivery->count; i++) {
        ++*(int *)delivery->contexts[i];
    }
}

static void nothing_to_do(struct producer_purge *purge)
{
}

/* First half: told by batch; second: by callbacks of their own, in the same bundle. */
static enum kc_err many_body(void *context)
{
    struct producer_settings settings = rig_defaults();
    struct producer_purge purge = { .done = nothing_to_do };
    struct heard heard = { { 0 } };
    struct kc_record records[MANY];
    void *contexts[2 * MANY];
    size_t taken[2] = { 0, 0 };

    (void)context;
    heap_pause();
    settings.batch_size = settings.batch_size_max = 16384;
    settings.listener.callback = hear_batch;
    struct rig *rig = rig_start(&settings);
    for (int i = 0; i < 2 * MANY; i++) {
        records[i % MANY] = (struct kc_record){ .topic = "t", .value = kc_text("value") };
        contexts[i] = &heard.reports[i];
    }
    heap_resume();
    struct intake_load load = { records, MANY, NULL, NULL, contexts };
    enum kc_err err = intake_send_many(rig->producer, &load, 0, &taken[0]);
    load.callback = hear_one;
    load.contexts = contexts + MANY;
    enum kc_err second = intake_send_many(rig->producer, &load, 0, &taken[1]);
    heap_pause();
    producer_purge(rig->producer, KC_PURGE_QUEUED, &purge);
    assert_int_equal(purge.record_count, taken[0] + taken[1]);
    for (size_t i = 0; i < MANY; i++) {
        assert_int_equal(heard.reports[i], i < taken[0]);
        assert_int_equal(heard.reports[MANY + i], i < taken[1]);
    }
    rig_finish(rig);
    heap_resume();
    return err ? err : second;
}

TEST(sending_many)
{
    heap_each(many_body, NULL);
}
