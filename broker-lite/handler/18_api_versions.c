/* handler: ApiVersions, versions 0 to 4. 3: flexible, client software (KIP-511), features. An
 * unknown version is answered in version 0 (handler.c). */
#include "handler/handlers.h"

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

void handle_api_versions(struct call *call)
{
    const struct api_versions_request *request = call->message;
    struct api_versions_response response;
    struct api_versions_response_supported_feature_key supported[] = {
        { .name = slice_text("group.version"), .min_version = 0, .max_version = 1 },
        { .name = slice_text("transaction.version"), .min_version = 0, .max_version = 2 },
    };
    /* Groups of KIP-848. KIP-890: clients that know it bump their epoch with each transaction. */
    struct api_versions_response_finalized_feature_key finalized[] = {
        { .name = slice_text("group.version"), .min_version_level = 1, .max_version_level = 1 },
        { .name = slice_text("transaction.version"),
          .min_version_level = 2,
          .max_version_level = 2 },
    };
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
    response.supported_features.count = ARRAY_COUNT(supported);
    response.finalized_features.items = finalized;
    response.finalized_features.count = ARRAY_COUNT(finalized);
    response.finalized_features_epoch = call->node->image->last_offset;
    call_answer(call, &response, NULL, NULL);
}
