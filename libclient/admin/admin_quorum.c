/* admin: the quorum of the metadata log (KIP-595, KIP-836), and who votes in it (KIP-853). */
#include "admin/admin.h"
#include "admin/sheet.h"

enum { KEY_DESCRIBE_QUORUM = 55, KEY_ADD_VOTER = 80, KEY_REMOVE_VOTER = 81 };

static const struct mirror_row replica_rows[] = {
    MIRROR(struct kc_quorum_replica, id, "replicaId"),
    MIRROR(struct kc_quorum_replica, directory_id, "replicaDirectoryId"),
    MIRROR(struct kc_quorum_replica, log_end_offset, "logEndOffset"),
    MIRROR(struct kc_quorum_replica, last_fetch_ms, "lastFetchTimestamp"),
    MIRROR(struct kc_quorum_replica, last_caught_up_ms, "lastCaughtUpTimestamp"),
    MIRROR_END,
};
static const struct mirror_row quorum_rows[] = {
    MIRROR(struct kc_quorum, leader_id, "leaderId"),
    MIRROR(struct kc_quorum, leader_epoch, "leaderEpoch"),
    MIRROR(struct kc_quorum, high_watermark, "highWatermark"),
    MIRROR_EACH(struct kc_quorum, voters, voter_count, "currentVoters", replica_rows),
    MIRROR_EACH(struct kc_quorum, observers, observer_count, "observers", replica_rows),
    MIRROR_END,
};
static const struct mirror_row endpoint_rows[] = {
    MIRROR(struct kc_quorum_endpoint, listener, "name"),
    MIRROR(struct kc_quorum_endpoint, host, "host"),
    MIRROR(struct kc_quorum_endpoint, port, "port"),
    MIRROR_END,
};
static const struct mirror_row node_rows[] = {
    MIRROR(struct kc_quorum_node, id, "nodeId"),
    MIRROR_EACH(struct kc_quorum_node, endpoints, endpoint_count, "listeners", endpoint_rows),
    MIRROR_END,
};
static const struct mirror_row nodes_rows[] = {
    MIRROR_EACH(struct kc_quorum, nodes, node_count, "nodes", node_rows),
    MIRROR_END,
};
static const struct sheet_form describe_form = {
    .family = SHEET_FAMILY("describing the quorum"),
    .api_key = KEY_DESCRIBE_QUORUM,
    .route = SHEET_ANY,
    .asked = { "topics", "topicName", "partitions", { "partitionIndex" } },
    .answered = { "topics", "topicName", "partitions", { "partitionIndex" } },
    .rows = quorum_rows,
    .top = nodes_rows,
};

struct fanout *admin_quorum_describe(void)
{
    static const struct mirror_row rows[] = {
        MIRROR(struct kc_partition, partition, "partitionIndex"),
        MIRROR_END,
    };
    static const struct kc_partition log = { "__cluster_metadata", 0 };
    return sheet_take(sheet_create(&describe_form, 1), rows, &log, sizeof(log));
}

struct quorum_voter {
    const char *cluster_id;
    int32_t id;
    const char *directory_id;
    const struct kc_quorum_endpoint *endpoints;
    size_t endpoint_count;
};
#define VOTER_ROWS                                        \
    MIRROR(struct quorum_voter, cluster_id, "clusterId"), \
        MIRROR(struct quorum_voter, id, "voterId"),       \
        MIRROR(struct quorum_voter, directory_id, "voterDirectoryId")

static const struct sheet_form add_form = {
    .family = SHEET_FAMILY("adding a voter"),
    .api_key = KEY_ADD_VOTER,
    .route = SHEET_ANY,
};
static const struct sheet_form remove_form = {
    .family = SHEET_FAMILY("removing a voter"),
    .api_key = KEY_REMOVE_VOTER,
    .route = SHEET_ANY,
};

struct fanout *admin_quorum_add(const char *cluster_id, int32_t voter_id, const char *directory_id,
                                const struct kc_quorum_endpoint *endpoints, size_t count)
{
    static const struct mirror_row rows[] = {
        VOTER_ROWS,
        MIRROR_EACH(struct quorum_voter, endpoints, endpoint_count, "listeners", endpoint_rows),
        MIRROR_END,
    };
    const struct quorum_voter voter = { cluster_id, voter_id, directory_id, endpoints, count };
    return sheet_take_struct(sheet_create(&add_form, 1), rows, &voter);
}

struct fanout *admin_quorum_remove(const char *cluster_id, int32_t voter_id,
                                   const char *directory_id)
{
    static const struct mirror_row rows[] = { VOTER_ROWS, MIRROR_END };
    const struct quorum_voter voter = { cluster_id, voter_id, directory_id, NULL, 0 };
    return sheet_take_struct(sheet_create(&remove_form, 1), rows, &voter);
}
