/* handler: ListGroups, versions 0 to 5. 3: flexible. 4: state filter (KIP-518). 5: type filter
 * (KIP-848). */
#include "coordinator/groups.h"
#include "handler/handlers.h"

#include <stdlib.h>
#include <strings.h>

/* Filters compare without case, as Kafka's do. */
static bool matches(const struct slice *items, int32_t count, const char *value)
{
    if (count <= 0) {
        return true;
    }
    for (int32_t i = 0; i < count; i++) {
        if (items[i].size == strlen(value) &&
            strncasecmp((const char *)items[i].data, value, items[i].size) == 0) {
            return true;
        }
    }
    return false;
}

void handle_list_groups(struct call *call)
{
    const struct list_groups_request *request = call->message;
    struct list_groups_response response;
    size_t count = 0;
    struct group **sorted = groups_sorted(call->node->groups, &count);
    message_defaults(&list_groups_response_type, &response);
    response.error_code =
        groups_are_loading(call->node->groups) ? KC_ERR_COORDINATOR_LOAD_IN_PROGRESS : KC_ERR_NONE;
    response.groups.items = call_alloc(call, count, sizeof(*response.groups.items));
    response.groups.count = 0;
    if (!sorted || !response.groups.items) {
        free(sorted);
        call_fail(call, "out of memory for a request");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const char *state = groups_state_name(sorted[i]);
        const char *type = sorted[i]->next ? "consumer" : "classic";
        struct slice protocol =
            sorted[i]->protocol_type ? slice_text(sorted[i]->protocol_type) : SLICE_EMPTY;
        if (matches(request->types_filter.items, request->types_filter.count, type) &&
            matches(request->states_filter.items, request->states_filter.count, state)) {
            struct list_groups_response_listed_group *item =
                &response.groups.items[response.groups.count++];
            item->group_id = slice_text(sorted[i]->id);
            item->protocol_type = sorted[i]->next ? slice_text("consumer") : protocol;
            item->group_state = slice_text(state);
            item->group_type = slice_text(type);
        }
    }
    free(sorted);
    call_answer(call, &response, NULL, NULL);
}
