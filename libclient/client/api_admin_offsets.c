/* client: admin calls about offsets: of partitions, and those that groups committed. */
#include "client/admin_handle.h"

static enum kc_err check_specs(const struct kc_admin *admin, const void *ret_result,
                               const struct kc_position *positions, size_t count,
                               struct kc_error *error)
{
    enum kc_err err = admin_handle_check_partitions(admin, ret_result, positions, count,
                                                    sizeof(*positions), error);
    for (size_t i = 0; i < count && !err; i++) {
        if (!admin_offsets_is_known(positions[i].offset)) {
            err = reason_set(
                error, KC_ERR_INVALID,
                "%lld is neither a timestamp nor one of KC_OFFSET_* that can be asked for",
                (long long)positions[i].offset);
        }
    }
    return err;
}

enum kc_err kc_admin_list_offsets(struct kc_admin *admin, const struct kc_position *positions,
                                  size_t count, int timeout_ms, struct kc_positions **ret_positions,
                                  struct kc_error *error)
{
    enum kc_err err = check_specs(admin, ret_positions, positions, count, error);
    return err ? err
               : admin_handle_run_positions(admin, admin_offsets_list(positions, count), timeout_ms,
                                            ret_positions, error);
}

enum kc_err kc_admin_find_offsets(struct kc_admin *admin, const struct kc_position *positions,
                                  size_t count, bool committed_only, int timeout_ms,
                                  struct kc_offset_spots **ret_spots, struct kc_error *error)
{
    enum kc_err err = check_specs(admin, ret_spots, positions, count, error);
    return err ? err
               : admin_handle_collect(admin, admin_offsets_find(positions, count, committed_only),
                                      timeout_ms, ret_spots, error);
}

enum kc_err kc_admin_delete_records(struct kc_admin *admin, const struct kc_position *positions,
                                    size_t count, int timeout_ms,
                                    struct kc_low_watermarks **ret_marks, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_partitions(admin, ret_marks, positions, count,
                                                    sizeof(*positions), error);
    for (size_t i = 0; i < count && !err; i++) {
        if (positions[i].offset < 0 && positions[i].offset != KC_OFFSET_LATEST) {
            err = reason_set(
                error, KC_ERR_INVALID,
                "records are deleted before an offset of 0 or more, or before KC_OFFSET_LATEST");
        }
    }
    return err ? err
               : admin_handle_collect(admin, admin_records_delete(positions, count), timeout_ms,
                                      ret_marks, error);
}

static enum kc_err check_commits(const struct kc_admin *admin, const void *ret_result,
                                 const char *group_id, const struct kc_position *positions,
                                 size_t count, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_result, &group_id, 1, "a group", error);
    err = err ? err
              : admin_handle_check_partitions(admin, ret_result, positions, count,
                                              sizeof(*positions), error);
    for (size_t i = 0; i < count && !err; i++) {
        if (positions[i].offset < 0) {
            err = reason_set(error, KC_ERR_INVALID, "an offset to commit is 0 or more");
        }
    }
    return err;
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
    enum kc_err err = check_commits(admin, ret_positions, group_id, positions, count, error);
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
    err = err ? err
              : admin_handle_check_partitions(admin, ret_positions, partitions, count,
                                              sizeof(*partitions), error);
    return err ? err
               : admin_handle_run_positions(admin,
                                            admin_commits_delete(group_id, partitions, count),
                                            timeout_ms, ret_positions, error);
}

static enum kc_err check_asked(const struct kc_admin *admin, const void *ret_result,
                               const struct kc_group_partitions *asked, size_t count,
                               struct kc_error *error)
{
    enum kc_err err = admin_handle_check_items(admin, ret_result, asked, count, "groups", error);
    for (size_t i = 0; i < count && !err; i++) {
        err = asked[i].group_id ? KC_ERR_NONE
                                : reason_set(error, KC_ERR_INVALID, "a group needs a name");
        if (!err && asked[i].partitions) {
            err = admin_handle_check_partitions(admin, ret_result, asked[i].partitions,
                                                asked[i].partition_count,
                                                sizeof(*asked[i].partitions), error);
        }
    }
    return err;
}

enum kc_err kc_admin_list_offsets_of_groups(struct kc_admin *admin,
                                            const struct kc_group_partitions *asked, size_t count,
                                            bool stable_only, int timeout_ms,
                                            struct kc_groups_offsets **ret_groups,
                                            struct kc_error *error)
{
    enum kc_err err = check_asked(admin, ret_groups, asked, count, error);
    return err ? err
               : admin_handle_collect(admin, admin_commits_list_many(asked, count, stable_only),
                                      timeout_ms, ret_groups, error);
}

enum kc_err kc_admin_list_share_offsets(struct kc_admin *admin,
                                        const struct kc_group_partitions *asked, size_t count,
                                        int timeout_ms, struct kc_groups_share_offsets **ret_groups,
                                        struct kc_error *error)
{
    enum kc_err err = check_asked(admin, ret_groups, asked, count, error);
    return err ? err
               : admin_handle_collect(admin, admin_share_list(asked, count), timeout_ms, ret_groups,
                                      error);
}

enum kc_err kc_admin_alter_share_offsets(struct kc_admin *admin, const char *group_id,
                                         const struct kc_position *positions, size_t count,
                                         int timeout_ms, struct kc_partition_results **ret_results,
                                         struct kc_error *error)
{
    enum kc_err err = check_commits(admin, ret_results, group_id, positions, count, error);
    return err ? err
               : admin_handle_collect(admin, admin_share_alter(group_id, positions, count),
                                      timeout_ms, ret_results, error);
}

enum kc_err kc_admin_delete_share_offsets(struct kc_admin *admin, const char *group_id,
                                          const char *const *topics, size_t count, int timeout_ms,
                                          struct kc_item_results **ret_results,
                                          struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_results, &group_id, 1, "a group", error);
    err = err ? err : admin_handle_check_names(admin, ret_results, topics, count, "a topic", error);
    return err ? err
               : admin_handle_collect(admin, admin_share_delete(group_id, topics, count),
                                      timeout_ms, ret_results, error);
}
