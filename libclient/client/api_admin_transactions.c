/* client: admin calls about transactions and producers. */
#include "client/admin_handle.h"

static enum kc_err check_filter(const struct kc_admin *admin, const void *ret_result,
                                const struct kc_txn_filter *filter, struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_result, 0, error);
    if (err || !filter) {
        return err;
    }
    err = admin_handle_check_names(admin, ret_result, filter->states, filter->state_count,
                                   "a state", error);
    return err ? err
               : admin_handle_check_items(admin, ret_result, filter->producer_ids,
                                          filter->producer_id_count, "producer ids", error);
}

enum kc_err kc_admin_list_transactions(struct kc_admin *admin, const struct kc_txn_filter *filter,
                                       int timeout_ms, struct kc_txn_listings **ret_listings,
                                       struct kc_error *error)
{
    enum kc_err err = check_filter(admin, ret_listings, filter, error);
    return err ? err
               : admin_handle_collect(admin, admin_transactions_list(filter), timeout_ms,
                                      ret_listings, error);
}

enum kc_err kc_admin_describe_transactions(struct kc_admin *admin,
                                           const char *const *transactional_ids, size_t count,
                                           int timeout_ms, struct kc_txn_descriptions **ret_txns,
                                           struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_txns, transactional_ids, count, "a transaction", error);
    return err ? err
               : admin_handle_collect(admin, admin_transactions_describe(transactional_ids, count),
                                      timeout_ms, ret_txns, error);
}

enum kc_err kc_admin_describe_producers(struct kc_admin *admin,
                                        const struct kc_partition *partitions, size_t count,
                                        int32_t broker_id, int timeout_ms,
                                        struct kc_partition_producers **ret_partitions,
                                        struct kc_error *error)
{
    enum kc_err err = admin_handle_check_partitions(admin, ret_partitions, partitions, count,
                                                    sizeof(*partitions), error);
    return err ? err
               : admin_handle_collect(admin,
                                      admin_transactions_producers(partitions, count, broker_id),
                                      timeout_ms, ret_partitions, error);
}

enum kc_err kc_admin_abort_transaction(struct kc_admin *admin, const struct kc_partition *partition,
                                       int64_t producer_id, int16_t producer_epoch,
                                       int32_t coordinator_epoch, int timeout_ms,
                                       struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_partitions(admin, admin, partition, 1, sizeof(*partition), error);
    return err ? err
               : admin_handle_succeed(admin,
                                      admin_transactions_abort(partition, producer_id,
                                                               producer_epoch, coordinator_epoch),
                                      timeout_ms, error);
}

enum kc_err kc_admin_fence_producers(struct kc_admin *admin, const char *const *transactional_ids,
                                     size_t count, int timeout_ms,
                                     struct kc_fenced_producers **ret_producers,
                                     struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_producers, transactional_ids, count,
                                               "a transaction", error);
    return err ? err
               : admin_handle_collect(admin, admin_transactions_fence(transactional_ids, count),
                                      timeout_ms, ret_producers, error);
}
