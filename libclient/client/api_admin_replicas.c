/* client: admin calls about replicas and leaders. */
#include "client/admin_handle.h"

#include <stdlib.h>

enum kc_err kc_admin_alter_reassignments(struct kc_admin *admin,
                                         const struct kc_new_replicas *replicas, size_t count,
                                         unsigned how, int timeout_ms,
                                         struct kc_partition_results **ret_results,
                                         struct kc_error *error)
{
    enum kc_err err = admin_handle_check_partitions(admin, ret_results, replicas, count,
                                                    sizeof(*replicas), error);
    return err ? err
               : admin_handle_collect(admin, admin_replicas_reassign(replicas, count, how),
                                      timeout_ms, ret_results, error);
}

enum kc_err kc_admin_list_reassignments(struct kc_admin *admin,
                                        const struct kc_partition *partitions, size_t count,
                                        int timeout_ms, struct kc_reassignments **ret_reassignments,
                                        struct kc_error *error)
{
    enum kc_err err = admin_handle_check_partitions(admin, ret_reassignments, partitions, count,
                                                    sizeof(*partitions), error);
    return err ? err
               : admin_handle_collect(admin, admin_replicas_list(partitions, count), timeout_ms,
                                      ret_reassignments, error);
}

enum kc_err kc_admin_elect_leaders(struct kc_admin *admin, enum kc_election election,
                                   const struct kc_partition *partitions, size_t count,
                                   int timeout_ms, struct kc_partition_results **ret_results,
                                   struct kc_error *error)
{
    enum kc_err err = admin_handle_check_partitions(admin, ret_results, partitions, count,
                                                    sizeof(*partitions), error);
    return err ? err
               : admin_handle_collect(admin, admin_replicas_elect(election, partitions, count),
                                      timeout_ms, ret_results, error);
}

enum kc_err kc_admin_describe_log_dirs(struct kc_admin *admin, const int32_t *broker_ids,
                                       size_t count, int timeout_ms, struct kc_log_dirs **ret_dirs,
                                       struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_items(admin, ret_dirs, broker_ids, count, "brokers", error);
    return err ? err
               : admin_handle_collect(admin, admin_replicas_dirs(broker_ids, count), timeout_ms,
                                      ret_dirs, error);
}

enum kc_err kc_admin_alter_log_dirs(struct kc_admin *admin, const struct kc_replica_move *moves,
                                    size_t count, int timeout_ms,
                                    struct kc_partition_results **ret_results,
                                    struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_partitions(admin, ret_results, moves, count, sizeof(*moves), error);
    for (size_t i = 0; i < count && !err; i++) {
        if (!moves[i].path || moves[i].broker_id < 0) {
            err = reason_set(error, KC_ERR_INVALID, "a move of '%s' needs a broker and a directory",
                             moves[i].topic);
        }
    }
    return err ? err
               : admin_handle_collect(admin, admin_replicas_move(moves, count), timeout_ms,
                                      ret_results, error);
}

static int compare_ids(const void *a, const void *b)
{
    const int32_t *left = a;
    const int32_t *right = b;
    return (*left > *right) - (*left < *right);
}

/* The brokers of the replicas, each once; NULL when memory is out. */
static int32_t *brokers_of(const struct kc_replica *replicas, size_t count, size_t *ret_count)
{
    int32_t *ids = calloc(MAX_OF(count, (size_t)1), sizeof(*ids));
    size_t kept = 0;
    for (size_t i = 0; ids && i < count; i++) {
        ids[i] = replicas[i].broker_id;
    }
    if (ids && count > 1) {
        qsort(ids, count, sizeof(*ids), compare_ids);
    }
    for (size_t i = 0; ids && i < count; i++) {
        if (kept == 0 || ids[kept - 1] != ids[i]) {
            ids[kept++] = ids[i];
        }
    }
    *ret_count = kept;
    return ids;
}

enum kc_err kc_admin_describe_replica_log_dirs(struct kc_admin *admin,
                                               const struct kc_replica *replicas, size_t count,
                                               int timeout_ms,
                                               struct kc_replica_places **ret_places,
                                               struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_partitions(admin, ret_places, replicas, count, sizeof(*replicas), error);
    if (err) {
        return err;
    }
    size_t broker_count = 0;
    int32_t *ids = brokers_of(replicas, count, &broker_count);
    struct kc_log_dirs *dirs = NULL;
    err = ids ? kc_admin_describe_log_dirs(admin, ids, broker_count, timeout_ms, &dirs, error)
              : reason_plain(error, KC_ERR_NO_MEMORY);
    free(ids);
    if (err) {
        return err;
    }
    struct harvest *harvest = admin_places_find(dirs, replicas, count);
    kc_log_dirs_destroy(dirs);
    if (!harvest) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    *ret_places = &harvest->as.places;
    return KC_ERR_NONE;
}
