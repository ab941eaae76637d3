/* admin: changes of topics, which the controller makes: create, delete, more partitions. */
#include "admin/admin.h"

enum { KEY_CREATE_TOPICS = 19, KEY_DELETE_TOPICS = 20, KEY_CREATE_PARTITIONS = 37 };
enum { STAGE_ASK = 1 };

struct topics_state {
    struct kc_new_topic *topics;
    bool validate_only;
    /* More partitions: */
    int32_t total_count;
    int32_t **assignments;
    size_t assignment_count;
    int16_t replication_factor;
};

static void topics_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    struct kc_item_result *result = &fanout->harvest->as.items.items[item];
    result->err = err;
    result->text = text;
}

/* What the controller says of one topic. */
static void topics_settle(struct fanout *fanout, struct slice name, enum kc_err err,
                          struct slice text)
{
    const struct kc_item_results *results = &fanout->harvest->as.items;
    for (size_t i = 0; i < results->count; i++) {
        if (!fanout->items[i].is_asked || !slice_is(name, results->items[i].name)) {
            continue;
        }
        if (err == KC_ERR_NOT_CONTROLLER) {
            fanout->port->forget_controller(fanout->port);
            fanout_try_later(fanout, i, STAGE_ASK, err);
        } else if (err == KC_ERR_THROTTLING_QUOTA_EXCEEDED) {
            fanout_try_later(fanout, i, STAGE_ASK, err);
        } else if (err) {
            fanout_fail(fanout, i, err, text);
        } else {
            fanout_move(fanout, i, FANOUT_DONE);
        }
    }
}

static struct fanout *topics_begin(const struct fanout_family *family, size_t count)
{
    struct fanout *fanout = fanout_create(family, count, STAGE_ASK);
    if (!fanout) {
        return NULL;
    }
    struct kc_item_results *results = &fanout->harvest->as.items;
    results->items = harvest_array(fanout->harvest, count, sizeof(*results->items));
    fanout->state = fanout_alloc(fanout, 1, sizeof(struct topics_state));
    if (!results->items || !fanout->state) {
        fanout_destroy(fanout);
        return NULL;
    }
    results->count = count;
    return fanout;
}

static void topics_name(struct fanout *fanout, size_t item, const char *name)
{
    struct kc_item_result *result = &fanout->harvest->as.items.items[item];
    result->name = harvest_text(fanout->harvest, slice_text(name));
    result->text = kc_err_text(KC_ERR_NONE);
}

/* Copies are whole or there is no call. */
static struct fanout *topics_ready(struct fanout *fanout)
{
    if (fanout->error.code || fanout->harvest->failed) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

static int32_t **copy_assignments(struct fanout *fanout, const int32_t *const *assignments,
                                  size_t count, size_t replica_count)
{
    int32_t **copy = fanout_alloc(fanout, count, sizeof(*copy));
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = fanout_alloc(fanout, replica_count, sizeof(**copy));
        if (!copy[i]) {
            return NULL;
        }
        memcpy(copy[i], assignments[i], replica_count * sizeof(**copy));
    }
    return copy;
}

static void fill_assignments(struct fanout_branch *branch, const struct kc_new_topic *from,
                             struct create_topics_request_creatable_topic *topic)
{
    size_t count = (size_t)from->partition_count;
    topic->num_partitions = -1;
    topic->replication_factor = -1;
    topic->assignments.items =
        fanout_branch_alloc(branch, count, sizeof(*topic->assignments.items));
    topic->assignments.count = topic->assignments.items ? (int32_t)count : 0;
    for (int32_t i = 0; i < topic->assignments.count; i++) {
        topic->assignments.items[i].partition_index = i;
        /* Messages are not written to. */
        topic->assignments.items[i].broker_ids.items = (int32_t *)from->assignments[i];
        topic->assignments.items[i].broker_ids.count = from->replication_factor;
    }
}

static void fill_topic(struct fanout_branch *branch, const struct kc_new_topic *from,
                       struct create_topics_request_creatable_topic *topic)
{
    topic->name = slice_text(from->name);
    topic->num_partitions = from->partition_count;
    topic->replication_factor = from->replication_factor;
    if (from->assignments) {
        fill_assignments(branch, from, topic);
    }
    topic->configs.items =
        fanout_branch_alloc(branch, from->setting_count, sizeof(*topic->configs.items));
    topic->configs.count = topic->configs.items ? (int32_t)from->setting_count : 0;
    for (int32_t i = 0; i < topic->configs.count; i++) {
        topic->configs.items[i].name = slice_text(from->settings[i].name);
        topic->configs.items[i].value = slice_text(from->settings[i].value);
    }
}

static void create_answer(struct fanout_branch *branch, const void *message)
{
    const struct create_topics_response *response = message;
    for (int32_t i = 0; i < response->topics.count; i++) {
        const struct create_topics_response_creatable_topic_result *topic =
            &response->topics.items[i];
        topics_settle(branch->fanout, topic->name, topic->error_code, topic->error_message);
    }
}

static void create_plan(struct fanout *fanout)
{
    const struct topics_state *state = fanout->state;
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_ASK, CLUSTER_CONTROLLER, KEY_CREATE_TOPICS, create_answer);
    if (!branch) {
        return;
    }
    struct create_topics_request *request = branch->message;
    request->timeout_ms = fanout_left_ms(fanout);
    request->validate_only = state->validate_only;
    request->topics.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->topics.items));
    request->topics.count = request->topics.items ? (int32_t)branch->item_count : 0;
    for (int32_t i = 0; i < request->topics.count; i++) {
        fill_topic(branch, &state->topics[branch->items[i]], &request->topics.items[i]);
    }
}

static void copy_topic(struct fanout *fanout, const struct kc_new_topic *from,
                       struct kc_new_topic *topic)
{
    struct kc_setting *settings = fanout_alloc(fanout, from->setting_count, sizeof(*settings));
    for (size_t i = 0; settings && i < from->setting_count; i++) {
        settings[i].name = fanout_text(fanout, from->settings[i].name);
        settings[i].value = fanout_text(fanout, from->settings[i].value);
    }
    *topic = *from;
    topic->name = fanout_text(fanout, from->name);
    topic->settings = settings;
    if (from->assignments) {
        topic->assignments = (const int32_t *const *)copy_assignments(
            fanout, from->assignments, (size_t)from->partition_count,
            (size_t)from->replication_factor);
    }
}

static const struct fanout_family create_family = {
    .what = "creating topics",
    .plan = create_plan,
    .fail = topics_fail,
};

struct fanout *admin_topics_create(const struct kc_new_topic *topics, size_t count,
                                   bool validate_only)
{
    struct fanout *fanout = topics_begin(&create_family, count);
    if (!fanout) {
        return NULL;
    }
    struct topics_state *state = fanout->state;
    state->validate_only = validate_only;
    state->topics = fanout_alloc(fanout, count, sizeof(*state->topics));
    for (size_t i = 0; state->topics && i < count; i++) {
        copy_topic(fanout, &topics[i], &state->topics[i]);
        topics_name(fanout, i, topics[i].name);
    }
    return topics_ready(fanout);
}

static void delete_answer(struct fanout_branch *branch, const void *message)
{
    const struct delete_topics_response *response = message;
    for (int32_t i = 0; i < response->responses.count; i++) {
        const struct delete_topics_response_deletable_topic_result *topic =
            &response->responses.items[i];
        topics_settle(branch->fanout, topic->name, topic->error_code, topic->error_message);
    }
}

/* Version 6 has another list, of names or ids (KIP-516). */
static enum kc_err delete_prepare(struct cluster_request *request, int16_t version)
{
    const struct fanout_branch *branch = request->context;
    struct delete_topics_request *message = branch->message;
    message->topics.count = version >= 6 ? (int32_t)branch->item_count : 0;
    message->topic_names.count = version >= 6 ? 0 : (int32_t)branch->item_count;
    return KC_ERR_NONE;
}

static void delete_plan(struct fanout *fanout)
{
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_ASK, CLUSTER_CONTROLLER, KEY_DELETE_TOPICS, delete_answer);
    if (!branch) {
        return;
    }
    struct delete_topics_request *request = branch->message;
    request->timeout_ms = fanout_left_ms(fanout);
    request->topics.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->topics.items));
    request->topic_names.items =
        fanout_branch_alloc(branch, branch->item_count, sizeof(*request->topic_names.items));
    for (size_t i = 0; i < branch->item_count && !fanout->error.code; i++) {
        const char *name = fanout->harvest->as.items.items[branch->items[i]].name;
        request->topics.items[i].name = slice_text(name);
        request->topic_names.items[i] = slice_text(name);
    }
    branch->request.prepare = delete_prepare;
}

static const struct fanout_family delete_family = {
    .what = "deleting topics",
    .plan = delete_plan,
    .fail = topics_fail,
};

struct fanout *admin_topics_delete(const char *const *names, size_t count)
{
    struct fanout *fanout = topics_begin(&delete_family, count);
    for (size_t i = 0; fanout && i < count; i++) {
        topics_name(fanout, i, names[i]);
    }
    return fanout ? topics_ready(fanout) : NULL;
}

static void raise_answer(struct fanout_branch *branch, const void *message)
{
    const struct create_partitions_response *response = message;
    for (int32_t i = 0; i < response->results.count; i++) {
        const struct create_partitions_response_create_partitions_topic_result *topic =
            &response->results.items[i];
        topics_settle(branch->fanout, topic->name, topic->error_code, topic->error_message);
    }
}

static void raise_plan(struct fanout *fanout)
{
    const struct topics_state *state = fanout->state;
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_ASK, CLUSTER_CONTROLLER, KEY_CREATE_PARTITIONS, raise_answer);
    if (!branch) {
        return;
    }
    struct create_partitions_request *request = branch->message;
    struct create_partitions_request_create_partitions_topic *topic =
        fanout_branch_alloc(branch, 1, sizeof(*topic));
    if (!topic) {
        return;
    }
    message_defaults(&create_partitions_request_create_partitions_topic_type, topic);
    request->timeout_ms = fanout_left_ms(fanout);
    request->validate_only = state->validate_only;
    request->topics.items = topic;
    request->topics.count = 1;
    topic->name = slice_text(fanout->harvest->as.items.items[0].name);
    topic->count = state->total_count;
    topic->assignments.count = -1;
    if (state->assignments) {
        topic->assignments.items =
            fanout_branch_alloc(branch, state->assignment_count, sizeof(*topic->assignments.items));
        topic->assignments.count = topic->assignments.items ? (int32_t)state->assignment_count : -1;
    }
    for (int32_t i = 0; i < topic->assignments.count; i++) {
        topic->assignments.items[i].broker_ids.items = state->assignments[i];
        topic->assignments.items[i].broker_ids.count = state->replication_factor;
    }
}

static const struct fanout_family raise_family = {
    .what = "adding partitions",
    .plan = raise_plan,
    .fail = topics_fail,
};

struct fanout *admin_topics_raise(const char *topic, int32_t total_count,
                                  const int32_t *const *assignments, size_t assignment_count,
                                  int16_t replication_factor, bool validate_only)
{
    struct fanout *fanout = topics_begin(&raise_family, 1);
    if (!fanout) {
        return NULL;
    }
    struct topics_state *state = fanout->state;
    topics_name(fanout, 0, topic);
    state->total_count = total_count;
    state->validate_only = validate_only;
    state->replication_factor = replication_factor;
    state->assignment_count = assignment_count;
    if (assignments) {
        state->assignments =
            copy_assignments(fanout, assignments, assignment_count, (size_t)replication_factor);
    }
    return topics_ready(fanout);
}
