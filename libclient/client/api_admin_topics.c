/* client: admin calls about topics. */
#include "client/admin_handle.h"

static enum kc_err check_topic(const struct kc_new_topic *topic, struct kc_error *error)
{
    if (!topic->name || !topic->name[0]) {
        return reason_set(error, KC_ERR_INVALID, "a new topic needs a name");
    }
    for (size_t i = 0; i < topic->setting_count; i++) {
        if (!topic->settings || !topic->settings[i].name) {
            return reason_set(error, KC_ERR_INVALID, "topic '%s': a setting needs a name",
                              topic->name);
        }
    }
    if (topic->assignments && (topic->partition_count < 1 || topic->replication_factor < 1)) {
        return reason_set(error, KC_ERR_INVALID,
                          "topic '%s': assignments need partition_count and replication_factor",
                          topic->name);
    }
    return KC_ERR_NONE;
}

static enum kc_err check_topics(const struct kc_admin *admin, const void *ret_result,
                                const struct kc_new_topic *topics, size_t count,
                                struct kc_error *error)
{
    enum kc_err err = admin_handle_check_items(admin, ret_result, topics, count, "topics", error);
    for (size_t i = 0; i < count && !err; i++) {
        err = check_topic(&topics[i], error);
    }
    return err;
}

enum kc_err kc_admin_create_topics(struct kc_admin *admin, const struct kc_new_topic *topics,
                                   size_t count, bool validate_only, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error)
{
    enum kc_err err = check_topics(admin, ret_results, topics, count, error);
    return err ? err
               : admin_handle_collect(admin,
                                      admin_topics_create(topics, count, validate_only, false),
                                      timeout_ms, ret_results, error);
}

enum kc_err kc_admin_create_topics_described(struct kc_admin *admin,
                                             const struct kc_new_topic *topics, size_t count,
                                             bool validate_only, int timeout_ms,
                                             struct kc_created_topics **ret_topics,
                                             struct kc_error *error)
{
    enum kc_err err = check_topics(admin, ret_topics, topics, count, error);
    return err ? err
               : admin_handle_collect(admin,
                                      admin_topics_create(topics, count, validate_only, true),
                                      timeout_ms, ret_topics, error);
}

enum kc_err kc_admin_delete_topics(struct kc_admin *admin, const char *const *names, size_t count,
                                   int timeout_ms, struct kc_item_results **ret_results,
                                   struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_results, names, count, "a topic", error);
    return err ? err
               : admin_handle_collect(admin, admin_topics_delete(names, count), timeout_ms,
                                      ret_results, error);
}

enum kc_err kc_admin_delete_topics_by_id(struct kc_admin *admin, const char *const *ids,
                                         size_t count, int timeout_ms,
                                         struct kc_item_results **ret_results,
                                         struct kc_error *error)
{
    enum kc_err err = admin_handle_check_uuids(admin, ret_results, ids, count, "a topic id", error);
    return err ? err
               : admin_handle_collect(admin, admin_topics_delete_ids(ids, count), timeout_ms,
                                      ret_results, error);
}

static enum kc_err run_raise(struct kc_admin *admin, struct kc_topic_descriptions *found,
                             int32_t total_count, const int32_t *const *assignments,
                             int16_t replication_factor, bool validate_only, int timeout_ms,
                             struct kc_item_results **ret_results, struct kc_error *error)
{
    const struct kc_topic_description *topic = &found->items[0];
    size_t known = topic->err ? 0 : topic->partition_count;
    size_t added = (size_t)total_count > known ? (size_t)total_count - known : 0;
    const int32_t *const *given = topic->err || added == 0 ? NULL : assignments;
    return admin_handle_collect(admin,
                                admin_topics_raise(topic->name, total_count, given, added,
                                                   replication_factor, validate_only),
                                timeout_ms, ret_results, error);
}

enum kc_err kc_admin_create_partitions(struct kc_admin *admin, const char *topic,
                                       int32_t total_count, const int32_t *const *assignments,
                                       int16_t replication_factor, bool validate_only,
                                       int timeout_ms, struct kc_item_results **ret_results,
                                       struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_results, &topic, 1, "a topic", error);
    if (err) {
        return err;
    }
    if (!assignments) {
        return admin_handle_collect(
            admin,
            admin_topics_raise(topic, total_count, NULL, 0, replication_factor, validate_only),
            timeout_ms, ret_results, error);
    }
    if (total_count < 1 || replication_factor < 1) {
        return reason_set(error, KC_ERR_INVALID,
                          "assignments need a partition count and a replication factor");
    }
    /* How many of them there are follows from how many partitions exist. */
    int64_t deadline_us = handle_deadline_us(&admin->handle, timeout_ms);
    struct kc_topic_descriptions *found = NULL;
    err = admin_handle_collect(admin, admin_catalog_describe(&topic, 1), timeout_ms, &found, error);
    if (err) {
        return err;
    }
    int rest_ms = admin_handle_left_ms(admin, deadline_us);
    err = run_raise(admin, found, total_count, assignments, replication_factor, validate_only,
                    rest_ms, ret_results, error);
    kc_topic_descriptions_destroy(found);
    return err;
}

enum kc_err kc_admin_list_topics(struct kc_admin *admin, int timeout_ms,
                                 struct kc_topic_descriptions **ret_topics, struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_topics, 0, error);
    return err ? err
               : admin_handle_collect(admin, admin_catalog_list(), timeout_ms, ret_topics, error);
}

enum kc_err kc_admin_describe_topics(struct kc_admin *admin, const char *const *names, size_t count,
                                     int timeout_ms, struct kc_topic_descriptions **ret_topics,
                                     struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_topics, names, count, "a topic", error);
    return err ? err
               : admin_handle_collect(admin, admin_catalog_describe(names, count), timeout_ms,
                                      ret_topics, error);
}

enum kc_err kc_admin_describe_topics_by_id(struct kc_admin *admin, const char *const *ids,
                                           size_t count, int timeout_ms,
                                           struct kc_topic_descriptions **ret_topics,
                                           struct kc_error *error)
{
    enum kc_err err = admin_handle_check_uuids(admin, ret_topics, ids, count, "a topic id", error);
    return err ? err
               : admin_handle_collect(admin, admin_catalog_describe_ids(ids, count), timeout_ms,
                                      ret_topics, error);
}
