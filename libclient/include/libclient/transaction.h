/* libclient: transactions of a producer that has a transactional.id: all its records between begin
 * and commit, and the offsets that it commits for a consumer group, become visible together or not
 * at all (KIP-98, KIP-447, KIP-890). One transaction at a time.
 *
 * The kind of an error says what to do about it:
 *   KC_KIND_RETRIABLE  make the same call again (no other: its outcome is still open);
 *   KC_KIND_ABORTABLE  call kc_producer_abort_transaction, then begin anew;
 *   KC_KIND_FATAL      another producer took over the transactional.id, or the cluster refuses this
 *                      one for good: destroy it;
 *   KC_KIND_PLAIN      the call did not fit (the text says why); nothing has changed.
 *
 * The protocol is chosen by the cluster's feature transaction.version: at 2, brokers add partitions
 * as they are written to and every transaction has an epoch of its own; below, the producer adds
 * them first. Functions may be called from any thread, not inside a delivery callback. */
#ifndef LIBCLIENT_TRANSACTION_H
#define LIBCLIENT_TRANSACTION_H

#include <libclient/group.h>
#include <libclient/producer.h>

#ifdef __cplusplus
extern "C" {
#endif

enum kc_transaction_state {
    KC_TRANSACTION_UNINITIALIZED, /* kc_producer_init_transactions must come first; also without
                                     transactional.id */
    KC_TRANSACTION_INITIALIZING,
    KC_TRANSACTION_READY, /* none is open */
    KC_TRANSACTION_OPEN,  /* records are taken */
    KC_TRANSACTION_COMMITTING,
    KC_TRANSACTION_ABORTING,
    KC_TRANSACTION_ABORTABLE, /* lost: must be aborted */
    KC_TRANSACTION_FATAL
};

/* Takes the transactional.id over: fences older producers of it, ends what they left open, and
 * gets a producer id. Once, before all else. Waits at most timeout_ms (-1: without limit) for the
 * coordinator. KC_ERR_TIMED_OUT (retriable; the cause in the text), KC_ERR_WRONG_STATE,
 * KC_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, KC_ERR_INVALID_TRANSACTION_TIMEOUT, ... (fatal). */
enum kc_err kc_producer_init_transactions(struct kc_producer *producer, int timeout_ms,
                                          struct kc_error *error);

/* Opens a transaction; records may be sent from now on. Does not wait for a broker.
 * KC_ERR_WRONG_STATE, or the error that the producer is in. */
enum kc_err kc_producer_begin_transaction(struct kc_producer *producer, struct kc_error *error);

/* Commits these offsets (the next to be read) for the group when the transaction commits, and waits
 * for the coordinator's word on them. Strings are copied. Errors of the membership (it was
 * rebalanced away, fenced) are abortable; what was read must then be read again from the committed
 * offsets. A time-out (retriable) leaves it under way: a commit waits for it. */
enum kc_err kc_producer_send_offsets_to_transaction(struct kc_producer *producer,
                                                    const struct kc_position *positions,
                                                    size_t count,
                                                    const struct kc_group_metadata *group,
                                                    int timeout_ms, struct kc_error *error);

/* Sends all that is buffered, waits until every record is acknowledged, and commits. When a record
 * failed, so does the commit: abortable, with the first record's error and the text that names the
 * partition. After KC_ERR_TIMED_OUT the outcome is open: call it again until it tells. */
enum kc_err kc_producer_commit_transaction(struct kc_producer *producer, int timeout_ms,
                                           struct kc_error *error);

/* Gives up what is not sent yet (each record is reported with KC_ERR_TXN_ABORTED, once;
 * after an error with that error), waits for what is under way, and aborts. Records that were
 * reported as written before stay reported so: readers with isolation.level=read_committed do not
 * see them. Retried as a commit is. */
enum kc_err kc_producer_abort_transaction(struct kc_producer *producer, int timeout_ms,
                                          struct kc_error *error);

/* Where the producer stands; in KC_TRANSACTION_ABORTABLE and KC_TRANSACTION_FATAL ret_cause (may be
 * NULL) tells why, else its code is KC_ERR_NONE. */
enum kc_transaction_state kc_producer_transaction_state(struct kc_producer *producer,
                                                        struct kc_error *ret_cause);

#ifdef __cplusplus
}
#endif

#endif
