/* libclient: admin calls about the quorum of controllers. */
#ifndef LIBCLIENT_ADMIN_QUORUM_H
#define LIBCLIENT_ADMIN_QUORUM_H

#include <libclient/admin_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_quorum_replica {
    int32_t id;
    char directory_id[24]; /* KIP-853; "": not told */
    int64_t log_end_offset;
    int64_t last_fetch_ms; /* -1: not told */
    int64_t last_caught_up_ms;
};
struct kc_quorum_endpoint {
    const char *listener;
    const char *host;
    int32_t port;
};
struct kc_quorum_node {
    int32_t id;
    struct kc_quorum_endpoint *endpoints;
    size_t endpoint_count;
};
struct kc_quorum {
    int32_t leader_id;
    int32_t leader_epoch;
    int64_t high_watermark;
    struct kc_quorum_replica *voters;
    size_t voter_count;
    struct kc_quorum_replica *observers;
    size_t observer_count;
    struct kc_quorum_node *nodes; /* of the voters (KIP-853: version 2) */
    size_t node_count;
};
void kc_quorum_destroy(struct kc_quorum *quorum);
/* The quorum of the metadata log (DescribeQuorum, key 55; KIP-595, KIP-836). */
enum kc_err kc_admin_describe_quorum(struct kc_admin *admin, int timeout_ms,
                                     struct kc_quorum **ret_quorum, struct kc_error *error);

/* A controller that is to become a voter (AddRaftVoter, key 80; KIP-853). cluster_id, when not
 * NULL, must be the cluster's: KC_ERR_INCONSISTENT_CLUSTER_ID. KC_ERR_DUPLICATE_VOTER;
 * KC_ERR_UNSUPPORTED_VERSION in a cluster whose quorum is static (kraft.version 0). */
enum kc_err kc_admin_add_voter(struct kc_admin *admin, const char *cluster_id, int32_t voter_id,
                               const char *directory_id, const struct kc_quorum_endpoint *endpoints,
                               size_t count, int timeout_ms, struct kc_error *error);
/* Ends its vote (RemoveRaftVoter, key 81; KIP-853): KC_ERR_VOTER_NOT_FOUND. */
enum kc_err kc_admin_remove_voter(struct kc_admin *admin, const char *cluster_id, int32_t voter_id,
                                  const char *directory_id, int timeout_ms, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
