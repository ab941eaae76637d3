/* admin: settings of topics, brokers and groups. Those of a broker are told by that broker. */
#include "admin/admin.h"

#include <stdlib.h>

enum { KEY_DESCRIBE_CONFIGS = 32 };
enum { STAGE_ASK = 1, STAGE_ASK_BROKER };

static void configs_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    struct kc_resource_config *config = &fanout->harvest->as.configs.items[item];
    config->err = err;
    config->text = text;
}

static void take_entries(struct harvest *harvest,
                         const struct describe_configs_response_describe_configs_result *result,
                         struct kc_resource_config *config)
{
    size_t count = result->configs.count > 0 ? (size_t)result->configs.count : 0;
    config->entries = harvest_array(harvest, count, sizeof(*config->entries));
    config->entry_count = config->entries ? count : 0;
    for (size_t i = 0; i < config->entry_count; i++) {
        const struct describe_configs_response_describe_configs_resource_result *from =
            &result->configs.items[i];
        config->entries[i] = (struct kc_config_entry){
            .name = harvest_text(harvest, from->name),
            .value = harvest_text_or_null(harvest, from->value),
            .source = from->config_source > 0 ? (enum kc_config_source)from->config_source
                                              : KC_SOURCE_UNKNOWN,
            .read_only = from->read_only,
            .sensitive = from->is_sensitive,
        };
    }
}

static void configs_answer(struct fanout_branch *branch, const void *message)
{
    const struct describe_configs_response *response = message;
    struct fanout *fanout = branch->fanout;
    for (int32_t i = 0; i < response->results.count; i++) {
        const struct describe_configs_response_describe_configs_result *result =
            &response->results.items[i];
        for (size_t k = 0; k < branch->item_count; k++) {
            size_t item = branch->items[k];
            struct kc_resource_config *config = &fanout->harvest->as.configs.items[item];
            if (!fanout->items[item].is_asked || !slice_is(result->resource_name, config->name)) {
                continue;
            }
            if (result->error_code) {
                fanout_fail(fanout, item, result->error_code, result->error_message);
                continue;
            }
            take_entries(fanout->harvest, result, config);
            fanout_move(fanout, item, FANOUT_DONE);
        }
    }
}

static void configs_build(struct fanout_branch *branch)
{
    struct describe_configs_request *request = branch->message;
    request->resources.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->resources.items));
    request->resources.count = request->resources.items ? (int32_t)branch->item_count : 0;
    for (int32_t i = 0; i < request->resources.count; i++) {
        const struct kc_resource_config *config =
            &branch->fanout->harvest->as.configs.items[branch->items[i]];
        request->resources.items[i].resource_type = (int8_t)config->type;
        request->resources.items[i].resource_name = slice_text(config->name);
        request->resources.items[i].configuration_keys.count = -1;
    }
}

static void configs_plan(struct fanout *fanout)
{
    fanout_split(fanout, STAGE_ASK_BROKER, KEY_DESCRIBE_CONFIGS, configs_answer, configs_build);
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_ASK, CLUSTER_ANY, KEY_DESCRIBE_CONFIGS, configs_answer);
    if (branch) {
        configs_build(branch);
    }
}

static const struct fanout_family configs_family = {
    .what = "describing settings",
    .plan = configs_plan,
    .fail = configs_fail,
};

bool admin_configs_is_broker(const char *name)
{
    char *end = NULL;
    long id = strtol(name, &end, 10);
    return name[0] >= '0' && name[0] <= '9' && *end == 0 && id <= INT32_MAX;
}

/* A broker's name is its id; "" is the default of all brokers, which any of them tells. */
static void configs_aim(struct fanout_item *item, enum kc_resource_type type, const char *name)
{
    bool is_broker = type == KC_RESOURCE_BROKER || type == KC_RESOURCE_BROKER_LOGGER;
    if (is_broker && name[0] != 0) {
        item->stage = STAGE_ASK_BROKER;
        item->node.id = (int32_t)strtol(name, NULL, 10);
    }
}

struct fanout *admin_configs_describe(enum kc_resource_type type, const char *const *names,
                                      size_t count)
{
    struct fanout *fanout = fanout_create(&configs_family, count, STAGE_ASK);
    if (!fanout) {
        return NULL;
    }
    struct harvest *harvest = fanout->harvest;
    struct kc_resource_configs *configs = &harvest->as.configs;
    configs->items = harvest_array(harvest, count, sizeof(*configs->items));
    configs->count = configs->items ? count : 0;
    for (size_t i = 0; i < configs->count; i++) {
        configs->items[i].type = type;
        configs->items[i].name = harvest_text(harvest, slice_text(names[i]));
        configs->items[i].text = kc_err_text(KC_ERR_NONE);
        configs_aim(&fanout->items[i], type, names[i]);
    }
    if (harvest->failed) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}
