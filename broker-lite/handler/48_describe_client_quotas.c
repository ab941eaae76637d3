/* handler: DescribeClientQuotas, versions 0 and 1 (KIP-546). 1: flexible. */
#include "handler/handlers.h"

#include "controller/quota_table.h"

#include <stdio.h>

enum match { MATCH_NOT_ASKED = -1, MATCH_EXACT = 0, MATCH_DEFAULT = 1, MATCH_ANY = 2 };

/* What the request asks for, by kind of part. */
struct quota_filter {
    enum match matches[QUOTA_PART_COUNT];
    struct slice names[QUOTA_PART_COUNT];
    bool is_strict;
};

static enum kc_err
check_match(const struct describe_client_quotas_request_component_data *component, char *ret_text,
            size_t size)
{
    bool has_name = !slice_is_null(component->match);
    switch (component->match_type) {
    case MATCH_EXACT:
        if (!has_name) {
            (void)snprintf(ret_text, size,
                           "Request specified MATCH_TYPE_EXACT, but set match string to null.");
            return KC_ERR_INVALID_REQUEST;
        }
        return KC_ERR_NONE;
    case MATCH_DEFAULT:
    case MATCH_ANY:
        if (has_name) {
            (void)snprintf(ret_text, size,
                           "Request specified %s, but also specified a match string.",
                           component->match_type == MATCH_DEFAULT ? "MATCH_TYPE_DEFAULT"
                                                                  : "MATCH_TYPE_SPECIFIED");
            return KC_ERR_INVALID_REQUEST;
        }
        return KC_ERR_NONE;
    default:
        (void)snprintf(ret_text, size, "Unknown match type %d", component->match_type);
        return KC_ERR_INVALID_REQUEST;
    }
}

static enum kc_err
read_component(const struct describe_client_quotas_request_component_data *component,
               struct quota_filter *filter, char *ret_text, size_t size)
{
    enum quota_part part;
    if (component->entity_type.size == 0) {
        (void)snprintf(ret_text, size, "Invalid empty entity type.");
        return KC_ERR_INVALID_REQUEST;
    }
    if (!quota_part_find(component->entity_type, &part)) {
        (void)snprintf(ret_text, size, "Unsupported entity type %.*s",
                       SLICE_ARGS(component->entity_type));
        return KC_ERR_UNSUPPORTED_VERSION;
    }
    if (filter->matches[part] != MATCH_NOT_ASKED) {
        (void)snprintf(ret_text, size, "Entity type %s cannot appear more than once in the filter.",
                       quota_part_name(part));
        return KC_ERR_INVALID_REQUEST;
    }
    filter->matches[part] = (enum match)component->match_type;
    filter->names[part] = component->match;
    return check_match(component, ret_text, size);
}

static enum kc_err read_filter(const struct describe_client_quotas_request *request,
                               struct quota_filter *filter, char *ret_text, size_t size)
{
    enum kc_err err = KC_ERR_NONE;
    for (int part = 0; part < QUOTA_PART_COUNT; part++) {
        filter->matches[part] = MATCH_NOT_ASKED;
    }
    filter->is_strict = request->strict;
    for (int32_t i = 0; !err && i < request->components.count; i++) {
        err = read_component(&request->components.items[i], filter, ret_text, size);
    }
    if (!err && filter->matches[QUOTA_IP] != MATCH_NOT_ASKED &&
        (filter->matches[QUOTA_USER] != MATCH_NOT_ASKED ||
         filter->matches[QUOTA_CLIENT_ID] != MATCH_NOT_ASKED)) {
        (void)snprintf(ret_text, size,
                       "Invalid entity filter component combination. IP filter component should "
                       "not be used with user or clientId filter component.");
        err = KC_ERR_INVALID_REQUEST;
    }
    return err;
}

static bool matches(const struct quota_filter *filter, const struct quota_entity *entity)
{
    for (int part = 0; part < QUOTA_PART_COUNT; part++) {
        enum match match = filter->matches[part];
        if (match == MATCH_NOT_ASKED) {
            if (filter->is_strict && entity->has[part]) {
                return false;
            }
        } else if (!entity->has[part] ||
                   (match == MATCH_DEFAULT && !slice_is_null(entity->names[part])) ||
                   (match == MATCH_EXACT &&
                    !slice_equal(entity->names[part], filter->names[part]))) {
            return false;
        }
    }
    return true;
}

/* Copies nothing: the answer is encoded before the table can change. False: memory is out. */
static bool describe_row(struct call *call, const struct quota_row *row,
                         struct describe_client_quotas_response_entry_data *entry)
{
    message_defaults(&describe_client_quotas_response_entry_data_type, entry);
    entry->entity.items = call_alloc(call, QUOTA_PART_COUNT, sizeof(*entry->entity.items));
    entry->values.items = call_alloc(call, QUOTA_KEY_COUNT, sizeof(*entry->values.items));
    if (!entry->entity.items || !entry->values.items) {
        return false;
    }
    for (int part = 0; part < QUOTA_PART_COUNT; part++) {
        if (row->entity.has[part]) {
            struct describe_client_quotas_response_entity_data *data =
                &entry->entity.items[entry->entity.count++];
            data->entity_type = slice_text(quota_part_name((enum quota_part)part));
            data->entity_name = row->entity.names[part];
        }
    }
    for (int key = 0; key < QUOTA_KEY_COUNT; key++) {
        if (row->values[key] > 0) {
            struct describe_client_quotas_response_value_data *value =
                &entry->values.items[entry->values.count++];
            value->key = slice_text(quota_key_name((enum quota_key)key));
            value->value = row->values[key];
        }
    }
    return true;
}

static bool describe(struct call *call, const struct quota_filter *filter,
                     struct describe_client_quotas_response *response)
{
    const struct map *rows = &call->node->image->quotas.rows;
    size_t position = 0;
    const struct quota_row *row;
    response->entries.items = call_alloc(call, rows->count, sizeof(*response->entries.items));
    response->entries.count = 0;
    bool has_memory = response->entries.items != NULL;
    while (has_memory && (row = map_next(rows, &position))) {
        if (matches(filter, &row->entity)) {
            has_memory =
                describe_row(call, row, &response->entries.items[response->entries.count++]);
        }
    }
    return has_memory;
}

void handle_describe_client_quotas(struct call *call)
{
    struct describe_client_quotas_response response;
    struct quota_filter filter;
    char text[256] = "";
    message_defaults(&describe_client_quotas_response_type, &response);
    enum kc_err err = read_filter(call->message, &filter, text, sizeof(text));
    response.error_code = (int16_t)err;
    response.error_message = slice_text(text); /* also empty, as Kafka's */
    if (err) {
        response.entries.items = NULL;
        response.entries.count = -1;
    } else if (!describe(call, &filter, &response)) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer(call, &response, NULL, NULL);
}
