/* handler: DescribeConfigs, versions 1 to 4. 3: types and documentation (KIP-569; texts are not
 * given). 4: flexible. Topics and this broker. */
#include "handler/configs.h"
#include "handler/handlers.h"

#include <stdio.h>

enum { RESOURCE_TOPIC = 2, RESOURCE_BROKER = 4 };

static bool is_asked(const struct describe_configs_request_describe_configs_resource *resource,
                     const char *name)
{
    if (resource->configuration_keys.count < 0) {
        return true;
    }
    for (int32_t i = 0; i < resource->configuration_keys.count; i++) {
        if (slice_is(resource->configuration_keys.items[i], name)) {
            return true;
        }
    }
    return false;
}

static bool fill_synonyms(struct call *call, const struct config_value *layers, int count,
                          struct describe_configs_response_describe_configs_resource_result *item)
{
    item->synonyms.items = call_alloc(call, (size_t)count, sizeof(*item->synonyms.items));
    item->synonyms.count = item->synonyms.items ? count : 0;
    for (int i = 0; i < item->synonyms.count; i++) {
        item->synonyms.items[i].name = slice_text(layers[i].name);
        item->synonyms.items[i].value = slice_text(layers[i].value);
        item->synonyms.items[i].source = (int8_t)layers[i].source;
    }
    return item->synonyms.items != NULL;
}

static bool fill_layers(struct call *call, const struct image_settings *settings,
                        const struct topic_config *row,
                        struct describe_configs_response_describe_configs_resource_result *item)
{
    const struct describe_configs_request *request = call->message;
    struct config_value layers[CONFIG_LAYERS_MAX];
    int count = config_layers(call->node, settings, row, layers);
    message_defaults(&describe_configs_response_describe_configs_resource_result_type, item);
    item->name = slice_text(row->name);
    item->value = slice_text(layers[0].value);
    item->config_source = (int8_t)layers[0].source;
    item->config_type = (int8_t)row->kind;
    if (!request->include_synonyms) {
        return true;
    }
    if (!row->broker_name || row->is_derived) {
        count--; /* what Kafka has no broker property for, or one without a default */
    }
    return fill_synonyms(call, layers, count, item);
}

static bool
describe_topic(struct call *call,
               const struct describe_configs_request_describe_configs_resource *resource,
               struct describe_configs_response_describe_configs_result *result)
{
    const struct image_topic *topic = image_topic(call->node->image, resource->resource_name);
    if (!topic) {
        result->error_code = KC_ERR_UNKNOWN_TOPIC_OR_PARTITION;
        result->error_message = slice_text(kc_err_text(KC_ERR_UNKNOWN_TOPIC_OR_PARTITION));
        return true;
    }
    result->configs.items = call_alloc(call, topic_config_count, sizeof(*result->configs.items));
    result->configs.count = 0;
    for (size_t i = 0; result->configs.items && i < topic_config_count; i++) {
        const struct topic_config *row = &topic_config_table[i];
        if (is_asked(resource, row->name) &&
            !fill_layers(call, &topic->settings, row,
                         &result->configs.items[result->configs.count++])) {
            return false;
        }
    }
    return result->configs.items != NULL;
}

/* A setting that all brokers share. Of the default of all brokers it is all that Kafka tells. */
static bool fill_shared(struct call *call, const struct image_setting *setting,
                        struct describe_configs_response_describe_configs_resource_result *item)
{
    const struct describe_configs_request *request = call->message;
    const struct config_value layer = { setting->name, setting->value,
                                        CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER };
    message_defaults(&describe_configs_response_describe_configs_resource_result_type, item);
    item->name = slice_text(setting->name);
    item->value = slice_text(setting->value);
    item->config_source = CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER;
    return !request->include_synonyms || fill_synonyms(call, &layer, 1, item);
}

/* The properties of the file (read-only), and the cluster-wide settings above them. */
static bool
describe_broker(struct call *call,
                const struct describe_configs_request_describe_configs_resource *resource,
                struct describe_configs_response_describe_configs_result *result)
{
    const struct image_settings *cluster = &call->node->image->cluster_settings;
    const char *const *properties = call->node->settings.properties;
    size_t count = (size_t)cluster->count;
    for (const char *const *row = properties; row && row[0]; row += 2) {
        count++;
    }
    result->configs.items = call_alloc(call, count, sizeof(*result->configs.items));
    result->configs.count = 0;
    if (!result->configs.items) {
        return false;
    }
    for (int32_t i = 0; i < cluster->count; i++) {
        if (is_asked(resource, cluster->items[i].name) &&
            !fill_shared(call, &cluster->items[i],
                         &result->configs.items[result->configs.count++])) {
            return false;
        }
    }
    bool defaults_only = resource->resource_name.size == 0;
    for (const char *const *row = properties; !defaults_only && row && row[0]; row += 2) {
        if (is_asked(resource, row[0]) && !image_setting(cluster, slice_text(row[0]))) {
            struct describe_configs_response_describe_configs_resource_result *item =
                &result->configs.items[result->configs.count++];
            message_defaults(&describe_configs_response_describe_configs_resource_result_type,
                             item);
            item->name = slice_text(row[0]);
            item->is_sensitive =
                strstr(row[0], "password") || strstr(row[0], "secret") || strstr(row[0], "jaas");
            item->value = item->is_sensitive ? SLICE_NULL : slice_text(row[1]);
            item->config_source = CONFIG_SOURCE_STATIC_BROKER;
            item->read_only = true;
        }
    }
    return true;
}

static bool describe(struct call *call,
                     const struct describe_configs_request_describe_configs_resource *resource,
                     struct describe_configs_response_describe_configs_result *result)
{
    char own_id[16];
    (void)snprintf(own_id, sizeof(own_id), "%d", call->node->id);
    message_defaults(&describe_configs_response_describe_configs_result_type, result);
    result->resource_type = resource->resource_type;
    result->resource_name = resource->resource_name;
    if (resource->resource_type == RESOURCE_TOPIC) {
        return describe_topic(call, resource, result);
    }
    if (resource->resource_type == RESOURCE_BROKER &&
        (resource->resource_name.size == 0 || slice_is(resource->resource_name, own_id))) {
        return describe_broker(call, resource, result);
    }
    result->error_code = KC_ERR_INVALID_REQUEST;
    result->error_message = slice_text("This resource cannot be described here.");
    return true;
}

void handle_describe_configs(struct call *call)
{
    const struct describe_configs_request *request = call->message;
    struct describe_configs_response response;
    message_defaults(&describe_configs_response_type, &response);
    response.results.items =
        call_alloc(call, (size_t)request->resources.count, sizeof(*response.results.items));
    response.results.count = request->resources.count;
    bool good = response.results.items != NULL;
    for (int32_t i = 0; good && i < request->resources.count; i++) {
        good = describe(call, &request->resources.items[i], &response.results.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
