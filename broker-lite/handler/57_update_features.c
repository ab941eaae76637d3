/* handler: UpdateFeatures, versions 0 to 2 (KIP-584). 1: kinds of change, validate only. 2: no
 * results feature by feature (KIP-1022). All of a request's changes commit together, or none. */
#include "handler/handlers.h"
#include "handler/proposal.h"

#include "controller/feature.h"

#include <stdio.h>

enum { RESULTS_VERSION_MAX = 1 };

static int8_t change_of(const struct call *call,
                        const struct update_features_request_feature_update_key *update)
{
    if (call->version > 0) {
        return update->upgrade_type;
    }
    return update->allow_downgrade ? FEATURE_SAFE_DOWNGRADE : FEATURE_UPGRADE;
}

/* The answer of a request that was refused as a whole; of success when text is NULL. */
static void answer(struct call *call, enum kc_err err, const char *text)
{
    const struct update_features_request *request = call->message;
    struct update_features_response response;
    char message[FEATURE_TEXT_SIZE + 96];
    message_defaults(&update_features_response_type, &response);
    response.error_code = (int16_t)err;
    if (err) {
        (void)snprintf(message, sizeof(message), "%s%s",
                       text ? "The update failed for all features since the following feature had "
                              "an error: "
                            : "",
                       text ? text : kc_err_text(err));
        response.error_message = slice_text(message);
    } else if (call->version <= RESULTS_VERSION_MAX) {
        response.results.items = call_alloc(call, (size_t)request->feature_updates.count,
                                            sizeof(*response.results.items));
        if (!response.results.items) {
            call_fail(call, "out of memory for a request");
            return;
        }
        response.results.count = request->feature_updates.count;
        for (int32_t i = 0; i < response.results.count; i++) {
            message_defaults(&update_features_response_updatable_feature_result_type,
                             &response.results.items[i]);
            response.results.items[i].feature = request->feature_updates.items[i].feature;
        }
    }
    call_answer(call, &response, NULL, NULL);
}

static void features_committed(struct call *call, enum kc_err err)
{
    answer(call, err, NULL);
}

void handle_update_features(struct call *call)
{
    const struct update_features_request *request = call->message;
    char text[FEATURE_TEXT_SIZE];
    struct metadata_batch batch;
    enum kc_err err = KC_ERR_NONE;
    metadata_batch_init(&batch);
    for (int32_t i = 0; !err && i < request->feature_updates.count; i++) {
        const struct update_features_request_feature_update_key *update =
            &request->feature_updates.items[i];
        err = feature_plan(call->node->image, call->node->id, update->feature,
                           update->max_version_level, change_of(call, update), &batch, text);
    }
    if (err || request->validate_only || batch.count == 0) {
        metadata_batch_finish(&batch);
        answer(call, err, err ? text : NULL);
        return;
    }
    call_propose(call, &batch, features_committed);
}
