/* client: admin calls about settings. */
#include "client/admin_handle.h"

#include <stdlib.h>

static enum kc_err check_resource(enum kc_resource_type type, const char *name,
                                  struct kc_error *error)
{
    bool is_broker = type == KC_RESOURCE_BROKER || type == KC_RESOURCE_BROKER_LOGGER;
    if (!name) {
        return reason_set(error, KC_ERR_INVALID, "a resource needs a name");
    }
    if (is_broker && name[0] && !admin_configs_is_broker(name)) {
        return reason_set(error, KC_ERR_INVALID, "a broker's name is its id, not '%s'", name);
    }
    return KC_ERR_NONE;
}

enum kc_err kc_admin_describe_configs(struct kc_admin *admin, enum kc_resource_type type,
                                      const char *const *names, size_t count, int timeout_ms,
                                      struct kc_resource_configs **ret_configs,
                                      struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_names(admin, ret_configs, names, count, "a resource", error);
    struct kc_resource *resources =
        err ? NULL : calloc(MAX_OF(count, (size_t)1), sizeof(*resources));
    if (!resources) {
        return err ? err : reason_plain(error, KC_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        resources[i] = (struct kc_resource){ type, names[i] };
    }
    err = kc_admin_describe_resources(admin, resources, count, 0, timeout_ms, ret_configs, error);
    free(resources);
    return err;
}

enum kc_err kc_admin_describe_resources(struct kc_admin *admin, const struct kc_resource *resources,
                                        size_t count, unsigned with, int timeout_ms,
                                        struct kc_resource_configs **ret_configs,
                                        struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_items(admin, ret_configs, resources, count, "resources", error);
    for (size_t i = 0; i < count && !err; i++) {
        err = check_resource(resources[i].type, resources[i].name, error);
    }
    return err ? err
               : admin_handle_collect(admin, admin_configs_describe(resources, count, with),
                                      timeout_ms, ret_configs, error);
}

static enum kc_err check_change(const struct kc_resource_change *change, struct kc_error *error)
{
    enum kc_err err = check_resource(change->type, change->name, error);
    for (size_t i = 0; i < change->change_count && !err; i++) {
        const struct kc_config_change *one = change->changes ? &change->changes[i] : NULL;
        if (!one || !one->name || (!one->value && one->op != KC_CONFIG_DELETE)) {
            err = reason_set(error, KC_ERR_INVALID,
                             "'%s': a change of a setting needs a name and a value", change->name);
        }
    }
    return err;
}

enum kc_err kc_admin_alter_configs(struct kc_admin *admin, const struct kc_resource_change *changes,
                                   size_t count, bool validate_only, int timeout_ms,
                                   struct kc_resource_results **ret_results, struct kc_error *error)
{
    enum kc_err err =
        admin_handle_check_items(admin, ret_results, changes, count, "changes", error);
    for (size_t i = 0; i < count && !err; i++) {
        err = check_change(&changes[i], error);
    }
    return err ? err
               : admin_handle_collect(admin, admin_configs_alter(changes, count, validate_only),
                                      timeout_ms, ret_results, error);
}

enum kc_err kc_admin_list_config_resources(struct kc_admin *admin,
                                           const enum kc_resource_type *types, size_t count,
                                           int timeout_ms, struct kc_resources **ret_resources,
                                           struct kc_error *error)
{
    enum kc_err err = admin_handle_check_items(admin, ret_resources, types, count, "types", error);
    return err ? err
               : admin_handle_collect(admin, admin_configs_list(types, count), timeout_ms,
                                      ret_resources, error);
}
