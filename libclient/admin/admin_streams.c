/* admin: streams groups with their topology and tasks (KIP-1071). */
#include "admin/admin.h"
#include "admin/sheet.h"

enum { KEY_STREAMS_GROUP_DESCRIBE = 89 };

static const struct mirror_row pair_rows[] = {
    MIRROR(struct kc_stream_pair, key, "key"),
    MIRROR(struct kc_stream_pair, value, "value"),
    MIRROR_END,
};
static const struct mirror_row topic_rows[] = {
    MIRROR(struct kc_stream_topic, name, "name"),
    MIRROR(struct kc_stream_topic, partition_count, "partitions"),
    MIRROR(struct kc_stream_topic, replication_factor, "replicationFactor"),
    MIRROR_EACH(struct kc_stream_topic, settings, setting_count, "topicConfigs", pair_rows),
    MIRROR_END,
};
static const struct mirror_row subtopology_rows[] = {
    MIRROR(struct kc_subtopology, id, "subtopologyId"),
    MIRROR_LIST(struct kc_subtopology, sources, source_count, "sourceTopics"),
    MIRROR_LIST(struct kc_subtopology, sinks, sink_count, "repartitionSinkTopics"),
    MIRROR_EACH(struct kc_subtopology, changelogs, changelog_count, "stateChangelogTopics",
                topic_rows),
    MIRROR_EACH(struct kc_subtopology, repartitions, repartition_count, "repartitionSourceTopics",
                topic_rows),
    MIRROR_END,
};

#define TASK_ROWS(member, path)                                                                   \
    MIRROR_FLAT(struct kc_stream_member, member.active, member.active_count, path ".activeTasks", \
                "subtopologyId", "partitions", NULL),                                             \
        MIRROR_FLAT(struct kc_stream_member, member.standby, member.standby_count,                \
                    path ".standbyTasks", "subtopologyId", "partitions", NULL),                   \
        MIRROR_FLAT(struct kc_stream_member, member.warmup, member.warmup_count,                  \
                    path ".warmupTasks", "subtopologyId", "partitions", NULL)

static const struct mirror_row offset_rows[] = {
    MIRROR(struct kc_stream_offset, subtopology, "subtopologyId"),
    MIRROR(struct kc_stream_offset, partition, "partition"),
    MIRROR(struct kc_stream_offset, offset, "offset"),
    MIRROR_END,
};
static const struct mirror_row member_rows[] = {
    MIRROR(struct kc_stream_member, member_id, "memberId"),
    MIRROR(struct kc_stream_member, instance_id, "instanceId"),
    MIRROR(struct kc_stream_member, rack, "rackId"),
    MIRROR(struct kc_stream_member, client_id, "clientId"),
    MIRROR(struct kc_stream_member, host, "clientHost"),
    MIRROR(struct kc_stream_member, process_id, "processId"),
    MIRROR(struct kc_stream_member, member_epoch, "memberEpoch"),
    MIRROR(struct kc_stream_member, topology_epoch, "topologyEpoch"),
    MIRROR(struct kc_stream_member, endpoint_host, "userEndpoint.host"),
    MIRROR(struct kc_stream_member, endpoint_port, "userEndpoint.port"),
    MIRROR_EACH(struct kc_stream_member, tags, tag_count, "clientTags", pair_rows),
    MIRROR_EACH(struct kc_stream_member, offsets, offset_count, "taskOffsets", offset_rows),
    MIRROR_EACH(struct kc_stream_member, end_offsets, end_offset_count, "taskEndOffsets",
                offset_rows),
    MIRROR(struct kc_stream_member, is_classic, "isClassic"),
    TASK_ROWS(tasks, "assignment"),
    TASK_ROWS(target, "targetAssignment"),
    MIRROR_END,
};
static const struct mirror_row group_rows[] = {
    MIRROR(struct kc_streams_group, state, "groupState"),
    MIRROR(struct kc_streams_group, group_epoch, "groupEpoch"),
    MIRROR(struct kc_streams_group, target_epoch, "assignmentEpoch"),
    MIRROR(struct kc_streams_group, topology_epoch, "topology.epoch"),
    MIRROR(struct kc_streams_group, operations, "authorizedOperations"),
    MIRROR_EACH(struct kc_streams_group, subtopologies, subtopology_count, "topology.subtopologies",
                subtopology_rows),
    MIRROR_EACH(struct kc_streams_group, members, member_count, "members", member_rows),
    MIRROR_END,
};

static void streams_taken(struct fanout *fanout, size_t item)
{
    struct kc_streams_group *group = sheet_result(fanout, item);
    group->coordinator = harvest_node(fanout->harvest, &fanout->items[item].node);
}

static const struct sheet_form describe_form = {
    .family = SHEET_FAMILY("describing streams groups"),
    .api_key = KEY_STREAMS_GROUP_DESCRIBE,
    .route = SHEET_GROUP,
    .is_named = true,
    .asked = { .list = "groupIds" },
    .answered = { .list = "groups", .key = { "groupId" } },
    .rows = group_rows,
    .size = sizeof(struct kc_streams_group),
    .err = offsetof(struct kc_streams_group, err),
    .text = offsetof(struct kc_streams_group, text),
    .taken = streams_taken,
};

struct fanout *admin_streams_describe(const char *const *group_ids, size_t count, unsigned with)
{
    struct fanout *fanout = sheet_create(&describe_form, count);
    struct streams_group_describe_request *request = fanout ? sheet_request(fanout) : NULL;
    if (request) {
        request->include_authorized_operations = (with & KC_WITH_OPERATIONS) != 0;
    }
    fanout = sheet_take(fanout, sheet_plain, group_ids, sizeof(*group_ids));
    for (size_t i = 0; fanout && i < count; i++) {
        struct kc_streams_group *group = sheet_result(fanout, i);
        group->state = "";
        group->coordinator.id = -1;
        group->coordinator.host = "";
        group->operations = INT32_MIN;
    }
    return fanout;
}
