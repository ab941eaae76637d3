/* libclient: admin calls that create, change and delete topics. */
#ifndef LIBCLIENT_ADMIN_TOPICS_H
#define LIBCLIENT_ADMIN_TOPICS_H

#include <libclient/admin_configs.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_new_topic {
    const char *name;
    int32_t partition_count;    /* -1: the broker's num.partitions */
    int16_t replication_factor; /* -1: the broker's default */
    const struct kc_setting *settings;
    size_t setting_count;
    const int32_t *const *assignments; /* NULL, or for each partition replication_factor broker ids
                                          (then both counts above are read) */
};

/* Creates topics (CreateTopics, key 19, versions 2 to 7). how: KC_VALIDATE_ONLY (KIP-86),
 * KC_NO_QUOTA_RETRY. KC_ERR_TOPIC_ALREADY_EXISTS, KC_ERR_INVALID_REPLICATION_FACTOR,
 * KC_ERR_INVALID_CONFIG, ... of each topic. */
enum kc_err kc_admin_create_topics(struct kc_admin *admin, const struct kc_new_topic *topics,
                                   size_t count, unsigned how, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error);

/* A topic as it was created (or would be). */
struct kc_created_topic {
    const char *name;
    enum kc_err err;
    const char *text;
    char id[24];             /* KIP-516; "" when only validated or not told */
    int32_t partition_count; /* -1: not told */
    int16_t replication_factor;
    struct kc_config_entry *settings; /* all that hold for it, defaults too (KIP-525) */
    size_t setting_count;
    enum kc_err settings_err; /* why they are not told: KC_ERR_TOPIC_AUTHORIZATION_FAILED */
};
struct kc_created_topics {
    size_t count;
    struct kc_created_topic *items; /* as asked */
};
void kc_created_topics_destroy(struct kc_created_topics *topics);
/* The same with what the broker made of each topic (KIP-525: version 5 and up). */
enum kc_err kc_admin_create_topics_described(struct kc_admin *admin,
                                             const struct kc_new_topic *topics, size_t count,
                                             unsigned how, int timeout_ms,
                                             struct kc_created_topics **ret_topics,
                                             struct kc_error *error);

/* Deletes topics (DeleteTopics, key 20, versions 1 to 6). how: KC_NO_QUOTA_RETRY. */
enum kc_err kc_admin_delete_topics(struct kc_admin *admin, const char *const *names, size_t count,
                                   unsigned how, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error);

/* The same by topic id (KIP-516: version 6); the names in the result are the ids. */
enum kc_err kc_admin_delete_topics_by_id(struct kc_admin *admin, const char *const *ids,
                                         size_t count, unsigned how, int timeout_ms,
                                         struct kc_item_results **ret_results,
                                         struct kc_error *error);

struct kc_new_partitions {
    const char *topic;
    int32_t total_count;               /* with those that exist */
    const int32_t *const *assignments; /* NULL, or for each that is added replication_factor broker
                                          ids, the preferred leader first */
    size_t assignment_count;
    int16_t replication_factor; /* read with assignments */
};
/* Raises the partition counts of topics (CreatePartitions, key 37; KIP-195). how: KC_VALIDATE_ONLY,
 * KC_NO_QUOTA_RETRY. KC_ERR_INVALID_PARTITIONS, KC_ERR_INVALID_REPLICA_ASSIGNMENT, ... of each. */
enum kc_err kc_admin_create_partitions(struct kc_admin *admin,
                                       const struct kc_new_partitions *topics, size_t count,
                                       unsigned how, int timeout_ms,
                                       struct kc_item_results **ret_results,
                                       struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
