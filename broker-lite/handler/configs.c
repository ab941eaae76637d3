/* handler: layers of settings. */
#include "handler/configs.h"

#include "controller/config_resource.h"
#include "controller/property.h"

#include <stdlib.h>

static const char *file_value(const struct node *node, const char *name)
{
    for (const char *const *row = node->settings.properties; row && row[0]; row += 2) {
        if (strcmp(row[0], name) == 0) {
            return row[1];
        }
    }
    return NULL;
}

static const char *default_value(const char *name)
{
    const struct property *row = property_find(slice_text(name));
    return row ? row->default_value : NULL;
}

/* What one source says of a property; NULL: nothing. */
static const char *source_value(const struct node *node, const char *name,
                                enum config_source source)
{
    const struct image_settings *settings = NULL;
    switch (source) {
    case CONFIG_SOURCE_DYNAMIC_BROKER:
        settings = image_settings_of_broker(node->image, node->id);
        return settings ? image_setting(settings, slice_text(name)) : NULL;
    case CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER:
        return image_setting(&node->image->cluster_settings, slice_text(name));
    case CONFIG_SOURCE_STATIC_BROKER:
        return file_value(node, name);
    default:
        return default_value(name);
    }
}

int config_broker_layers(const struct node *node, const char *name,
                         struct config_layer ret_layers[CONFIG_LAYERS_MAX])
{
    int count = 0;
    for (int source = CONFIG_SOURCE_DYNAMIC_BROKER; source <= CONFIG_SOURCE_DEFAULT; source++) {
        const char *synonym;
        for (int i = 0; (synonym = property_synonym(name, i)); i++) {
            const char *value = source_value(node, synonym, (enum config_source)source);
            bool is_shown = count > 0 || strcmp(synonym, name) == 0;
            if (value && is_shown && count < CONFIG_LAYERS_MAX - 1) {
                ret_layers[count++] =
                    (struct config_layer){ synonym, value, (enum config_source)source };
            }
        }
    }
    return count;
}

const char *config_broker_value(const struct node *node, const char *name)
{
    const char *value = NULL;
    for (int source = CONFIG_SOURCE_DYNAMIC_BROKER; !value && source <= CONFIG_SOURCE_DEFAULT;
         source++) {
        value = source_value(node, name, (enum config_source)source);
    }
    return value;
}

/* log.retention.minutes and .hours in milliseconds. */
static const char *in_milliseconds(const char *name, const char *value, struct arena *arena)
{
    const char *unit = strrchr(name, '.');
    int64_t factor = strcmp(unit, ".hours") == 0     ? INT64_C(3600000)
                     : strcmp(unit, ".minutes") == 0 ? INT64_C(60000)
                                                     : 1;
    int64_t number = strtoll(value, NULL, 10);
    return factor == 1
               ? value
               : arena_printf(arena, "%lld", (long long)(number < 0 ? -1 : number * factor));
}

const char *config_topic_value(const struct node *node, const struct image_settings *settings,
                               const struct topic_config *row, struct arena *arena)
{
    const char *value = settings ? image_setting(settings, slice_text(row->name)) : NULL;
    const char *synonym;
    for (int i = 0; !value && row->broker_name && (synonym = property_synonym(row->broker_name, i));
         i++) {
        value = config_broker_value(node, synonym);
        if (value) {
            return in_milliseconds(synonym, value, arena);
        }
    }
    return value ? value : row->default_value;
}

int config_topic_layers(const struct node *node, const struct image_settings *settings,
                        const struct topic_config *row,
                        struct config_layer ret_layers[CONFIG_LAYERS_MAX])
{
    const char *own = settings ? image_setting(settings, slice_text(row->name)) : NULL;
    int count = 0;
    if (own) {
        ret_layers[count++] = (struct config_layer){ row->name, own, CONFIG_SOURCE_TOPIC };
    }
    return row->broker_name
               ? count + config_broker_layers(node, row->broker_name, ret_layers + count)
               : count;
}

static int64_t number_of(const struct node *node, const char *name, const char *otherwise)
{
    const char *value = config_broker_value(node, name);
    return strtoll(value ? value : otherwise, NULL, 10);
}

struct group_limits config_group_limits(const struct node *node, const struct group_config *row)
{
    return (struct group_limits){ number_of(node, row->min_name, row->min_default),
                                  number_of(node, row->max_name, row->max_default) };
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
        struct config_layer layers[CONFIG_LAYERS_MAX];
        const struct topic_config *row = &topic_config_table[i];
        struct slice asked = asked_value(topic, row->name);
        int count = config_topic_layers(call->node, NULL, row, layers);
        item->name = slice_text(row->name);
        /* A setting of the brokers may change before the answer is sent. */
        item->value =
            slice_is_null(asked)
                ? arena_copy(&call->arena,
                             slice_text(config_topic_value(call->node, NULL, row, &call->arena)))
                : asked;
        item->config_source = (int8_t)(!slice_is_null(asked) ? CONFIG_SOURCE_TOPIC
                                       : count > 0           ? layers[0].source
                                                             : CONFIG_SOURCE_DEFAULT);
        item->read_only = false;
        item->is_sensitive = false;
    }
}
