/* admin: who the brokers are: DescribeCluster (KIP-700), else Metadata. */
#include "admin/admin.h"

enum { KEY_METADATA = 3, KEY_DESCRIBE_CLUSTER = 60 };
enum { STAGE_DESCRIBE = 1, STAGE_METADATA };

static void cluster_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    (void)item;
    fanout_set_error(fanout, err, text);
}

static struct kc_node *cluster_nodes(struct fanout *fanout, struct slice cluster_id,
                                     int32_t controller_id, int32_t count)
{
    struct kc_cluster_description *cluster = &fanout->harvest->as.cluster;
    size_t node_count = count > 0 ? (size_t)count : 0;
    cluster->cluster_id = harvest_text_or_null(fanout->harvest, cluster_id);
    cluster->controller_id = controller_id;
    cluster->nodes = harvest_array(fanout->harvest, node_count, sizeof(*cluster->nodes));
    cluster->node_count = cluster->nodes ? node_count : 0;
    return cluster->nodes;
}

static void describe_answer(struct fanout_branch *branch, const void *message)
{
    const struct describe_cluster_response *response = message;
    struct fanout *fanout = branch->fanout;
    if (response->error_code) {
        fanout_fail(fanout, 0, response->error_code, response->error_message);
        return;
    }
    struct kc_node *nodes = cluster_nodes(fanout, response->cluster_id, response->controller_id,
                                          response->brokers.count);
    for (int32_t i = 0; nodes && i < response->brokers.count; i++) {
        const struct describe_cluster_response_describe_cluster_broker *broker =
            &response->brokers.items[i];
        nodes[i] = (struct kc_node){ .id = broker->broker_id,
                                     .host = harvest_text(fanout->harvest, broker->host),
                                     .port = broker->port,
                                     .rack = harvest_text_or_null(fanout->harvest, broker->rack) };
    }
    fanout_move(fanout, 0, FANOUT_DONE);
}

static void metadata_answer(struct fanout_branch *branch, const void *message)
{
    const struct metadata_response *response = message;
    struct fanout *fanout = branch->fanout;
    if (response->error_code) {
        fanout_fail(fanout, 0, response->error_code, SLICE_NULL);
        return;
    }
    struct kc_node *nodes = cluster_nodes(fanout, response->cluster_id, response->controller_id,
                                          response->brokers.count);
    for (int32_t i = 0; nodes && i < response->brokers.count; i++) {
        const struct metadata_response_metadata_response_broker *broker =
            &response->brokers.items[i];
        nodes[i] = (struct kc_node){ .id = broker->node_id,
                                     .host = harvest_text(fanout->harvest, broker->host),
                                     .port = broker->port,
                                     .rack = harvest_text_or_null(fanout->harvest, broker->rack) };
    }
    fanout_move(fanout, 0, FANOUT_DONE);
}

static bool describe_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    if (reply->err != KC_ERR_UNSUPPORTED_VERSION) {
        return false;
    }
    fanout_move(branch->fanout, 0, STAGE_METADATA);
    return true;
}

static void cluster_plan(struct fanout *fanout)
{
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_DESCRIBE, CLUSTER_ANY, KEY_DESCRIBE_CLUSTER, describe_answer);
    if (branch) {
        branch->refused = describe_refused;
    }
    branch = fanout_gather(fanout, STAGE_METADATA, CLUSTER_ANY, KEY_METADATA, metadata_answer);
    if (branch) {
        /* An empty list is no topic from version 1 on. */
        struct metadata_request *request = branch->message;
        request->topics.count = 0;
        branch->request.version_min = 1;
    }
}

static const struct fanout_family cluster_family = {
    .what = "describing the cluster",
    .plan = cluster_plan,
    .fail = cluster_fail,
};

struct fanout *admin_cluster_describe(void)
{
    return fanout_create(&cluster_family, 1, STAGE_DESCRIBE);
}
