/* admin: groups: listing (every broker tells its own) and deleting (each coordinator its own). */
#include "admin/admin.h"
#include "admin/coordinator_search.h"

#include <stdlib.h>
#include <strings.h>

enum { KEY_METADATA = 3, KEY_LIST_GROUPS = 16, KEY_DELETE_GROUPS = 42 };
enum { VERSION_STATES = 4, VERSION_TYPES = 5 };
enum { STAGE_BROKERS = 1, STAGE_LIST };
enum { STAGE_SEARCH = 1, STAGE_DELETE };

struct listing_state {
    struct slice *states;
    struct slice *types;
    int32_t state_count;
    int32_t type_count;
    size_t capacity;
};

static void list_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    (void)item;
    fanout_set_error(fanout, err, text);
}

static void brokers_answer(struct fanout_branch *branch, const void *message)
{
    const struct metadata_response *response = message;
    struct fanout *fanout = branch->fanout;
    if (response->error_code) {
        fanout_fail(fanout, 0, response->error_code, SLICE_NULL);
        return;
    }
    if (response->brokers.count < 1) {
        fanout_try_later(fanout, 0, STAGE_BROKERS, KC_ERR_BROKER_NOT_AVAILABLE);
        return;
    }
    /* Also after a broker went away: its groups are at others now, which have told theirs before.
     */
    branch->item_count = 0;
    fanout->harvest->as.listings.count = 0;
    fanout_set_items(fanout, (size_t)response->brokers.count, STAGE_LIST);
    for (size_t i = 0; i < fanout->item_count; i++) {
        fanout->items[i].node.id = response->brokers.items[i].node_id;
    }
}

/* Brokers write the types in lower case; everything that people see has a capital. */
static const char *type_name(struct harvest *harvest, struct slice type)
{
    static const char *const names[] = { "Classic", "Consumer", "Share", "Streams" };
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (type.size == strlen(names[i]) &&
            strncasecmp(names[i], (const char *)type.data, type.size) == 0) {
            return names[i];
        }
    }
    return harvest_text(harvest, type);
}

static struct kc_group_listing *list_room(struct fanout *fanout, size_t count)
{
    struct listing_state *state = fanout->state;
    struct kc_group_listings *listings = &fanout->harvest->as.listings;
    if (count == 0) {
        return NULL;
    }
    if (listings->count + count > state->capacity) {
        size_t capacity = MAX_OF(listings->count + count, state->capacity * 2);
        struct kc_group_listing *wider = harvest_array(fanout->harvest, capacity, sizeof(*wider));
        if (!wider) {
            return NULL;
        }
        if (listings->count > 0) {
            memcpy(wider, listings->items, listings->count * sizeof(*wider));
        }
        listings->items = wider;
        state->capacity = capacity;
    }
    return listings->items + listings->count;
}

static void list_answer(struct fanout_branch *branch, const void *message)
{
    const struct list_groups_response *response = message;
    struct fanout *fanout = branch->fanout;
    struct harvest *harvest = fanout->harvest;
    size_t item = branch->items[0];
    enum kc_err err = response->error_code;
    if (err == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS || err == KC_ERR_COORDINATOR_NOT_AVAILABLE) {
        fanout_try_later(fanout, item, STAGE_LIST, err);
        return;
    }
    if (err) {
        fanout_fail(fanout, item, err, SLICE_NULL);
        return;
    }
    size_t count = response->groups.count > 0 ? (size_t)response->groups.count : 0;
    struct kc_group_listing *room = list_room(fanout, count);
    for (size_t i = 0; room && i < count; i++) {
        const struct list_groups_response_listed_group *group = &response->groups.items[i];
        room[i] = (struct kc_group_listing){
            .group_id = harvest_text(harvest, group->group_id),
            .protocol_type = harvest_text(harvest, group->protocol_type),
            .state = harvest_text(harvest, group->group_state),
            .type = type_name(harvest, group->group_type),
        };
    }
    harvest->as.listings.count += room ? count : 0;
    fanout_move(fanout, item, FANOUT_DONE);
}

/* A broker that is too old to filter tells all. */
static enum kc_err list_prepare(struct cluster_request *request, int16_t version)
{
    const struct fanout_branch *branch = request->context;
    const struct listing_state *state = branch->fanout->state;
    struct list_groups_request *message = branch->message;
    message->states_filter.count = version >= VERSION_STATES ? state->state_count : 0;
    message->types_filter.count = version >= VERSION_TYPES ? state->type_count : 0;
    return KC_ERR_NONE;
}

static bool list_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    return fanout_branch_look_again(branch, reply, STAGE_BROKERS);
}

static void list_build(struct fanout_branch *branch)
{
    const struct listing_state *state = branch->fanout->state;
    struct list_groups_request *request = branch->message;
    request->states_filter.items = state->states;
    request->types_filter.items = state->types;
    branch->request.prepare = list_prepare;
    branch->refused = list_refused;
}

static void list_plan(struct fanout *fanout)
{
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_BROKERS, CLUSTER_ANY, KEY_METADATA, brokers_answer);
    if (branch) {
        /* An empty list is no topic from version 1 on. */
        struct metadata_request *request = branch->message;
        request->topics.count = 0;
        branch->request.version_min = 1;
        return; /* its answer replaces the items */
    }
    fanout_split(fanout, STAGE_LIST, KEY_LIST_GROUPS, list_answer, list_build);
}

static int compare_listings(const void *a, const void *b)
{
    const struct kc_group_listing *left = a;
    const struct kc_group_listing *right = b;
    return strcmp(left->group_id, right->group_id);
}

/* A group that moved between the answers of two brokers is there twice. */
static void list_finish(struct fanout *fanout)
{
    struct kc_group_listings *listings = &fanout->harvest->as.listings;
    size_t kept = 0;
    if (listings->count > 1) {
        qsort(listings->items, listings->count, sizeof(*listings->items), compare_listings);
    }
    for (size_t i = 0; i < listings->count; i++) {
        bool is_again =
            kept > 0 && compare_listings(&listings->items[i], &listings->items[kept - 1]) == 0;
        if (!is_again) {
            listings->items[kept++] = listings->items[i];
        }
    }
    listings->count = kept;
}

static const struct fanout_family list_family = {
    .what = "listing groups",
    .plan = list_plan,
    .fail = list_fail,
    .finish = list_finish,
};

static struct slice *copy_words(struct fanout *fanout, const char *const *words, int32_t *ret_count)
{
    int32_t count = 0;
    while (words && words[count]) {
        count++;
    }
    struct slice *copy = fanout_alloc(fanout, (size_t)count, sizeof(*copy));
    for (int32_t i = 0; copy && i < count; i++) {
        copy[i] = slice_text(fanout_text(fanout, words[i]));
    }
    *ret_count = count;
    return copy;
}

struct fanout *admin_groups_list(const char *const *states, const char *const *types)
{
    struct fanout *fanout = fanout_create(&list_family, 1, STAGE_BROKERS);
    struct listing_state *state = fanout ? fanout_alloc(fanout, 1, sizeof(*state)) : NULL;
    if (state) {
        fanout->state = state;
        state->states = copy_words(fanout, states, &state->state_count);
        state->types = copy_words(fanout, types, &state->type_count);
    }
    if (fanout && fanout->error.code) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

static void delete_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    struct kc_item_result *result = &fanout->harvest->as.items.items[item];
    result->err = err;
    result->text = text;
}

static void delete_answer(struct fanout_branch *branch, const void *message)
{
    const struct delete_groups_response *response = message;
    struct fanout *fanout = branch->fanout;
    for (int32_t i = 0; i < response->results.count; i++) {
        const struct delete_groups_response_deletable_group_result *result =
            &response->results.items[i];
        size_t position = 0;
        size_t item;
        while ((item = coordinator_search_next(branch, result->group_id, &position)) != SIZE_MAX) {
            if (coordinator_search_again(fanout, item, result->error_code)) {
                continue;
            }
            if (result->error_code) {
                fanout_fail(fanout, item, result->error_code, SLICE_NULL);
            } else {
                fanout_move(fanout, item, FANOUT_DONE);
            }
        }
    }
}

static void delete_build(struct fanout_branch *branch)
{
    struct delete_groups_request *request = branch->message;
    request->groups_names.items = coordinator_search_names(branch);
    request->groups_names.count = request->groups_names.items ? (int32_t)branch->item_count : 0;
    branch->refused = coordinator_search_refused;
}

static void delete_plan(struct fanout *fanout)
{
    coordinator_search_plan(fanout);
    fanout_split(fanout, STAGE_DELETE, KEY_DELETE_GROUPS, delete_answer, delete_build);
}

static const struct fanout_family delete_family = {
    .what = "deleting groups",
    .plan = delete_plan,
    .fail = delete_fail,
};

struct fanout *admin_groups_delete(const char *const *group_ids, size_t count)
{
    struct fanout *fanout = fanout_create(&delete_family, count, STAGE_SEARCH);
    struct coordinator_search *search = fanout ? fanout_alloc(fanout, 1, sizeof(*search)) : NULL;
    if (!search) {
        fanout_destroy(fanout);
        return NULL;
    }
    fanout->state = search;
    search->stage = STAGE_SEARCH;
    search->found_stage = STAGE_DELETE;
    search->group_ids = coordinator_search_copy(fanout, group_ids, count);
    struct kc_item_results *results = &fanout->harvest->as.items;
    results->items = harvest_array(fanout->harvest, count, sizeof(*results->items));
    results->count = results->items ? count : 0;
    for (size_t i = 0; i < results->count; i++) {
        results->items[i].name = harvest_text(fanout->harvest, slice_text(group_ids[i]));
        results->items[i].text = kc_err_text(KC_ERR_NONE);
    }
    if (!search->group_ids || fanout->harvest->failed) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}
