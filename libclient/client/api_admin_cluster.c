/* client: admin calls about the cluster and settings. */
#include "client/admin_handle.h"

void kc_cluster_description_destroy(struct kc_cluster_description *cluster)
{
    harvest_destroy(harvest_of(cluster));
}

void kc_resource_configs_destroy(struct kc_resource_configs *configs)
{
    harvest_destroy(harvest_of(configs));
}

enum kc_err kc_admin_describe_cluster(struct kc_admin *admin, int timeout_ms,
                                      struct kc_cluster_description **ret_cluster,
                                      struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err = admin_handle_check(admin, ret_cluster, 0, error);
    err =
        err ? err : admin_handle_run(admin, admin_cluster_describe(), timeout_ms, &harvest, error);
    if (!err) {
        *ret_cluster = &harvest->as.cluster;
    }
    return err;
}

enum kc_err kc_admin_describe_configs(struct kc_admin *admin, enum kc_resource_type type,
                                      const char *const *names, size_t count, int timeout_ms,
                                      struct kc_resource_configs **ret_configs,
                                      struct kc_error *error)
{
    struct harvest *harvest = NULL;
    enum kc_err err =
        admin_handle_check_names(admin, ret_configs, names, count, "a resource", error);
    for (size_t i = 0; i < count && !err; i++) {
        bool is_broker = type == KC_RESOURCE_BROKER || type == KC_RESOURCE_BROKER_LOGGER;
        if (is_broker && names[i][0] && !admin_configs_is_broker(names[i])) {
            err =
                reason_set(error, KC_ERR_INVALID, "a broker's name is its id, not '%s'", names[i]);
        }
    }
    err = err ? err
              : admin_handle_run(admin, admin_configs_describe(type, names, count), timeout_ms,
                                 &harvest, error);
    if (!err) {
        *ret_configs = &harvest->as.configs;
    }
    return err;
}
