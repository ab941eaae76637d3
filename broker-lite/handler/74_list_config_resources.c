/* handler: ListConfigResources, versions 0 and 1 (KIP-1142). 0: client-metrics resources
 * only. 1: of the types that are asked for, of all when none is. Topics, brokers and their loggers;
 * groups and client metrics that have settings. */
#include "handler/handlers.h"

#include "controller/config_resource.h"

#include <stdio.h>
#include <stdlib.h>

enum { ID_TEXT = 24 };

/* Where the answer grows. */
struct listing {
    struct call *call;
    struct list_config_resources_response response;
    bool is_short; /* memory is out */
};

static bool is_asked(const struct call *call, int8_t type)
{
    const struct list_config_resources_request *request = call->message;
    if (call->version == 0) {
        return type == CONFIG_RESOURCE_CLIENT_METRICS;
    }
    if (request->resource_types.count <= 0) {
        return true;
    }
    for (int32_t i = 0; i < request->resource_types.count; i++) {
        if (request->resource_types.items[i] == type) {
            return true;
        }
    }
    return false;
}

/* The first type that nobody lists, or 0. */
static int8_t unknown_type(const struct call *call)
{
    const struct list_config_resources_request *request = call->message;
    for (int32_t i = 0; i < request->resource_types.count; i++) {
        int8_t type = request->resource_types.items[i];
        if (type != CONFIG_RESOURCE_TOPIC && type != CONFIG_RESOURCE_BROKER &&
            type != CONFIG_RESOURCE_BROKER_LOGGER && type != CONFIG_RESOURCE_CLIENT_METRICS &&
            type != CONFIG_RESOURCE_GROUP) {
            return type;
        }
    }
    return 0;
}

static void add(struct listing *listing, int8_t type, struct slice name)
{
    struct list_config_resources_response_config_resource *item =
        &listing->response.config_resources.items[listing->response.config_resources.count++];
    item->resource_type = type;
    item->resource_name = arena_copy(&listing->call->arena, name);
    listing->is_short |= slice_is_null(item->resource_name);
}

static void add_brokers(struct listing *listing, int8_t type)
{
    const struct map *brokers = &listing->call->node->image->brokers;
    const struct image_broker *broker;
    char id[ID_TEXT];
    for (size_t position = 0; (broker = map_next(brokers, &position));) {
        (void)snprintf(id, sizeof(id), "%lld", (long long)broker->id);
        add(listing, type, slice_text(id));
    }
}

static void add_topics(struct listing *listing)
{
    const struct map *topics = &listing->call->node->image->topics;
    const struct image_topic *topic;
    for (size_t position = 0; (topic = map_next(topics, &position));) {
        add(listing, CONFIG_RESOURCE_TOPIC, slice_text(topic->name));
    }
}

/* Of a type that has settings or is not there. */
static void add_resources(struct listing *listing, int8_t type)
{
    const struct map *resources = &listing->call->node->image->resources;
    const struct config_resource *resource;
    for (size_t position = 0; (resource = map_next(resources, &position));) {
        if (config_resource_type(resource) == type) {
            add(listing, type, config_resource_name(resource));
        }
    }
}

void handle_list_config_resources(struct call *call)
{
    const struct image *image = call->node->image;
    struct listing listing = { .call = call };
    struct list_config_resources_response *response = &listing.response;
    message_defaults(&list_config_resources_response_type, response);
    if (unknown_type(call)) {
        response->error_code = KC_ERR_UNSUPPORTED_VERSION;
        call_answer(call, response, NULL, NULL);
        return;
    }
    response->config_resources.items =
        call_alloc(call, 2 * image->brokers.count + image->topics.count + image->resources.count,
                   sizeof(*response->config_resources.items));
    listing.is_short = !response->config_resources.items;
    if (!listing.is_short && is_asked(call, CONFIG_RESOURCE_BROKER_LOGGER)) {
        add_brokers(&listing, CONFIG_RESOURCE_BROKER_LOGGER);
    }
    if (!listing.is_short && is_asked(call, CONFIG_RESOURCE_BROKER)) {
        add_brokers(&listing, CONFIG_RESOURCE_BROKER);
    }
    if (!listing.is_short && is_asked(call, CONFIG_RESOURCE_TOPIC)) {
        add_topics(&listing);
    }
    for (int i = 0; !listing.is_short && i < 2; i++) {
        int8_t type = i == 0 ? CONFIG_RESOURCE_CLIENT_METRICS : CONFIG_RESOURCE_GROUP;
        if (is_asked(call, type)) {
            add_resources(&listing, type);
        }
    }
    if (listing.is_short) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, response, NULL, NULL);
}
