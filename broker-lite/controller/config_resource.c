/* controller: the settings of brokers, client metrics and groups in the image. */
#include "controller/config_resource.h"

#include "controller/settings.h"

#include <stdio.h>
#include <stdlib.h>

enum { KEY_BYTES_MAX = 512 };

static void resource_destroy(struct config_resource *resource)
{
    if (resource) {
        settings_finish(&resource->settings);
        free(resource->key);
        free(resource);
    }
}

static struct config_resource *resource_create(int8_t type, struct slice name)
{
    struct config_resource *resource = calloc(1, sizeof(*resource));
    if (!resource || !(resource->key = malloc(name.size + 1))) {
        free(resource);
        return NULL;
    }
    resource->key[0] = (uint8_t)type;
    memcpy(resource->key + 1, name.data, name.size);
    resource->key_size = name.size + 1;
    return resource;
}

static struct slice resource_key(const struct config_resource *resource)
{
    return slice_of(resource->key, resource->key_size);
}

/* Long names are looked for one by one: they are rare, and a key needs no memory this way. */
static struct config_resource *resource_find(const struct image *image, int8_t type,
                                             struct slice name)
{
    uint8_t key[KEY_BYTES_MAX];
    size_t position = 0;
    struct config_resource *resource;
    if (name.size < sizeof(key)) {
        key[0] = (uint8_t)type;
        memcpy(key + 1, name.data, name.size);
        return map_get(&image->resources, slice_of(key, name.size + 1));
    }
    while ((resource = map_next(&image->resources, &position))) {
        if (config_resource_type(resource) == type &&
            slice_equal(config_resource_name(resource), name)) {
            return resource;
        }
    }
    return NULL;
}

const struct image_settings *image_settings_of(const struct image *image, int8_t type,
                                               struct slice name)
{
    if (type == CONFIG_RESOURCE_TOPIC) {
        const struct image_topic *topic = image_topic(image, name);
        return topic ? &topic->settings : NULL;
    }
    if (type == CONFIG_RESOURCE_BROKER && name.size == 0) {
        return &image->cluster_settings;
    }
    const struct config_resource *resource = resource_find(image, type, name);
    return resource ? &resource->settings : NULL;
}

const struct image_settings *image_settings_of_broker(const struct image *image, int32_t id)
{
    char name[16];
    (void)snprintf(name, sizeof(name), "%d", id);
    return image_settings_of(image, CONFIG_RESOURCE_BROKER, slice_text(name));
}

enum kc_err config_resource_put(struct image *image, int8_t type, struct slice resource_name,
                                struct slice name, struct slice value)
{
    struct config_resource *resource = resource_find(image, type, resource_name);
    bool is_new = !resource;
    if (is_new && slice_is_null(value)) {
        return KC_ERR_NONE;
    }
    if (is_new && !(resource = resource_create(type, resource_name))) {
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = settings_put(&resource->settings, name, value);
    if (!err && is_new && !map_put(&image->resources, resource_key(resource), resource, NULL)) {
        err = KC_ERR_NO_MEMORY;
    }
    if (err) {
        if (is_new) {
            resource_destroy(resource);
        }
        return err;
    }
    if (resource->settings.count == 0) {
        (void)map_remove(&image->resources, resource_key(resource));
        resource_destroy(resource);
    }
    return KC_ERR_NONE;
}

void config_resources_finish(struct image *image)
{
    size_t position = 0;
    struct config_resource *resource;
    while ((resource = map_next(&image->resources, &position))) {
        resource_destroy(resource);
    }
    map_finish(&image->resources);
}
