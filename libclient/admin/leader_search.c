/* admin: looks for the leaders of partitions. */
#include "admin/leader_search.h"

#include "admin/place.h"
#include "wire/error.h"

enum { KEY_METADATA = 3 };
/* A topic that was just created is not known everywhere at once; one that does not exist is not
 * waited for until the deadline. */
enum { UNKNOWN_TRIES_MAX = 3 };

bool leader_search_init(struct leader_search *search, size_t count)
{
    bool fits = true;
    roll_init(&search->topics);
    for (size_t i = 0; fits && i < count; i++) {
        fits = roll_add(&search->topics, slice_text(search->partitions[i].topic), i);
    }
    return fits;
}

void leader_search_finish(struct leader_search *search)
{
    roll_finish(&search->topics);
}

void leader_search_again(struct fanout *fanout, size_t item, enum kc_err err, struct slice text)
{
    const struct leader_search *search = fanout->state;
    const struct fanout_item *now = &fanout->items[item];
    bool is_unknown =
        err == KC_ERR_UNKNOWN_TOPIC_OR_PARTITION && now->try_count + 1 >= UNKNOWN_TRIES_MAX;
    if (is_unknown || !(kc_err_is_retriable(err) || error_wants_metadata(err))) {
        fanout_fail(fanout, item, err, text);
    } else {
        fanout_try_later(fanout, item, search->stage, err);
    }
}

bool leader_search_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    const struct leader_search *search = branch->fanout->state;
    return fanout_branch_look_again(branch, reply, search->stage);
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
    const struct leader_search *search = fanout->state;
    const struct metadata_response_metadata_response_partition *partition =
        topic->error_code ? NULL : partition_of(topic, search->partitions[item].partition);
    if (topic->error_code) {
        leader_search_again(fanout, item, topic->error_code, SLICE_NULL);
    } else if (!partition) {
        leader_search_again(fanout, item, KC_ERR_UNKNOWN_TOPIC_OR_PARTITION, SLICE_NULL);
    } else if (partition->leader_id < 0) {
        leader_search_again(fanout, item, KC_ERR_LEADER_NOT_AVAILABLE, SLICE_NULL);
    } else {
        fanout->items[item].node.id = partition->leader_id;
        fanout_move(fanout, item, search->found_stage);
    }
}

static void leaders_answer(struct fanout_branch *branch, const void *message)
{
    const struct metadata_response *response = message;
    struct fanout *fanout = branch->fanout;
    const struct leader_search *search = fanout->state;
    for (int32_t i = 0; i < response->topics.count; i++) {
        const struct metadata_response_metadata_response_topic *topic = &response->topics.items[i];
        for (const struct roll_entry *entry = roll_find(&search->topics, topic->name); entry;
             entry = entry->next) {
            /* One that stands twice may be with its leader at the same time. */
            if (fanout->items[entry->item].branch == branch) {
                aim(fanout, entry->item, topic);
            }
        }
    }
}

void leader_search_plan(struct fanout *fanout)
{
    const struct leader_search *search = fanout->state;
    struct fanout_branch *branch =
        fanout_gather(fanout, search->stage, CLUSTER_ANY, KEY_METADATA, leaders_answer);
    const struct place *places = branch ? place_sort(branch, search->partitions) : NULL;
    if (!places) {
        return;
    }
    struct metadata_request *request = branch->message;
    request->topics.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->topics.items));
    request->topics.count = 0;
    for (size_t first = 0; request->topics.items && first < branch->item_count;
         first += place_run(places, first, branch->item_count)) {
        request->topics.items[request->topics.count++].name =
            slice_text(places[first].partition->topic);
    }
    request->allow_auto_topic_creation = false;
    branch->request.version_min = 4;
}
