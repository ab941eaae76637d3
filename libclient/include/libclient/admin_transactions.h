/* libclient: admin calls about transactions and producers (KIP-664). */
#ifndef LIBCLIENT_ADMIN_TRANSACTIONS_H
#define LIBCLIENT_ADMIN_TRANSACTIONS_H

#include <libclient/admin_handle.h>
#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_txn_listing {
    const char *transactional_id;
    int64_t producer_id;
    const char *state; /* "Ongoing", "CompleteCommit", ... */
};
struct kc_txn_listings {
    size_t count;
    struct kc_txn_listing *items; /* sorted by id */
};
void kc_txn_listings_destroy(struct kc_txn_listings *listings);
struct kc_txn_filter {
    const char *const *states; /* count 0: all */
    size_t state_count;
    const int64_t *producer_ids; /* count 0: all */
    size_t producer_id_count;
    int64_t duration_ms; /* those that run longer (KIP-994); -1: all */
    const char *pattern; /* a regular expression of RE2 for the ids (KIP-1152); NULL: all */
};
/* The transactions of every broker (ListTransactions, key 66). filter NULL: all. A filter that a
 * broker is too old for is KC_ERR_UNSUPPORTED_VERSION. */
enum kc_err kc_admin_list_transactions(struct kc_admin *admin, const struct kc_txn_filter *filter,
                                       int timeout_ms, struct kc_txn_listings **ret_listings,
                                       struct kc_error *error);

struct kc_txn_description {
    const char *transactional_id;
    enum kc_err err; /* KC_ERR_TRANSACTIONAL_ID_NOT_FOUND */
    const char *text;
    const char *state;
    int32_t coordinator_id;
    int64_t producer_id;
    int16_t producer_epoch;
    int32_t timeout_ms;
    int64_t start_ms; /* -1: none is open */
    struct kc_partition *partitions;
    size_t partition_count;
};
struct kc_txn_descriptions {
    size_t count;
    struct kc_txn_description *items; /* as asked */
};
void kc_txn_descriptions_destroy(struct kc_txn_descriptions *txns);
/* Asked of their coordinators (DescribeTransactions, key 65). */
enum kc_err kc_admin_describe_transactions(struct kc_admin *admin,
                                           const char *const *transactional_ids, size_t count,
                                           int timeout_ms, struct kc_txn_descriptions **ret_txns,
                                           struct kc_error *error);

struct kc_producer_state {
    int64_t producer_id;
    int32_t producer_epoch;
    int32_t last_sequence;
    int64_t last_ms;
    int32_t coordinator_epoch; /* -1: no transaction yet */
    int64_t txn_start_offset;  /* -1: none is open */
};
struct kc_producer_states {
    const char *topic;
    int32_t partition;
    enum kc_err err;
    const char *text;
    struct kc_producer_state *producers;
    size_t producer_count;
};
struct kc_partition_producers {
    size_t count;
    struct kc_producer_states *items; /* as asked */
};
void kc_partition_producers_destroy(struct kc_partition_producers *partitions);
/* Who writes there: asked of the leader of each partition, or of the broker (DescribeProducers, key
 * 61). broker_id -1: the leaders. */
enum kc_err kc_admin_describe_producers(struct kc_admin *admin,
                                        const struct kc_partition *partitions, size_t count,
                                        int32_t broker_id, int timeout_ms,
                                        struct kc_partition_producers **ret_partitions,
                                        struct kc_error *error);

/* Ends a transaction that hangs in one partition, with a marker by the partition's leader
 * (WriteTxnMarkers, key 27); what kc_admin_describe_producers tells goes in. Returns the
 * partition's error: KC_ERR_INVALID_PRODUCER_EPOCH, KC_ERR_TRANSACTION_COORDINATOR_FENCED. */
enum kc_err kc_admin_abort_transaction(struct kc_admin *admin, const struct kc_partition *partition,
                                       int64_t producer_id, int16_t producer_epoch,
                                       int32_t coordinator_epoch, int timeout_ms,
                                       struct kc_error *error);

struct kc_fenced_producer {
    const char *transactional_id;
    enum kc_err err;
    const char *text;
    int64_t producer_id;
    int16_t producer_epoch; /* producers with a lower one can not go on */
};
struct kc_fenced_producers {
    size_t count;
    struct kc_fenced_producer *items; /* as asked */
};
void kc_fenced_producers_destroy(struct kc_fenced_producers *producers);
/* Fences the producers with these transactional ids, and ends what they have open (InitProducerId,
 * key 22; KIP-664). Java's forceTerminateTransaction (KIP-939) is this for one id. */
enum kc_err kc_admin_fence_producers(struct kc_admin *admin, const char *const *transactional_ids,
                                     size_t count, int timeout_ms,
                                     struct kc_fenced_producers **ret_producers,
                                     struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
