/* admin: committed offsets of a group, asked of its coordinator: list, set, delete. Topics go by
 * name (at most OffsetFetch and OffsetCommit version 9, as the Java admin client), so offsets of
 * topics that are gone are seen too. */
#include "admin/admin.h"
#include "admin/coordinator_search.h"

#include <stdlib.h>

enum { KEY_OFFSET_COMMIT = 8, KEY_OFFSET_FETCH = 9, KEY_OFFSET_DELETE = 47 };
enum { VERSION_NAMES = 9, VERSION_GROUPS = 8 };
enum { STAGE_SEARCH = 1, STAGE_ASK };

/* The call has one item, the group; its partitions are in harvest.positions. */
struct commits_state {
    struct coordinator_search search; /* first: see coordinator_search_plan */
    struct roll roll;                 /* of the partitions that were asked for */
    struct kc_position **by_topic;    /* the same, those of a topic side by side */
};

static void commits_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    (void)item;
    fanout_set_error(fanout, err, text);
}

static void commits_release(struct fanout *fanout)
{
    struct commits_state *state = fanout->state;
    if (state) {
        roll_finish(&state->roll);
    }
}

static struct fanout *commits_begin(const struct fanout_family *family, const char *group_id)
{
    struct fanout *fanout = fanout_create(family, 1, STAGE_SEARCH);
    struct commits_state *state = fanout ? fanout_alloc(fanout, 1, sizeof(*state)) : NULL;
    if (!state) {
        fanout_destroy(fanout);
        return NULL;
    }
    fanout->state = state;
    roll_init(&state->roll);
    state->search.stage = STAGE_SEARCH;
    state->search.found_stage = STAGE_ASK;
    state->search.group_ids = coordinator_search_copy(fanout, &group_id, 1);
    if (!state->search.group_ids) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

/* The answer of the coordinator as a whole; true when there is nothing more to read. */
static bool is_over(struct fanout *fanout, enum kc_err err)
{
    if (coordinator_search_again(fanout, 0, err)) {
        return true;
    }
    if (err) {
        fanout_fail(fanout, 0, err, SLICE_NULL);
    } else {
        fanout_move(fanout, 0, FANOUT_DONE);
    }
    return err != KC_ERR_NONE;
}

static void fetch_room(struct fanout *fanout, size_t count)
{
    struct kc_positions *positions = &fanout->harvest->as.positions;
    positions->items = harvest_array(fanout->harvest, count, sizeof(*positions->items));
    positions->count = 0;
}

static void fetch_take(struct fanout *fanout, const char *topic, const struct kc_position *told,
                       struct slice metadata)
{
    struct kc_positions *positions = &fanout->harvest->as.positions;
    if (!positions->items || (told->offset < 0 && !told->err)) {
        return; /* -1: nothing is committed */
    }
    struct kc_position *position = &positions->items[positions->count++];
    *position = *told;
    position->topic = topic;
    position->metadata = harvest_text_or_null(fanout->harvest, metadata);
}

static void fetch_take_old(struct fanout *fanout, const struct offset_fetch_response *response)
{
    size_t count = 0;
    for (int32_t i = 0; i < response->topics.count; i++) {
        count += (size_t)MAX_OF(response->topics.items[i].partitions.count, 0);
    }
    fetch_room(fanout, count);
    for (int32_t i = 0; i < response->topics.count; i++) {
        const struct offset_fetch_response_offset_fetch_response_topic *topic =
            &response->topics.items[i];
        const char *name = harvest_text(fanout->harvest, topic->name);
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            const struct offset_fetch_response_offset_fetch_response_partition *partition =
                &topic->partitions.items[k];
            const struct kc_position told = { .partition = partition->partition_index,
                                              .offset = partition->committed_offset,
                                              .leader_epoch = partition->committed_leader_epoch,
                                              .err = partition->error_code };
            fetch_take(fanout, name, &told, partition->metadata);
        }
    }
}

static void fetch_take_group(struct fanout *fanout,
                             const struct offset_fetch_response_offset_fetch_response_group *group)
{
    size_t count = 0;
    for (int32_t i = 0; i < group->topics.count; i++) {
        count += (size_t)MAX_OF(group->topics.items[i].partitions.count, 0);
    }
    fetch_room(fanout, count);
    for (int32_t i = 0; i < group->topics.count; i++) {
        const struct offset_fetch_response_offset_fetch_response_topics *topic =
            &group->topics.items[i];
        const char *name = harvest_text(fanout->harvest, topic->name);
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            const struct offset_fetch_response_offset_fetch_response_partitions *partition =
                &topic->partitions.items[k];
            const struct kc_position told = { .partition = partition->partition_index,
                                              .offset = partition->committed_offset,
                                              .leader_epoch = partition->committed_leader_epoch,
                                              .err = partition->error_code };
            fetch_take(fanout, name, &told, partition->metadata);
        }
    }
}

static void fetch_answer(struct fanout_branch *branch, const void *message)
{
    const struct offset_fetch_response *response = message;
    struct fanout *fanout = branch->fanout;
    if (response->groups.count > 0) {
        const struct offset_fetch_response_offset_fetch_response_group *group =
            &response->groups.items[0];
        if (!is_over(fanout, group->error_code)) {
            fetch_take_group(fanout, group);
        }
    } else if (!is_over(fanout, response->error_code)) {
        fetch_take_old(fanout, response);
    }
}

/* Version 8 asks for several groups at once (KIP-709). */
static enum kc_err fetch_prepare(struct cluster_request *request, int16_t version)
{
    const struct fanout_branch *branch = request->context;
    const struct commits_state *state = branch->fanout->state;
    struct offset_fetch_request *message = branch->message;
    bool has_groups = version >= VERSION_GROUPS;
    message->group_id = has_groups ? SLICE_EMPTY : slice_text(state->search.group_ids[0]);
    message->topics.count = has_groups ? 0 : -1;
    message->groups.count = has_groups ? 1 : 0;
    return KC_ERR_NONE;
}

static void fetch_build(struct fanout_branch *branch)
{
    const struct commits_state *state = branch->fanout->state;
    struct offset_fetch_request *request = branch->message;
    request->groups.items = fanout_branch_alloc(branch, 1, sizeof(*request->groups.items));
    if (request->groups.items) {
        message_defaults(&offset_fetch_request_offset_fetch_request_group_type,
                         request->groups.items);
        request->groups.items[0].group_id = slice_text(state->search.group_ids[0]);
        request->groups.items[0].topics.count = -1; /* null: all */
    }
    branch->request.version_min = 2; /* the first that tells all topics */
    branch->request.version_max = VERSION_NAMES;
    branch->request.prepare = fetch_prepare;
    branch->refused = coordinator_search_refused;
}

static void fetch_plan(struct fanout *fanout)
{
    coordinator_search_plan(fanout);
    fanout_split(fanout, STAGE_ASK, KEY_OFFSET_FETCH, fetch_answer, fetch_build);
}

static const struct fanout_family fetch_family = {
    .what = "listing offsets of a group",
    .plan = fetch_plan,
    .fail = commits_fail,
    .release = commits_release,
};

struct fanout *admin_commits_list(const char *group_id)
{
    return commits_begin(&fetch_family, group_id);
}

static int compare_topics(const void *a, const void *b)
{
    const struct kc_position *const *left = a;
    const struct kc_position *const *right = b;
    return strcmp((*left)->topic, (*right)->topic);
}

/* Copies what is to be changed. */
static struct fanout *commits_take(struct fanout *fanout, const struct kc_position *positions,
                                   size_t count)
{
    struct commits_state *state = fanout->state;
    struct harvest *harvest = fanout->harvest;
    struct kc_positions *result = &harvest->as.positions;
    state->by_topic = fanout_alloc(fanout, count, sizeof(struct kc_position *));
    result->items = harvest_array(harvest, count, sizeof(*result->items));
    result->count = count;
    bool is_good = state->by_topic && result->items;
    for (size_t i = 0; is_good && i < count; i++) {
        struct kc_position *position = &result->items[i];
        *position = positions[i];
        position->topic = harvest_text(harvest, slice_text(positions[i].topic));
        position->metadata = harvest_text_or_null(harvest, slice_text(positions[i].metadata));
        position->err = KC_ERR_MALFORMED; /* unless the answer speaks of it */
        state->by_topic[i] = position;
        is_good = !harvest->failed && roll_add_partition(&state->roll, slice_text(position->topic),
                                                         position->partition, i);
    }
    if (!is_good) {
        fanout_destroy(fanout);
        return NULL;
    }
    if (count > 1) {
        qsort(state->by_topic, count, sizeof(struct kc_position *), compare_topics);
    }
    return fanout;
}

/* How many positions from `first` on are of the same topic. */
static size_t run_length(const struct commits_state *state, size_t first, size_t count)
{
    size_t size = 1;
    while (first + size < count &&
           strcmp(state->by_topic[first]->topic, state->by_topic[first + size]->topic) == 0) {
        size++;
    }
    return size;
}

static void settle(struct fanout *fanout, struct slice topic, int32_t partition, enum kc_err err)
{
    struct commits_state *state = fanout->state;
    for (const struct roll_entry *entry = roll_find_partition(&state->roll, topic, partition);
         entry; entry = entry->next) {
        fanout->harvest->as.positions.items[entry->item].err = err;
    }
    if (state->roll.failed) {
        fanout_set_error(fanout, KC_ERR_NO_MEMORY, NULL);
    }
}

static void commit_answer(struct fanout_branch *branch, const void *message)
{
    const struct offset_commit_response *response = message;
    struct fanout *fanout = branch->fanout;
    enum kc_err passing = KC_ERR_NONE;
    for (int32_t i = 0; i < response->topics.count; i++) {
        const struct offset_commit_response_offset_commit_response_topic *topic =
            &response->topics.items[i];
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            enum kc_err err = topic->partitions.items[k].error_code;
            settle(fanout, topic->name, topic->partitions.items[k].partition_index, err);
            bool is_passing = err == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS ||
                              err == KC_ERR_COORDINATOR_NOT_AVAILABLE ||
                              err == KC_ERR_NOT_COORDINATOR;
            passing = is_passing ? err : passing;
        }
    }
    (void)is_over(fanout, passing);
}

static void commit_build(struct fanout_branch *branch)
{
    const struct commits_state *state = branch->fanout->state;
    struct offset_commit_request *request = branch->message;
    size_t count = branch->fanout->harvest->as.positions.count;
    request->group_id = slice_text(state->search.group_ids[0]);
    request->topics.items = fanout_branch_alloc(branch, count, sizeof(*request->topics.items));
    for (size_t first = 0, size; request->topics.items && first < count; first += size) {
        struct offset_commit_request_offset_commit_request_topic *topic =
            &request->topics.items[request->topics.count++];
        size = run_length(state, first, count);
        topic->name = slice_text(state->by_topic[first]->topic);
        topic->partitions.items =
            fanout_branch_alloc(branch, size, sizeof(*topic->partitions.items));
        topic->partitions.count = topic->partitions.items ? (int32_t)size : 0;
        for (int32_t i = 0; i < topic->partitions.count; i++) {
            const struct kc_position *position = state->by_topic[first + (size_t)i];
            topic->partitions.items[i].partition_index = position->partition;
            topic->partitions.items[i].committed_offset = position->offset;
            topic->partitions.items[i].committed_leader_epoch = position->leader_epoch;
            topic->partitions.items[i].committed_metadata =
                position->metadata ? slice_text(position->metadata) : SLICE_EMPTY;
        }
    }
    branch->request.version_max = VERSION_NAMES;
    branch->refused = coordinator_search_refused;
}

static void commit_plan(struct fanout *fanout)
{
    coordinator_search_plan(fanout);
    fanout_split(fanout, STAGE_ASK, KEY_OFFSET_COMMIT, commit_answer, commit_build);
}

static const struct fanout_family commit_family = {
    .what = "setting offsets of a group",
    .plan = commit_plan,
    .fail = commits_fail,
    .release = commits_release,
};

struct fanout *admin_commits_alter(const char *group_id, const struct kc_position *positions,
                                   size_t count)
{
    struct fanout *fanout = commits_begin(&commit_family, group_id);
    return fanout ? commits_take(fanout, positions, count) : NULL;
}

static void delete_answer(struct fanout_branch *branch, const void *message)
{
    const struct offset_delete_response *response = message;
    struct fanout *fanout = branch->fanout;
    if (is_over(fanout, response->error_code)) {
        return;
    }
    for (int32_t i = 0; i < response->topics.count; i++) {
        const struct offset_delete_response_offset_delete_response_topic *topic =
            &response->topics.items[i];
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            settle(fanout, topic->name, topic->partitions.items[k].partition_index,
                   topic->partitions.items[k].error_code);
        }
    }
}

static void delete_build(struct fanout_branch *branch)
{
    const struct commits_state *state = branch->fanout->state;
    struct offset_delete_request *request = branch->message;
    size_t count = branch->fanout->harvest->as.positions.count;
    request->group_id = slice_text(state->search.group_ids[0]);
    request->topics.items = fanout_branch_alloc(branch, count, sizeof(*request->topics.items));
    for (size_t first = 0, size; request->topics.items && first < count; first += size) {
        struct offset_delete_request_offset_delete_request_topic *topic =
            &request->topics.items[request->topics.count++];
        size = run_length(state, first, count);
        topic->name = slice_text(state->by_topic[first]->topic);
        topic->partitions.items =
            fanout_branch_alloc(branch, size, sizeof(*topic->partitions.items));
        topic->partitions.count = topic->partitions.items ? (int32_t)size : 0;
        for (int32_t i = 0; i < topic->partitions.count; i++) {
            topic->partitions.items[i].partition_index =
                state->by_topic[first + (size_t)i]->partition;
        }
    }
    branch->refused = coordinator_search_refused;
}

static void delete_plan(struct fanout *fanout)
{
    coordinator_search_plan(fanout);
    fanout_split(fanout, STAGE_ASK, KEY_OFFSET_DELETE, delete_answer, delete_build);
}

static const struct fanout_family delete_family = {
    .what = "deleting offsets of a group",
    .plan = delete_plan,
    .fail = commits_fail,
    .release = commits_release,
};

struct fanout *admin_commits_delete(const char *group_id, const struct kc_partition *partitions,
                                    size_t count)
{
    struct fanout *fanout = commits_begin(&delete_family, group_id);
    struct kc_position *positions = fanout ? fanout_alloc(fanout, count, sizeof(*positions)) : NULL;
    if (!positions) {
        fanout_destroy(fanout);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        positions[i] = (struct kc_position){ .topic = partitions[i].topic,
                                             .partition = partitions[i].partition,
                                             .offset = KC_OFFSET_NONE,
                                             .leader_epoch = -1 };
    }
    return commits_take(fanout, positions, count);
}
