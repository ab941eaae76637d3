/* cluster: failures that waiting does not mend: a login that is refused, an address where something
 * else is spoken. Who asks is told at once, with what can be done about it. */
#include "cluster/cluster_state.h"

#include "wire/error.h"

#include <stdio.h>

enum {
    /* A broker that shuts down may end a connection at its first request once or twice; one that
     * wants a login does it each time. */
    REFUSAL_SPURNED_MIN = 4,
    REFUSAL_TELL_US = 10000000, /* one error line for the five connections of a broker */
};

/* It lies in the address, so another of the cluster's may do. */
static bool is_of_address(enum kc_err err)
{
    return err == KC_ERR_WRONG_PROTOCOL || err == KC_ERR_ILLEGAL_SASL_STATE ||
           err == KC_ERR_UNSUPPORTED_SASL_MECHANISM;
}

bool peer_is_refused(const struct peer *peer)
{
    return error_is_login(peer->error.code) || is_of_address(peer->error.code);
}

enum kc_err peer_refusal_judge(struct peer *peer, const struct conn *conn, enum kc_err err)
{
    peer->spurned_count = conn_is_spurned(conn) ? peer->spurned_count + 1 : 0;
    return peer->spurned_count >= REFUSAL_SPURNED_MIN ? KC_ERR_WRONG_PROTOCOL : err;
}

static const char *advice_on(enum kc_err err)
{
    switch (err) {
    case KC_ERR_SASL_AUTHENTICATION_FAILED:
        return "; check sasl.username and sasl.password, or sasl.jaas.config; it is tried again, "
               "and goes on when the broker lets it in";
    case KC_ERR_UNSUPPORTED_SASL_MECHANISM:
        return "; check sasl.mechanism";
    case KC_ERR_ILLEGAL_SASL_STATE:
    case KC_ERR_UNSUPPORTED_VERSION:
    case KC_ERR_WRONG_PROTOCOL:
        return "; check security.protocol and the port";
    default:
        return "";
    }
}

void peer_refusal_note(struct peer *peer, enum kc_err err, const char *text)
{
    struct cluster *cluster = peer->cluster;
    int64_t now_us = loop_now_us(cluster->options.loop);
    peer->error.code = err;
    (void)snprintf(peer->error.text, sizeof(peer->error.text), "%s%s", text, advice_on(err));
    cluster->last_error = peer->error;
    bool is_news =
        err != cluster->refusal_told || now_us - cluster->refusal_told_us >= REFUSAL_TELL_US;
    if (peer_is_refused(peer) && is_news) {
        cluster->refusal_told = err;
        cluster->refusal_told_us = now_us;
        trace_log(cluster->options.trace, TRACE_ERROR, "cluster", "%s", peer->error.text);
    } else {
        trace_log(cluster->options.trace, TRACE_INFO, "cluster", "%s", peer->error.text);
    }
}

/* Every address that a request to any broker may go to. */
static bool is_refused_everywhere(const struct cluster *cluster)
{
    const struct map *brokers = &cluster->metadata.brokers;
    const struct metadata_broker *broker;
    const struct peer *peer;
    size_t position = 0;
    while ((broker = map_next(brokers, &position))) {
        peer = peer_find(cluster, (int32_t)broker->id, CLUSTER_USE_GENERAL);
        if (!peer || !peer_is_refused(peer)) {
            return false;
        }
    }
    for (size_t i = 0; brokers->count == 0 && i < cluster->options.bootstrap.count; i++) {
        peer = peer_find(cluster, -1 - (int32_t)i, CLUSTER_USE_GENERAL);
        if (!peer || !peer_is_refused(peer)) {
            return false;
        }
    }
    return true;
}

bool cluster_refusal(const struct cluster *cluster, struct kc_error *ret_error)
{
    size_t position = 0;
    const struct peer *peer;
    bool is_refused = false;
    if (cluster->last_error.code == KC_ERR_NONE) {
        return false;
    }
    while ((peer = map_next(&cluster->peers, &position))) {
        if (peer->is_ready) {
            return false;
        }
        is_refused |= peer_is_refused(peer) && peer->error.code == cluster->last_error.code;
    }
    if (!is_refused ||
        (is_of_address(cluster->last_error.code) && !is_refused_everywhere(cluster))) {
        return false;
    }
    *ret_error = cluster->last_error;
    return true;
}

bool cluster_broker_refusal(const struct cluster *cluster, int32_t broker_id, enum cluster_use use,
                            struct kc_error *ret_error)
{
    const struct peer *peer = broker_id >= 0 ? peer_find(cluster, broker_id, use) : NULL;
    if (!peer || peer->is_ready || !peer_is_refused(peer)) {
        return broker_id < 0 && cluster_refusal(cluster, ret_error);
    }
    *ret_error = peer->error;
    return true;
}
