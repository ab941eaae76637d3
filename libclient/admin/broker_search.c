/* admin: looks for all brokers. */
#include "admin/broker_search.h"

enum { KEY_METADATA = 3 };

static void brokers_answer(struct fanout_branch *branch, const void *message)
{
    const struct metadata_response *response = message;
    struct fanout *fanout = branch->fanout;
    if (response->error_code) {
        fanout_fail(fanout, 0, response->error_code, SLICE_NULL);
        return;
    }
    if (response->brokers.count < 1) {
        fanout_try_later(fanout, 0, BROKER_SEARCH_STAGE, KC_ERR_BROKER_NOT_AVAILABLE);
        return;
    }
    branch->item_count = 0;
    fanout->harvest->as.list.count = 0;
    fanout_set_items(fanout, (size_t)response->brokers.count, BROKER_SEARCH_FOUND_STAGE);
    for (size_t i = 0; i < fanout->item_count; i++) {
        fanout->items[i].node.id = response->brokers.items[i].node_id;
    }
}

bool broker_search_plan(struct fanout *fanout)
{
    struct fanout_branch *branch =
        fanout_gather(fanout, BROKER_SEARCH_STAGE, CLUSTER_ANY, KEY_METADATA, brokers_answer);
    if (branch) {
        /* An empty list is no topic from version 1 on. */
        struct metadata_request *request = branch->message;
        request->topics.count = 0;
        branch->request.version_min = 1;
    }
    return branch != NULL;
}

bool broker_search_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    return fanout_branch_look_again(branch, reply, BROKER_SEARCH_STAGE);
}
