/* tests: transactions over a line: what readers see, fencing, timeouts, and what a broker that was
 * killed makes of those that were open. Each story is told where everything is committed at once,
 * and where each answer waits for the disk. */
#include "txn_line.h"

#include "support/test.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

enum { TRIES_MAX = 4000 };

struct txn_stage {
    struct served served;
    struct line line;
    struct txn_line txn;
};

static const char *const at_once[] = {
    "transaction.state.log.num.partitions", "4",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms", "20", NULL
};
static const char *const after_the_disk[] = {
    "transaction.state.log.num.partitions",
    "4",
    "transaction.abort.timed.out.transaction.cleanup.interval.ms",
    "20",
    "log.flush.interval.messages",
    "1",
    NULL
};

static void open_stage(struct txn_stage *stage, const char *const *settings)
{
    served_init(&stage->served);
    served_start(&stage->served, settings);
    line_open(&stage->line, &stage->served);
    (void)line_create_topic(&stage->line, "a", 2);
    (void)line_create_topic(&stage->line, "b", 1);
    line_await_coordinator(&stage->line, "group");
    txn_line_init(&stage->txn, &stage->line, "id");
}

static void close_stage(struct txn_stage *stage)
{
    line_close(&stage->line);
    served_stop(&stage->served);
}

static void kill_and_start(struct txn_stage *stage, const char *const *settings)
{
    line_close(&stage->line);
    served_kill(&stage->served);
    served_start(&stage->served, settings);
    line_open(&stage->line, &stage->served);
}

static void await_state(struct txn_line *txn, const char *wanted)
{
    char state[32] = "";
    for (int i = 0; i < TRIES_MAX; i++) {
        txn_state(txn, state);
        if (strcmp(state, wanted) == 0) {
            return;
        }
        (void)poll(NULL, 0, 5);
    }
    fail_msg("%s is %s, not %s", txn->id, state, wanted);
}

static enum kc_err end_patiently(struct txn_line *txn, bool commit)
{
    enum kc_err err;
    while ((err = txn_end(txn, commit)) == KC_ERR_CONCURRENT_TRANSACTIONS) {
        (void)poll(NULL, 0, 5);
    }
    return err;
}

static enum kc_err begin_patiently(struct txn_line *txn)
{
    enum kc_err err;
    while ((err = txn_begin(txn)) == KC_ERR_CONCURRENT_TRANSACTIONS) {
        (void)poll(NULL, 0, 5);
    }
    return err;
}

static enum kc_err produce_patiently(struct txn_line *txn, const char *topic, int32_t partition)
{
    enum kc_err err;
    while ((err = txn_produce(txn, topic, partition)) == KC_ERR_CONCURRENT_TRANSACTIONS) {
        (void)poll(NULL, 0, 5);
    }
    return err;
}

static void tell_what_readers_see(const char *const *settings)
{
    struct txn_stage stage;
    struct txn_view view;
    open_stage(&stage, settings);
    assert_int_equal(txn_begin(&stage.txn), 0);
    assert_int_equal(txn_produce(&stage.txn, "a", 0), 0);
    txn_fetch(&stage.line, "a", 0, true, &view);
    assert_int_equal(view.high_watermark, 1);
    assert_int_equal(view.last_stable_offset, 0);
    assert_int_equal(view.batch_count, 0);
    txn_fetch(&stage.line, "a", 0, false, &view);
    assert_int_equal(view.batch_count, 1);
    assert_int_equal(end_patiently(&stage.txn, false), 0);
    await_state(&stage.txn, "CompleteAbort");
    txn_fetch(&stage.line, "a", 0, true, &view);
    assert_int_equal(view.last_stable_offset, 2);
    assert_int_equal(view.batch_count, 2);
    assert_int_equal(view.aborted_count, 1);
    assert_int_equal(view.aborted_first[0], 0);
    assert_int_equal(produce_patiently(&stage.txn, "a", 0), 0);
    assert_int_equal(end_patiently(&stage.txn, true), 0);
    await_state(&stage.txn, "CompleteCommit");
    txn_fetch(&stage.line, "a", 2, true, &view);
    assert_int_equal(view.last_stable_offset, 4);
    assert_int_equal(view.aborted_count, 0);
    close_stage(&stage);
}

TEST(readers_see_what_is_committed)
{
    tell_what_readers_see(at_once);
    tell_what_readers_see(after_the_disk);
}

/* Where nothing has to be waited for, the markers are out before the answer: the next transaction
 * begins without CONCURRENT_TRANSACTIONS. */
TEST(the_next_transaction_need_not_wait)
{
    struct txn_stage stage;
    open_stage(&stage, at_once);
    assert_int_equal(txn_begin(&stage.txn), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(txn_produce(&stage.txn, "a", 0), 0);
        assert_int_equal(txn_commit_offset(&stage.txn, "group", "a", i), 0);
        assert_int_equal(txn_end(&stage.txn, i % 2 == 0), 0);
        assert_int_equal(txn_committed(&stage.line, "group", "a", true), i - i % 2);
    }
    close_stage(&stage);
}

/* Two transactions that began in one order and were aborted in the other: told by their begin. */
TEST(aborted_transactions_come_in_order)
{
    struct txn_stage stage;
    struct txn_line other;
    struct txn_view view;
    open_stage(&stage, at_once);
    txn_line_init(&other, &stage.line, "other");
    assert_int_equal(txn_begin(&stage.txn), 0);
    assert_int_equal(txn_begin(&other), 0);
    assert_int_equal(txn_produce(&stage.txn, "a", 0), 0);
    assert_int_equal(txn_produce(&other, "a", 0), 0);
    assert_int_equal(txn_end(&other, false), 0);
    txn_fetch(&stage.line, "a", 0, true, &view);
    assert_int_equal(view.last_stable_offset, 0);
    assert_int_equal(txn_end(&stage.txn, false), 0);
    txn_fetch(&stage.line, "a", 0, true, &view);
    assert_int_equal(view.last_stable_offset, 4);
    assert_int_equal(view.aborted_count, 2);
    assert_int_equal(view.aborted_first[0], 0);
    assert_int_equal(view.aborted_first[1], 1);
    close_stage(&stage);
}

static void tell_of_a_second_producer(const char *const *settings)
{
    struct txn_stage stage;
    struct txn_line second;
    struct txn_view view;
    open_stage(&stage, settings);
    assert_int_equal(txn_begin(&stage.txn), 0);
    assert_int_equal(txn_produce(&stage.txn, "a", 0), 0);
    second = stage.txn;
    assert_int_equal(txn_begin(&second), KC_ERR_CONCURRENT_TRANSACTIONS);
    assert_int_equal(begin_patiently(&second), 0);
    assert_int_equal(second.producer_id, stage.txn.producer_id);
    assert_true(second.epoch > stage.txn.epoch);
    txn_fetch(&stage.line, "a", 0, true, &view);
    assert_int_equal(view.aborted_count, 1);
    assert_int_equal(txn_produce(&stage.txn, "a", 0), KC_ERR_INVALID_PRODUCER_EPOCH);
    assert_int_equal(txn_end(&stage.txn, true), KC_ERR_PRODUCER_FENCED);
    assert_int_equal(produce_patiently(&second, "a", 0), 0);
    assert_int_equal(end_patiently(&second, true), 0);
    close_stage(&stage);
}

TEST(a_second_producer_fences_the_first)
{
    tell_of_a_second_producer(at_once);
    tell_of_a_second_producer(after_the_disk);
}

static void tell_of_a_timeout(const char *const *settings)
{
    struct txn_stage stage;
    struct txn_view view;
    open_stage(&stage, settings);
    stage.txn.timeout_ms = 100;
    assert_int_equal(txn_begin(&stage.txn), 0);
    assert_int_equal(txn_produce(&stage.txn, "a", 0), 0);
    assert_int_equal(txn_commit_offset(&stage.txn, "group", "a", 9), 0);
    await_state(&stage.txn, "CompleteAbort");
    txn_fetch(&stage.line, "a", 0, true, &view);
    assert_int_equal(view.last_stable_offset, 2);
    assert_int_equal(view.aborted_count, 1);
    assert_int_equal(txn_committed(&stage.line, "group", "a", true), -1);
    assert_int_equal(txn_produce(&stage.txn, "a", 0), KC_ERR_INVALID_PRODUCER_EPOCH);
    close_stage(&stage);
}

TEST(what_takes_too_long_is_aborted)
{
    tell_of_a_timeout(at_once);
    tell_of_a_timeout(after_the_disk);
}

TEST(ids_that_nobody_uses_go)
{
    static const char *const settings[] = {
        "transactional.id.expiration.ms", "100",
        "transaction.remove.expired.transaction.cleanup.interval.ms", "20", NULL
    };
    struct txn_stage stage;
    open_stage(&stage, settings);
    assert_int_equal(txn_begin(&stage.txn), 0);
    await_state(&stage.txn, "");
    assert_int_equal(txn_produce(&stage.txn, "a", 0), KC_ERR_INVALID_PRODUCER_ID_MAPPING);
    assert_int_equal(txn_begin(&stage.txn), 0);
    assert_int_equal(stage.txn.epoch, 0);
    close_stage(&stage);
}

/* Killed while it is open: it still is, to its producer and to readers, and ends as if nothing had
 * happened; offsets that wait for it wait on. */
static void tell_of_a_kill(bool commit)
{
    struct txn_stage stage;
    struct txn_view view;
    open_stage(&stage, at_once);
    assert_int_equal(txn_begin(&stage.txn), 0);
    assert_int_equal(txn_produce(&stage.txn, "a", 0), 0);
    assert_int_equal(txn_produce(&stage.txn, "a", 0), 0);
    assert_int_equal(txn_commit_offset(&stage.txn, "group", "a", 5), 0);
    kill_and_start(&stage, at_once);
    await_state(&stage.txn, "Ongoing");
    txn_fetch(&stage.line, "a", 0, true, &view);
    assert_int_equal(view.high_watermark, 2);
    assert_int_equal(view.last_stable_offset, 0);
    assert_int_equal(txn_committed(&stage.line, "group", "a", true),
                     -1000 - KC_ERR_UNSTABLE_OFFSET_COMMIT);
    assert_int_equal(txn_produce(&stage.txn, "a", 0), 0);
    assert_int_equal(txn_end(&stage.txn, commit), 0);
    await_state(&stage.txn, commit ? "CompleteCommit" : "CompleteAbort");
    kill_and_start(&stage, at_once);
    await_state(&stage.txn, commit ? "CompleteCommit" : "CompleteAbort");
    txn_fetch(&stage.line, "a", 0, true, &view);
    assert_int_equal(view.last_stable_offset, 4);
    assert_int_equal(view.aborted_count, commit ? 0 : 1);
    assert_int_equal(txn_committed(&stage.line, "group", "a", true), commit ? 5 : -1);
    /* The answer was lost with the broker: asked again. */
    stage.txn.epoch--;
    assert_int_equal(txn_end(&stage.txn, commit), 0);
    close_stage(&stage);
}

TEST(a_kill_changes_nothing)
{
    tell_of_a_kill(true);
    tell_of_a_kill(false);
}

static void delete_topic(struct line *line, const char *name)
{
    struct slice names[] = { slice_text(name) };
    struct delete_topics_request request;
    struct delete_topics_response response;
    message_defaults(&delete_topics_request_type, &request);
    request.topic_names.items = names;
    request.topic_names.count = 1;
    request.timeout_ms = 30000;
    line_ask(line, 20, 4, &request, &response);
    assert_int_equal(response.responses.items[0].error_code, 0);
}

TEST(a_topic_that_is_gone_holds_up_nothing)
{
    struct txn_stage stage;
    open_stage(&stage, at_once);
    stage.txn.old = true;
    assert_int_equal(txn_begin(&stage.txn), 0);
    assert_int_equal(txn_add(&stage.txn, "a", 0), 0);
    assert_int_equal(txn_add(&stage.txn, "b", 0), 0);
    delete_topic(&stage.line, "b");
    assert_int_equal(txn_end(&stage.txn, true), 0);
    await_state(&stage.txn, "CompleteCommit");
    close_stage(&stage);
}

/* A client that goes while its answer waits for the disk leaves nothing half done. */
TEST(a_client_that_goes_leaves_no_half)
{
    struct txn_stage stage;
    open_stage(&stage, after_the_disk);
    assert_int_equal(txn_begin(&stage.txn), 0);
    for (int i = 0; i < 20; i++) {
        struct line other;
        struct end_txn_request request;
        assert_int_equal(produce_patiently(&stage.txn, "a", 0), 0);
        message_defaults(&end_txn_request_type, &request);
        request.transactional_id = slice_text(stage.txn.id);
        request.producer_id = stage.txn.producer_id;
        request.producer_epoch = stage.txn.epoch;
        request.committed = true;
        line_open(&other, &stage.served);
        line_send(&other, 26, 5, &request);
        line_close(&other);
        assert_int_equal(end_patiently(&stage.txn, true), 0);
    }
    await_state(&stage.txn, "CompleteCommit");
    close_stage(&stage);
}
