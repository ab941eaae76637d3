/* admin: looks for the coordinators of groups, all in one request where the broker can. */
#include "admin/coordinator_search.h"

#include <stdlib.h>

enum { KEY_FIND_COORDINATOR = 10, VERSION_MANY = 4 };

const char *const *coordinator_search_copy(struct fanout *fanout, const char *const *group_ids,
                                           size_t count)
{
    const char **copy = fanout_alloc(fanout, count, sizeof(*copy));
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = fanout_text(fanout, group_ids[i]);
    }
    return fanout->error.code ? NULL : copy;
}

static bool is_passing(enum kc_err err)
{
    return err == KC_ERR_COORDINATOR_LOAD_IN_PROGRESS || err == KC_ERR_COORDINATOR_NOT_AVAILABLE ||
           err == KC_ERR_NOT_COORDINATOR;
}

bool coordinator_search_again(struct fanout *fanout, size_t item, enum kc_err err)
{
    const struct coordinator_search *search = fanout->state;
    if (!is_passing(err)) {
        return false;
    }
    fanout_try_later(fanout, item, search->stage, err);
    return true;
}

bool coordinator_search_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    const struct coordinator_search *search = branch->fanout->state;
    return fanout_branch_look_again(branch, reply, search->stage);
}

struct slice *coordinator_search_names(struct fanout_branch *branch)
{
    const struct coordinator_search *search = branch->fanout->state;
    struct slice *names = fanout_branch_alloc(branch, branch->item_count, sizeof(*names));
    for (size_t i = 0; names && i < branch->item_count; i++) {
        names[i] = slice_text(search->group_ids[branch->items[i]]);
    }
    return names;
}

size_t coordinator_search_next(const struct fanout_branch *branch, struct slice group_id,
                               size_t *position)
{
    const struct coordinator_search *search = branch->fanout->state;
    /* Answers come in the order of the question as a rule, so the search is short: it begins after
     * the one that was found last. */
    while (*position < branch->item_count) {
        size_t item = branch->items[(*position)++];
        if (slice_is(group_id, search->group_ids[item]) && branch->fanout->items[item].is_asked) {
            return item;
        }
    }
    return SIZE_MAX;
}

static void found(struct fanout *fanout, size_t item, enum kc_err err, struct slice text,
                  const struct find_coordinator_response_coordinator *where)
{
    const struct coordinator_search *search = fanout->state;
    if (coordinator_search_again(fanout, item, err)) {
        return;
    }
    if (err) {
        fanout_fail(fanout, item, err, text);
        return;
    }
    struct kc_node *node = &fanout->items[item].node;
    struct slice host = arena_copy(&fanout->arena, where->host);
    if (slice_is_null(host)) {
        fanout_set_error(fanout, KC_ERR_NO_MEMORY, NULL);
        return;
    }
    *node = (struct kc_node){ .id = where->node_id,
                              .host = (const char *)host.data,
                              .port = where->port };
    fanout_move(fanout, item, search->found_stage);
}

static void answer_many(struct fanout_branch *branch, const void *message)
{
    const struct find_coordinator_response *response = message;
    for (int32_t i = 0; i < response->coordinators.count; i++) {
        const struct find_coordinator_response_coordinator *where =
            &response->coordinators.items[i];
        size_t position = 0;
        size_t item;
        while ((item = coordinator_search_next(branch, where->key, &position)) != SIZE_MAX) {
            found(branch->fanout, item, where->error_code, where->error_message, where);
        }
    }
}

static void answer_one(struct fanout_branch *branch, const void *message)
{
    const struct find_coordinator_response *response = message;
    const struct find_coordinator_response_coordinator where = {
        .node_id = response->node_id,
        .host = slice_is_null(response->host) ? SLICE_EMPTY : response->host,
        .port = response->port,
    };
    for (size_t i = 0; i < branch->item_count; i++) {
        found(branch->fanout, branch->items[i], response->error_code, response->error_message,
              &where);
    }
}

static bool refused_many(struct fanout_branch *branch, const struct conn_reply *reply)
{
    struct coordinator_search *search = branch->fanout->state;
    if (reply->err == KC_ERR_UNSUPPORTED_VERSION) {
        search->one_by_one = true;
        for (size_t i = 0; i < branch->item_count; i++) {
            fanout_move(branch->fanout, branch->items[i], search->stage);
        }
        return true;
    }
    return false;
}

static void plan_many(struct fanout *fanout)
{
    const struct coordinator_search *search = fanout->state;
    struct fanout_branch *branch =
        fanout_gather(fanout, search->stage, CLUSTER_ANY, KEY_FIND_COORDINATOR, answer_many);
    if (!branch || fanout->error.code) {
        return;
    }
    struct find_coordinator_request *request = branch->message;
    request->key_type = search->key_type;
    struct slice *names = coordinator_search_names(branch);
    request->coordinator_keys.items = names;
    for (size_t i = 0; names && i < branch->item_count; i++) {
        /* Items of one group share its name. */
        if (i == 0 || names[i].data != names[i - 1].data) {
            names[request->coordinator_keys.count++] = names[i];
        }
    }
    branch->request.version_min = VERSION_MANY;
    branch->refused = refused_many;
}

static void plan_one(struct fanout *fanout, size_t item)
{
    const struct coordinator_search *search = fanout->state;
    struct fanout_branch *branch = fanout_branch_create(fanout, CLUSTER_ANY, KEY_FIND_COORDINATOR,
                                                        fanout->item_count - item, answer_one);
    if (!branch) {
        return;
    }
    struct find_coordinator_request *request = branch->message;
    for (size_t i = item; i < fanout->item_count; i++) {
        /* Items of one group share its name. */
        if (fanout->items[i].stage == search->stage &&
            search->group_ids[i] == search->group_ids[item]) {
            fanout_branch_add(branch, i);
        }
    }
    request->key = slice_text(search->group_ids[item]);
    request->key_type = search->key_type;
    branch->request.version_max = VERSION_MANY - 1;
}

void coordinator_search_plan(struct fanout *fanout)
{
    const struct coordinator_search *search = fanout->state;
    if (!search->one_by_one) {
        plan_many(fanout);
        return;
    }
    for (size_t i = 0; i < fanout->item_count && !fanout->error.code; i++) {
        if (fanout->items[i].stage == search->stage && !fanout->items[i].is_asked) {
            plan_one(fanout, i);
        }
    }
}
