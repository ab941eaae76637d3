/* handler: AlterConfigs, versions 0 to 2. 2: flexible. The old way to alter settings: what the list
 * does not name goes back to its default. Turned into the sets and deletes of
 * IncrementalAlterConfigs, which does the rest. */
#include "handler/alter_check.h"
#include "handler/alteration.h"
#include "handler/handlers.h"

#include "controller/config_resource.h"

static bool is_named(const struct alter_configs_request_alter_configs_resource *old,
                     const char *name)
{
    for (int32_t i = 0; i < old->configs.count; i++) {
        if (slice_is(old->configs.items[i].name, name)) {
            return true;
        }
    }
    return false;
}

static bool turn(struct call *call, const struct alter_configs_request_alter_configs_resource *old,
                 struct incremental_alter_configs_request_alter_configs_resource *ret_resource)
{
    const struct image_settings *settings =
        image_settings_of(call->node->image, old->resource_type, old->resource_name);
    size_t most = (size_t)old->configs.count + (settings ? (size_t)settings->count : 0);
    struct incremental_alter_configs_request_alterable_config *items =
        call_alloc(call, most, sizeof(*items));
    int32_t count = 0;
    for (int32_t i = 0; items && i < old->configs.count; i++) {
        items[count++] = (struct incremental_alter_configs_request_alterable_config){
            old->configs.items[i].name, ALTER_SET, old->configs.items[i].value
        };
    }
    for (int32_t i = 0; items && settings && i < settings->count; i++) {
        if (!is_named(old, settings->items[i].name)) {
            struct slice name = arena_copy(&call->arena, slice_text(settings->items[i].name));
            if (slice_is_null(name)) {
                return false;
            }
            items[count++] =
                (struct incremental_alter_configs_request_alterable_config){ name, ALTER_DELETE,
                                                                             SLICE_NULL };
        }
    }
    ret_resource->resource_type = old->resource_type;
    ret_resource->resource_name = old->resource_name;
    ret_resource->configs.items = items;
    ret_resource->configs.count = count;
    return items != NULL;
}

static void answer_old(struct call *call, struct incremental_alter_configs_response *incremental)
{
    struct alter_configs_response response;
    size_t count = (size_t)incremental->responses.count;
    message_defaults(&alter_configs_response_type, &response);
    response.responses.items = call_alloc(call, count, sizeof(*response.responses.items));
    if (!response.responses.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    response.responses.count = (int32_t)count;
    for (size_t i = 0; i < count; i++) {
        struct alter_configs_response_alter_configs_resource_response *item =
            &response.responses.items[i];
        item->error_code = incremental->responses.items[i].error_code;
        item->error_message = incremental->responses.items[i].error_message;
        item->resource_type = incremental->responses.items[i].resource_type;
        item->resource_name = incremental->responses.items[i].resource_name;
    }
    call_answer(call, &response, NULL, NULL);
}

void handle_alter_configs(struct call *call)
{
    const struct alter_configs_request *old = call->message;
    struct incremental_alter_configs_request *request = call_alloc(call, 1, sizeof(*request));
    size_t count = (size_t)old->resources.count;
    bool good = request != NULL;
    if (good) {
        message_defaults(&incremental_alter_configs_request_type, request);
        request->validate_only = old->validate_only;
        request->resources.items = call_alloc(call, count, sizeof(*request->resources.items));
        request->resources.count = (int32_t)count;
        good = request->resources.items != NULL;
    }
    for (size_t i = 0; good && i < count; i++) {
        good = turn(call, &old->resources.items[i], &request->resources.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call->message = request;
    alteration_begin(call, answer_old);
}
