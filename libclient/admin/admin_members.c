/* admin: groups with their members: ConsumerGroupDescribe (KIP-848) first, and DescribeGroups for
 * groups that it does not know, as the Java client does. */
#include "admin/admin.h"
#include "admin/coordinator_search.h"

enum { KEY_DESCRIBE_GROUPS = 15, KEY_CONSUMER_GROUP_DESCRIBE = 69 };
enum { STAGE_SEARCH = 1, STAGE_CONSUMER, STAGE_CLASSIC };

#define ASSIGNED consumer_protocol_assignment_topic_partition

static void members_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    struct kc_group_description *group = &fanout->harvest->as.groups.items[item];
    group->err = err;
    group->text = text;
    if (err == KC_ERR_GROUP_ID_NOT_FOUND) {
        group->state = "Dead";
    }
}

static void take_coordinator(struct fanout *fanout, size_t item)
{
    const struct kc_node *node = &fanout->items[item].node;
    struct kc_node *to = &fanout->harvest->as.groups.items[item].coordinator;
    to->id = node->id;
    to->host = harvest_text(fanout->harvest, slice_text(node->host));
    to->port = node->port;
}

static struct kc_member_description *member_room(struct harvest *harvest,
                                                 struct kc_group_description *group, int32_t count)
{
    size_t member_count = count > 0 ? (size_t)count : 0;
    group->members = harvest_array(harvest, member_count, sizeof(*group->members));
    group->member_count = group->members ? member_count : 0;
    return group->members;
}

static void add_partitions(struct harvest *harvest, struct slice topic, const int32_t *numbers,
                           int32_t number_count, struct kc_partition *partitions, size_t *count)
{
    const char *name = number_count > 0 ? harvest_text(harvest, topic) : "";
    for (int32_t i = 0; i < number_count; i++) {
        partitions[(*count)++] = (struct kc_partition){ .topic = name, .partition = numbers[i] };
    }
}

static struct kc_partition *
take_partitions(struct harvest *harvest,
                const struct consumer_group_describe_response_assignment *assignment,
                size_t *ret_count)
{
    size_t count = 0;
    size_t taken = 0;
    for (int32_t i = 0; i < assignment->topic_partitions.count; i++) {
        count += (size_t)MAX_OF(assignment->topic_partitions.items[i].partitions.count, 0);
    }
    struct kc_partition *partitions = harvest_array(harvest, count, sizeof(*partitions));
    for (int32_t i = 0; partitions && i < assignment->topic_partitions.count; i++) {
        const struct consumer_group_describe_response_topic_partitions *topic =
            &assignment->topic_partitions.items[i];
        add_partitions(harvest, topic->topic_name, topic->partitions.items, topic->partitions.count,
                       partitions, &taken);
    }
    *ret_count = taken;
    return partitions;
}

static void take_consumer(struct fanout *fanout, size_t item,
                          const struct consumer_group_describe_response_described_group *from)
{
    struct harvest *harvest = fanout->harvest;
    struct kc_group_description *group = &harvest->as.groups.items[item];
    group->state = harvest_text(harvest, from->group_state);
    group->protocol_type = "consumer";
    group->assignor = harvest_text(harvest, from->assignor_name);
    group->type = "Consumer";
    group->group_epoch = from->group_epoch;
    group->target_epoch = from->assignment_epoch;
    take_coordinator(fanout, item);
    struct kc_member_description *member = member_room(harvest, group, from->members.count);
    for (size_t i = 0; i < group->member_count; i++, member++) {
        const struct consumer_group_describe_response_member *told = &from->members.items[i];
        member->member_id = harvest_text(harvest, told->member_id);
        member->instance_id = harvest_text_or_null(harvest, told->instance_id);
        member->client_id = harvest_text(harvest, told->client_id);
        member->host = harvest_text(harvest, told->client_host);
        member->member_epoch = told->member_epoch;
        member->partitions = take_partitions(harvest, &told->assignment, &member->partition_count);
        member->target_partitions =
            take_partitions(harvest, &told->target_assignment, &member->target_partition_count);
    }
    fanout_move(fanout, item, FANOUT_DONE);
}

static void consumer_answer(struct fanout_branch *branch, const void *message)
{
    const struct consumer_group_describe_response *response = message;
    struct fanout *fanout = branch->fanout;
    for (int32_t i = 0; i < response->groups.count; i++) {
        const struct consumer_group_describe_response_described_group *group =
            &response->groups.items[i];
        enum kc_err err = group->error_code;
        size_t position = 0;
        size_t item;
        while ((item = coordinator_search_next(branch, group->group_id, &position)) != SIZE_MAX) {
            if (err == KC_ERR_GROUP_ID_NOT_FOUND || err == KC_ERR_UNSUPPORTED_VERSION) {
                fanout_move(fanout, item, STAGE_CLASSIC);
            } else if (coordinator_search_again(fanout, item, err)) {
                continue;
            } else if (err) {
                fanout_fail(fanout, item, err, group->error_message);
            } else {
                take_consumer(fanout, item, group);
            }
        }
    }
}

static bool consumer_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    if (reply->err != KC_ERR_UNSUPPORTED_VERSION) {
        return coordinator_search_refused(branch, reply);
    }
    for (size_t i = 0; i < branch->item_count; i++) {
        fanout_move(branch->fanout, branch->items[i], STAGE_CLASSIC);
    }
    return true;
}

static void consumer_build(struct fanout_branch *branch)
{
    struct consumer_group_describe_request *request = branch->message;
    request->group_ids.items = coordinator_search_names(branch);
    request->group_ids.count = request->group_ids.items ? (int32_t)branch->item_count : 0;
    branch->refused = consumer_refused;
}

/* What a member of a classic group was told by its leader: the consumer protocol's blob. One that
 * cannot be read (another protocol) is no assignment. */
static void take_blob(struct fanout_branch *branch, struct slice blob,
                      struct kc_member_description *member)
{
    struct harvest *harvest = branch->fanout->harvest;
    struct consumer_protocol_assignment assignment;
    struct reader reader;
    reader_init(&reader, blob);
    int16_t version = read_i16(&reader);
    int16_t version_max = message_version_max(&consumer_protocol_assignment_type);
    enum kc_err err = reader.err || version < 0 ? KC_ERR_MALFORMED : KC_ERR_NONE;
    if (!err) {
        err = message_decode(&consumer_protocol_assignment_type, MIN_OF(version, version_max),
                             &reader, &branch->arena, &assignment);
    }
    harvest->failed = harvest->failed || err == KC_ERR_NO_MEMORY;
    if (err) {
        return;
    }
    size_t count = 0;
    for (int32_t i = 0; i < assignment.assigned_partitions.count; i++) {
        count += (size_t)MAX_OF(assignment.assigned_partitions.items[i].partitions.count, 0);
    }
    member->partitions = harvest_array(harvest, count, sizeof(*member->partitions));
    for (int32_t i = 0; member->partitions && i < assignment.assigned_partitions.count; i++) {
        const struct ASSIGNED *topic = &assignment.assigned_partitions.items[i];
        add_partitions(harvest, topic->topic, topic->partitions.items, topic->partitions.count,
                       member->partitions, &member->partition_count);
    }
}

static void take_classic(struct fanout_branch *branch, size_t item,
                         const struct describe_groups_response_described_group *from)
{
    struct harvest *harvest = branch->fanout->harvest;
    struct kc_group_description *group = &harvest->as.groups.items[item];
    bool is_consumer = from->protocol_type.size == 0 || slice_is(from->protocol_type, "consumer");
    group->state = harvest_text(harvest, from->group_state);
    group->protocol_type = harvest_text(harvest, from->protocol_type);
    group->assignor = harvest_text(harvest, from->protocol_data);
    group->type = "Classic";
    take_coordinator(branch->fanout, item);
    struct kc_member_description *member = member_room(harvest, group, from->members.count);
    for (size_t i = 0; i < group->member_count; i++, member++) {
        const struct describe_groups_response_described_group_member *told =
            &from->members.items[i];
        member->member_id = harvest_text(harvest, told->member_id);
        member->instance_id = harvest_text_or_null(harvest, told->group_instance_id);
        member->client_id = harvest_text(harvest, told->client_id);
        member->host = harvest_text(harvest, told->client_host);
        member->member_epoch = -1;
        if (is_consumer) {
            take_blob(branch, told->member_assignment, member);
        }
    }
    fanout_move(branch->fanout, item, FANOUT_DONE);
}

static void classic_answer(struct fanout_branch *branch, const void *message)
{
    const struct describe_groups_response *response = message;
    struct fanout *fanout = branch->fanout;
    for (int32_t i = 0; i < response->groups.count; i++) {
        const struct describe_groups_response_described_group *group = &response->groups.items[i];
        size_t position = 0;
        size_t item;
        while ((item = coordinator_search_next(branch, group->group_id, &position)) != SIZE_MAX) {
            if (coordinator_search_again(fanout, item, group->error_code)) {
                continue;
            }
            if (group->error_code) {
                fanout_fail(fanout, item, group->error_code, group->error_message);
            } else {
                take_classic(branch, item, group);
            }
        }
    }
}

static void classic_build(struct fanout_branch *branch)
{
    struct describe_groups_request *request = branch->message;
    request->groups.items = coordinator_search_names(branch);
    request->groups.count = request->groups.items ? (int32_t)branch->item_count : 0;
    branch->refused = coordinator_search_refused;
}

static void members_plan(struct fanout *fanout)
{
    coordinator_search_plan(fanout);
    fanout_split(fanout, STAGE_CONSUMER, KEY_CONSUMER_GROUP_DESCRIBE, consumer_answer,
                 consumer_build);
    fanout_split(fanout, STAGE_CLASSIC, KEY_DESCRIBE_GROUPS, classic_answer, classic_build);
}

static const struct fanout_family members_family = {
    .what = "describing groups",
    .plan = members_plan,
    .fail = members_fail,
};

static void begin_group(struct harvest *harvest, const char *group_id,
                        struct kc_group_description *group)
{
    group->group_id = harvest_text(harvest, slice_text(group_id));
    group->text = kc_err_text(KC_ERR_NONE);
    group->state = "";
    group->protocol_type = "";
    group->assignor = "";
    group->type = "";
    group->coordinator.id = -1;
    group->coordinator.host = "";
}

struct fanout *admin_members_describe(const char *const *group_ids, size_t count)
{
    struct fanout *fanout = fanout_create(&members_family, count, STAGE_SEARCH);
    struct coordinator_search *search = fanout ? fanout_alloc(fanout, 1, sizeof(*search)) : NULL;
    if (!search) {
        fanout_destroy(fanout);
        return NULL;
    }
    fanout->state = search;
    search->stage = STAGE_SEARCH;
    search->found_stage = STAGE_CONSUMER;
    search->group_ids = coordinator_search_copy(fanout, group_ids, count);
    struct kc_group_descriptions *groups = &fanout->harvest->as.groups;
    groups->items = harvest_array(fanout->harvest, count, sizeof(*groups->items));
    groups->count = groups->items ? count : 0;
    for (size_t i = 0; i < groups->count; i++) {
        begin_group(fanout->harvest, group_ids[i], &groups->items[i]);
    }
    if (!search->group_ids || fanout->harvest->failed) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}
