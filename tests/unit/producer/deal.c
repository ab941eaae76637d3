/* tests: plays a transaction's part: what was told is kept. */
#include "deal.h"

#include "base/attr.h"
#include "support/test.h"

void deal_waiter_done(struct transaction_wait *wait, const struct kc_error *outcome)
{
    struct deal_waiter *waiter = CONTAINER_OF(wait, struct deal_waiter, wait);
    waiter->count++;
    waiter->outcome = *outcome;
}

static void offsets_done(struct transaction_wait *wait, const struct kc_error *outcome)
{
    struct deal *deal = CONTAINER_OF(wait, struct deal, offsets.wait);
    deal->offsets_count++;
    deal->offsets_outcome = *outcome;
}

void deal_init(struct deal *deal, int16_t version)
{
    const struct retry_policy retry = { 100, 1000 };
    *deal = (struct deal){ .now_us = 1000 };
    transaction_init(&deal->transaction, true, &retry, 1);
    deal->transaction.version_told = version;
    list_init(&deal->a.link);
    list_init(&deal->b.link);
    deal->waiter.wait.done = deal_waiter_done;
    deal->offsets.wait.done = offsets_done;
    deal->offsets.group_id = "g";
}

enum kc_err deal_start(struct deal *deal, enum transaction_act act, bool is_again)
{
    deal->waiter.count = 0;
    return transaction_start(&deal->transaction, act, is_again, &deal->waiter.wait, &deal->refused);
}

enum kc_err deal_begin(struct deal *deal)
{
    return transaction_begin(&deal->transaction, &deal->refused);
}

enum transaction_call deal_next(struct deal *deal)
{
    return transaction_next(&deal->transaction, true, deal->now_us);
}

bool deal_answer(struct deal *deal, enum kc_err err, int16_t epoch)
{
    struct transaction_answer told = { .err = err, .version = 5, .identity = { -1, -1 } };
    if (epoch >= 0) {
        told.identity = (struct sequence_identity){ 7, epoch };
    }
    return transaction_answer(&deal->transaction, &told, deal->now_us);
}

bool deal_lose(struct deal *deal, enum kc_err err)
{
    struct transaction_answer told = {
        .err = err, .is_transport = true, .text = "cut", .identity = { -1, -1 }
    };
    return transaction_answer(&deal->transaction, &told, deal->now_us);
}

/* The same request comes again after its backoff, not before. */
void deal_check_again(struct deal *deal, enum transaction_call call, int64_t wait_ms_max)
{
    assert_int_equal(deal_next(deal), TRANSACTION_NO_CALL);
    assert_true(deal->transaction.retry_at_us > deal->now_us);
    assert_true(deal->transaction.retry_at_us <= deal->now_us + wait_ms_max * 1000);
    deal->now_us = deal->transaction.retry_at_us;
    assert_int_equal(deal_next(deal), call);
}

void deal_check_state(struct deal *deal, enum kc_transaction_state state, enum kc_err refusal)
{
    assert_int_equal(deal->transaction.state, state);
    assert_int_equal(atomic_load(&deal->transaction.state_told), state);
    assert_int_equal(atomic_load(&deal->transaction.refusal), refusal);
}

void deal_check_done(struct deal *deal, enum kc_err err, enum kc_error_kind kind)
{
    assert_int_equal(deal->waiter.count, 1);
    assert_int_equal(deal->waiter.outcome.code, err);
    assert_int_equal(deal->waiter.outcome.kind, kind);
}

void deal_make_ready(struct deal *deal, int16_t version)
{
    deal_init(deal, version);
    assert_int_equal(deal_start(deal, TRANSACTION_INITIALIZE, false), KC_ERR_NONE);
    assert_int_equal(deal_next(deal), TRANSACTION_CALL_INIT);
    (void)deal_answer(deal, KC_ERR_NONE, 0);
    deal_check_done(deal, KC_ERR_NONE, KC_KIND_PLAIN);
}

/* A transaction that holds partition a, as the coordinator knows. */
void deal_make_open(struct deal *deal, int16_t version)
{
    deal_make_ready(deal, version);
    assert_int_equal(deal_begin(deal), KC_ERR_NONE);
    transaction_enlist(&deal->transaction, &deal->a);
    if (version < 2) {
        assert_int_equal(deal_next(deal), TRANSACTION_CALL_ADD_PARTITIONS);
        (void)deal_answer(deal, KC_ERR_NONE, -1);
    }
    assert_true(transaction_has(&deal->transaction, &deal->a));
}
