/* libclient: admin calls about the cluster: its brokers and features. */
#ifndef LIBCLIENT_ADMIN_CLUSTER_H
#define LIBCLIENT_ADMIN_CLUSTER_H

#include <libclient/admin_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_node {
    int32_t id;
    const char *host;
    int32_t port;
    const char *rack; /* NULL: none */
    bool is_fenced;   /* registered, but not serving (KIP-1073) */
};
struct kc_cluster_description {
    const char *cluster_id;
    int32_t controller_id;
    struct kc_node *nodes;
    size_t node_count;
    int32_t operations; /* see KC_WITH_OPERATIONS */
};
void kc_cluster_description_destroy(struct kc_cluster_description *cluster);
/* The brokers that serve (DescribeCluster, key 60, KIP-700; else Metadata), and those that do not
 * with KC_WITH_FENCED (version 2: else KC_ERR_UNSUPPORTED_VERSION). */
enum kc_err kc_admin_describe_cluster(struct kc_admin *admin, unsigned with, int timeout_ms,
                                      struct kc_cluster_description **ret_cluster,
                                      struct kc_error *error);

struct kc_feature {
    const char *name; /* "metadata.version" */
    int16_t min_level;
    int16_t max_level;
};
struct kc_features {
    struct kc_feature *supported; /* what the broker that answered can do */
    size_t supported_count;
    struct kc_feature *finalized; /* what the cluster does */
    size_t finalized_count;
    int64_t finalized_epoch; /* -1: not told */
};
void kc_features_destroy(struct kc_features *features);
/* ApiVersions, key 18 (KIP-584), asked of this broker; -1: of any. */
enum kc_err kc_admin_describe_features(struct kc_admin *admin, int32_t broker_id, int timeout_ms,
                                       struct kc_features **ret_features, struct kc_error *error);

enum kc_upgrade { KC_UPGRADE = 1, KC_DOWNGRADE_SAFE = 2, KC_DOWNGRADE_UNSAFE = 3 };
struct kc_feature_change {
    const char *name;
    int16_t max_level; /* 0: removes it (a downgrade) */
    enum kc_upgrade upgrade;
};
/* Changes what the cluster does, all or nothing (UpdateFeatures, key 57; KIP-584, KIP-778).
 * KC_ERR_FEATURE_UPDATE_FAILED, KC_ERR_INVALID_UPDATE_VERSION with the broker's sentence. */
enum kc_err kc_admin_update_features(struct kc_admin *admin,
                                     const struct kc_feature_change *changes, size_t count,
                                     bool validate_only, int timeout_ms, struct kc_error *error);

/* Forgets a broker that is gone for good (UnregisterBroker, key 64; KIP-631). One that serves is
 * registered again at once: KC_ERR_BROKER_ID_NOT_REGISTERED for one that is not known. */
enum kc_err kc_admin_unregister_broker(struct kc_admin *admin, int32_t broker_id, int timeout_ms,
                                       struct kc_error *error);

/* The id under which brokers know this client's metrics (GetTelemetrySubscriptions, key 71;
 * KIP-714), as text. The broker gives it at the first call; it stays that of the handle. */
enum kc_err kc_admin_client_instance_id(struct kc_admin *admin, int timeout_ms, char ret_id[24],
                                        struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
