/* cluster: one connection's place: connecting on demand, with backoff, and telling who waits. */
#include "cluster/cluster_state.h"

#include <stdio.h>
#include <stdlib.h>

/* An ask keeps a lost connection coming back for so long. */
enum { PEER_WANTED_MS = 60000 };

/* A refused login is not tried more often, once it was refused some times. */
enum { PEER_REFUSED_MS = 10000 };

static int64_t peer_now_us(const struct peer *peer)
{
    return loop_now_us(peer->cluster->options.loop);
}

static int64_t peer_key(int32_t broker_id, enum cluster_use use)
{
    return (int64_t)broker_id * CLUSTER_USE_COUNT + (int64_t)use;
}

static void peer_connect(struct peer *peer);

static void tell_conn(struct peer *peer, enum kc_err err, const char *text)
{
    LIST_EACH_SAFE(node, &peer->cluster->watches)
    {
        struct cluster_watch *watch = LIST_ITEM(node, struct cluster_watch, link);
        if (watch->on_conn) {
            watch->on_conn(watch, peer->broker_id, peer->use, err, text);
        }
    }
}

static void tell_drain(struct peer *peer)
{
    LIST_EACH_SAFE(node, &peer->cluster->watches)
    {
        struct cluster_watch *watch = LIST_ITEM(node, struct cluster_watch, link);
        if (watch->on_drain) {
            watch->on_drain(watch, peer->broker_id, peer->use);
        }
    }
}

/* Brokers may differ while an upgrade spreads: the newest epoch of features counts. */
static void learn_features(struct cluster *cluster, const struct version_table *versions)
{
    if (versions->features_epoch >= cluster->features_epoch) {
        cluster->features_epoch = versions->features_epoch;
        cluster->transaction_version = versions->transaction_version;
    }
}

static void on_ready(void *context, struct conn *conn)
{
    struct peer *peer = context;
    learn_features(peer->cluster, conn_versions(conn));
    peer->is_ready = true;
    peer->failures = peer->spurned_count;
    peer->error = (struct kc_error){ 0 };
    peer->cluster->last_error = (struct kc_error){ 0 };
    outage_end(&peer->cluster->outage);
    peer_observe_connect(peer, KC_ERR_NONE);
    route_schedule(peer->cluster);
    tell_conn(peer, KC_ERR_NONE, "");
}

/* When the next attempt may be made; nobody's password is tried again unasked. */
static void peer_back_off(struct peer *peer)
{
    struct cluster *cluster = peer->cluster;
    struct retry_policy policy = cluster->options.reconnect;
    if (peer_is_refused(peer)) {
        policy.backoff_ms_max = MAX_OF(policy.backoff_ms_max, (int64_t)PEER_REFUSED_MS);
        peer->wanted_until_us = 0;
    }
    int64_t delay_ms = retry_delay_ms(&policy, peer->failures, &cluster->random);
    peer->connect_at_us = peer_now_us(peer) + delay_ms * 1000;
    loop_timer_start_at(&peer->timer, peer->connect_at_us);
}

static void peer_failed(struct peer *peer, enum kc_err err, const char *text)
{
    struct cluster *cluster = peer->cluster;
    if (err != KC_ERR_NONE) {
        peer->failures++;
        peer_refusal_note(peer, err, text);
    }
    peer_back_off(peer);
    /* What was coordinated there may have moved. */
    LIST_EACH(node, &cluster->finders)
    {
        struct finder *finder = LIST_ITEM(node, struct finder, link);
        if (err != KC_ERR_NONE && finder->broker_id == peer->broker_id) {
            finder->broker_id = -1;
        }
    }
    if (err != KC_ERR_NONE && peer->broker_id >= 0) {
        cluster_refresh_metadata(cluster);
    }
    route_check_fatal(cluster);
    route_schedule(cluster);
    tell_conn(peer, err == KC_ERR_NONE ? KC_ERR_DISCONNECTED : err,
              err == KC_ERR_NONE ? text : peer->error.text);
}

static bool is_any_ready(const struct cluster *cluster)
{
    size_t position = 0;
    const struct peer *peer;
    while ((peer = map_next(&cluster->peers, &position))) {
        if (peer->is_ready) {
            return true;
        }
    }
    return false;
}

/* One broker of many is no outage: metadata finds its way around it. */
static void note_failure(struct cluster *cluster, int64_t began_us, int64_t now_us,
                         const char *text)
{
    if (is_any_ready(cluster)) {
        outage_end(&cluster->outage);
    } else if (outage_failure(&cluster->outage, began_us, now_us)) {
        trace_log(cluster->options.trace, TRACE_WARN, "cluster",
                  "no broker can be reached, trying on: %s", text);
    }
}

static void on_closed(void *context, struct conn *conn, enum kc_err err, const char *text)
{
    struct peer *peer = context;
    bool was_ready = peer->is_ready;
    peer->conn = NULL;
    peer->is_ready = false;
    err = peer_refusal_judge(peer, conn, err);
    if (was_ready) {
        peer_observe_disconnect(peer, err, text);
    } else {
        peer_observe_connect(peer, err);
    }
    if (err != KC_ERR_NONE) {
        int64_t now_us = peer_now_us(peer);
        note_failure(peer->cluster, was_ready ? now_us : peer->opened_us, now_us, text);
    }
    peer_failed(peer, err, text);
    conn_destroy(conn); /* last: it owns the text */
}

static void on_drain(void *context, struct conn *conn)
{
    struct peer *peer = context;
    (void)conn;
    if (!list_is_empty(&peer->cluster->waiting)) {
        route_schedule(peer->cluster);
    }
    if (peer->throttled_until_us == 0) {
        tell_drain(peer);
    }
}

static const struct conn_handler peer_handler = {
    .on_ready = on_ready,
    .on_closed = on_closed,
    .on_drain = on_drain,
    .on_traffic = peer_observe_traffic,
};

static void on_timer(struct loop_timer *timer)
{
    struct peer *peer = timer->context;
    int64_t now_us = peer_now_us(peer);
    if (peer->throttled_until_us > 0 && now_us >= peer->throttled_until_us) {
        peer->throttled_until_us = 0;
        route_schedule(peer->cluster);
        tell_drain(peer);
        return;
    }
    if (peer->throttled_until_us > 0) {
        loop_timer_start_at(timer, peer->throttled_until_us);
    }
    route_schedule(peer->cluster);
    if (!peer->conn && now_us < peer->wanted_until_us && now_us >= peer->connect_at_us) {
        peer_connect(peer);
    }
}

static struct peer *peer_create(struct cluster *cluster, int32_t broker_id, enum cluster_use use)
{
    struct peer *peer = calloc(1, sizeof(*peer));
    if (!peer) {
        return NULL;
    }
    peer->key = peer_key(broker_id, use);
    peer->cluster = cluster;
    peer->broker_id = broker_id;
    peer->use = use;
    loop_timer_init(&peer->timer, cluster->options.loop, on_timer, peer);
    if (!map_put(&cluster->peers, map_key_of(&peer->key), peer, NULL)) {
        free(peer);
        return NULL;
    }
    return peer;
}

struct peer *peer_find(const struct cluster *cluster, int32_t broker_id, enum cluster_use use)
{
    int64_t key = peer_key(broker_id, use);
    return map_get(&cluster->peers, map_key_of(&key));
}

static int32_t bootstrap_id(size_t position)
{
    return -1 - (int32_t)position;
}

struct peer *peer_bootstrap(struct cluster *cluster, size_t position)
{
    const struct address *address = &cluster->options.bootstrap.items[position];
    struct peer *peer = peer_find(cluster, bootstrap_id(position), CLUSTER_USE_GENERAL);
    if (!peer) {
        peer = peer_create(cluster, bootstrap_id(position), CLUSTER_USE_GENERAL);
    }
    if (peer) {
        snprintf(peer->host, sizeof(peer->host), "%s", address->host);
        peer->port = address->port;
    }
    return peer;
}

/* The bootstrap connection serves as the broker's general one when the address is the same. */
static struct peer *peer_same_address(struct cluster *cluster, const struct metadata_broker *broker)
{
    for (size_t i = 0; i < cluster->options.bootstrap.count; i++) {
        struct peer *peer = peer_find(cluster, bootstrap_id(i), CLUSTER_USE_GENERAL);
        if (peer && peer->is_ready && peer->port == broker->port &&
            strcmp(peer->host, broker->host) == 0) {
            return peer;
        }
    }
    return NULL;
}

struct peer *peer_get(struct cluster *cluster, int32_t broker_id, enum cluster_use use)
{
    const struct metadata_broker *broker = metadata_broker(&cluster->metadata, broker_id);
    if (!broker || strlen(broker->host) > ADDRESS_HOST_MAX) {
        return NULL;
    }
    struct peer *peer = peer_find(cluster, broker_id, use);
    if (!peer) {
        peer = peer_create(cluster, broker_id, use);
    }
    if (peer && !peer->conn) {
        snprintf(peer->host, sizeof(peer->host), "%s", broker->host);
        peer->port = broker->port;
    }
    return peer;
}

struct peer *peer_for_request(struct cluster *cluster, int32_t broker_id, enum cluster_use use)
{
    const struct metadata_broker *broker = metadata_broker(&cluster->metadata, broker_id);
    const struct peer *own = peer_find(cluster, broker_id, use);
    struct peer *same = NULL;
    if (broker && use == CLUSTER_USE_GENERAL && (!own || !own->conn)) {
        same = peer_same_address(cluster, broker);
    }
    return same ? same : peer_get(cluster, broker_id, use);
}

static int64_t setup_timeout_ms(const struct peer *peer)
{
    const struct cluster_options *options = &peer->cluster->options;
    const struct retry_policy policy = { options->setup_timeout_ms, options->setup_timeout_ms_max };
    return retry_delay_ms(&policy, peer->failures + 1, &peer->cluster->random);
}

static void peer_connect(struct peer *peer)
{
    const struct cluster_options *options = &peer->cluster->options;
    const struct conn_options conn_options = {
        .loop = options->loop,
        .trace = options->trace,
        .client_id = slice_text(peer->cluster->client_id),
        .setup_timeout_ms = setup_timeout_ms(peer),
        .idle_ms_max = options->idle_ms_max,
        .stall_ms_max = options->request_timeout_ms,
        .response_size_max = options->response_size_max,
        .in_flight_max = options->in_flight_max,
        .send_buffer_size = options->send_buffer_size,
        .receive_buffer_size = options->receive_buffer_size,
        .security = options->security,
        .credential = options->credential,
    };
    peer->opened_us = peer_now_us(peer);
    peer->conn = conn_create(&conn_options, &peer_handler, peer);
    enum kc_err err = !peer->conn ? KC_ERR_NO_MEMORY
                      : peer->port < 1 || peer->port > 65535
                          ? KC_ERR_CONNECT
                          : conn_open(peer->conn, peer->host, (uint16_t)peer->port);
    if (err == KC_ERR_NONE) {
        return;
    }
    conn_destroy(peer->conn);
    peer->conn = NULL;
    peer_observe_connect(peer, err);
    peer->failures++;
    char name[ADDRESS_TEXT_MAX];
    address_text(peer->host, peer->port, name);
    peer->error.code = err;
    snprintf(peer->error.text, sizeof(peer->error.text), "cannot connect to %s (%s)", name,
             kc_err_text(err));
    peer->cluster->last_error = peer->error;
    peer_back_off(peer);
}

struct conn *peer_conn(struct peer *peer)
{
    int64_t now_us = peer_now_us(peer);
    peer->wanted_until_us = now_us + (int64_t)PEER_WANTED_MS * 1000;
    if (!peer->conn && now_us >= peer->connect_at_us) {
        peer_connect(peer);
    }
    bool is_throttled = now_us < peer->throttled_until_us;
    /* While a lost connection fails its requests it is ours still, but not ready. */
    bool is_ready = peer->is_ready && conn_is_ready(peer->conn);
    return is_ready && !is_throttled ? peer->conn : NULL;
}

bool peer_is_hopeful(const struct peer *peer, int64_t now_us)
{
    return peer->conn ? now_us >= peer->throttled_until_us : now_us >= peer->connect_at_us;
}

void peer_close(struct peer *peer)
{
    struct conn *conn = peer->conn;
    bool was_ready = peer->is_ready;
    peer->conn = NULL;
    peer->is_ready = false;
    conn_destroy(conn);
    if (was_ready) {
        peer_observe_disconnect(peer, KC_ERR_NONE, "closed");
    }
}

void peer_destroy(struct peer *peer)
{
    (void)map_remove(&peer->cluster->peers, map_key_of(&peer->key));
    peer_close(peer);
    loop_timer_finish(&peer->timer);
    free(peer);
}

void peer_check_all(struct cluster *cluster)
{
    size_t position = 0;
    struct peer *peer;
    while ((peer = map_next(&cluster->peers, &position))) {
        const struct metadata_broker *broker = metadata_broker(&cluster->metadata, peer->broker_id);
        if (peer->broker_id < 0 || !peer->conn ||
            (broker && broker->port == peer->port && strcmp(broker->host, peer->host) == 0)) {
            continue;
        }
        /* Requests there fail as lost, and find the new place. */
        conn_break(peer->conn, "the broker left the cluster or moved");
        if (!peer->conn) { /* else it was being closed already */
            position = 0;
        }
    }
}

struct conn *cluster_broker_conn(struct cluster *cluster, int32_t broker_id, enum cluster_use use)
{
    struct peer *peer = peer_get(cluster, broker_id, use);
    if (!peer) {
        cluster_refresh_metadata(cluster);
        return NULL;
    }
    return peer_conn(peer);
}

void cluster_throttle(struct cluster *cluster, int32_t broker_id, enum cluster_use use,
                      int32_t throttle_time_ms)
{
    struct peer *peer = broker_id < 0 ? peer_find(cluster, broker_id, use)
                                      : peer_for_request(cluster, broker_id, use);
    if (!peer || throttle_time_ms <= 0) {
        return;
    }
    peer_observe_throttle(peer, throttle_time_ms);
    int64_t until_us = peer_now_us(peer) + (int64_t)throttle_time_ms * 1000;
    peer->throttled_until_us = MAX_OF(peer->throttled_until_us, until_us);
    loop_timer_start_at(&peer->timer, peer->throttled_until_us);
}
