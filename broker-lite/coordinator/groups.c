/* coordinator: the groups of this broker by id, and their time. */
#include "coordinator/groups_parts.h"

#include <stdlib.h>

static enum kc_err store_group(void *context, struct group *group, bool assignments)
{
    struct groups *groups = context;
    struct partition *partition = groups_partition(groups, slice_text(group->id));
    struct journal journal;
    int64_t end;
    if (!partition) {
        return KC_ERR_NOT_COORDINATOR;
    }
    journal_init(&journal);
    journal_add_group(&journal, group, assignments);
    enum kc_err err = journal_append(&journal, partition, groups->env.wall_ms, &end);
    journal_finish(&journal);
    return err;
}

struct groups *groups_create(const struct groups_options *options)
{
    struct groups *groups = calloc(1, sizeof(*groups));
    if (!groups) {
        return NULL;
    }
    groups->options = *options;
    groups->env = (struct group_env){
        .store = store_group,
        .context = groups,
        .random = options->random,
        .initial_rebalance_delay_ms = options->initial_rebalance_delay_ms,
        .size_max = options->group_size_max,
    };
    groups_next_init(groups);
    map_init(&groups->by_id, random_next(options->random));
    heap_init(&groups->due);
    list_init(&groups->txn_groups);
    list_init(&groups->loads);
    groups->next_expiry_ms = clock_now_ms(options->clock) + options->expiry_check_ms;
    return groups;
}

void groups_destroy(struct groups *groups)
{
    if (!groups) {
        return;
    }
    size_t position = 0;
    struct group *group;
    groups_load_disown(groups);
    while ((group = map_next(&groups->by_id, &position))) {
        group_destroy(group);
    }
    map_finish(&groups->by_id);
    heap_finish(&groups->due);
    free(groups->loaded);
    free(groups);
}

const struct image_topic *groups_topic(const struct groups *groups)
{
    return image_topic(groups->options.image, slice_text("__consumer_offsets"));
}

struct partition *groups_partition(const struct groups *groups, struct slice group_id)
{
    const struct image_topic *topic = groups_topic(groups);
    if (!topic || topic->partition_count == 0) {
        return NULL;
    }
    return partitions_find(groups->options.partitions, topic,
                           journal_partition_of(group_id, topic->partition_count));
}

enum kc_err groups_check(const struct groups *groups, struct slice group_id)
{
    struct partition *partition = groups_partition(groups, group_id);
    if (slice_is_null(group_id) || group_id.size > GROUP_ID_SIZE_MAX) {
        return KC_ERR_INVALID_GROUP_ID;
    }
    if (!partition) {
        return KC_ERR_COORDINATOR_NOT_AVAILABLE;
    }
    if (partition->err || !partition->is_leader) {
        return KC_ERR_NOT_COORDINATOR;
    }
    if (partition->index < groups->loaded_count && groups->loaded[partition->index]) {
        return KC_ERR_NONE;
    }
    /* What cannot be read is not served, as in Kafka. */
    return groups_load_is_coming(groups, partition->index) ? KC_ERR_COORDINATOR_LOAD_IN_PROGRESS
                                                           : KC_ERR_NOT_COORDINATOR;
}

enum kc_err groups_check_named(const struct groups *groups, struct slice group_id)
{
    return group_id.size == 0 ? KC_ERR_INVALID_GROUP_ID : groups_check(groups, group_id);
}

bool groups_are_loading(const struct groups *groups)
{
    return groups->owes_load || !list_is_empty(&groups->loads);
}

struct group *groups_find(const struct groups *groups, struct slice group_id)
{
    return map_get(&groups->by_id, group_id);
}

static int group_order(const void *a, const void *b)
{
    const struct group *const *left = a;
    const struct group *const *right = b;
    return strcmp((*left)->id, (*right)->id);
}

struct group **groups_sorted(const struct groups *groups, size_t *ret_count)
{
    struct group **sorted = malloc((groups->by_id.count + 1) * sizeof(struct group *));
    size_t position = 0;
    size_t count = 0;
    struct group *group;
    if (!sorted) {
        return NULL;
    }
    while ((group = map_next(&groups->by_id, &position))) {
        sorted[count++] = group;
    }
    qsort(sorted, count, sizeof(*sorted), group_order);
    *ret_count = count;
    return sorted;
}

struct group_env *groups_env(struct groups *groups)
{
    groups->env.now_ms = clock_now_ms(groups->options.clock);
    groups->env.wall_ms = clock_wall_ms(groups->options.clock);
    groups->env.bytes_left = (size_t)GROUPS_MEMBER_BYTES_MAX -
                             MIN_OF(groups->member_bytes, (size_t)GROUPS_MEMBER_BYTES_MAX);
    return &groups->env;
}

/* Each group is looked over after each event on it. */
static void count_bytes(struct groups *groups, struct group *group, size_t bytes)
{
    groups->member_bytes += bytes - group->counted_bytes;
    group->counted_bytes = bytes;
}

void groups_schedule(struct groups *groups, struct group *group)
{
    if (!groups->is_beside) {
        count_bytes(groups, group,
                    group->next ? group_next_bytes(group->next) : group_bytes(group));
    }
    int64_t due = group->next ? group_next_due_ms(group->next) : group_due_ms(group);
    if (due == INT64_MAX) {
        heap_remove(&groups->due, &group->due);
    } else if (group->due.position) {
        heap_update(&groups->due, &group->due, due);
    } else {
        /* Without memory for its place the group is looked at with the next event on it. */
        (void)heap_insert(&groups->due, &group->due, due);
    }
}

struct group *groups_make(struct groups *groups, struct slice group_id)
{
    struct group *group = groups_find(groups, group_id);
    if (group) {
        return group;
    }
    group = group_create(group_id, random_next(groups->options.random));
    if (group && !map_put(&groups->by_id, slice_text(group->id), group, NULL)) {
        group_destroy(group);
        return NULL;
    }
    return group;
}

void groups_remove(struct groups *groups, struct group *group)
{
    count_bytes(groups, group, 0);
    heap_remove(&groups->due, &group->due);
    (void)map_remove(&groups->by_id, slice_text(group->id));
    group_fail_waiting(group, KC_ERR_NOT_COORDINATOR);
    group_destroy(group);
}

/* ---- requests ---- */

static void refuse_join(const struct group_join *join, struct group_answer *answer, enum kc_err err)
{
    struct join_group_response response;
    message_defaults(&join_group_response_type, &response);
    response.error_code = (int16_t)err;
    response.generation_id = -1;
    response.member_id = join->request->member_id;
    response.protocol_name = join->version >= 7 ? SLICE_NULL : SLICE_EMPTY;
    answer->place = NULL;
    answer->done(answer, &response);
}

void groups_join(struct groups *groups, const struct group_join *join, struct group_answer *answer)
{
    struct slice id = join->request->group_id;
    struct group *group = groups_find(groups, id);
    /* Only somebody without a member id begins a group. */
    if (!group && join->request->member_id.size == 0) {
        group = groups_make(groups, id);
    }
    if (!group) {
        refuse_join(join, answer,
                    join->request->member_id.size ? KC_ERR_UNKNOWN_MEMBER_ID
                                                  : KC_ERR_COORDINATOR_NOT_AVAILABLE);
        return;
    }
    if (group->next && group->next->member_count > 0) {
        group_next_join(group, groups_next_env_of(groups, group), join, answer);
        groups_schedule(groups, group);
        return;
    }
    enum kc_err err = group->next ? groups_next_yield(groups, group) : KC_ERR_NONE;
    if (err) {
        refuse_join(join, answer, err);
        return;
    }
    group_join(group, groups_env(groups), join, answer);
    groups_schedule(groups, group);
}

void groups_join_lost(struct groups *groups, struct slice group_id, struct group_answer *answer)
{
    struct group *group = groups_find(groups, group_id);
    if (group) {
        group_join_lost(group, groups_env(groups), answer);
        groups_schedule(groups, group);
    }
}

void groups_sync(struct groups *groups, const struct sync_group_request *request,
                 struct group_answer *answer)
{
    struct group *group = groups_find(groups, request->group_id);
    if (!group) {
        struct sync_group_response response;
        message_defaults(&sync_group_response_type, &response);
        response.error_code = KC_ERR_UNKNOWN_MEMBER_ID;
        answer->place = NULL;
        answer->done(answer, &response);
        return;
    }
    if (group->next) {
        group_next_sync(group, groups_next_now(groups), request, answer);
    } else {
        group_sync(group, groups_env(groups), request, answer);
    }
    groups_schedule(groups, group);
}

enum kc_err groups_heartbeat(struct groups *groups, const struct heartbeat_request *request)
{
    struct group *group = groups_find(groups, request->group_id);
    if (!group) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    enum kc_err err =
        group->next ? group_next_classic_beat(group, groups_next_env_of(groups, group), request)
                    : group_heartbeat(group, groups_env(groups), request);
    groups_schedule(groups, group);
    return err;
}

enum kc_err groups_leave(struct groups *groups, struct slice group_id, struct slice member_id,
                         struct slice instance_id)
{
    struct group *group = groups_find(groups, group_id);
    if (!group) {
        return KC_ERR_UNKNOWN_MEMBER_ID;
    }
    enum kc_err err = group->next
                          ? group_next_leave(group, groups_next_now(groups), member_id, instance_id)
                          : group_leave(group, groups_env(groups), member_id, instance_id);
    groups_schedule(groups, group);
    return err;
}

bool groups_session_is_valid(const struct groups *groups, int32_t session_ms)
{
    return session_ms >= groups->options.session_ms_min &&
           session_ms <= groups->options.session_ms_max;
}

int32_t groups_offset_metadata_max(const struct groups *groups)
{
    return groups->options.offset_metadata_bytes_max;
}

/* ---- time and the image ---- */

/* Needs no memory: groups that stayed would be taken for loaded ones. */
static void drop_partition(struct groups *groups, const struct image_topic *topic, int32_t index)
{
    size_t position = 0;
    struct group *group;
    while ((group = map_next(&groups->by_id, &position))) {
        if (journal_partition_of(slice_text(group->id), topic->partition_count) == index) {
            groups_remove(groups, group);
            position = 0; /* removing moves others */
        }
    }
    groups->loaded[index] = false;
}

static bool make_room(struct groups *groups, int32_t count)
{
    if (count <= groups->loaded_count) {
        return true;
    }
    bool *loaded = realloc(groups->loaded, (size_t)count * sizeof(*loaded));
    if (!loaded) {
        return false;
    }
    for (int32_t i = groups->loaded_count; i < count; i++) {
        loaded[i] = false;
    }
    groups->loaded = loaded;
    groups->loaded_count = count;
    return true;
}

static void follow_partition(struct groups *groups, const struct image_topic *topic, int32_t index)
{
    struct partition *partition = partitions_find(groups->options.partitions, topic, index);
    if (!partition) {
        return;
    }
    if (!make_room(groups, topic->partition_count)) {
        groups->owes_load = true;
        return;
    }
    bool leads = partition->is_leader && !partition->err;
    if (leads && !groups->loaded[index]) {
        groups_load(groups, partition);
    } else if (!leads) {
        groups_load_cancel(groups, index);
    }
    if (!leads && groups->loaded[index]) {
        drop_partition(groups, topic, index);
    }
}

/* Partitions whose loading ran out of memory. */
static void load_again(struct groups *groups)
{
    const struct image_topic *topic = groups_topic(groups);
    groups->owes_load = false;
    for (int32_t i = 0; topic && i < topic->partition_count; i++) {
        follow_partition(groups, topic, i);
    }
}

void groups_tick(struct groups *groups)
{
    struct group_env *env = groups_env(groups);
    struct heap_node *node;
    if (groups->owes_load) {
        load_again(groups);
    }
    if (groups->owes_txn) {
        groups_txn_again(groups);
    }
    while ((node = heap_first(&groups->due)) && node->key <= env->now_ms) {
        struct group *group = CONTAINER_OF(node, struct group, due);
        heap_remove(&groups->due, node);
        if (group->next) {
            group_next_tick(group, groups_next_env_of(groups, group));
        } else {
            group_tick(group, env);
        }
        groups_schedule(groups, group);
        if (group->due.position && group->due.key <= env->now_ms) {
            /* Still due (nobody came back): not again before the next tick. */
            heap_update(&groups->due, &group->due, env->now_ms + 1);
        }
    }
    if (env->now_ms >= groups->next_expiry_ms) {
        groups->next_expiry_ms = env->now_ms + groups->options.expiry_check_ms;
        groups_expire(groups);
    }
}

void groups_follow(struct groups *groups, const struct image_change *change)
{
    bool is_ours = change->topic && change->topic == groups_topic(groups);
    if (change->topic) {
        groups_next_outdate(groups);
    }
    if (change->kind == IMAGE_PARTITION_CHANGED && is_ours) {
        follow_partition(groups, change->topic, change->partition);
    } else if (change->kind == IMAGE_TOPIC_REMOVED && is_ours) {
        for (int32_t i = 0; i < groups->loaded_count; i++) {
            groups_load_cancel(groups, i);
            drop_partition(groups, change->topic, i);
        }
    } else if (change->kind == IMAGE_TOPIC_REMOVED) {
        groups_forget_topic(groups, slice_text(change->topic->name));
    }
}
