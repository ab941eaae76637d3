/* cluster: what happens at a connection's place, told to the observer. */
#include "cluster/cluster_state.h"

static struct observer_place peer_place(struct peer *peer)
{
    return (struct observer_place){ peer->broker_id, peer->host, peer->port, &peer->memo };
}

void peer_observe_connect(struct peer *peer, enum kc_err err)
{
    const struct observer *observer = peer->cluster->options.observer;
    if (observer) {
        struct observer_place place = peer_place(peer);
        observer->on_connect(observer->context, &place, err,
                             loop_now_us(peer->cluster->options.loop) - peer->opened_us);
    }
}

void peer_observe_disconnect(struct peer *peer, enum kc_err err, const char *text)
{
    const struct observer *observer = peer->cluster->options.observer;
    if (observer) {
        struct observer_place place = peer_place(peer);
        observer->on_disconnect(observer->context, &place, err, text);
    }
}

void peer_observe_traffic(void *context, struct conn *conn, const struct conn_traffic *traffic)
{
    struct peer *peer = context;
    const struct observer *observer = peer->cluster->options.observer;
    (void)conn;
    if (observer) {
        struct observer_place place = peer_place(peer);
        observer->on_traffic(observer->context, &place, traffic);
    }
}

void peer_observe_retry(struct peer *peer)
{
    const struct observer *observer = peer->cluster->options.observer;
    if (observer) {
        struct observer_place place = peer_place(peer);
        observer->on_retry(observer->context, &place);
    }
}

void peer_observe_throttle(struct peer *peer, int32_t throttle_time_ms)
{
    const struct observer *observer = peer->cluster->options.observer;
    if (observer) {
        struct observer_place place = peer_place(peer);
        observer->on_throttle(observer->context, &place, throttle_time_ms);
    }
}
