/* cluster: requests: sending, trying again, giving up. */
#include "cluster/cluster_state.h"

#include <stdio.h>

static int64_t route_now_us(const struct cluster *cluster)
{
    return loop_now_us(cluster->options.loop);
}

void route_schedule_at(struct cluster *cluster, int64_t at_us)
{
    struct loop_timer *timer = &cluster->pump_timer;
    if (!cluster->is_closing && (!timer->is_running || at_us < timer->deadline_us)) {
        loop_timer_start_at(timer, at_us);
    }
}

void route_schedule(struct cluster *cluster)
{
    route_schedule_at(cluster, 0);
}

static void request_enter(struct cluster_request *request, enum request_state state)
{
    struct cluster *cluster = request->cluster;
    struct list *const places[] = {
        [REQUEST_WAITING] = &cluster->waiting,
        [REQUEST_BACKOFF] = &cluster->backoff,
        [REQUEST_SENT] = &cluster->sent,
    };
    list_remove(&request->link);
    request->state = (int)state;
    if (state != REQUEST_IDLE) {
        list_append(places[state], &request->link);
    }
}

static void request_done(struct cluster_request *request, const struct conn_reply *reply)
{
    request_enter(request, REQUEST_IDLE);
    loop_timer_stop(&request->timer);
    request->conn = NULL;
    request->done(request, reply);
}

static void request_fail(struct cluster_request *request, enum kc_err err, const char *text)
{
    struct conn_reply reply = { .err = err, .text = text, .api = api_find(request->api_key) };
    reader_init(&reply.body, SLICE_EMPTY);
    request_done(request, &reply);
}

/* Waits the backoff when the deadline leaves room for it. */
static bool request_back_off(struct cluster_request *request)
{
    struct cluster *cluster = request->cluster;
    int64_t delay_ms =
        retry_delay_ms(&cluster->options.retry, request->failures + 1, &cluster->random);
    int64_t at_us = route_now_us(cluster) + delay_ms * 1000;
    if (at_us >= request->deadline_us || cluster->is_closing) {
        return false;
    }
    request->failures++;
    request->conn = NULL;
    request_enter(request, REQUEST_BACKOFF);
    loop_timer_start_at(&request->timer, at_us);
    return true;
}

static void on_request_timer(struct loop_timer *timer)
{
    struct cluster_request *request = timer->context;
    struct cluster *cluster = request->cluster;
    if (request->state == REQUEST_BACKOFF && route_now_us(cluster) < request->deadline_us) {
        request_enter(request, REQUEST_WAITING);
        loop_timer_start_at(timer, request->deadline_us);
        route_schedule(cluster);
        return;
    }
    struct kc_error error;
    cluster_last_error(cluster, &error);
    if (request->target == CLUSTER_BROKER) {
        const struct peer *peer = peer_get(cluster, request->broker_id, request->use);
        error = peer ? peer->error : error;
    }
    if (error.code != KC_ERR_NONE) {
        request_fail(request, error.code, error.text);
        return;
    }
    const struct api *api = api_find(request->api_key);
    snprintf(error.text, sizeof(error.text), "no broker could take %s in time",
             api ? api->name : "the request");
    request_fail(request, KC_ERR_TIMED_OUT, error.text);
}

static void on_release(void *context)
{
    struct cluster_request *request = context;
    request->is_released = true;
}

static struct peer *peer_of_conn(const struct cluster *cluster, const struct conn *conn)
{
    size_t position = 0;
    struct peer *peer;
    while ((peer = map_next(&cluster->peers, &position))) {
        if (peer->conn == conn) {
            return peer;
        }
    }
    return NULL;
}

/* The message's memory is the caller's again after done, so bytes that still wait in the socket's
 * queue must go: with the connection. */
static void request_take_back(struct cluster_request *request)
{
    struct conn *conn = request->conn;
    struct peer *peer = conn ? peer_of_conn(request->cluster, conn) : NULL;
    if (!peer) {
        return;
    }
    conn_forget(conn, request);
    if (!request->is_released) {
        conn_break(conn, "a request was taken back before it was sent");
    }
}

static void on_reply(void *context, const struct conn_reply *reply)
{
    struct cluster_request *request = context;
    bool may_repeat = request->is_idempotent &&
                      (reply->err == KC_ERR_DISCONNECTED || reply->err == KC_ERR_TIMED_OUT);
    if (reply->err == KC_ERR_TIMED_OUT) {
        request_take_back(request);
    }
    if (may_repeat && request_back_off(request)) {
        return;
    }
    if (reply->err != KC_ERR_NONE) {
        request->node_id = -1;
    }
    request_done(request, reply);
}

static enum kc_err request_send(struct cluster_request *request, struct peer *peer,
                                struct conn *conn)
{
    struct cluster *cluster = request->cluster;
    int16_t cap = request->version_max > 0 || request->limit_version ? request->version_max : -1;
    int16_t version = 0;
    enum kc_err err = conn_version(conn, request->api_key, request->version_min, cap, &version);
    if (err == KC_ERR_NONE && request->prepare) {
        err = request->prepare(request, version);
    }
    if (err != KC_ERR_NONE) {
        return err;
    }
    int64_t left_ms = (request->deadline_us - route_now_us(cluster) + 999) / 1000;
    int64_t try_ms =
        request->try_timeout_ms > 0 ? request->try_timeout_ms : cluster->options.request_timeout_ms;
    const struct conn_request sending = {
        .api_key = request->api_key,
        .version = version,
        .message = request->message,
        .timeout_ms = MAX_OF(MIN_OF(try_ms, left_ms), (int64_t)1),
        .done = on_reply,
        .release = on_release,
        .context = request,
    };
    request->is_released = false;
    request->conn = conn;
    if (request->target == CLUSTER_ANY) {
        request->node_id = peer->broker_id;
    }
    request_enter(request, REQUEST_SENT);
    loop_timer_stop(&request->timer);
    err = conn_send(conn, &sending);
    if (err != KC_ERR_NONE) {
        request->conn = NULL;
        request_enter(request, REQUEST_WAITING);
        loop_timer_start_at(&request->timer, request->deadline_us);
    } else if (request->failures > 0) {
        peer_observe_retry(peer);
    }
    return err;
}

/* Until a refused login is tried again requests are told at once what will come of them. */
static void route_refused(struct cluster *cluster, struct cluster_request *request,
                          const struct peer *peer)
{
    struct kc_error error = { 0 };
    if (peer && !peer->conn && peer_is_refused(peer)) {
        error = peer->error;
    } else if (!peer) {
        (void)cluster_refusal(cluster, &error);
    }
    if (error.code != KC_ERR_NONE) {
        request_fail(request, error.code, error.text);
    }
}

static void route_one(struct cluster *cluster, struct cluster_request *request)
{
    const struct api *api = api_find(request->api_key);
    char text[384];
    if (cluster->options.of_controllers && api && !(api->listeners & API_LISTENER_CONTROLLER)) {
        snprintf(text, sizeof(text), "controllers do not serve %s: ask brokers (bootstrap.servers)",
                 api->name);
        request_fail(request, KC_ERR_UNSUPPORTED_ENDPOINT_TYPE, text);
        return;
    }
    struct peer *peer = route_place(cluster, request);
    struct conn *conn = peer ? peer_conn(peer) : NULL;
    if (!conn) {
        route_refused(cluster, request, peer);
        return;
    }
    enum kc_err err = request_send(request, peer, conn);
    if (err == KC_ERR_NONE || err == KC_ERR_WOULD_BLOCK || err == KC_ERR_WRONG_STATE) {
        return;
    }
    snprintf(text, sizeof(text),
             err == KC_ERR_UNSUPPORTED_VERSION ? "%s does not support %s in the versions asked for"
                                               : "%s cannot be sent %s",
             conn_name(conn), api ? api->name : "this request");
    request_fail(request, err, text);
}

void route_pump(struct cluster *cluster)
{
    struct list work;
    list_init(&work);
    list_splice(&work, &cluster->waiting);
    struct list *node;
    while ((node = list_first(&work))) {
        struct cluster_request *request = LIST_ITEM(node, struct cluster_request, link);
        request_enter(request, REQUEST_WAITING);
        route_one(cluster, request);
    }
}

void cluster_request(struct cluster *cluster, struct cluster_request *request)
{
    int64_t timeout_ms =
        request->timeout_ms > 0 ? request->timeout_ms : cluster->options.request_timeout_ms;
    list_init(&request->link);
    request->cluster = cluster;
    request->conn = NULL;
    request->failures = 0;
    request->node_id = -1;
    request->is_released = true;
    request->deadline_us = route_now_us(cluster) + timeout_ms * 1000;
    loop_timer_init(&request->timer, cluster->options.loop, on_request_timer, request);
    loop_timer_start_at(&request->timer, request->deadline_us);
    request_enter(request, REQUEST_WAITING);
    route_schedule(cluster);
}

bool cluster_request_again(struct cluster *cluster, struct cluster_request *request)
{
    (void)cluster;
    return request->cluster && request->state == REQUEST_IDLE && request_back_off(request);
}

void cluster_request_cancel(struct cluster *cluster, struct cluster_request *request)
{
    (void)cluster;
    if (!request->cluster || request->state == REQUEST_IDLE) {
        return;
    }
    if (request->state == REQUEST_SENT) {
        request_take_back(request);
    }
    request_enter(request, REQUEST_IDLE);
    loop_timer_stop(&request->timer);
    request->conn = NULL;
}

static void fail_list(struct cluster *cluster, struct list *place, const struct finder *finder,
                      enum kc_err err, const char *text)
{
    struct list work;
    list_init(&work);
    list_splice(&work, place);
    struct list *node;
    while ((node = list_first(&work))) {
        struct cluster_request *request = LIST_ITEM(node, struct cluster_request, link);
        bool is_meant = !finder || (request->target == finder->target &&
                                    slice_equal(request->key, finder->key));
        if (is_meant) {
            request_fail(request, err, text);
        } else {
            list_remove(node);
            list_append(place, node);
        }
    }
}

void route_fail_all(struct cluster *cluster, enum kc_err err, const char *text)
{
    fail_list(cluster, &cluster->waiting, NULL, err, text);
    fail_list(cluster, &cluster->backoff, NULL, err, text);
}

void route_fail_finder(struct cluster *cluster, const struct finder *finder, enum kc_err err,
                       const char *text)
{
    fail_list(cluster, &cluster->waiting, finder, err, text);
}

void route_check_fatal(struct cluster *cluster)
{
    struct kc_error error = cluster->last_error;
    if (cluster->is_closing) {
        return;
    }
    if (cluster_refusal(cluster, &error)) {
        route_fail_all(cluster, error.code, error.text);
        return;
    }
    if (cluster->metadata.brokers.count > 0 || error.code != KC_ERR_RESOLVE) {
        return;
    }
    for (size_t i = 0; i < cluster->options.bootstrap.count; i++) {
        const struct peer *peer = peer_bootstrap(cluster, i);
        if (!peer || peer->error.code != KC_ERR_RESOLVE) {
            return;
        }
    }
    route_fail_all(cluster, error.code, error.text);
}
