/* client: admin calls about offsets: of partitions, and those that groups committed. */
#include "client/admin_handle.h"

static enum kc_err check_partition(const char *topic, int32_t partition, struct kc_error *error)
{
    return topic && partition >= 0
               ? KC_ERR_NONE
               : reason_set(error, KC_ERR_INVALID, "a partition needs a topic and a number");
}

enum kc_err kc_admin_list_offsets(struct kc_admin *admin, const struct kc_position *positions,
                                  size_t count, int timeout_ms, struct kc_positions **ret_positions,
                                  struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_positions, count, error);
    for (size_t i = 0; i < count && !err; i++) {
        err = check_partition(positions ? positions[i].topic : NULL,
                              positions ? positions[i].partition : -1, error);
        if (!err &&
            (positions[i].offset < KC_OFFSET_LATEST || positions[i].offset == KC_OFFSET_NONE)) {
            err = reason_set(error, KC_ERR_INVALID,
                             "%lld is neither a timestamp nor the first nor "
                             "the last offset",
                             (long long)positions[i].offset);
        }
    }
    return err ? err
               : admin_handle_run_positions(admin, admin_offsets_list(positions, count), timeout_ms,
                                            ret_positions, error);
}

enum kc_err kc_admin_list_group_offsets(struct kc_admin *admin, const char *group_id,
                                        int timeout_ms, struct kc_positions **ret_positions,
                                        struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_positions, &group_id, 1, "a group", error);
    return err ? err
               : admin_handle_run_positions(admin, admin_commits_list(group_id), timeout_ms,
                                            ret_positions, error);
}

enum kc_err kc_admin_alter_group_offsets(struct kc_admin *admin, const char *group_id,
                                         const struct kc_position *positions, size_t count,
                                         int timeout_ms, struct kc_positions **ret_positions,
                                         struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_positions, &group_id, 1, "a group", error);
    err = err ? err : admin_handle_check(admin, ret_positions, count, error);
    for (size_t i = 0; i < count && !err; i++) {
        err = check_partition(positions ? positions[i].topic : NULL,
                              positions ? positions[i].partition : -1, error);
        if (!err && positions[i].offset < 0) {
            err = reason_set(error, KC_ERR_INVALID, "an offset to commit is 0 or more");
        }
    }
    return err ? err
               : admin_handle_run_positions(admin, admin_commits_alter(group_id, positions, count),
                                            timeout_ms, ret_positions, error);
}

enum kc_err kc_admin_delete_group_offsets(struct kc_admin *admin, const char *group_id,
                                          const struct kc_partition *partitions, size_t count,
                                          int timeout_ms, struct kc_positions **ret_positions,
                                          struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_positions, &group_id, 1, "a group", error);
    err = err ? err : admin_handle_check(admin, ret_positions, count, error);
    for (size_t i = 0; i < count && !err; i++) {
        err = check_partition(partitions ? partitions[i].topic : NULL,
                              partitions ? partitions[i].partition : -1, error);
    }
    return err ? err
               : admin_handle_run_positions(admin,
                                            admin_commits_delete(group_id, partitions, count),
                                            timeout_ms, ret_positions, error);
}
