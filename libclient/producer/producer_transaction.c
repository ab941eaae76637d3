/* producer: what a transaction does to the records of the producer. */
#include "producer/producer.h"

/* Why records that are not sent yet will never be. */
static enum kc_err lost_cause(const struct transaction *transaction)
{
    return transaction->error.code != KC_ERR_NONE          ? transaction->error.code
           : transaction->state == KC_TRANSACTION_ABORTING ? KC_ERR_TXN_ABORTED
                                                           : KC_ERR_WRONG_STATE;
}

/* Without a live transaction nothing is sent, also not for the second time: what is in flight is
 * waited for, the rest ends. */
static void give_up_unsent(struct producer *producer, int64_t now_us)
{
    enum kc_err err = lost_cause(&producer->transaction);
    LIST_EACH_SAFE(link, &producer->active)
    {
        struct buffer *buffer = LIST_ITEM(link, struct buffer, active);
        struct bundle *bundle;
        while ((bundle = buffer_take(buffer)) != NULL) {
            producer_report_late(producer, bundle, err);
        }
        producer_settle(producer, buffer, now_us);
    }
}

void producer_transact(struct producer *producer, int64_t now_us)
{
    struct transaction *transaction = &producer->transaction;
    enum transaction_call call;
    if (!transaction->is_on) {
        return;
    }
    if (!transaction_is_live(transaction)) {
        give_up_unsent(producer, now_us);
    }
    call = transaction_next(transaction, list_is_empty(&producer->active), now_us);
    if (call != TRANSACTION_NO_CALL) {
        producer->port.transact(producer->port.context, call);
    }
}

bool producer_transacted(struct producer *producer, const struct transaction_answer *answer)
{
    int64_t now_us = producer->port.now_us(producer->port.context);
    bool must_forget = transaction_answer(&producer->transaction, answer, now_us);
    if (must_forget) {
        trace_log(producer->trace, TRACE_INFO, "producer", "%s", producer->transaction.cause.text);
    }
    struct sequence_identity given = producer->transaction.identity;
    producer->identity_count += given.id >= 0 && (given.id != producer->identity.id ||
                                                  given.epoch != producer->identity.epoch);
    producer->identity = given;
    if (producer->transaction.state == KC_TRANSACTION_FATAL && !producer->is_aborted) {
        trace_log(producer->trace, TRACE_ERROR, "producer", "%s", producer->transaction.error.text);
    }
    if (!producer->is_aborted) {
        producer_settle_active(producer, now_us);
        producer_run(producer);
    }
    return must_forget;
}
