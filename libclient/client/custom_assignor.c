/* client: a strategy of the application's own as the consumer room knows strategies. */
#include "client/custom_assignor.h"

#include "client/config.h"
#include "client/reason.h"

/* Who gets each partition, until all is dealt. */
struct kc_assignment {
    const struct assign_group *group;
    size_t **owners; /* of each topic, of each partition: member + 1, 0 nobody */
};

enum kc_err kc_assignment_give(struct kc_assignment *assignment, size_t member, size_t topic,
                               int32_t partition)
{
    const struct assign_group *group = assignment->group;

    if (member >= group->member_count || topic >= group->topic_count || partition < 0 ||
        partition >= group->topics[topic].partition_count ||
        assignment->owners[topic][partition] != 0) {
        return KC_ERR_INVALID;
    }
    assignment->owners[topic][partition] = member + 1;
    group->members[member].assigned_count++;
    return KC_ERR_NONE;
}

enum kc_err kc_assignment_tell(struct kc_assignment *assignment, size_t member,
                               struct kc_bytes data)
{
    const struct assign_group *group = assignment->group;
    struct slice copy =
        data.data ? arena_copy(group->arena, slice_of(data.data, data.size)) : SLICE_NULL;

    if (member >= group->member_count) {
        return KC_ERR_INVALID;
    }
    if (data.data && slice_is_null(copy)) {
        return KC_ERR_NO_MEMORY;
    }
    group->members[member].assigned_data = copy;
    return KC_ERR_NONE;
}

/* Zero-terminated; NULL for null or without memory. */
static const char *custom_text(struct slice text, struct arena *arena)
{
    return slice_is_null(text) ? NULL : (const char *)arena_copy(arena, text).data;
}

static enum kc_err custom_member(const struct assign_member *from, struct arena *arena,
                                 struct kc_assign_member *member)
{
    const char **topics = arena_alloc_array(arena, from->topic_count, sizeof(*topics));
    struct kc_partition *owned = arena_alloc_array(arena, from->owned_count, sizeof(*owned));

    if (!topics || !owned) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < from->topic_count; i++) {
        topics[i] = custom_text(from->topics[i], arena);
        if (!topics[i]) {
            return KC_ERR_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < from->owned_count; i++) {
        owned[i].topic = custom_text(from->owned[i].topic, arena);
        owned[i].partition = from->owned[i].partition;
        if (!owned[i].topic) {
            return KC_ERR_NO_MEMORY;
        }
    }
    *member =
        (struct kc_assign_member){ .id = custom_text(from->id, arena),
                                   .instance_id = custom_text(from->instance_id, arena),
                                   .rack =
                                       from->rack.size > 0 ? custom_text(from->rack, arena) : "",
                                   .topics = topics,
                                   .topic_count = from->topic_count,
                                   .owned = owned,
                                   .owned_count = from->owned_count,
                                   .generation = from->generation,
                                   .data = kc_bytes(from->user_data.data, from->user_data.size) };
    return member->id && member->rack ? KC_ERR_NONE : KC_ERR_NO_MEMORY;
}

/* The decision into the members' lists, in order of topic and partition. */
static enum kc_err custom_write(const struct kc_assignment *assignment)
{
    const struct assign_group *group = assignment->group;

    for (size_t i = 0; i < group->member_count; i++) {
        struct assign_member *member = &group->members[i];
        member->assigned =
            arena_alloc_array(group->arena, member->assigned_count, sizeof(*member->assigned));
        member->assigned_count = 0;
        if (!member->assigned) {
            return KC_ERR_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < group->topic_count; i++) {
        for (int32_t p = 0; p < group->topics[i].partition_count; p++) {
            if (assignment->owners[i][p] > 0) {
                struct assign_member *member = &group->members[assignment->owners[i][p] - 1];
                member->assigned[member->assigned_count++] =
                    (struct assign_partition){ group->topics[i].name, p };
            }
        }
    }
    return KC_ERR_NONE;
}

static enum kc_err custom_assign(const struct assign_group *group)
{
    const struct custom_assignor *custom = group->context;
    struct arena *arena = group->arena;
    struct kc_assign_member *members =
        arena_alloc_array(arena, group->member_count, sizeof(*members));
    struct kc_assign_topic *topics = arena_alloc_array(arena, group->topic_count, sizeof(*topics));
    struct kc_assignment assignment = { group, arena_alloc_array(arena, group->topic_count,
                                                                 sizeof(size_t *)) };

    if (!members || !topics || !assignment.owners) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < group->member_count; i++) {
        group->members[i].assigned_count = 0;
        group->members[i].assigned_data = SLICE_NULL;
        if (custom_member(&group->members[i], arena, &members[i])) {
            return KC_ERR_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < group->topic_count; i++) {
        topics[i].name = custom_text(group->topics[i].name, arena);
        topics[i].partition_count = MAX_OF(0, group->topics[i].partition_count);
        assignment.owners[i] =
            arena_alloc_array(arena, (size_t)topics[i].partition_count, sizeof(size_t));
        if (!topics[i].name || !assignment.owners[i]) {
            return KC_ERR_NO_MEMORY;
        }
    }
    enum kc_err err =
        custom->callback.assign(custom->callback.context, members, group->member_count, topics,
                                group->topic_count, &assignment);
    return err ? err : custom_write(&assignment);
}

static struct slice custom_tell(const struct assign_telling *telling, struct arena *arena)
{
    const struct custom_assignor *custom = telling->context;
    const char **topics = arena_alloc_array(arena, telling->topic_count, sizeof(*topics));

    if (!topics) {
        return SLICE_NULL;
    }
    for (size_t i = 0; i < telling->topic_count; i++) {
        topics[i] = custom_text(telling->topics[i], arena);
        if (!topics[i]) {
            return SLICE_NULL;
        }
    }
    struct kc_bytes data =
        custom->callback.tell(custom->callback.context, topics, telling->topic_count);
    return data.data ? arena_copy(arena, slice_of(data.data, data.size)) : SLICE_NULL;
}

static void custom_assigned(const struct assign_result *result)
{
    const struct custom_assignor *custom = result->context;
    struct kc_partition *partitions = NULL;
    struct arena arena;

    arena_init(&arena, 0);
    partitions = arena_alloc_array(&arena, result->count, sizeof(*partitions));
    for (size_t i = 0; i < result->count && partitions; i++) {
        partitions[i].topic = custom_text(result->partitions[i].topic, &arena);
        partitions[i].partition = result->partitions[i].partition;
        partitions = partitions[i].topic ? partitions : NULL;
    }
    /* Without memory it hears nothing; the rebalance goes on. */
    if (partitions) {
        custom->callback.assigned(custom->callback.context, partitions, result->count,
                                  result->generation,
                                  kc_bytes(result->data.data, result->data.size));
    }
    arena_finish(&arena);
}

struct assignor custom_assignor_wrap(struct custom_assignor *custom)
{
    return (struct assignor){ .name = custom->name,
                              .is_cooperative = custom->callback.is_cooperative,
                              .assign = custom_assign,
                              .user_data = custom->callback.tell ? custom_tell : NULL,
                              .assigned = custom->callback.assigned ? custom_assigned : NULL,
                              .context = custom };
}

enum kc_err kc_config_add_assignor(struct kc_config *config, const struct kc_assignor *assignor,
                                   struct kc_error *error)
{
    size_t size = config && assignor && assignor->name ? strlen(assignor->name) : 0;

    if (size == 0 || size >= KC_ASSIGNOR_NAME_SIZE || !assignor->assign ||
        strchr(assignor->name, ',')) {
        return reason_set(
            error, KC_ERR_INVALID,
            "an assignor needs a function and a name of 1 to %d letters without comma",
            KC_ASSIGNOR_NAME_SIZE - 1);
    }
    bool is_taken = assignor_find(slice_text(assignor->name)) != NULL;
    for (size_t i = 0; i < config->assignor_count; i++) {
        is_taken |= strcmp(config->assignors[i].name, assignor->name) == 0;
    }
    if (is_taken) {
        return reason_set(error, KC_ERR_INVALID, "there is an assignor '%s' already",
                          assignor->name);
    }
    if (config->assignor_count == KC_ASSIGNORS_MAX) {
        return reason_set(error, KC_ERR_QUEUE_FULL, "a config takes %d assignors",
                          KC_ASSIGNORS_MAX);
    }
    struct custom_assignor *custom = &config->assignors[config->assignor_count++];
    custom->callback = *assignor;
    memcpy(custom->name, assignor->name, size + 1);
    return reason_clear(error);
}
