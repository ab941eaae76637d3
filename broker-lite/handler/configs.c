/* handler: layers of settings. */
#include "handler/configs.h"

const char *node_property(const struct node *node, const char *name)
{
    for (const char *const *row = node->settings.properties; row && row[0]; row += 2) {
        if (strcmp(row[0], name) == 0) {
            return row[1];
        }
    }
    return NULL;
}

int config_layers(const struct node *node, const struct image_settings *topic,
                  const struct topic_config *row, struct config_value ret_layers[CONFIG_LAYERS_MAX])
{
    int count = 0;
    const char *value = topic ? image_setting(topic, slice_text(row->name)) : NULL;
    if (value) {
        ret_layers[count++] = (struct config_value){ row->name, value, CONFIG_SOURCE_TOPIC };
    }
    if (row->broker_name) {
        value = image_setting(&node->image->cluster_settings, slice_text(row->broker_name));
        if (value) {
            ret_layers[count++] = (struct config_value){ row->broker_name, value,
                                                         CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER };
        }
        value = node_property(node, row->broker_name);
        if (value) {
            ret_layers[count++] =
                (struct config_value){ row->broker_name, value, CONFIG_SOURCE_STATIC_BROKER };
        }
    }
    ret_layers[count++] = (struct config_value){ row->broker_name ? row->broker_name : row->name,
                                                 row->default_value, CONFIG_SOURCE_DEFAULT };
    return count;
}

static struct slice asked_value(const struct create_topics_request_creatable_topic *topic,
                                const char *name)
{
    for (int32_t i = 0; i < topic->configs.count; i++) {
        if (slice_is(topic->configs.items[i].name, name)) {
            return topic->configs.items[i].value;
        }
    }
    return SLICE_NULL;
}

void configs_of_new_topic(struct call *call,
                          const struct create_topics_request_creatable_topic *topic,
                          struct create_topics_response_creatable_topic_result *result)
{
    result->configs.items = call_alloc(call, topic_config_count, sizeof(*result->configs.items));
    result->configs.count = result->configs.items ? (int32_t)topic_config_count : 0;
    for (int32_t i = 0; i < result->configs.count; i++) {
        struct create_topics_response_creatable_topic_configs *item = &result->configs.items[i];
        struct config_value layers[CONFIG_LAYERS_MAX];
        const struct topic_config *row = &topic_config_table[i];
        struct slice asked = asked_value(topic, row->name);
        (void)config_layers(call->node, NULL, row, layers);
        item->name = slice_text(row->name);
        /* A setting of the brokers may change before the answer is sent. */
        item->value =
            slice_is_null(asked) ? arena_copy(&call->arena, slice_text(layers[0].value)) : asked;
        item->config_source =
            (int8_t)(slice_is_null(asked) ? layers[0].source : CONFIG_SOURCE_TOPIC);
        item->read_only = false;
        item->is_sensitive = false;
    }
}
