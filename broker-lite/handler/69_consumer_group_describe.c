/* handler: ConsumerGroupDescribe, versions 0 and 1 (KIP-848). 1: the member's type. Authorized
 * operations are not told. */
#include "coordinator/groups.h"
#include "handler/handlers.h"

enum { MEMBER_TYPE_CLASSIC = 0, MEMBER_TYPE_CONSUMER = 1 };

/* Topics that are gone are left out: they have no name any more. */
static bool fill_assignment(struct call *call, const struct holding *holding,
                            struct consumer_group_describe_response_assignment *answer)
{
    const struct image_topic *topic = NULL;
    int32_t *numbers = call_alloc(call, holding->count, sizeof(*numbers));
    struct consumer_group_describe_response_topic_partitions *topics =
        call_alloc(call, holding->count, sizeof(*topics));
    int32_t count = 0;
    for (size_t i = 0; numbers && topics && i < holding->count; i++) {
        const struct holding_item *item = &holding->items[i];
        if (i == 0 || !uuid_equal(&item->topic, &item[-1].topic)) {
            topic = image_topic_by_id(call->node->image, &item->topic);
            if (topic) {
                topics[count].topic_id = item->topic;
                topics[count].topic_name = slice_text(topic->name);
                topics[count].partitions.items = &numbers[i];
                topics[count++].partitions.count = 0;
            }
        }
        if (topic) {
            numbers[i] = item->partition;
            topics[count - 1].partitions.count++;
        }
    }
    answer->topic_partitions.items = topics;
    answer->topic_partitions.count = count;
    return numbers && topics;
}

static bool fill_member(struct call *call, const struct next_member *member,
                        struct consumer_group_describe_response_member *answer)
{
    message_defaults(&consumer_group_describe_response_member_type, answer);
    answer->member_id = slice_text(member->id);
    answer->instance_id = slice_text(member->instance_id);
    answer->rack_id = slice_text(member->rack_id);
    answer->member_epoch = member->epoch;
    answer->client_id = slice_text(member->client_id);
    answer->client_host = slice_text(member->client_host);
    answer->subscribed_topic_names.items = member->topics.items;
    answer->subscribed_topic_names.count = member->topics.count;
    answer->subscribed_topic_regex = slice_text(member->regex);
    answer->member_type = member->classic ? MEMBER_TYPE_CLASSIC : MEMBER_TYPE_CONSUMER;
    return fill_assignment(call, &member->assigned, &answer->assignment) &&
           fill_assignment(call, &member->target, &answer->target_assignment);
}

static bool fill_group(struct call *call, const struct group_next *next,
                       struct consumer_group_describe_response_described_group *answer)
{
    bool good = true;
    answer->group_state = slice_text(group_next_state_name(next));
    answer->group_epoch = next->epoch;
    answer->assignment_epoch = next->target_epoch;
    answer->assignor_name = group_next_assignor(next, groups_next_env(call->node->groups));
    answer->members.items = call_alloc(call, next->member_count, sizeof(*answer->members.items));
    answer->members.count = (int32_t)next->member_count;
    good = answer->members.items != NULL;
    for (size_t i = 0; good && i < next->member_count; i++) {
        good = fill_member(call, next->members[i], &answer->members.items[i]);
    }
    return good;
}

static bool describe(struct call *call, struct slice group_id,
                     struct consumer_group_describe_response_described_group *answer)
{
    enum kc_err err = call->node->image->features[IMAGE_GROUP_VERSION] == 0
                          ? KC_ERR_UNSUPPORTED_VERSION
                          : groups_check(call->node->groups, group_id);
    const struct group *group = err ? NULL : groups_find(call->node->groups, group_id);
    message_defaults(&consumer_group_describe_response_described_group_type, answer);
    answer->group_id = group_id;
    answer->error_code = (int16_t)err;
    if (err) {
        return true;
    }
    if (!group || !group->next) {
        const char *text = arena_printf(
            &call->arena, group ? "Group %.*s is not a consumer group." : "Group %.*s not found.",
            SLICE_ARGS(group_id));
        answer->error_code = KC_ERR_GROUP_ID_NOT_FOUND;
        answer->error_message = slice_text(text);
        return text != NULL;
    }
    return fill_group(call, group->next, answer);
}

void handle_consumer_group_describe(struct call *call)
{
    const struct consumer_group_describe_request *request = call->message;
    struct consumer_group_describe_response response;
    message_defaults(&consumer_group_describe_response_type, &response);
    response.groups.items =
        call_alloc(call, (size_t)request->group_ids.count, sizeof(*response.groups.items));
    response.groups.count = request->group_ids.count;
    bool good = response.groups.items != NULL;
    for (int32_t i = 0; good && i < request->group_ids.count; i++) {
        good = describe(call, request->group_ids.items[i], &response.groups.items[i]);
    }
    if (!good) {
        call_fail(call, "out of memory for a request");
        return;
    }
    call_answer_copied(call, &response);
}
