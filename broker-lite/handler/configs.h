/* handler: settings as clients see them: value, where it comes from, what lies beneath. */
#ifndef HANDLER_CONFIGS_H
#define HANDLER_CONFIGS_H

#include "controller/group_config.h"
#include "controller/topic_config.h"
#include "handler/handler.h"

/* As on the wire. */
enum config_source {
    CONFIG_SOURCE_TOPIC = 1,
    CONFIG_SOURCE_DYNAMIC_BROKER = 2,
    CONFIG_SOURCE_DYNAMIC_DEFAULT_BROKER = 3,
    CONFIG_SOURCE_STATIC_BROKER = 4,
    CONFIG_SOURCE_DEFAULT = 5,
    CONFIG_SOURCE_BROKER_LOGGER = 6,
    CONFIG_SOURCE_CLIENT_METRICS = 7,
    CONFIG_SOURCE_GROUP = 8
};

struct config_layer {
    const char *name; /* of the property that gave the value */
    const char *value;
    enum config_source source;
};

/* One's own, and of each of up to three properties for the same thing four sources. */
enum { CONFIG_LAYERS_MAX = 13 };

/* What is set under a broker's property or under those that set the same thing, the one in force
 * first. As in Kafka, what counts only under another name than the first is not shown before the
 * first. Returns the count; the texts are the image's, the file's and the tables'. */
int config_broker_layers(const struct node *node, const char *name,
                         struct config_layer ret_layers[CONFIG_LAYERS_MAX]);

/* The value of a broker's property under this very name: altered for this broker, for all, set in
 * the file, or the default; NULL: none. */
const char *config_broker_value(const struct node *node, const char *name);

/* The value in force of a topic's setting, that of the brokers where the topic has none of its own
 * (settings may be NULL). In the arena where it had to be made (hours); NULL when memory is out. */
const char *config_topic_value(const struct node *node, const struct image_settings *settings,
                               const struct topic_config *row, struct arena *arena);

/* Layers of a topic's setting; settings may be NULL. Returns the count. */
int config_topic_layers(const struct node *node, const struct image_settings *settings,
                        const struct topic_config *row,
                        struct config_layer ret_layers[CONFIG_LAYERS_MAX]);

/* The limits of a group's setting on this broker. */
struct group_limits config_group_limits(const struct node *node, const struct group_config *row);

/* Fills in the settings of a topic that is being created (KIP-525). */
void configs_of_new_topic(struct call *call,
                          const struct create_topics_request_creatable_topic *topic,
                          struct create_topics_response_creatable_topic_result *result);

#endif
