/* tests: one transactional id, told as a story: what may be asked in which state, and what becomes
 * of its epoch. */
#include "coordinator/txn_entry.h"

#include "support/test.h"

enum { MINUTE_MS = 60000 };

struct tale {
    struct txn_entry *entry;
    struct txn_claim claim; /* what its client thinks */
    int64_t now_ms;
    int64_t spare; /* the next producer id; -1: none */
};

static void tale_open(struct tale *tale)
{
    *tale = (struct tale){ .entry = txn_entry_create(slice_text("id"), 7, MINUTE_MS, 1000),
                           .claim = { -1, -1 },
                           .now_ms = 1000,
                           .spare = -1 };
    assert_non_null(tale->entry);
}

static void tale_close(struct tale *tale)
{
    txn_entry_destroy(tale->entry);
}

static enum kc_err take(struct tale *tale, enum kc_err err, const struct txn_fields *next)
{
    if (!err) {
        txn_entry_enter(tale->entry, next);
    }
    return err;
}

static void complete(struct tale *tale)
{
    struct txn_fields next;
    txn_entry_plan_complete(tale->entry, tale->now_ms, &next);
    txn_entry_enter(tale->entry, &next);
}

/* The client takes what it is told. */
static enum kc_err begin(struct tale *tale)
{
    struct txn_fields next;
    enum kc_err err = take(
        tale,
        txn_entry_plan_init(tale->entry, MINUTE_MS, &tale->claim, tale->spare, tale->now_ms, &next),
        &next);
    if (!err && next.state == TXN_PREPARE_ABORT) {
        return KC_ERR_CONCURRENT_TRANSACTIONS;
    }
    if (!err) {
        tale->claim = (struct txn_claim){ next.producer_id, next.epoch };
    }
    return err;
}

static enum kc_err add(struct tale *tale, int16_t version)
{
    struct txn_fields next;
    enum kc_err err = take(
        tale, txn_entry_plan_add(tale->entry, &tale->claim, version, tale->now_ms, &next), &next);
    if (!err) {
        assert_true(txn_entry_add(tale->entry, slice_text("t"), 0));
    }
    return err;
}

static enum kc_err end(struct tale *tale, bool commit, int16_t version)
{
    struct txn_fields next;
    bool done = false;
    enum kc_err err = txn_entry_plan_end(tale->entry, &tale->claim, commit, version, tale->spare,
                                         tale->now_ms, &next, &done);
    return done ? err : take(tale, err, &next);
}

TEST(partitions_stay_sorted)
{
    struct tale tale;
    tale_open(&tale);
    static const char *const names[] = { "m", "z", "a", "m", "q", "m", "b" };
    static const int32_t indexes[] = { 5, 0, 3, 2, 1, 2, 9 };
    for (size_t i = 0; i < 7; i++) {
        assert_true(txn_entry_add(tale.entry, slice_text(names[i]), indexes[i]));
        assert_non_null(txn_entry_find(tale.entry, slice_text(names[i]), indexes[i]));
    }
    assert_int_equal(tale.entry->partition_count, 6); /* one stood there already */
    assert_string_equal(tale.entry->partitions[0].topic, "a");
    assert_int_equal(tale.entry->partitions[2].index, 2);
    assert_int_equal(tale.entry->partitions[3].index, 5);
    txn_entry_drop(tale.entry, txn_entry_find(tale.entry, slice_text("m"), 2));
    assert_null(txn_entry_find(tale.entry, slice_text("m"), 2));
    assert_non_null(txn_entry_find(tale.entry, slice_text("m"), 5));
    tale_close(&tale);
}

TEST(an_old_client)
{
    struct tale tale;
    tale_open(&tale);
    assert_int_equal(begin(&tale), 0);
    assert_int_equal(tale.claim.epoch, 0);
    assert_int_equal(end(&tale, true, 0), KC_ERR_INVALID_TXN_STATE);
    assert_int_equal(add(&tale, 0), 0);
    assert_int_equal(tale.entry->now.start_ms, 1000);
    tale.now_ms = 2000;
    assert_int_equal(add(&tale, 0), 0);
    assert_int_equal(tale.entry->now.start_ms, 1000);
    assert_int_equal(end(&tale, true, 0), 0);
    assert_int_equal(tale.entry->now.state, TXN_PREPARE_COMMIT);
    assert_int_equal(end(&tale, true, 0), KC_ERR_CONCURRENT_TRANSACTIONS);
    assert_int_equal(end(&tale, false, 0), KC_ERR_INVALID_TXN_STATE);
    assert_int_equal(add(&tale, 0), KC_ERR_CONCURRENT_TRANSACTIONS);
    complete(&tale);
    assert_int_equal(tale.entry->partition_count, 0);
    assert_int_equal(tale.entry->now.epoch, 0);
    assert_int_equal(end(&tale, true, 0), 0);
    assert_int_equal(end(&tale, false, 0), KC_ERR_INVALID_TXN_STATE);
    tale_close(&tale);
}

/* KIP-890: an EndTxn that comes late cannot end the next transaction. */
TEST(a_late_end_is_fenced)
{
    struct tale tale;
    tale_open(&tale);
    assert_int_equal(begin(&tale), 0);
    assert_int_equal(add(&tale, 2), 0);
    assert_int_equal(end(&tale, true, 2), 0);
    assert_int_equal(tale.entry->now.epoch, 1);
    assert_int_equal(end(&tale, true, 2), KC_ERR_CONCURRENT_TRANSACTIONS);
    complete(&tale);
    assert_int_equal(end(&tale, true, 2), 0); /* asked again: told again */
    assert_int_equal(end(&tale, false, 2), KC_ERR_INVALID_TXN_STATE);
    struct txn_claim late = tale.claim;
    tale.claim.epoch = 1;
    assert_int_equal(add(&tale, 2), 0);
    tale.claim = late;
    assert_int_equal(end(&tale, false, 2), KC_ERR_PRODUCER_FENCED);
    assert_int_equal(end(&tale, true, 2), KC_ERR_PRODUCER_FENCED);
    assert_int_equal(tale.entry->now.state, TXN_ONGOING);
    tale_close(&tale);
}

TEST(an_abort_of_nothing_gives_an_epoch)
{
    struct tale tale;
    tale_open(&tale);
    assert_int_equal(begin(&tale), 0);
    assert_int_equal(end(&tale, true, 2), KC_ERR_INVALID_TXN_STATE);
    tale.now_ms = 3000;
    assert_int_equal(end(&tale, false, 2), 0);
    assert_int_equal(tale.entry->now.start_ms, 3000);
    complete(&tale);
    assert_int_equal(tale.entry->now.state, TXN_COMPLETE_ABORT);
    assert_int_equal(tale.entry->now.epoch, 1);
    tale_close(&tale);
}

TEST(another_producer_begins)
{
    struct tale tale;
    tale_open(&tale);
    assert_int_equal(begin(&tale), 0);
    assert_int_equal(add(&tale, 2), 0);
    struct txn_claim first = tale.claim;
    tale.claim = (struct txn_claim){ -1, -1 };
    assert_int_equal(begin(&tale), KC_ERR_CONCURRENT_TRANSACTIONS);
    assert_int_equal(tale.entry->now.state, TXN_PREPARE_ABORT);
    assert_int_equal(begin(&tale), KC_ERR_CONCURRENT_TRANSACTIONS);
    complete(&tale);
    assert_int_equal(begin(&tale), 0);
    assert_int_equal(tale.claim.epoch, 2);
    struct txn_claim second = tale.claim;
    tale.claim = first;
    assert_int_equal(begin(&tale), KC_ERR_PRODUCER_FENCED);
    assert_int_equal(add(&tale, 2), KC_ERR_PRODUCER_FENCED);
    tale.claim = second;
    tale.claim.producer_id++;
    assert_int_equal(add(&tale, 2), KC_ERR_INVALID_PRODUCER_ID_MAPPING);
    assert_int_equal(begin(&tale), KC_ERR_PRODUCER_FENCED);
    tale_close(&tale);
}

/* KIP-360: a producer that goes on after an error, and whose answer may be lost. */
TEST(a_producer_begins_again)
{
    struct tale tale;
    tale_open(&tale);
    assert_int_equal(begin(&tale), 0);
    struct txn_claim first = tale.claim;
    assert_int_equal(begin(&tale), 0);
    assert_int_equal(tale.claim.epoch, 1);
    tale.claim = first;
    assert_int_equal(begin(&tale), 0);
    assert_int_equal(tale.claim.epoch, 1);
    assert_int_equal(begin(&tale), 0);
    tale.claim = first;
    assert_int_equal(begin(&tale), KC_ERR_PRODUCER_FENCED);
    tale_close(&tale);
}

/* The last epochs of a producer id: the next id takes over, and a client that did not hear of it is
 * told again. */
TEST(epochs_run_out)
{
    struct tale tale;
    tale_open(&tale);
    assert_int_equal(begin(&tale), 0);
    tale.entry->now.epoch = INT16_MAX - 1;
    tale.claim.epoch = INT16_MAX - 1;
    struct txn_claim last = tale.claim;
    assert_int_equal(add(&tale, 2), 0);
    assert_int_equal(end(&tale, true, 2), KC_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    tale.spare = 8;
    assert_int_equal(end(&tale, true, 2), 0);
    assert_int_equal(tale.entry->now.epoch, INT16_MAX); /* for the markers only */
    assert_int_equal(tale.entry->now.producer_id, 7);
    complete(&tale);
    assert_int_equal(tale.entry->now.producer_id, 8);
    assert_int_equal(tale.entry->now.epoch, 0);
    tale.claim = last;
    assert_int_equal(end(&tale, true, 2), 0);

    tale.entry->now.epoch = INT16_MAX - 1;
    tale.claim = (struct txn_claim){ -1, -1 };
    tale.spare = -1;
    assert_int_equal(begin(&tale), KC_ERR_COORDINATOR_LOAD_IN_PROGRESS);
    tale.spare = 9;
    assert_int_equal(begin(&tale), 0);
    assert_int_equal(tale.claim.producer_id, 9);
    assert_int_equal(tale.claim.epoch, 0);
    tale_close(&tale);
}

TEST(time_passes)
{
    struct tale tale;
    tale_open(&tale);
    assert_int_equal(begin(&tale), 0);
    assert_false(txn_entry_is_timed_out(tale.entry, 1000000));
    assert_true(txn_entry_is_expired(tale.entry, 5000, 4000));
    assert_int_equal(add(&tale, 2), 0);
    assert_false(txn_entry_is_expired(tale.entry, 1000000, 4000));
    assert_false(txn_entry_is_timed_out(tale.entry, 1000 + MINUTE_MS));
    assert_true(txn_entry_is_timed_out(tale.entry, 1001 + MINUTE_MS));
    tale_close(&tale);
}

TEST(states_have_kafkas_names)
{
    enum txn_state found;
    for (int i = TXN_EMPTY; i <= TXN_PREPARE_EPOCH_FENCE; i++) {
        assert_true(
            txn_entry_state_find(slice_text(txn_entry_state_name((enum txn_state)i)), &found));
        assert_int_equal(found, i);
    }
    assert_false(txn_entry_state_find(slice_text("empty"), &found));
    assert_string_equal(txn_entry_state_name(TXN_COMPLETE_ABORT), "CompleteAbort");
}
