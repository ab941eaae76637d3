/* handler: DescribeCluster, versions 0 to 2. All flexible. 1: endpoint type (KIP-919). 2: fenced
 * brokers (KIP-1073). */
#include "handler/handlers.h"

enum { ENDPOINT_BROKERS = 1 };

void handle_describe_cluster(struct call *call)
{
    const struct describe_cluster_request *request = call->message;
    const struct image *image = call->node->image;
    struct describe_cluster_response response;
    size_t position = 0;
    struct image_broker *broker;
    message_defaults(&describe_cluster_response_type, &response);
    if (call->version >= 1 && request->endpoint_type != ENDPOINT_BROKERS) {
        response.error_code = KC_ERR_MISMATCHED_ENDPOINT_TYPE;
        response.error_message = slice_text("This listener belongs to a broker.");
        call_answer(call, &response, NULL, NULL);
        return;
    }
    response.cluster_id = slice_text(image->cluster_id);
    response.controller_id = quorum_leader(call->node->quorum);
    response.brokers.items =
        call_alloc(call, image->brokers.count, sizeof(*response.brokers.items));
    response.brokers.count = 0;
    if (!response.brokers.items) {
        call_fail(call, "out of memory for a request");
        return;
    }
    while ((broker = map_next(&image->brokers, &position))) {
        if (broker->fenced && !request->include_fenced_brokers) {
            continue;
        }
        struct describe_cluster_response_describe_cluster_broker *item =
            &response.brokers.items[response.brokers.count++];
        item->broker_id = (int32_t)broker->id;
        item->host = slice_text(broker->host);
        item->port = broker->port;
        item->rack = slice_text(broker->rack);
        item->is_fenced = broker->fenced;
    }
    call_answer(call, &response, NULL, NULL);
}
