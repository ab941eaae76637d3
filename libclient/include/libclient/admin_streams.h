/* libclient: the admin call that tells of streams groups (KIP-1071). */
#ifndef LIBCLIENT_ADMIN_STREAMS_H
#define LIBCLIENT_ADMIN_STREAMS_H

#include <libclient/admin_cluster.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_stream_pair {
    const char *key;
    const char *value;
};
struct kc_stream_topic {
    const char *name;
    int32_t partition_count;    /* 0: as its sources */
    int16_t replication_factor; /* 0: the broker's default */
    struct kc_stream_pair *settings;
    size_t setting_count;
};
struct kc_subtopology {
    const char *id;
    const char *const *sources;
    size_t source_count;
    const char *const *sinks; /* repartition topics it writes */
    size_t sink_count;
    struct kc_stream_topic *changelogs;
    size_t changelog_count;
    struct kc_stream_topic *repartitions; /* that it reads */
    size_t repartition_count;
};
struct kc_stream_task {
    const char *subtopology;
    int32_t partition;
};
struct kc_stream_offset {
    const char *subtopology;
    int32_t partition;
    int64_t offset;
};
struct kc_stream_tasks {
    struct kc_stream_task *active;
    size_t active_count;
    struct kc_stream_task *standby;
    size_t standby_count;
    struct kc_stream_task *warmup;
    size_t warmup_count;
};
struct kc_stream_member {
    const char *member_id;
    const char *instance_id; /* NULL: not static */
    const char *rack;        /* NULL: not told */
    const char *client_id;
    const char *host;
    const char *process_id;
    int32_t member_epoch;
    int32_t topology_epoch;
    const char *endpoint_host; /* where it answers queries; NULL: nowhere */
    int32_t endpoint_port;
    struct kc_stream_pair *tags; /* client tags */
    size_t tag_count;
    struct kc_stream_offset *offsets; /* how far its tasks have come, */
    size_t offset_count;
    struct kc_stream_offset *end_offsets; /* and where their changelogs end */
    size_t end_offset_count;
    bool is_classic; /* has not come over from the classic protocol yet */
    struct kc_stream_tasks tasks;
    struct kc_stream_tasks target; /* what it shall have when the group has settled */
};
struct kc_streams_group {
    const char *group_id;
    enum kc_err err; /* KC_ERR_GROUP_ID_NOT_FOUND: also for groups of another type */
    const char *text;
    const char *state;
    struct kc_node coordinator;
    int32_t group_epoch;
    int32_t target_epoch;
    int32_t topology_epoch;
    int32_t operations; /* see KC_WITH_OPERATIONS */
    struct kc_subtopology *subtopologies;
    size_t subtopology_count;
    struct kc_stream_member *members;
    size_t member_count;
};
struct kc_streams_groups {
    size_t count;
    struct kc_streams_group *items; /* as asked */
};
void kc_streams_groups_destroy(struct kc_streams_groups *groups);
/* Asked of their coordinators (StreamsGroupDescribe, key 89). Their offsets: see
 * admin_group_offsets.h; deleting them: kc_admin_delete_groups. */
enum kc_err kc_admin_describe_streams_groups(struct kc_admin *admin, const char *const *group_ids,
                                             size_t count, unsigned with, int timeout_ms,
                                             struct kc_streams_groups **ret_groups,
                                             struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
