/* client: admin calls about any request of the protocol. */
#include "client/admin_handle.h"

static enum kc_err check_call(const struct kc_raw_call *call, struct kc_error *error)
{
    const struct api *api = api_find(call->api_key);
    if (!api) {
        return reason_set(error, KC_ERR_INVALID, "there is no request with key %d", call->api_key);
    }
    if (call->version >= 0 &&
        (call->version < api->version_min || call->version > api->version_max)) {
        return reason_set(error, KC_ERR_INVALID, "%s has versions %d to %d, not %d", api->name,
                          api->version_min, api->version_max, call->version);
    }
    bool needs_key = call->target == KC_RAW_GROUP || call->target == KC_RAW_TXN;
    if (needs_key && !call->key) {
        return reason_set(error, KC_ERR_INVALID, "a call to a coordinator needs a key");
    }
    return call->body ? KC_ERR_NONE
                      : reason_set(error, KC_ERR_INVALID, "a body is needed: {} has all defaults");
}

enum kc_err kc_admin_call(struct kc_admin *admin, const struct kc_raw_call *call, int timeout_ms,
                          struct kc_raw_answer **ret_answer, struct kc_error *error)
{
    struct kc_error slip = { .code = KC_ERR_NONE };
    enum kc_err err = admin_handle_check_items(admin, ret_answer, call, 1, "call", error);
    err = err ? err : check_call(call, error);
    if (err) {
        return err;
    }
    struct fanout *fanout = admin_raw_call(call, &slip);
    if (!fanout && slip.code) {
        return slip.code == KC_ERR_NO_MEMORY
                   ? reason_plain(error, slip.code)
                   : reason_set(error, slip.code, "%s: %s",
                                message_name(api_find(call->api_key)->request), slip.text);
    }
    return admin_handle_collect(admin, fanout, timeout_ms, ret_answer, error);
}
