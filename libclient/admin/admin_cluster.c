/* admin: who the brokers are: DescribeCluster (KIP-700), else Metadata. */
#include "admin/admin.h"
#include "wire/mirror.h"

enum { KEY_METADATA = 3, KEY_DESCRIBE_CLUSTER = 60 };
enum { STAGE_DESCRIBE = 1, STAGE_METADATA };
enum { ENDPOINT_CONTROLLER = 2 }; /* KIP-919 */
enum {
    VERSION_ENDPOINT = 1,
    VERSION_FENCED = 2,
    VERSION_OPERATIONS = 8,
    VERSION_OPERATIONS_MAX = 10
};

struct cluster_state {
    unsigned with;
};

#define NODE_ROWS(id_name)                                                     \
    MIRROR(struct kc_node, id, id_name), MIRROR(struct kc_node, host, "host"), \
        MIRROR(struct kc_node, port, "port"), MIRROR(struct kc_node, rack, "rack")
#define CLUSTER_ROWS(node_rows)                                                           \
    MIRROR(struct kc_cluster_description, cluster_id, "clusterId"),                       \
        MIRROR(struct kc_cluster_description, controller_id, "controllerId"),             \
        MIRROR(struct kc_cluster_description, operations, "clusterAuthorizedOperations"), \
        MIRROR_EACH(struct kc_cluster_description, nodes, node_count, "brokers", node_rows)

static const struct mirror_row broker_rows[] = {
    NODE_ROWS("brokerId"),
    MIRROR(struct kc_node, is_fenced, "isFenced"),
    MIRROR_END,
};
static const struct mirror_row cluster_rows[] = { CLUSTER_ROWS(broker_rows), MIRROR_END };
static const struct mirror_row node_rows[] = { NODE_ROWS("nodeId"), MIRROR_END };
static const struct mirror_row metadata_rows[] = { CLUSTER_ROWS(node_rows), MIRROR_END };

static void cluster_fail(struct fanout *fanout, size_t item, enum kc_err err, const char *text)
{
    (void)item;
    fanout_set_error(fanout, err, text);
}

static void take(struct fanout *fanout, const struct message_type *type, const void *response,
                 const struct mirror_row *rows)
{
    struct harvest *harvest = fanout->harvest;
    enum kc_err err = (enum kc_err)mirror_number(type, response, "errorCode", KC_ERR_NONE);
    if (err) {
        fanout_fail(fanout, 0, err, mirror_text(type, response, "errorMessage"));
        return;
    }
    if (!mirror_read(type, response, rows, &harvest->arena, &harvest->as.cluster)) {
        harvest->failed = true;
    }
    fanout_move(fanout, 0, FANOUT_DONE);
}

static void describe_answer(struct fanout_branch *branch, const void *response)
{
    take(branch->fanout, &describe_cluster_response_type, response, cluster_rows);
}

static void metadata_answer(struct fanout_branch *branch, const void *response)
{
    take(branch->fanout, &metadata_response_type, response, metadata_rows);
}

/* Metadata cannot tell of fenced brokers. */
static bool describe_refused(struct fanout_branch *branch, const struct conn_reply *reply)
{
    const struct cluster_state *state = branch->fanout->state;
    if (reply->err != KC_ERR_UNSUPPORTED_VERSION || (state->with & KC_WITH_FENCED) ||
        branch->fanout->port->of_controllers) {
        return false;
    }
    fanout_move(branch->fanout, 0, STAGE_METADATA);
    return true;
}

static void cluster_plan(struct fanout *fanout)
{
    const struct cluster_state *state = fanout->state;
    struct fanout_branch *branch =
        fanout_gather(fanout, STAGE_DESCRIBE, CLUSTER_ANY, KEY_DESCRIBE_CLUSTER, describe_answer);
    if (branch) {
        struct describe_cluster_request *request = branch->message;
        request->include_cluster_authorized_operations = (state->with & KC_WITH_OPERATIONS) != 0;
        request->include_fenced_brokers = (state->with & KC_WITH_FENCED) != 0;
        branch->request.version_min = request->include_fenced_brokers ? VERSION_FENCED : 0;
        if (fanout->port->of_controllers) {
            request->endpoint_type = ENDPOINT_CONTROLLER;
            branch->request.version_min = MAX_OF(branch->request.version_min, VERSION_ENDPOINT);
        }
        branch->refused = describe_refused;
    }
    branch = fanout_gather(fanout, STAGE_METADATA, CLUSTER_ANY, KEY_METADATA, metadata_answer);
    if (branch) {
        /* An empty list is no topic from version 1 on. */
        struct metadata_request *request = branch->message;
        request->topics.count = 0;
        branch->request.version_min = 1;
        if (state->with & KC_WITH_OPERATIONS) {
            request->include_cluster_authorized_operations = true;
            branch->request.version_min = VERSION_OPERATIONS;
            branch->request.version_max = VERSION_OPERATIONS_MAX;
        }
    }
}

static const struct fanout_family cluster_family = {
    .what = "describing the cluster",
    .plan = cluster_plan,
    .fail = cluster_fail,
};

struct fanout *admin_cluster_describe(unsigned with)
{
    struct fanout *fanout = fanout_create(&cluster_family, 1, STAGE_DESCRIBE);
    struct cluster_state *state = fanout ? fanout_alloc(fanout, 1, sizeof(*state)) : NULL;
    if (!state) {
        fanout_destroy(fanout);
        return NULL;
    }
    fanout->state = state;
    state->with = with;
    fanout->harvest->as.cluster.operations = INT32_MIN;
    return fanout;
}
