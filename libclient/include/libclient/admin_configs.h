/* libclient: admin calls about settings of topics, brokers, groups and client metrics. */
#ifndef LIBCLIENT_ADMIN_CONFIGS_H
#define LIBCLIENT_ADMIN_CONFIGS_H

#include <libclient/admin_handle.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_setting {
    const char *name;
    const char *value;
};

enum kc_resource_type {
    KC_RESOURCE_TOPIC = 2,
    KC_RESOURCE_BROKER = 4, /* named by its id; "": the defaults of all brokers */
    KC_RESOURCE_BROKER_LOGGER = 8,
    KC_RESOURCE_CLIENT_METRICS = 16, /* KIP-714 */
    KC_RESOURCE_GROUP = 32           /* KIP-848 */
};
struct kc_resource {
    enum kc_resource_type type;
    const char *name;
};
struct kc_resources {
    size_t count;
    struct kc_resource *items;
};
void kc_resources_destroy(struct kc_resources *resources);

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

enum kc_config_type {
    KC_TYPE_UNKNOWN = 0, /* not told */
    KC_TYPE_BOOLEAN = 1,
    KC_TYPE_STRING = 2,
    KC_TYPE_INT = 3,
    KC_TYPE_SHORT = 4,
    KC_TYPE_LONG = 5,
    KC_TYPE_DOUBLE = 6,
    KC_TYPE_LIST = 7,
    KC_TYPE_CLASS = 8,
    KC_TYPE_PASSWORD = 9
};
/* Where else the value would come from, the next source first. */
struct kc_config_synonym {
    const char *name;
    const char *value;
    enum kc_config_source source;
};
struct kc_config_entry {
    const char *name;
    const char *value; /* NULL: not told (sensitive) or none */
    enum kc_config_source source;
    bool read_only;
    bool sensitive;
    enum kc_config_type type;
    const char *documentation;          /* NULL unless asked for */
    struct kc_config_synonym *synonyms; /* count 0 unless asked for */
    size_t synonym_count;
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
    struct kc_resource_config *items; /* as asked */
};
void kc_resource_configs_destroy(struct kc_resource_configs *configs);

/* All settings of resources of one type (DescribeConfigs, key 32; KIP-133). Those of a broker are
 * asked of that broker. */
enum kc_err kc_admin_describe_configs(struct kc_admin *admin, enum kc_resource_type type,
                                      const char *const *names, size_t count, int timeout_ms,
                                      struct kc_resource_configs **ret_configs,
                                      struct kc_error *error);

enum { KC_WITH_SYNONYMS = 1, KC_WITH_DOCUMENTATION = 2 };
/* The same for resources of any types, with synonyms (KIP-226) and documentation (KIP-569) as the
 * bits in `with` ask for. */
enum kc_err kc_admin_describe_resources(struct kc_admin *admin, const struct kc_resource *resources,
                                        size_t count, unsigned with, int timeout_ms,
                                        struct kc_resource_configs **ret_configs,
                                        struct kc_error *error);

enum kc_config_op {
    KC_CONFIG_SET = 0,
    KC_CONFIG_DELETE = 1, /* back to the default; value is not read */
    KC_CONFIG_APPEND = 2, /* values of a list */
    KC_CONFIG_SUBTRACT = 3
};
struct kc_config_change {
    const char *name;
    enum kc_config_op op;
    const char *value; /* NULL only for KC_CONFIG_DELETE */
};
struct kc_resource_change {
    enum kc_resource_type type;
    const char *name;
    const struct kc_config_change *changes;
    size_t change_count;
};
struct kc_resource_result {
    enum kc_resource_type type;
    const char *name;
    enum kc_err err;
    const char *text;
};
struct kc_resource_results {
    size_t count;
    struct kc_resource_result *items; /* as asked */
};
void kc_resource_results_destroy(struct kc_resource_results *results);

/* Changes settings, and leaves those that are not named (IncrementalAlterConfigs, key 44; KIP-339):
 * all changes of a resource, or none. KC_ERR_INVALID_CONFIG, KC_ERR_INVALID_REQUEST, ... */
enum kc_err kc_admin_alter_configs(struct kc_admin *admin, const struct kc_resource_change *changes,
                                   size_t count, bool validate_only, int timeout_ms,
                                   struct kc_resource_results **ret_results,
                                   struct kc_error *error);

/* The resources that have settings (ListConfigResources, key 74; KIP-1142) of these types, count 0:
 * of all types. Brokers before 4.1 tell KC_RESOURCE_CLIENT_METRICS only (KIP-1000): other types are
 * KC_ERR_UNSUPPORTED_VERSION there. */
enum kc_err kc_admin_list_config_resources(struct kc_admin *admin,
                                           const enum kc_resource_type *types, size_t count,
                                           int timeout_ms, struct kc_resources **ret_resources,
                                           struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
