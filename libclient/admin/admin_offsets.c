/* admin: offsets of partitions, asked of their leaders. Metadata tells who leads; a leader that is
 * none any more sends its partitions back to that stage. */
#include "admin/admin.h"
#include "admin/roll.h"

#include "wire/error.h"

#include <stdlib.h>

enum { KEY_LIST_OFFSETS = 2, KEY_METADATA = 3 };
enum { STAGE_LEADERS = 1, STAGE_ASK };
enum { TIMESTAMP_LATEST = -1, TIMESTAMP_EARLIEST = -2 };
/* A topic that was just created is not known everywhere at once; one that does not exist is not
 * waited for until the deadline. */
enum { UNKNOWN_TRIES_MAX = 3 };

struct offsets_state {
    struct roll roll;    /* partition -> items */
    struct roll topics;  /* topic -> items */
    int64_t *timestamps; /* as asked, on the wire's scale */
};

static void offsets_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    (void)text;
    fanout->harvest->as.positions.items[item].err = err;
    fanout->harvest->as.positions.items[item].offset = KC_OFFSET_NONE;
}

static void offsets_release(struct fanout *fanout)
{
    struct offsets_state *state = fanout->state;
    if (state) {
        roll_finish(&state->roll);
        roll_finish(&state->topics);
    }
}

static void look_again(struct fanout *fanout, size_t item, enum kc_err err)
{
    const struct fanout_item *now = &fanout->items[item];
    bool is_unknown =
        err == KC_ERR_UNKNOWN_TOPIC_OR_PARTITION && now->try_count + 1 >= UNKNOWN_TRIES_MAX;
    if (is_unknown || !(kc_err_is_retriable(err) || error_wants_metadata(err))) {
        fanout_fail(fanout, item, err, SLICE_NULL);
    } else {
        fanout_try_later(fanout, item, STAGE_LEADERS, err);
    }
}

static const struct metadata_response_metadata_response_partition *
partition_of(const struct metadata_response_metadata_response_topic *topic, int32_t number)
{
    /* Nearly always in order. */
    if (number < topic->partitions.count &&
        topic->partitions.items[number].partition_index == number) {
        return &topic->partitions.items[number];
    }
    for (int32_t i = 0; i < topic->partitions.count; i++) {
        if (topic->partitions.items[i].partition_index == number) {
            return &topic->partitions.items[i];
        }
    }
    return NULL;
}

static void aim(struct fanout *fanout, size_t item,
                const struct metadata_response_metadata_response_topic *topic)
{
    int32_t number = fanout->harvest->as.positions.items[item].partition;
    const struct metadata_response_metadata_response_partition *partition =
        topic->error_code ? NULL : partition_of(topic, number);
    if (topic->error_code) {
        look_again(fanout, item, topic->error_code);
    } else if (!partition) {
        look_again(fanout, item, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION);
    } else if (partition->leader_id < 0) {
        look_again(fanout, item, KC_ERR_LEADER_NOT_AVAILABLE);
    } else {
        fanout->items[item].node.id = partition->leader_id;
        fanout_move(fanout, item, STAGE_ASK);
    }
}

static void leaders_answer(struct fanout_branch *branch, const void *message)
{
    const struct metadata_response *response = message;
    struct fanout *fanout = branch->fanout;
    const struct offsets_state *state = fanout->state;
    for (int32_t i = 0; i < response->topics.count; i++) {
        const struct metadata_response_metadata_response_topic *topic = &response->topics.items[i];
        for (const struct roll_entry *entry = roll_find(&state->topics, topic->name); entry;
             entry = entry->next) {
            if (fanout->items[entry->item].is_asked) {
                aim(fanout, entry->item, topic);
            }
        }
    }
}

/* The branch's items, those of a topic side by side. */
struct offsets_place {
    const struct kc_position *position;
    size_t item;
};

static int compare_places(const void *a, const void *b)
{
    const struct offsets_place *left = a;
    const struct offsets_place *right = b;
    int order = strcmp(left->position->topic, right->position->topic);
    int32_t difference = left->position->partition - right->position->partition;
    order = order ? order : (difference > 0) - (difference < 0);
    return order ? order : (left->item > right->item) - (left->item < right->item);
}

static struct offsets_place *sort_places(struct fanout_branch *branch)
{
    struct offsets_place *places = fanout_branch_alloc(branch, branch->item_count, sizeof(*places));
    for (size_t i = 0; places && i < branch->item_count; i++) {
        places[i].item = branch->items[i];
        places[i].position = &branch->fanout->harvest->as.positions.items[branch->items[i]];
    }
    if (places && branch->item_count > 1) {
        qsort(places, branch->item_count, sizeof(*places), compare_places);
    }
    return places;
}

/* How many places from `first` on are of the same topic. */
static size_t run_length(const struct offsets_place *places, size_t first, size_t count)
{
    size_t size = 1;
    while (first + size < count &&
           strcmp(places[first].position->topic, places[first + size].position->topic) == 0) {
        size++;
    }
    return size;
}

static void leaders_build(struct fanout_branch *branch)
{
    struct metadata_request *request = branch->message;
    const struct offsets_place *places = sort_places(branch);
    request->topics.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->topics.items));
    if (!places || !request->topics.items) {
        return;
    }
    request->topics.count = 0;
    for (size_t first = 0; first < branch->item_count;
         first += run_length(places, first, branch->item_count)) {
        request->topics.items[request->topics.count++].name =
            slice_text(places[first].position->topic);
    }
    request->allow_auto_topic_creation = false;
    branch->request.version_min = 4;
}

static void offsets_answer(struct fanout_branch *branch, const void *message)
{
    const struct list_offsets_response *response = message;
    struct fanout *fanout = branch->fanout;
    struct offsets_state *state = fanout->state;
    for (int32_t i = 0; i < response->topics.count; i++) {
        const struct list_offsets_response_list_offsets_topic_response *topic =
            &response->topics.items[i];
        for (int32_t k = 0; k < topic->partitions.count; k++) {
            const struct list_offsets_response_list_offsets_partition_response *partition =
                &topic->partitions.items[k];
            const struct roll_entry *entry =
                roll_find_partition(&state->roll, topic->name, partition->partition_index);
            /* One that stands twice in the call is asked for in two rounds. */
            while (entry && !fanout->items[entry->item].is_asked) {
                entry = entry->next;
            }
            if (state->roll.failed) {
                fanout_set_error(fanout, KC_ERR_NO_MEMORY, NULL);
                return;
            }
            if (!entry) {
                continue;
            }
            if (partition->error_code) {
                look_again(fanout, entry->item, partition->error_code);
                continue;
            }
            struct kc_position *position = &fanout->harvest->as.positions.items[entry->item];
            position->offset = partition->offset;
            position->leader_epoch = partition->leader_epoch;
            fanout_move(fanout, entry->item, FANOUT_DONE);
        }
    }
}

static void fill_partitions(struct fanout_branch *branch, const struct offsets_place *places,
                            size_t count, struct list_offsets_request_list_offsets_topic *topic)
{
    const struct offsets_state *state = branch->fanout->state;
    int32_t last = -1;
    topic->name = slice_text(places[0].position->topic);
    topic->partitions.items = fanout_branch_alloc(branch, count, sizeof(*topic->partitions.items));
    topic->partitions.count = 0;
    for (size_t i = 0; topic->partitions.items && i < count; i++) {
        if (places[i].position->partition == last) {
            /* Brokers refuse a partition twice: this one waits for the next round. */
            fanout_move(branch->fanout, places[i].item, STAGE_ASK);
            continue;
        }
        last = places[i].position->partition;
        topic->partitions.items[topic->partitions.count++] =
            (struct list_offsets_request_list_offsets_partition){
                .partition_index = last,
                .current_leader_epoch = -1,
                .timestamp = state->timestamps[places[i].item],
            };
    }
}

static bool offsets_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    return fanout_branch_look_again(branch, reply, STAGE_LEADERS);
}

static void offsets_build(struct fanout_branch *branch)
{
    struct list_offsets_request *request = branch->message;
    const struct offsets_place *places = sort_places(branch);
    size_t count = branch->item_count;
    request->replica_id = -1;
    request->timeout_ms = fanout_left_ms(branch->fanout);
    request->topics.items = fanout_branch_alloc(branch, count, sizeof(*request->topics.items));
    for (size_t first = 0, size; places && request->topics.items && first < count; first += size) {
        size = run_length(places, first, count);
        fill_partitions(branch, places + first, size,
                        &request->topics.items[request->topics.count++]);
    }
    branch->refused = offsets_refused;
}

static void offsets_plan(struct fanout *fanout)
{
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_LEADERS, CLUSTER_ANY, KEY_METADATA, leaders_answer);
    if (branch) {
        leaders_build(branch);
    }
    fanout_split(fanout, STAGE_ASK, KEY_LIST_OFFSETS, offsets_answer, offsets_build);
}

static const struct fanout_family offsets_family = {
    .what = "listing offsets",
    .plan = offsets_plan,
    .fail = offsets_fail,
    .release = offsets_release,
};

static int64_t timestamp_of(int64_t offset)
{
    return offset == KC_OFFSET_LATEST     ? TIMESTAMP_LATEST
           : offset == KC_OFFSET_EARLIEST ? TIMESTAMP_EARLIEST
                                          : offset;
}

static bool offsets_add(struct fanout *fanout, size_t item, const struct kc_position *asked)
{
    struct offsets_state *state = fanout->state;
    struct kc_position *position = &fanout->harvest->as.positions.items[item];
    position->topic = harvest_text(fanout->harvest, slice_text(asked->topic));
    position->partition = asked->partition;
    position->offset = KC_OFFSET_NONE;
    position->leader_epoch = -1;
    state->timestamps[item] = timestamp_of(asked->offset);
    struct slice topic = slice_text(position->topic);
    return !fanout->harvest->failed && roll_add(&state->topics, topic, item) &&
           roll_add_partition(&state->roll, topic, asked->partition, item);
}

struct fanout *admin_offsets_list(const struct kc_position *positions, size_t count)
{
    struct fanout *fanout = fanout_create(&offsets_family, count, STAGE_LEADERS);
    struct offsets_state *state = fanout ? fanout_alloc(fanout, 1, sizeof(*state)) : NULL;
    if (!state) {
        fanout_destroy(fanout);
        return NULL;
    }
    fanout->state = state;
    roll_init(&state->roll);
    roll_init(&state->topics);
    state->timestamps = fanout_alloc(fanout, count, sizeof(*state->timestamps));
    struct kc_positions *result = &fanout->harvest->as.positions;
    result->items = harvest_array(fanout->harvest, count, sizeof(*result->items));
    result->count = result->items ? count : 0;
    bool is_good = state->timestamps && result->items;
    for (size_t i = 0; is_good && i < count; i++) {
        is_good = offsets_add(fanout, i, &positions[i]);
    }
    if (!is_good) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}
