/* controller: whose settings are altered: topics, brokers, client metrics, groups. */
#ifndef CONTROLLER_CONFIG_RESOURCE_H
#define CONTROLLER_CONFIG_RESOURCE_H

#include "controller/image.h"

/* As on the wire and in ConfigRecord. */
enum config_resource_type {
    CONFIG_RESOURCE_TOPIC = 2,
    CONFIG_RESOURCE_BROKER = 4,
    CONFIG_RESOURCE_BROKER_LOGGER = 8, /* never in the log */
    CONFIG_RESOURCE_CLIENT_METRICS = 16,
    CONFIG_RESOURCE_GROUP = 32
};

/* One that has settings of its own: a broker (by its id), client metrics, a group. It goes with its
 * last setting. */
struct config_resource {
    uint8_t *key; /* the type, then the name */
    size_t key_size;
    struct image_settings settings;
};

static inline int8_t config_resource_type(const struct config_resource *resource)
{
    return (int8_t)resource->key[0];
}

static inline struct slice config_resource_name(const struct config_resource *resource)
{
    return slice_of(resource->key + 1, resource->key_size - 1);
}

/* What is set for a resource; NULL when nothing is (or there is no such topic). The broker "" is
 * the default of all. */
const struct image_settings *image_settings_of(const struct image *image, int8_t type,
                                               struct slice name);

/* The same of a broker. */
const struct image_settings *image_settings_of_broker(const struct image *image, int32_t id);

/* Sets one setting of a resource that is neither a topic nor the broker "", or takes it back (null
 * value). KC_ERR_NO_MEMORY leaves the image as it was. */
enum kc_err config_resource_put(struct image *image, int8_t type, struct slice resource,
                                struct slice name, struct slice value);

void config_resources_finish(struct image *image);

#endif
