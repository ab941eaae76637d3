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
                                   size_t count, unsigned how, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error)
{
    enum kc_err err = check_topics(admin, ret_results, topics, count, error);
    return err ? err
               : admin_handle_collect(admin, admin_topics_create(topics, count, how, false),
                                      timeout_ms, ret_results, error);
}

enum kc_err kc_admin_create_topics_described(struct kc_admin *admin,
                                             const struct kc_new_topic *topics, size_t count,
                                             unsigned how, int timeout_ms,
                                             struct kc_created_topics **ret_topics,
                                             struct kc_error *error)
{
    enum kc_err err = check_topics(admin, ret_topics, topics, count, error);
    return err ? err
               : admin_handle_collect(admin, admin_topics_create(topics, count, how, true),
                                      timeout_ms, ret_topics, error);
}

enum kc_err kc_admin_delete_topics(struct kc_admin *admin, const char *const *names, size_t count,
                                   unsigned how, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_results, names, count, "a topic", error);
    return err ? err
               : admin_handle_collect(admin, admin_topics_delete(names, count, how), timeout_ms,
                                      ret_results, error);
}

enum kc_err kc_admin_delete_topics_by_id(struct kc_admin *admin, const char *const *ids,
                                         size_t count, unsigned how, int timeout_ms,
                                         struct kc_item_results **ret_results,
                                         struct kc_error *error)
{
    enum kc_err err = admin_handle_check_uuids(admin, ret_results, ids, count, "a topic id", error);
    return err ? err
               : admin_handle_collect(admin, admin_topics_delete_ids(ids, count, how), timeout_ms,
                                      ret_results, error);
}

static enum kc_err check_partitions(const struct kc_new_partitions *topic, struct kc_error *error)
{
    if (!topic->topic || !topic->topic[0]) {
        return reason_set(error, KC_ERR_INVALID, "a topic to add partitions to needs a name");
    }
    if (topic->assignments && topic->replication_factor < 1) {
        return reason_set(error, KC_ERR_INVALID,
                          "topic '%s': assignments need a replication_factor", topic->topic);
    }
    return KC_ERR_NONE;
}

enum kc_err kc_admin_create_partitions(struct kc_admin *admin,
                                       const struct kc_new_partitions *topics, size_t count,
                                       unsigned how, int timeout_ms,
                                       struct kc_item_results **ret_results, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_items(admin, ret_results, topics, count, "topics", error);
    for (size_t i = 0; i < count && !err; i++) {
        err = check_partitions(&topics[i], error);
    }
    return err ? err
               : admin_handle_collect(admin, admin_topics_raise(topics, count, how), timeout_ms,
                                      ret_results, error);
}

enum kc_err kc_admin_list_topics(struct kc_admin *admin, int timeout_ms,
                                 struct kc_topic_descriptions **ret_topics, struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_topics, 0, error);
    return err ? err
               : admin_handle_collect(admin, admin_catalog_list(), timeout_ms, ret_topics, error);
}

enum kc_err kc_admin_describe_topics(struct kc_admin *admin, const char *const *names, size_t count,
                                     unsigned with, int timeout_ms,
                                     struct kc_topic_descriptions **ret_topics,
                                     struct kc_error *error)
{
    enum kc_err err = admin_handle_check_names(admin, ret_topics, names, count, "a topic", error);
    return err ? err
               : admin_handle_collect(admin, admin_catalog_describe(names, count, with), timeout_ms,
                                      ret_topics, error);
}

enum kc_err kc_admin_describe_topics_by_id(struct kc_admin *admin, const char *const *ids,
                                           size_t count, unsigned with, int timeout_ms,
                                           struct kc_topic_descriptions **ret_topics,
                                           struct kc_error *error)
{
    enum kc_err err = admin_handle_check_uuids(admin, ret_topics, ids, count, "a topic id", error);
    return err ? err
               : admin_handle_collect(admin, admin_catalog_describe_ids(ids, count, with),
                                      timeout_ms, ret_topics, error);
}
