/* handler: ApiVersions, versions 0 to 4. 3: flexible, client software (KIP-511), features. An
 * unknown version is answered in version 0 (handler.c). */
#include "handler/handlers.h"

#include "controller/feature.h"

static bool is_software_text(struct slice text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool edge = i == 0 || i == text.size - 1;
        if (!alphanumeric && (edge || (c != '.' && c != '-'))) {
            return false;
        }
    }
    return text.size > 0;
}

/* Levels that are 0 are switched off, and left out. group.version: groups of KIP-848.
 * transaction.version: clients that know KIP-890 bump their epoch with each transaction. */
static void fill_features(const struct image *image, struct api_versions_response *response)
{
    for (int i = 0; i < IMAGE_FEATURE_COUNT; i++) {
        struct api_versions_response_supported_feature_key *supported =
            &response->supported_features.items[i];
        supported->name = slice_text(feature_table[i].name);
        supported->min_version = feature_table[i].min;
        supported->max_version = feature_table[i].max;
        if (image->features[i] > 0) {
            struct api_versions_response_finalized_feature_key *finalized =
                &response->finalized_features.items[response->finalized_features.count++];
            finalized->name = supported->name;
            finalized->min_version_level = image->features[i];
            finalized->max_version_level = image->features[i];
        }
    }
    response->supported_features.count = IMAGE_FEATURE_COUNT;
}

void handle_api_versions(struct call *call)
{
    const struct api_versions_request *request = call->message;
    struct api_versions_response response;
    struct api_versions_response_supported_feature_key supported[IMAGE_FEATURE_COUNT];
    struct api_versions_response_finalized_feature_key finalized[IMAGE_FEATURE_COUNT];
    message_defaults(&api_versions_response_type, &response);
    if (call->version >= 3 && (!is_software_text(request->client_software_name) ||
                               !is_software_text(request->client_software_version))) {
        response.error_code = KC_ERR_INVALID_REQUEST;
        call_answer(call, &response, NULL, NULL);
        return;
    }
    response.api_keys.items = call_alloc(call, handler_count, sizeof(*response.api_keys.items));
    response.api_keys.count = (int32_t)handler_count;
    if (!response.api_keys.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    for (size_t i = 0; i < handler_count; i++) {
        response.api_keys.items[i].api_key = handler_table[i].key;
        response.api_keys.items[i].min_version = handler_table[i].version_min;
        response.api_keys.items[i].max_version = handler_table[i].version_max;
    }
    response.supported_features.items = supported;
    response.finalized_features.items = finalized;
    fill_features(call->node->image, &response);
    response.finalized_features_epoch = call->node->image->last_offset;
    call_answer(call, &response, NULL, NULL);
}
