/* handler: a topic's settings as clients see them: value, where it comes from, what lies beneath.
 */
#ifndef HANDLER_CONFIGS_H
#define HANDLER_CONFIGS_H

#include "controller/topic_config.h"
#include "handler/handler.h"

/* Sources, as on the wire. */
enum config_source {
    CONFIG_SOURCE_TOPIC = 1,
    CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER = 3,
    CONFIG_SOURCE_STATIC_BROKER = 4,
    CONFIG_SOURCE_DEFAULT = 5
};

struct config_value {
    const char *name; /* of the property that gave the value */
    const char *value;
    enum config_source source;
};

/* All layers that give this setting a value, the one in force first; at most CONFIG_LAYERS_MAX.
 * `topic` may be NULL: the broker's view. Returns the count (at least 1). */
enum { CONFIG_LAYERS_MAX = 4 };
int config_layers(const struct node *node, const struct image_settings *topic,
                  const struct topic_config *row,
                  struct config_value ret_layers[CONFIG_LAYERS_MAX]);

/* The value of a broker property as set in the file, or NULL. */
const char *node_property(const struct node *node, const char *name);

/* Fills in the settings of a topic that is being created (KIP-525). */
void configs_of_new_topic(struct call *call,
                          const struct create_topics_request_creatable_topic *topic,
                          struct create_topics_response_creatable_topic_result *result);

#endif
