/* admin: settings of topics, brokers, groups and client metrics. A broker is asked of its own. */
#include "admin/admin.h"
#include "admin/sheet.h"

#include <stdlib.h>

enum { KEY_DESCRIBE_CONFIGS = 32, KEY_INCREMENTAL_ALTER_CONFIGS = 44, KEY_LIST_RESOURCES = 74 };

bool admin_configs_is_broker(const char *name)
{
    char *end = NULL;
    long id = strtol(name, &end, 10);
    return name[0] >= '0' && name[0] <= '9' && *end == 0 && id <= INT32_MAX;
}

/* A broker's name is its id; "" is the default of all brokers, which any of them tells. */
static void aim(struct fanout *fanout, size_t item, enum kc_resource_type type, const char *name)
{
    bool is_broker = type == KC_RESOURCE_BROKER || type == KC_RESOURCE_BROKER_LOGGER;
    if (is_broker && name[0] != 0) {
        fanout->items[item].node.id = (int32_t)strtol(name, NULL, 10);
    }
}

static const struct mirror_row resource_rows[] = {
    MIRROR(struct kc_resource, type, "resourceType"),
    MIRROR(struct kc_resource, name, "resourceName"),
    MIRROR_END,
};

static const struct mirror_row synonym_rows[] = {
    MIRROR(struct kc_config_synonym, name, "name"),
    MIRROR(struct kc_config_synonym, value, "value"),
    MIRROR(struct kc_config_synonym, source, "source"),
    MIRROR_END,
};
static const struct mirror_row entry_rows[] = {
    MIRROR(struct kc_config_entry, name, "name"),
    MIRROR(struct kc_config_entry, value, "value"),
    MIRROR(struct kc_config_entry, source, "configSource"),
    MIRROR(struct kc_config_entry, read_only, "readOnly"),
    MIRROR(struct kc_config_entry, sensitive, "isSensitive"),
    MIRROR(struct kc_config_entry, type, "configType"),
    MIRROR(struct kc_config_entry, documentation, "documentation"),
    MIRROR_EACH(struct kc_config_entry, synonyms, synonym_count, "synonyms", synonym_rows),
    MIRROR_END,
};
static const struct mirror_row config_rows[] = {
    MIRROR_EACH(struct kc_resource_config, entries, entry_count, "configs", entry_rows),
    MIRROR_END,
};
static const struct mirror_row config_echo[] = {
    MIRROR(struct kc_resource_config, type, "resourceType"),
    MIRROR(struct kc_resource_config, name, "resourceName"),
    MIRROR_END,
};

/* A source that is not told is -1 on the wire. */
static void describe_taken(struct fanout *fanout, size_t item)
{
    struct kc_resource_config *config = &fanout->harvest->as.configs.items[item];
    for (size_t i = 0; i < config->entry_count; i++) {
        if ((int)config->entries[i].source < 0) {
            config->entries[i].source = KC_SOURCE_UNKNOWN;
        }
    }
}

static const struct sheet_form describe_form = {
    .family = SHEET_FAMILY("describing settings"),
    .api_key = KEY_DESCRIBE_CONFIGS,
    .route = SHEET_BROKER,
    .asked = { .list = "resources", .key = { "resourceType", "resourceName" } },
    .answered = { .list = "results", .key = { "resourceType", "resourceName" } },
    .echo = config_echo,
    .rows = config_rows,
    .size = sizeof(struct kc_resource_config),
    .err = offsetof(struct kc_resource_config, err),
    .text = offsetof(struct kc_resource_config, text),
    .taken = describe_taken,
};

struct fanout *admin_configs_describe(const struct kc_resource *resources, size_t count,
                                      unsigned with)
{
    struct fanout *fanout = sheet_create(&describe_form, count);
    struct describe_configs_request *request = fanout ? sheet_request(fanout) : NULL;
    if (request) {
        request->include_synonyms = (with & KC_WITH_SYNONYMS) != 0;
        request->include_documentation = (with & KC_WITH_DOCUMENTATION) != 0;
    }
    fanout = sheet_take(fanout, resource_rows, resources, sizeof(*resources));
    for (size_t i = 0; fanout && i < count; i++) {
        struct describe_configs_request_describe_configs_resource *asked = sheet_item(fanout, i);
        asked->configuration_keys.count = -1; /* null: all */
        aim(fanout, i, resources[i].type, resources[i].name);
    }
    return fanout;
}

static const struct mirror_row change_rows[] = {
    MIRROR(struct kc_config_change, name, "name"),
    MIRROR(struct kc_config_change, op, "configOperation"),
    MIRROR(struct kc_config_change, value, "value"),
    MIRROR_END,
};
static const struct mirror_row alter_rows[] = {
    MIRROR(struct kc_resource_change, type, "resourceType"),
    MIRROR(struct kc_resource_change, name, "resourceName"),
    MIRROR_EACH(struct kc_resource_change, changes, change_count, "configs", change_rows),
    MIRROR_END,
};
static const struct mirror_row alter_echo[] = {
    MIRROR(struct kc_resource_result, type, "resourceType"),
    MIRROR(struct kc_resource_result, name, "resourceName"),
    MIRROR_END,
};
static const struct sheet_form alter_form = {
    .family = SHEET_FAMILY("changing settings"),
    .api_key = KEY_INCREMENTAL_ALTER_CONFIGS,
    .route = SHEET_BROKER,
    .asked = { .list = "resources", .key = { "resourceType", "resourceName" } },
    .answered = { .list = "responses", .key = { "resourceType", "resourceName" } },
    .echo = alter_echo,
    .size = sizeof(struct kc_resource_result),
    .err = offsetof(struct kc_resource_result, err),
    .text = offsetof(struct kc_resource_result, text),
};

struct fanout *admin_configs_alter(const struct kc_resource_change *changes, size_t count,
                                   bool validate_only)
{
    struct fanout *fanout =
        sheet_go_about(sheet_create(&alter_form, count), validate_only ? KC_VALIDATE_ONLY : 0);
    fanout = sheet_take(fanout, alter_rows, changes, sizeof(*changes));
    for (size_t i = 0; fanout && i < count; i++) {
        aim(fanout, i, changes[i].type, changes[i].name);
    }
    return fanout;
}

static const struct mirror_row listed_rows[] = {
    MIRROR_EACH(struct kc_resources, items, count, "configResources", resource_rows),
    MIRROR_END,
};

/* The type is what every resource of version 0 is, so it needs not be asked for. */
static enum kc_err list_prepare(struct cluster_request *request, int16_t version)
{
    const struct fanout_branch *branch = request->context;
    const struct list_config_resources_request *all = sheet_request(branch->fanout);
    struct list_config_resources_request *message = branch->message;
    message->resource_types.count = version == 0 ? 0 : all->resource_types.count;
    return KC_ERR_NONE;
}

/* Version 0 lists client metrics only, and has no way to ask for others. */
static void list_fill(struct fanout_branch *branch)
{
    const struct list_config_resources_request *request = branch->message;
    bool is_metrics = request->resource_types.count == 1 &&
                      request->resource_types.items[0] == KC_RESOURCE_CLIENT_METRICS;
    branch->request.version_min = is_metrics ? 0 : 1;
    branch->request.prepare = list_prepare;
}

static const struct sheet_form list_form = {
    .family = SHEET_FAMILY("listing resources with settings"),
    .api_key = KEY_LIST_RESOURCES,
    .route = SHEET_ANY,
    .rows = listed_rows,
    .fill = list_fill,
};

struct fanout *admin_configs_list(const enum kc_resource_type *types, size_t count)
{
    struct fanout *fanout = sheet_create(&list_form, 1);
    int8_t *numbers = fanout ? fanout_alloc(fanout, count, sizeof(*numbers)) : NULL;
    if (!numbers) {
        fanout_destroy(fanout);
        return NULL;
    }
    struct list_config_resources_request *request = sheet_request(fanout);
    for (size_t i = 0; i < count; i++) {
        numbers[i] = (int8_t)types[i];
    }
    request->resource_types.items = numbers;
    request->resource_types.count = (int32_t)count;
    return sheet_take_request(fanout);
}
