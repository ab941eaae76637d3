/* cluster: the controllers as a cluster of their own (KIP-919): DescribeCluster from version 1 on
 * tells who they are and which of them is active. */
#include "cluster/cluster_state.h"

enum { CONTROLLERS_SINCE = 1, CONTROLLERS_ENDPOINT = 2 /* the type of a controller's listener */ };

void controllers_ask(struct cluster *cluster)
{
    message_defaults(&describe_cluster_request_type, &cluster->controllers_message);
    cluster->controllers_message.endpoint_type = CONTROLLERS_ENDPOINT;
    cluster->refresh_request.api_key = API_DESCRIBE_CLUSTER;
    cluster->refresh_request.version_min = CONTROLLERS_SINCE;
    cluster->refresh_request.message = &cluster->controllers_message;
}

enum kc_err controllers_read(const struct conn_reply *reply, struct arena *arena,
                             struct metadata_response *ret_metadata)
{
    struct describe_cluster_response response;
    enum kc_err err = conn_reply_decode(reply, arena, &response);

    if (!err) {
        err = (enum kc_err)response.error_code;
    }
    if (!err && response.endpoint_type != CONTROLLERS_ENDPOINT) {
        err = KC_ERR_MISMATCHED_ENDPOINT_TYPE;
    }
    size_t count = err ? 0 : (size_t)MAX_OF(0, response.brokers.count);
    struct metadata_response_metadata_response_broker *nodes =
        err ? NULL : arena_alloc_array(arena, count, sizeof(*nodes));
    if (!nodes) {
        return err ? err : KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        nodes[i].node_id = response.brokers.items[i].broker_id;
        nodes[i].host = response.brokers.items[i].host;
        nodes[i].port = response.brokers.items[i].port;
        nodes[i].rack = response.brokers.items[i].rack;
    }
    message_defaults(&metadata_response_type, ret_metadata);
    ret_metadata->brokers.items = nodes;
    ret_metadata->brokers.count = (int32_t)count;
    ret_metadata->cluster_id = response.cluster_id;
    ret_metadata->controller_id = response.controller_id;
    return KC_ERR_NONE;
}

bool controllers_is_fatal(enum kc_err err)
{
    return err == KC_ERR_MISMATCHED_ENDPOINT_TYPE || err == KC_ERR_UNSUPPORTED_ENDPOINT_TYPE ||
           err == KC_ERR_UNSUPPORTED_VERSION;
}
