/* cluster: which broker takes a request. */
#include "cluster/cluster_state.h"

/* The best of the places that a request to any broker may go to: ready ones with the least in
 * flight, then those that are connecting, then one by chance. */
static void weigh(struct peer *peer, int64_t now_us, struct peer **best, uint64_t *best_weight)
{
    if (!peer || !peer_is_hopeful(peer, now_us)) {
        return;
    }
    uint64_t weight = peer->is_ready ? conn_in_flight(peer->conn)
                      : peer->conn
                          ? (uint64_t)1 << 32
                          : ((uint64_t)1 << 33) + random_below(&peer->cluster->random, 1 << 20);
    if (!*best || weight < *best_weight) {
        *best = peer;
        *best_weight = weight;
    }
}

struct peer *route_any(struct cluster *cluster)
{
    int64_t now_us = loop_now_us(cluster->options.loop);
    struct peer *best = NULL;
    uint64_t best_weight = 0;
    size_t position = 0;
    const struct metadata_broker *broker;
    while ((broker = map_next(&cluster->metadata.brokers, &position))) {
        weigh(peer_for_request(cluster, (int32_t)broker->id, CLUSTER_USE_GENERAL), now_us, &best,
              &best_weight);
    }
    /* KIP-899: when every known broker fails, the bootstrap addresses may know better. */
    bool may_bootstrap =
        cluster->metadata.brokers.count == 0 || (!best && cluster->options.rebootstrap);
    for (size_t i = 0; may_bootstrap && i < cluster->options.bootstrap.count; i++) {
        weigh(peer_bootstrap(cluster, i), now_us, &best, &best_weight);
    }
    return best;
}

static struct peer *route_broker(struct cluster *cluster, struct cluster_request *request,
                                 int32_t broker_id)
{
    struct peer *peer = broker_id >= 0 ? peer_for_request(cluster, broker_id, request->use) : NULL;
    request->node_id = broker_id;
    if (!peer) {
        cluster_refresh_metadata(cluster);
    }
    return peer;
}

struct peer *route_place(struct cluster *cluster, struct cluster_request *request)
{
    switch (request->target) {
    case CLUSTER_ANY:
        return cluster->options.of_controllers && request != &cluster->refresh_request
                   ? route_broker(cluster, request, cluster->metadata.controller_id)
                   : route_any(cluster);
    case CLUSTER_CONTROLLER:
        return route_broker(cluster, request, cluster->metadata.controller_id);
    case CLUSTER_BROKER:
        return route_broker(cluster, request, request->broker_id);
    case CLUSTER_GROUP:
    case CLUSTER_TXN: {
        struct finder *finder = finder_get(cluster, request->target, request->key);
        if (!finder) {
            return NULL;
        }
        if (finder->broker_id < 0) {
            finder_ask(finder);
            return NULL;
        }
        return route_broker(cluster, request, finder->broker_id);
    }
    }
    return NULL;
}
