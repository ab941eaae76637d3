/* libclient: the admin client. Every call has a deadline (timeout_ms), per-item errors, and waits
 * for the answer. Lists in results belong to the result object and are freed with it. */
#ifndef LIBCLIENT_ADMIN_H
#define LIBCLIENT_ADMIN_H

#include <libclient/config.h>
#include <libclient/consumer.h>
#include <libclient/record.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_admin;

/* NULL with `error` filled as kc_producer_create. All functions may be called from any thread. */
struct kc_admin *kc_admin_create(const struct kc_config *config, struct kc_error *error);
void kc_admin_destroy(struct kc_admin *admin);

/* What became of one named thing (topic, group) of a call. */
struct kc_item_result {
    const char *name;
    enum kc_err err;
    const char *text; /* the broker's sentence, or kc_err_text */
};
struct kc_item_results {
    size_t count;
    struct kc_item_result *items;
};
void kc_item_results_destroy(struct kc_item_results *results);

struct kc_setting {
    const char *name;
    const char *value;
};

struct kc_new_topic {
    const char *name;
    int32_t partition_count;    /* -1: the broker's num.partitions */
    int16_t replication_factor; /* -1: the broker's default */
    const struct kc_setting *settings;
    size_t setting_count;
    const int32_t *const *assignments; /* NULL, or for each partition replication_factor broker ids
                                          (then both counts above are read) */
};

/* The call's own error (no broker, deadline) is returned; each topic's stands in *ret_results,
 * which the caller destroys. */
enum kc_err kc_admin_create_topics(struct kc_admin *admin, const struct kc_new_topic *topics,
                                   size_t count, bool validate_only, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error);
enum kc_err kc_admin_delete_topics(struct kc_admin *admin, const char *const *names, size_t count,
                                   int timeout_ms, struct kc_item_results **ret_results,
                                   struct kc_error *error);

/* Raises the partition count of one topic. assignments: NULL, or for each new partition
 * replication_factor broker ids. */
enum kc_err kc_admin_create_partitions(struct kc_admin *admin, const char *topic,
                                       int32_t total_count, const int32_t *const *assignments,
                                       int16_t replication_factor, bool validate_only,
                                       int timeout_ms, struct kc_item_results **ret_results,
                                       struct kc_error *error);

struct kc_partition_description {
    int32_t partition;
    enum kc_err err;
    int32_t leader; /* -1: none */
    int32_t leader_epoch;
    const int32_t *replicas;
    size_t replica_count;
    const int32_t *isr;
    size_t isr_count;
    const int32_t
        *elr; /* eligible leader replicas (KIP-966); count 0 when the cluster does not tell */
    size_t elr_count;
    const int32_t *last_known_elr;
    size_t last_known_elr_count;
    const int32_t *offline_replicas;
    size_t offline_replica_count;
};

struct kc_topic_description {
    const char *name;
    char id[24]; /* "" when the broker does not tell */
    enum kc_err err;
    bool internal;
    struct kc_partition_description *partitions; /* in partition order */
    size_t partition_count;
};
struct kc_topic_descriptions {
    size_t count;
    struct kc_topic_description *items; /* list: in name order; describe: as asked */
};
void kc_topic_descriptions_destroy(struct kc_topic_descriptions *topics);

/* All topics, internal ones too. */
enum kc_err kc_admin_list_topics(struct kc_admin *admin, int timeout_ms,
                                 struct kc_topic_descriptions **ret_topics, struct kc_error *error);
/* An unknown topic has err KC_ERR_UNKNOWN_TOPIC_OR_PARTITION; nothing is created by asking. */
enum kc_err kc_admin_describe_topics(struct kc_admin *admin, const char *const *names, size_t count,
                                     int timeout_ms, struct kc_topic_descriptions **ret_topics,
                                     struct kc_error *error);

struct kc_node {
    int32_t id;
    const char *host;
    int32_t port;
    const char *rack; /* NULL: none */
};
struct kc_cluster_description {
    const char *cluster_id;
    int32_t controller_id;
    struct kc_node *nodes;
    size_t node_count;
};
void kc_cluster_description_destroy(struct kc_cluster_description *cluster);
enum kc_err kc_admin_describe_cluster(struct kc_admin *admin, int timeout_ms,
                                      struct kc_cluster_description **ret_cluster,
                                      struct kc_error *error);

enum kc_resource_type {
    KC_RESOURCE_TOPIC = 2,
    KC_RESOURCE_GROUP = 32,
    KC_RESOURCE_BROKER = 4,
    KC_RESOURCE_BROKER_LOGGER = 8
};
/* Where a value comes from, as on the wire (DescribeConfigs). */
enum kc_config_source {
    KC_SOURCE_UNKNOWN = 0,
    KC_SOURCE_TOPIC = 1,
    KC_SOURCE_DYNAMIC_BROKER = 2,
    KC_SOURCE_DYNAMIC_DEFAULT_BROKER = 3,
    KC_SOURCE_STATIC_BROKER = 4,
    KC_SOURCE_DEFAULT = 5,
    KC_SOURCE_DYNAMIC_BROKER_LOGGER = 6,
    KC_SOURCE_CLIENT_METRICS = 7,
    KC_SOURCE_GROUP = 8
};
struct kc_config_entry {
    const char *name;
    const char *value; /* NULL: not told (sensitive) or none */
    enum kc_config_source source;
    bool read_only;
    bool sensitive;
};
struct kc_resource_config {
    enum kc_resource_type type;
    const char *name;
    enum kc_err err;
    const char *text;
    struct kc_config_entry *entries;
    size_t entry_count;
};
struct kc_resource_configs {
    size_t count;
    struct kc_resource_config *items;
};
void kc_resource_configs_destroy(struct kc_resource_configs *configs);
enum kc_err kc_admin_describe_configs(struct kc_admin *admin, enum kc_resource_type type,
                                      const char *const *names, size_t count, int timeout_ms,
                                      struct kc_resource_configs **ret_configs,
                                      struct kc_error *error);

/* Offsets of partitions: positions[i].offset is KC_OFFSET_EARLIEST, KC_OFFSET_LATEST or a timestamp
 * in ms (>= 0: the first offset at or after it; KC_OFFSET_NONE when there is none). The result has
 * the same order; each partition's own error stands in err. */
enum kc_err kc_admin_list_offsets(struct kc_admin *admin, const struct kc_position *positions,
                                  size_t count, int timeout_ms, struct kc_positions **ret_positions,
                                  struct kc_error *error);

struct kc_group_listing {
    const char *group_id;
    const char *protocol_type; /* "consumer", "" ... */
    const char *state;         /* "Stable", "Empty"...; "" when the broker does not tell */
    const char *type;          /* "Classic", "Consumer", ...; "" when the broker does not tell */
};
struct kc_group_listings {
    size_t count;
    struct kc_group_listing *items; /* sorted by id */
};
void kc_group_listings_destroy(struct kc_group_listings *groups);
/* Asks every broker; states and types (NULL-terminated, or NULL for all) filter where the broker
 * can. */
enum kc_err kc_admin_list_groups(struct kc_admin *admin, const char *const *states,
                                 const char *const *types, int timeout_ms,
                                 struct kc_group_listings **ret_groups, struct kc_error *error);

struct kc_member_description {
    const char *member_id;
    const char *instance_id; /* NULL: not static */
    const char *client_id;
    const char *host;
    struct kc_partition *partitions;
    size_t partition_count;
    int32_t member_epoch; /* KIP-848 groups; -1 else */
    /* What the member shall have when the group has settled (KIP-848 groups; count 0 else). */
    struct kc_partition *target_partitions;
    size_t target_partition_count;
};
struct kc_group_description {
    const char *group_id;
    enum kc_err err;
    const char *text;
    const char *state; /* "Dead" for a group that does not exist */
    const char *protocol_type;
    const char *assignor; /* chosen protocol, "" when none */
    const char *type;     /* "Classic" or "Consumer" */
    struct kc_node coordinator;
    struct kc_member_description *members;
    size_t member_count;
    int32_t group_epoch;
    int32_t target_epoch; /* of the targets of the members; like group_epoch for KIP-848 groups */
};
struct kc_group_descriptions {
    size_t count;
    struct kc_group_description *items;
};
void kc_group_descriptions_destroy(struct kc_group_descriptions *groups);
enum kc_err kc_admin_describe_groups(struct kc_admin *admin, const char *const *group_ids,
                                     size_t count, int timeout_ms,
                                     struct kc_group_descriptions **ret_groups,
                                     struct kc_error *error);

/* All committed offsets of a group. */
enum kc_err kc_admin_list_group_offsets(struct kc_admin *admin, const char *group_id,
                                        int timeout_ms, struct kc_positions **ret_positions,
                                        struct kc_error *error);
/* Sets committed offsets of a group without members; per-partition errors in the result. */
enum kc_err kc_admin_alter_group_offsets(struct kc_admin *admin, const char *group_id,
                                         const struct kc_position *positions, size_t count,
                                         int timeout_ms, struct kc_positions **ret_positions,
                                         struct kc_error *error);
/* Removes committed offsets. */
enum kc_err kc_admin_delete_group_offsets(struct kc_admin *admin, const char *group_id,
                                          const struct kc_partition *partitions, size_t count,
                                          int timeout_ms, struct kc_positions **ret_positions,
                                          struct kc_error *error);
enum kc_err kc_admin_delete_groups(struct kc_admin *admin, const char *const *group_ids,
                                   size_t count, int timeout_ms,
                                   struct kc_item_results **ret_results, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
