/* handler: DescribeGroups, versions 0 to 6. 3: authorized operations (not told). 4: static members.
 * 5: flexible. 6: GROUP_ID_NOT_FOUND with a message (KIP-1043). */
#include "coordinator/groups.h"
#include "handler/handlers.h"

enum { DESCRIBE_NOT_FOUND_VERSION = 6 };

static bool fill_members(struct call *call, const struct group *group,
                         struct describe_groups_response_described_group *answer)
{
    bool is_stable = group->state == GROUP_STABLE;
    answer->members.items =
        call_alloc(call, (size_t)group->member_count, sizeof(*answer->members.items));
    answer->members.count = 0;
    if (!answer->members.items) {
        return false;
    }
    LIST_EACH(link, &group->members)
    {
        const struct group_member *member = LIST_ITEM(link, struct group_member, link);
        struct describe_groups_response_described_group_member *item =
            &answer->members.items[answer->members.count++];
        struct slice metadata = group_member_metadata(group, member);
        item->member_id = slice_text(member->id);
        item->group_instance_id = slice_text(member->instance_id);
        item->client_id = slice_text(member->client_id);
        item->client_host = slice_text(member->client_host);
        item->member_metadata = is_stable && !slice_is_null(metadata) ? metadata : SLICE_EMPTY;
        item->member_assignment = is_stable ? member->assignment : SLICE_EMPTY;
    }
    return true;
}

static bool describe(struct call *call, struct slice group_id,
                     struct describe_groups_response_described_group *answer)
{
    enum kc_err err = groups_check(call->node->groups, group_id);
    const struct group *group = err ? NULL : groups_find(call->node->groups, group_id);
    message_defaults(&describe_groups_response_described_group_type, answer);
    answer->group_id = group_id;
    if (err) {
        answer->error_code = (int16_t)err;
        return true;
    }
    if (!group || group->next) {
        answer->group_state = slice_text(group_state_name(GROUP_DEAD));
        if (call->version >= DESCRIBE_NOT_FOUND_VERSION) {
            const char *text =
                arena_printf(&call->arena,
                             group ? "Group %.*s is not a classic group." : "Group %.*s not found.",
                             SLICE_ARGS(group_id));
            answer->error_code = KC_ERR_GROUP_ID_NOT_FOUND;
            answer->error_message = slice_text(text);
        }
        return true;
    }
    answer->group_state = slice_text(group_state_name(group->state));
    answer->protocol_type = group->protocol_type ? slice_text(group->protocol_type) : SLICE_EMPTY;
    answer->protocol_data =
        group->state == GROUP_STABLE && group->protocol ? slice_text(group->protocol) : SLICE_EMPTY;
    return fill_members(call, group, answer);
}

void handle_describe_groups(struct call *call)
{
    const struct describe_groups_request *request = call->message;
    struct describe_groups_response response;
    message_defaults(&describe_groups_response_type, &response);
    response.groups.items =
        call_alloc(call, (size_t)request->groups.count, sizeof(*response.groups.items));
    response.groups.count = request->groups.count;
    bool good = response.groups.items != NULL;
    for (int32_t i = 0; good && i < request->groups.count; i++) {
        good = describe(call, request->groups.items[i], &response.groups.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer_copied(call, &response);
}
