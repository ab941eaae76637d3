/* admin: groups with their members: ConsumerGroupDescribe (KIP-848) first, and DescribeGroups for
 * groups that it does not know, as the Java client does; ShareGroupDescribe (KIP-932). */
#include "admin/admin.h"
#include "admin/coordinator_search.h"
#include "wire/mirror.h"

enum { KEY_DESCRIBE_GROUPS = 15, KEY_CONSUMER_GROUP_DESCRIBE = 69, KEY_SHARE_GROUP_DESCRIBE = 77 };
enum { VERSION_OPERATIONS = 3 }; /* of DescribeGroups (KIP-430) */
enum { STAGE_SEARCH = 1, STAGE_MODERN, STAGE_CLASSIC };

struct members_state {
    struct coordinator_search search; /* first: see coordinator_search_plan */
    int16_t api_key;                  /* that describes them */
    bool has_classic;                 /* one that it does not know may be a classic group */
    const struct mirror_row *rows;
    const char *kind;
    const char *protocol;
    unsigned with;
};

static void members_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    struct kc_group_description *group = &fanout->harvest->as.groups.items[item];
    group->err = err;
    group->text = text;
    if (err == KC_ERR_GROUP_ID_NOT_FOUND) {
        group->state = "Dead";
    }
}

static const struct mirror_row group_member_rows[] = {
    MIRROR(struct kc_member_description, member_id, "memberId"),
    MIRROR(struct kc_member_description, instance_id, "instanceId"),
    MIRROR(struct kc_member_description, client_id, "clientId"),
    MIRROR(struct kc_member_description, host, "clientHost"),
    MIRROR(struct kc_member_description, member_epoch, "memberEpoch"),
    MIRROR(struct kc_member_description, rack, "rackId"),
    MIRROR_LIST(struct kc_member_description, topics, topic_count, "subscribedTopicNames"),
    MIRROR(struct kc_member_description, topic_pattern, "subscribedTopicRegex"),
    MIRROR(struct kc_member_description, is_upgraded, "memberType"),
    MIRROR_FLAT(struct kc_member_description, partitions, partition_count,
                "assignment.topicPartitions", "topicName", "partitions", NULL),
    MIRROR_FLAT(struct kc_member_description, target_partitions, target_partition_count,
                "targetAssignment.topicPartitions", "topicName", "partitions", NULL),
    MIRROR_END,
};
static const struct mirror_row share_member_rows[] = {
    MIRROR(struct kc_member_description, member_id, "memberId"),
    MIRROR(struct kc_member_description, client_id, "clientId"),
    MIRROR(struct kc_member_description, host, "clientHost"),
    MIRROR(struct kc_member_description, member_epoch, "memberEpoch"),
    MIRROR(struct kc_member_description, rack, "rackId"),
    MIRROR_LIST(struct kc_member_description, topics, topic_count, "subscribedTopicNames"),
    MIRROR_FLAT(struct kc_member_description, partitions, partition_count,
                "assignment.topicPartitions", "topicName", "partitions", NULL),
    MIRROR_END,
};
#define GROUP_ROWS(member_rows)                                                  \
    MIRROR(struct kc_group_description, state, "groupState"),                    \
        MIRROR(struct kc_group_description, assignor, "assignorName"),           \
        MIRROR(struct kc_group_description, group_epoch, "groupEpoch"),          \
        MIRROR(struct kc_group_description, target_epoch, "assignmentEpoch"),    \
        MIRROR(struct kc_group_description, operations, "authorizedOperations"), \
        MIRROR_EACH(struct kc_group_description, members, member_count, "members", member_rows)
static const struct mirror_row consumer_rows[] = { GROUP_ROWS(group_member_rows), MIRROR_END };
static const struct mirror_row share_rows[] = { GROUP_ROWS(share_member_rows), MIRROR_END };

static const struct mirror_row classic_member_rows[] = {
    MIRROR(struct kc_member_description, member_id, "memberId"),
    MIRROR(struct kc_member_description, instance_id, "groupInstanceId"),
    MIRROR(struct kc_member_description, client_id, "clientId"),
    MIRROR(struct kc_member_description, host, "clientHost"),
    MIRROR_END,
};
static const struct mirror_row classic_rows[] = {
    MIRROR(struct kc_group_description, state, "groupState"),
    MIRROR(struct kc_group_description, protocol_type, "protocolType"),
    MIRROR(struct kc_group_description, assignor, "protocolData"),
    MIRROR(struct kc_group_description, operations, "authorizedOperations"),
    MIRROR_EACH(struct kc_group_description, members, member_count, "members", classic_member_rows),
    MIRROR_END,
};
static const struct mirror_row blob_rows[] = {
    MIRROR_FLAT(struct kc_member_description, partitions, partition_count, "assignedPartitions",
                "topic", "partitions", NULL),
    MIRROR_END,
};

static struct kc_group_description *take_group(struct fanout *fanout, size_t item,
                                               const struct message_type *type, const void *from,
                                               const struct mirror_row *rows, const char *kind)
{
    struct harvest *harvest = fanout->harvest;
    struct kc_group_description *group = &harvest->as.groups.items[item];
    group->type = kind;
    group->coordinator = harvest_node(harvest, &fanout->items[item].node);
    if (!mirror_read(type, from, rows, &harvest->arena, group)) {
        harvest->failed = true;
    }
    fanout_move(fanout, item, FANOUT_DONE);
    return group;
}

static void take_modern(struct fanout *fanout, size_t item, const struct message_type *type,
                        const void *from)
{
    const struct members_state *state = fanout->state;
    struct kc_group_description *group =
        take_group(fanout, item, type, from, state->rows, state->kind);
    group->protocol_type = state->protocol;
    for (size_t i = 0; i < group->member_count && !state->has_classic; i++) {
        group->members[i].is_upgraded = -1;
    }
}

/* ConsumerGroupDescribe and ShareGroupDescribe look alike. */
static void modern_answer(struct fanout_branch *branch, const void *response)
{
    struct fanout *fanout = branch->fanout;
    const struct members_state *state = fanout->state;
    struct mirror_field groups =
        mirror_find(api_find(state->api_key)->response, response, "groups");
    for (int32_t i = 0; i < mirror_count(&groups); i++) {
        const void *group = mirror_item(&groups, i);
        enum kc_err err = (enum kc_err)mirror_number(groups.sub, group, "errorCode", 0);
        struct slice group_id = mirror_text(groups.sub, group, "groupId");
        bool is_other = err == KC_ERR_GROUP_ID_NOT_FOUND || err == KC_ERR_UNSUPPORTED_VERSION;
        size_t position = 0;
        size_t item;
        while ((item = coordinator_search_next(branch, group_id, &position)) != SIZE_MAX) {
            if (is_other && state->has_classic) {
                fanout_move(fanout, item, STAGE_CLASSIC);
            } else if (coordinator_search_again(fanout, item, err)) {
                continue;
            } else if (err) {
                fanout_fail(fanout, item, err, mirror_text(groups.sub, group, "errorMessage"));
            } else {
                take_modern(fanout, item, groups.sub, group);
            }
        }
    }
}

static bool modern_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    const struct members_state *state = branch->fanout->state;
    if (reply->err != KC_ERR_UNSUPPORTED_VERSION || !state->has_classic) {
        return coordinator_search_refused(branch, reply);
    }
    for (size_t i = 0; i < branch->item_count; i++) {
        fanout_move(branch->fanout, branch->items[i], STAGE_CLASSIC);
    }
    return true;
}

static void build(struct fanout_branch *branch, const char *list)
{
    const struct members_state *state = branch->fanout->state;
    const struct message_type *type = api_find(branch->request.api_key)->request;
    struct mirror_field names = mirror_find(type, branch->message, list);
    struct slice *group_ids = coordinator_search_names(branch);
    mirror_set_list(&names, group_ids, group_ids ? (int32_t)branch->item_count : 0);
    if (state->with & KC_WITH_OPERATIONS) {
        struct mirror_field operations =
            mirror_find(type, branch->message, "includeAuthorizedOperations");
        *(bool *)operations.place = true;
    }
}

static void modern_build(struct fanout_branch *branch)
{
    build(branch, "groupIds");
    branch->refused = modern_refused;
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
    if (!mirror_read(&consumer_protocol_assignment_type, &assignment, blob_rows, &harvest->arena,
                     member)) {
        harvest->failed = true;
    }
}

static void take_classic(struct fanout_branch *branch, size_t item,
                         const struct describe_groups_response_described_group *from)
{
    struct kc_group_description *group =
        take_group(branch->fanout, item, &describe_groups_response_described_group_type, from,
                   classic_rows, "Classic");
    bool is_consumer = from->protocol_type.size == 0 || slice_is(from->protocol_type, "consumer");
    for (size_t i = 0; i < group->member_count; i++) {
        group->members[i].member_epoch = -1;
        group->members[i].is_upgraded = -1;
        if (is_consumer) {
            take_blob(branch, from->members.items[i].member_assignment, &group->members[i]);
        }
    }
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
    const struct members_state *state = branch->fanout->state;
    build(branch, "groups");
    branch->request.version_min = state->with & KC_WITH_OPERATIONS ? VERSION_OPERATIONS : 0;
    branch->refused = coordinator_search_refused;
}

static void members_plan(struct fanout *fanout)
{
    const struct members_state *state = fanout->state;
    coordinator_search_plan(fanout);
    fanout_split(fanout, STAGE_MODERN, state->api_key, modern_answer, modern_build);
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
    group->operations = INT32_MIN;
}

static struct fanout *members_begin(const struct members_state *kind, uint8_t stage,
                                    const char *const *group_ids, size_t count, unsigned with)
{
    struct fanout *fanout = fanout_create(&members_family, count, STAGE_SEARCH);
    struct members_state *state = fanout ? fanout_alloc(fanout, 1, sizeof(*state)) : NULL;
    if (!state) {
        fanout_destroy(fanout);
        return NULL;
    }
    fanout->state = state;
    *state = *kind;
    state->with = with;
    state->search.stage = STAGE_SEARCH;
    state->search.found_stage = stage;
    state->search.group_ids = coordinator_search_copy(fanout, group_ids, count);
    struct kc_group_descriptions *groups = &fanout->harvest->as.groups;
    groups->items = harvest_array(fanout->harvest, count, sizeof(*groups->items));
    groups->count = groups->items ? count : 0;
    for (size_t i = 0; i < groups->count; i++) {
        begin_group(fanout->harvest, group_ids[i], &groups->items[i]);
    }
    if (!state->search.group_ids || fanout->harvest->failed) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

static const struct members_state consumer_kind = {
    .api_key = KEY_CONSUMER_GROUP_DESCRIBE,
    .has_classic = true,
    .rows = consumer_rows,
    .kind = "Consumer",
    .protocol = "consumer",
};
static const struct members_state share_kind = {
    .api_key = KEY_SHARE_GROUP_DESCRIBE,
    .rows = share_rows,
    .kind = "Share",
    .protocol = "share",
};

struct fanout *admin_members_describe(const char *const *group_ids, size_t count, unsigned with)
{
    return members_begin(&consumer_kind, STAGE_MODERN, group_ids, count, with);
}

struct fanout *admin_members_describe_classic(const char *const *group_ids, size_t count,
                                              unsigned with)
{
    return members_begin(&consumer_kind, STAGE_CLASSIC, group_ids, count, with);
}

struct fanout *admin_members_describe_share(const char *const *group_ids, size_t count,
                                            unsigned with)
{
    return members_begin(&share_kind, STAGE_MODERN, group_ids, count, with);
}
