/* libclient: admin calls that tell of topics. */
#ifndef LIBCLIENT_ADMIN_TOPIC_LIST_H
#define LIBCLIENT_ADMIN_TOPIC_LIST_H

#include <libclient/admin_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

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
    int32_t operations; /* see KC_WITH_OPERATIONS; kc_admin_list_topics does not ask */
};
struct kc_topic_descriptions {
    size_t count;
    struct kc_topic_description *items; /* list: in name order; describe: as asked */
};
void kc_topic_descriptions_destroy(struct kc_topic_descriptions *topics);

/* All topics, internal ones too (Metadata, key 3). */
enum kc_err kc_admin_list_topics(struct kc_admin *admin, int timeout_ms,
                                 struct kc_topic_descriptions **ret_topics, struct kc_error *error);
/* Page by page (DescribeTopicPartitions, key 75; KIP-966), else by Metadata. An unknown topic has
 * err KC_ERR_UNKNOWN_TOPIC_OR_PARTITION; nothing is created by asking. */
enum kc_err kc_admin_describe_topics(struct kc_admin *admin, const char *const *names, size_t count,
                                     unsigned with, int timeout_ms,
                                     struct kc_topic_descriptions **ret_topics,
                                     struct kc_error *error);
/* The same by topic id (Metadata, version 12 and up; KIP-516): KC_ERR_UNKNOWN_TOPIC_ID, and the
 * name "" then. */
enum kc_err kc_admin_describe_topics_by_id(struct kc_admin *admin, const char *const *ids,
                                           size_t count, unsigned with, int timeout_ms,
                                           struct kc_topic_descriptions **ret_topics,
                                           struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
