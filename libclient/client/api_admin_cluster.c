/* client: admin calls about the cluster and its controllers. */
#include "client/admin_handle.h"

enum kc_err kc_admin_describe_cluster(struct kc_admin *admin, unsigned with, int timeout_ms,
                                      struct kc_cluster_description **ret_cluster,
                                      struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_cluster, 0, error);
    return err ? err
               : admin_handle_collect(admin, admin_cluster_describe(with), timeout_ms, ret_cluster,
                                      error);
}

enum kc_err kc_admin_describe_features(struct kc_admin *admin, int32_t broker_id, int timeout_ms,
                                       struct kc_features **ret_features, struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_features, 0, error);
    return err ? err
               : admin_handle_collect(admin, admin_features_describe(broker_id), timeout_ms,
                                      ret_features, error);
}

enum kc_err kc_admin_update_features(struct kc_admin *admin,
                                     const struct kc_feature_change *changes, size_t count,
                                     bool validate_only, int timeout_ms, struct kc_error *error)
{
    enum kc_err err = admin_handle_check_items(admin, admin, changes, count, "features", error);
    for (size_t i = 0; i < count && !err; i++) {
        if (!changes[i].name || !changes[i].name[0]) {
            err = reason_set(error, KC_ERR_INVALID, "a feature needs a name");
        }
    }
    return err ? err
               : admin_handle_succeed(admin, admin_features_update(changes, count, validate_only),
                                      timeout_ms, error);
}

enum kc_err kc_admin_unregister_broker(struct kc_admin *admin, int32_t broker_id, int timeout_ms,
                                       struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, admin, 0, error);
    return err ? err
               : admin_handle_succeed(admin, admin_features_unregister(broker_id), timeout_ms,
                                      error);
}

/* Copies the id that the handle has; false when it has none yet. */
static bool known_instance(struct kc_admin *admin, char ret_id[24])
{
    lock_hold(&admin->lock);
    bool is_known = admin->instance_id[0] != 0;
    if (is_known) {
        memcpy(ret_id, admin->instance_id, sizeof(admin->instance_id));
    }
    lock_release(&admin->lock);
    return is_known;
}

enum kc_err kc_admin_client_instance_id(struct kc_admin *admin, int timeout_ms, char ret_id[24],
                                        struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err = admin_handle_check(admin, ret_id, 0, error);
    /* Who asks a broker twice too early is throttled, so it is asked once. */
    if (err || known_instance(admin, ret_id)) {
        return err;
    }
    err = admin_handle_run(admin, admin_features_instance(), timeout_ms, &harvest, error);
    if (err) {
        return err;
    }
    /* Of two first calls at once, one gives the id. */
    lock_hold(&admin->lock);
    if (!admin->instance_id[0]) {
        memcpy(admin->instance_id, harvest->as.instance.id, sizeof(admin->instance_id));
    }
    memcpy(ret_id, admin->instance_id, sizeof(admin->instance_id));
    lock_release(&admin->lock);
    harvest_destroy(harvest);
    return KC_ERR_NONE;
}

enum kc_err kc_admin_describe_quorum(struct kc_admin *admin, int timeout_ms,
                                     struct kc_quorum **ret_quorum, struct kc_error *error)
{
    enum kc_err err = admin_handle_check(admin, ret_quorum, 0, error);
    return err ? err
               : admin_handle_collect(admin, admin_quorum_describe(), timeout_ms, ret_quorum,
                                      error);
}

enum kc_err kc_admin_add_voter(struct kc_admin *admin, const char *cluster_id, int32_t voter_id,
                               const char *directory_id, const struct kc_quorum_endpoint *endpoints,
                               size_t count, int timeout_ms, struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_uuids(admin, admin, &directory_id, 1, "a directory id", error);
    err = err ? err : admin_handle_check_items(admin, admin, endpoints, count, "endpoints", error);
    for (size_t i = 0; i < count && !err; i++) {
        if (!endpoints[i].listener || !endpoints[i].host || endpoints[i].port < 0 ||
            endpoints[i].port > UINT16_MAX) {
            err = reason_set(error, KC_ERR_INVALID,
                             "an endpoint needs a listener, a host and a port");
        }
    }
    return err ? err
               : admin_handle_succeed(
                     admin, admin_quorum_add(cluster_id, voter_id, directory_id, endpoints, count),
                     timeout_ms, error);
}

enum kc_err kc_admin_remove_voter(struct kc_admin *admin, const char *cluster_id, int32_t voter_id,
                                  const char *directory_id, int timeout_ms, struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_uuids(admin, admin, &directory_id, 1, "a directory id", error);
    return err ? err
               : admin_handle_succeed(admin,
                                      admin_quorum_remove(cluster_id, voter_id, directory_id),
                                      timeout_ms, error);
}
