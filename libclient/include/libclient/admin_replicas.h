/* libclient: admin calls about replicas: reassignments, elections, log directories. */
#ifndef LIBCLIENT_ADMIN_REPLICAS_H
#define LIBCLIENT_ADMIN_REPLICAS_H

#include <libclient/admin_handle.h>
#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_new_replicas {
    const char *topic;
    int32_t partition;
    const int32_t *replicas; /* broker ids, the preferred leader first; NULL: gives the pending
                                reassignment up */
    size_t replica_count;
};
/* Begins or ends reassignments (AlterPartitionReassignments, key 45; KIP-455). how:
 * KC_KEEP_REPLICATION_FACTOR.
 * KC_ERR_INVALID_REPLICA_ASSIGNMENT, KC_ERR_NO_REASSIGNMENT_IN_PROGRESS, ... */
enum kc_err kc_admin_alter_reassignments(struct kc_admin *admin,
                                         const struct kc_new_replicas *replicas, size_t count,
                                         unsigned how, int timeout_ms,
                                         struct kc_partition_results **ret_results,
                                         struct kc_error *error);

struct kc_reassignment {
    const char *topic;
    int32_t partition;
    const int32_t *replicas; /* all, with those that come and go */
    size_t replica_count;
    const int32_t *adding;
    size_t adding_count;
    const int32_t *removing;
    size_t removing_count;
};
struct kc_reassignments {
    size_t count;
    struct kc_reassignment *items;
};
void kc_reassignments_destroy(struct kc_reassignments *reassignments);
/* The reassignments under way of these partitions; count 0: of all (ListPartitionReassignments, key
 * 46; KIP-455). Partitions without one are not told. */
enum kc_err kc_admin_list_reassignments(struct kc_admin *admin,
                                        const struct kc_partition *partitions, size_t count,
                                        int timeout_ms, struct kc_reassignments **ret_reassignments,
                                        struct kc_error *error);

enum kc_election { KC_ELECT_PREFERRED = 0, KC_ELECT_UNCLEAN = 1 };
/* Elects leaders (ElectLeaders, key 43; KIP-183, KIP-460); count 0: of all partitions that need it,
 * which are those in the result then. KC_ERR_ELECTION_NOT_NEEDED is an error here, too. */
enum kc_err kc_admin_elect_leaders(struct kc_admin *admin, enum kc_election election,
                                   const struct kc_partition *partitions, size_t count,
                                   int timeout_ms, struct kc_partition_results **ret_results,
                                   struct kc_error *error);

struct kc_replica_size {
    const char *topic;
    int32_t partition;
    int64_t size;       /* bytes */
    int64_t offset_lag; /* behind the high watermark, or, of a future replica, the current one */
    bool is_future;     /* will replace the current one (KIP-113) */
};
struct kc_log_dir {
    const char *path;
    enum kc_err err;     /* KC_ERR_KAFKA_STORAGE_ERROR: offline */
    int64_t total_bytes; /* of its volume (KIP-827); -1: not told */
    int64_t usable_bytes;
    bool is_cordoned;
    struct kc_replica_size *replicas;
    size_t replica_count;
};
struct kc_broker_log_dirs {
    int32_t broker_id;
    enum kc_err err;
    const char *text;
    struct kc_log_dir *dirs;
    size_t dir_count;
};
struct kc_log_dirs {
    size_t count;
    struct kc_broker_log_dirs *items; /* as asked */
};
void kc_log_dirs_destroy(struct kc_log_dirs *dirs);
/* What lies where (DescribeLogDirs, key 35, of each broker; KIP-113). A broker that is not there
 * ends the call. For Java's describeReplicaLogDirs, look for the replicas in it. */
enum kc_err kc_admin_describe_log_dirs(struct kc_admin *admin, const int32_t *broker_ids,
                                       size_t count, int timeout_ms, struct kc_log_dirs **ret_dirs,
                                       struct kc_error *error);

struct kc_replica_move {
    const char *topic;
    int32_t partition;
    int32_t broker_id;
    const char *path; /* one of the broker's log.dirs */
};
/* Moves replicas between directories of their brokers (AlterReplicaLogDirs, key 34; KIP-113).
 * KC_ERR_LOG_DIR_NOT_FOUND, KC_ERR_REPLICA_NOT_AVAILABLE. */
enum kc_err kc_admin_alter_log_dirs(struct kc_admin *admin, const struct kc_replica_move *moves,
                                    size_t count, int timeout_ms,
                                    struct kc_partition_results **ret_results,
                                    struct kc_error *error);

/* The answer for one replica of kc_admin_describe_replica_log_dirs. */
struct kc_replica_place {
    const char *topic;
    int32_t partition;
    int32_t broker_id;
    enum kc_err err;
    const char *path; /* NULL: not on this broker */
    int64_t offset_lag;
    const char *future_path; /* NULL: it does not move */
    int64_t future_offset_lag;
};
struct kc_replica_places {
    size_t count;
    struct kc_replica_place *items; /* as asked */
};
void kc_replica_places_destroy(struct kc_replica_places *places);
struct kc_replica {
    const char *topic;
    int32_t partition;
    int32_t broker_id;
};
/* In which directories replicas lie (DescribeLogDirs, key 35). */
enum kc_err kc_admin_describe_replica_log_dirs(struct kc_admin *admin,
                                               const struct kc_replica *replicas, size_t count,
                                               int timeout_ms,
                                               struct kc_replica_places **ret_places,
                                               struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
