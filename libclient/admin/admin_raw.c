/* admin: any request, as JSON. */
#include "admin/admin.h"
#include "base/bytes.h"
#include "wire/parse.h"

enum { STAGE_ASK = 1, BODY_SIZE_MAX = 1 << 30 };

struct raw_state {
    const struct api *api;
    void *request;
    struct kc_raw_call call; /* key: in the arena */
};

static void raw_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    (void)item;
    fanout_set_error(fanout, err, text);
}

static void raw_answer(struct fanout_branch *branch, const void *response)
{
    struct fanout *fanout = branch->fanout;
    const struct raw_state *state = fanout->state;
    struct harvest *harvest = fanout->harvest;
    struct bytes text;
    bytes_init(&text, BODY_SIZE_MAX);
    if (message_show(state->api->response, branch->version, response, &text)) {
        harvest->as.raw.body = harvest_text(harvest, bytes_slice(&text));
        harvest->as.raw.version = branch->version;
    } else {
        harvest->failed = true;
    }
    bytes_finish(&text);
    fanout_move(fanout, 0, FANOUT_DONE);
}

static enum cluster_target target_of(enum kc_raw_target target)
{
    switch (target) {
    case KC_RAW_CONTROLLER:
        return CLUSTER_CONTROLLER;
    case KC_RAW_BROKER:
        return CLUSTER_BROKER;
    case KC_RAW_GROUP:
        return CLUSTER_GROUP;
    case KC_RAW_TXN:
        return CLUSTER_TXN;
    default:
        return CLUSTER_ANY;
    }
}

static void raw_plan(struct fanout *fanout)
{
    const struct raw_state *state = fanout->state;
    const struct kc_raw_call *call = &state->call;
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_ASK, target_of(call->target), state->api->key, raw_answer);
    if (!branch) {
        return;
    }
    memcpy(branch->message, state->request, message_struct_size(state->api->request));
    branch->request.broker_id = call->broker_id;
    branch->request.key = slice_text(call->key);
    branch->request.is_idempotent = false;
    if (call->version >= 0) {
        branch->request.version_min = call->version;
        branch->request.version_max = call->version;
        branch->request.limit_version = true;
    }
}

static const struct fanout_family raw_family = {
    .what = "the raw call",
    .plan = raw_plan,
    .fail = raw_fail,
};

struct fanout *admin_raw_call(const struct kc_raw_call *call, struct kc_error *error)
{
    struct fanout *fanout = fanout_create(&raw_family, 1, STAGE_ASK);
    struct raw_state *state = fanout ? fanout_alloc(fanout, 1, sizeof(*state)) : NULL;
    const struct api *api = api_find(call->api_key);
    if (!state) {
        fanout_destroy(fanout);
        return NULL;
    }
    fanout->state = state;
    state->api = api;
    state->call = *call;
    state->call.key = fanout_text(fanout, call->key);
    state->request = fanout_alloc(fanout, 1, message_struct_size(api->request));
    if (fanout->error.code) {
        fanout_destroy(fanout);
        return NULL;
    }
    error->code = parse_message(api->request, slice_text(call->body), &fanout->arena,
                                state->request, error->text, sizeof(error->text));
    if (error->code) {
        fanout_destroy(fanout);
        return NULL;
    }
    return fanout;
}
