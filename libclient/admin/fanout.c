/* admin: rounds of requests, from items to a result. */
#include "admin/fanout.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* A broker that was told by a look-up may be gone by now: the look-up is repeated after this. */
enum { BROKER_TIMEOUT_MS = 10000 };

struct fanout *fanout_create(const struct fanout_family *family, size_t item_count, uint8_t stage)
{
    struct fanout *fanout = calloc(1, sizeof(*fanout));
    if (!fanout) {
        return NULL;
    }
    fanout->family = family;
    arena_init(&fanout->arena, 0);
    list_init(&fanout->branches);
    fanout->harvest = harvest_create();
    fanout_set_items(fanout, item_count, stage);
    if (!fanout->harvest || fanout->error.code) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

void fanout_destroy(struct fanout *fanout)
{
    if (fanout) {
        assert(list_is_empty(&fanout->branches));
        if (fanout->family->release) {
            fanout->family->release(fanout);
        }
        harvest_destroy(fanout->harvest);
        arena_finish(&fanout->arena);
        free(fanout);
    }
}

struct fanout *fanout_checked(struct fanout *fanout)
{
    if (fanout && fanout->error.code) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}

void fanout_set_error(struct fanout *fanout, enum kc_err err, const char *text)
{
    if (!fanout->error.code) {
        fanout->error.code = err;
        (void)snprintf(fanout->error.text, sizeof(fanout->error.text), "%s",
                       text ? text : kc_err_text(err));
    }
}

int32_t fanout_left_ms(const struct fanout *fanout)
{
    int64_t left_ms = (fanout->deadline_us - fanout->port->now_us(fanout->port) + 999) / 1000;
    return (int32_t)MAX_OF(MIN_OF(left_ms, (int64_t)INT32_MAX), (int64_t)1);
}

static void branch_destroy(struct fanout_branch *branch)
{
    list_remove(&branch->link);
    arena_finish(&branch->arena);
    free(branch);
}

static void fanout_end(struct fanout *fanout)
{
    LIST_EACH_SAFE(node, &fanout->branches)
    {
        struct fanout_branch *branch = LIST_ITEM(node, struct fanout_branch, link);
        fanout->port->cancel(fanout->port, &branch->request);
        branch_destroy(branch);
    }
    if (!fanout->error.code && fanout->family->finish) {
        fanout->family->finish(fanout);
    }
    if (fanout->harvest->failed) {
        fanout_set_error(fanout, KC_ERR_NO_MEMORY, NULL);
    }
    fanout->port->done(fanout->port);
}

static bool is_finished(const struct fanout *fanout)
{
    for (size_t i = 0; i < fanout->item_count; i++) {
        if (fanout->items[i].stage != FANOUT_DONE) {
            return false;
        }
    }
    return true;
}

static bool is_begun(const struct fanout *fanout)
{
    for (size_t i = 0; i < fanout->item_count; i++) {
        if (fanout->items[i].stage == FANOUT_DONE) {
            return true;
        }
    }
    return false;
}

/* No time is left for another round. A broker that cannot be reached is the error of the call only
 * when no other has answered: else what that one did would stay unknown. */
static void give_up(struct fanout *fanout)
{
    bool is_partial = is_begun(fanout);
    for (size_t i = 0; i < fanout->item_count && !fanout->error.code; i++) {
        struct fanout_item *item = &fanout->items[i];
        if (item->stage == FANOUT_DONE) {
            continue;
        }
        bool is_unreached = item->err <= KC_ERR_INVALID;
        if (is_unreached && !is_partial) {
            fanout_set_error(fanout, item->err, fanout->last.text);
        } else {
            fanout_fail(fanout, i, item->err ? item->err : KC_ERR_TIMED_OUT,
                        is_unreached && item->err == fanout->last.code
                            ? slice_text(fanout->last.text)
                            : SLICE_NULL);
        }
    }
    fanout_end(fanout);
}

static void run_round(struct fanout *fanout)
{
    fanout->wants_pause = false;
    if (!fanout->error.code && !is_finished(fanout)) {
        fanout->family->plan(fanout);
    }
    if (fanout->error.code) {
        /* Nothing of this round was sent yet: requests that were not sent are not cancelled. */
        LIST_EACH_SAFE(node, &fanout->branches)
        {
            branch_destroy(LIST_ITEM(node, struct fanout_branch, link));
        }
    }
    if (list_is_empty(&fanout->branches)) {
        assert(fanout->error.code || is_finished(fanout));
        fanout_end(fanout);
        return;
    }
    LIST_EACH(node, &fanout->branches)
    {
        struct fanout_branch *branch = LIST_ITEM(node, struct fanout_branch, link);
        struct cluster_request *request = &branch->request;
        request->timeout_ms = fanout_left_ms(fanout);
        if (request->target == CLUSTER_BROKER && branch->refused) {
            request->timeout_ms = MIN_OF(request->timeout_ms, (int64_t)BROKER_TIMEOUT_MS);
        }
        fanout->port->send(fanout->port, request);
    }
}

/* The round is over. */
static void go_on(struct fanout *fanout)
{
    if (fanout->error.code || is_finished(fanout)) {
        fanout_end(fanout);
        return;
    }
    struct fanout_port *port = fanout->port;
    int64_t delay_us = fanout->wants_pause ? port->backoff_us(port, ++fanout->failures) : 0;
    if (port->now_us(port) + delay_us >= fanout->deadline_us) {
        give_up(fanout);
    } else if (fanout->wants_pause) {
        port->pause(port, delay_us);
    } else {
        run_round(fanout);
    }
}

void fanout_start(struct fanout *fanout, struct fanout_port *port, int64_t deadline_us)
{
    fanout->port = port;
    fanout->deadline_us = deadline_us;
    run_round(fanout);
}

void fanout_resume(struct fanout *fanout)
{
    run_round(fanout);
}

void fanout_abort(struct fanout *fanout, enum kc_err err, const char *text)
{
    fanout_set_error(fanout, err, text);
    fanout_end(fanout);
}

static void branch_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    struct fanout *fanout = branch->fanout;
    if (branch->refused && branch->refused(branch, reply)) {
        return;
    }
    bool is_brokers = reply->err >= KC_ERR_UNKNOWN_SERVER_ERROR &&
                      reply->err != KC_ERR_UNSUPPORTED_VERSION && branch->item_count > 0;
    if (!is_brokers) {
        char text[sizeof(fanout->error.text)];
        (void)snprintf(text, sizeof(text), "%s: %s", fanout->family->what,
                       reply->text ? reply->text : kc_err_text(reply->err));
        fanout_set_error(fanout, reply->err, text);
        return;
    }
    for (size_t i = 0; i < branch->item_count; i++) {
        fanout_fail(fanout, branch->items[i], reply->err, slice_text(reply->text));
    }
}

/* Items that the answer did not mention. */
static void branch_miss(struct fanout_branch *branch)
{
    struct fanout *fanout = branch->fanout;
    for (size_t i = 0; i < branch->item_count && !fanout->error.code; i++) {
        if (fanout->items[branch->items[i]].is_asked) {
            fanout_fail(fanout, branch->items[i], KC_ERR_MALFORMED,
                        slice_text("the broker's answer left it out"));
        }
    }
}

static void branch_answered(struct fanout_branch *branch, const struct conn_reply *reply)
{
    struct fanout *fanout = branch->fanout;
    void *response = fanout_branch_alloc(branch, 1, message_struct_size(reply->api->response));
    if (!response) {
        return;
    }
    enum kc_err err = conn_reply_decode(reply, &branch->arena, response);
    if (err) {
        char text[sizeof(fanout->error.text)];
        (void)snprintf(text, sizeof(text), "%s: the answer to %s cannot be read (%s)",
                       fanout->family->what, reply->api->name, kc_err_text(err));
        fanout_set_error(fanout, err, text);
        return;
    }
    branch->version = reply->version;
    branch->answer(branch, response);
    branch_miss(branch);
}

static void on_done(struct cluster_request *request, const struct conn_reply *reply)
{
    struct fanout_branch *branch = request->context;
    struct fanout *fanout = branch->fanout;
    if (reply->err) {
        branch_refused(branch, reply);
    } else {
        branch_answered(branch, reply);
    }
    branch_destroy(branch);
    if (fanout->error.code || list_is_empty(&fanout->branches)) {
        go_on(fanout);
    }
}

struct fanout_branch *fanout_branch_create(struct fanout *fanout, enum cluster_target target,
                                           int16_t api_key, size_t item_count_max,
                                           void (*answer)(struct fanout_branch *branch,
                                                          const void *response))
{
    struct fanout_branch *branch = calloc(1, sizeof(*branch));
    if (!branch) {
        fanout_set_error(fanout, KC_ERR_NO_MEMORY, NULL);
        return NULL;
    }
    const struct message_type *type = api_find(api_key)->request;
    arena_init(&branch->arena, 0);
    branch->fanout = fanout;
    branch->answer = answer;
    list_append(&fanout->branches, &branch->link);
    branch->items = fanout_branch_alloc(branch, item_count_max, sizeof(*branch->items));
    branch->message = fanout_branch_alloc(branch, 1, message_struct_size(type));
    if (!branch->items || !branch->message) {
        branch_destroy(branch);
        return NULL;
    }
    message_defaults(type, branch->message);
    branch->request.target = target;
    branch->request.api_key = api_key;
    branch->request.is_idempotent = true;
    branch->request.message = branch->message;
    branch->request.done = on_done;
    branch->request.context = branch;
    return branch;
}
