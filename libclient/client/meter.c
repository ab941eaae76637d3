/* client: counts what passes between a handle and its brokers. */
#include "client/meter.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

static struct meter_broker *add_broker(struct meter *meter, const struct observer_place *place)
{
    struct meter_broker *broker = calloc(1, sizeof(*broker));
    if (!broker) {
        meter->lost++;
        return NULL;
    }
    broker->id = place->broker_id;
    broker->port = place->port;
    broker->changed_us = clock_now_us(&clock_system);
    (void)snprintf(broker->host, sizeof(broker->host), "%s", place->host);
    list_append(&meter->brokers, &broker->link);
    return broker;
}

struct meter_broker *meter_find(struct meter *meter, int32_t broker_id)
{
    LIST_EACH(node, &meter->brokers)
    {
        struct meter_broker *broker = LIST_ITEM(node, struct meter_broker, link);
        if (broker->id == broker_id) {
            return broker;
        }
    }
    return NULL;
}

/* The place remembers its broker, so that a request costs no search. */
static struct meter_broker *broker_at(struct meter *meter, const struct observer_place *place)
{
    struct meter_broker *broker = *place->memo;
    if (!broker) {
        broker = meter_find(meter, place->broker_id);
        broker = broker ? broker : add_broker(meter, place);
        *place->memo = broker;
    }
    return broker;
}

static struct kc_peer peer_of(const struct observer_place *place)
{
    return (struct kc_peer){ .id = place->broker_id, .host = place->host, .port = place->port };
}

static void on_connect(void *context, const struct observer_place *place, enum kc_err err,
                       int64_t took_us)
{
    struct meter *meter = context;
    struct meter_broker *broker = broker_at(meter, place);
    struct kc_peer peer = peer_of(place);
    if (broker) {
        broker->connects++;
        broker->port = place->port; /* it may have moved */
        (void)snprintf(broker->host, sizeof(broker->host), "%s", place->host);
        if (err == KC_ERR_NONE && broker->connection_count++ == 0) {
            broker->changed_us = clock_now_us(&clock_system);
        }
    }
    for (size_t i = 0; i < meter->plug->hook_count; i++) {
        const struct kc_broker_hooks *hooks = &meter->plug->hooks[i];
        if (hooks->on_connect) {
            hooks->on_connect(hooks->context, &peer, err, took_us);
        }
    }
}

static void on_disconnect(void *context, const struct observer_place *place, enum kc_err err,
                          const char *text)
{
    struct meter *meter = context;
    struct meter_broker *broker = broker_at(meter, place);
    struct kc_peer peer = peer_of(place);
    if (broker) {
        broker->disconnects++;
        broker->garbled += err == KC_ERR_MALFORMED || err == KC_ERR_TOO_LARGE;
        if (broker->connection_count > 0 && --broker->connection_count == 0) {
            broker->changed_us = clock_now_us(&clock_system);
        }
    }
    for (size_t i = 0; i < meter->plug->hook_count; i++) {
        const struct kc_broker_hooks *hooks = &meter->plug->hooks[i];
        if (hooks->on_disconnect) {
            hooks->on_disconnect(hooks->context, &peer, err, text);
        }
    }
}

static void count_write(struct meter_broker *broker, const struct conn_traffic *traffic)
{
    broker->requests++;
    broker->in_flight++;
    broker->request_bytes += (int64_t)traffic->size;
    broker->written_us = clock_now_us(&clock_system);
    if (traffic->api_key >= 0 && traffic->api_key < METER_API_KEYS) {
        broker->by_key[traffic->api_key]++;
    }
    histogram_record(&broker->window.outbuf_us, traffic->took_us);
}

static void count_read(struct meter_broker *broker, const struct conn_traffic *traffic)
{
    broker->in_flight -= traffic->was_in_flight;
    broker->late += traffic->is_late && traffic->size > 0;
    if (traffic->err != KC_ERR_NONE) {
        broker->failures += !traffic->is_late;
        broker->timeouts += !traffic->is_late && traffic->err == KC_ERR_TIMED_OUT;
        return;
    }
    if (traffic->size == 0) {
        return;
    }
    broker->answers++;
    broker->answer_bytes += (int64_t)traffic->size;
    broker->read_us = clock_now_us(&clock_system);
    histogram_record(&broker->window.round_trip_us, traffic->took_us);
}

static void on_traffic(void *context, const struct observer_place *place,
                       const struct conn_traffic *traffic)
{
    struct meter *meter = context;
    struct meter_broker *broker = broker_at(meter, place);
    if (broker) {
        (traffic->is_write ? count_write : count_read)(broker, traffic);
    }
    for (size_t i = 0; i < meter->plug->hook_count; i++) {
        const struct kc_broker_hooks *hooks = &meter->plug->hooks[i];
        struct kc_peer peer = peer_of(place);
        if (traffic->is_write && hooks->on_write) {
            hooks->on_write(hooks->context, &peer, traffic->api_key, traffic->size,
                            traffic->took_us);
        } else if (!traffic->is_write && hooks->on_read && (traffic->err || traffic->size > 0)) {
            hooks->on_read(hooks->context, &peer, traffic->api_key, traffic->size, traffic->took_us,
                           traffic->err);
        }
    }
}

static void on_retry(void *context, const struct observer_place *place)
{
    struct meter_broker *broker = broker_at(context, place);
    if (broker) {
        broker->retries++;
    }
}

static void on_throttle(void *context, const struct observer_place *place, int32_t throttle_ms)
{
    struct meter *meter = context;
    struct meter_broker *broker = broker_at(meter, place);
    struct kc_peer peer = peer_of(place);
    if (broker) {
        histogram_record(&broker->window.throttle_ms, throttle_ms);
    }
    for (size_t i = 0; i < meter->plug->hook_count; i++) {
        const struct kc_broker_hooks *hooks = &meter->plug->hooks[i];
        if (hooks->on_throttle) {
            hooks->on_throttle(hooks->context, &peer, throttle_ms);
        }
    }
}

struct meter *meter_create(const struct plug *plug, int64_t now_us)
{
    struct meter *meter = calloc(1, sizeof(*meter));
    if (meter) {
        list_init(&meter->brokers);
        meter->plug = plug;
        meter->created_us = now_us;
        meter->observer = (struct observer){ meter,      on_connect, on_disconnect,
                                             on_traffic, on_retry,   on_throttle };
    }
    return meter;
}

void meter_destroy(struct meter *meter)
{
    if (!meter) {
        return;
    }
    LIST_EACH_SAFE(node, &meter->brokers)
    {
        list_remove(node);
        free(LIST_ITEM(node, struct meter_broker, link));
    }
    free(meter);
}

static void merge(struct meter_window *window, const struct meter_window *other)
{
    histogram_merge(&window->round_trip_us, &other->round_trip_us);
    histogram_merge(&window->outbuf_us, &other->outbuf_us);
    histogram_merge(&window->internal_us, &other->internal_us);
    histogram_merge(&window->throttle_ms, &other->throttle_ms);
}

void meter_turn(struct meter *meter)
{
    LIST_EACH(node, &meter->brokers)
    {
        struct meter_broker *broker = LIST_ITEM(node, struct meter_broker, link);
        merge(&meter->past, &broker->window);
        memset(&broker->window, 0, sizeof(broker->window));
    }
}

void meter_sum(const struct meter *meter, struct meter_window *ret_window)
{
    *ret_window = meter->past;
    LIST_EACH(node, &meter->brokers)
    {
        merge(ret_window, &LIST_ITEM(node, struct meter_broker, link)->window);
    }
}
