/* client: numbers of a handle, and the callback at an interval. */
#include "client/statistics.h"

#include <stdlib.h>
#include <string.h>

struct kc_distribution statistics_distribution(const struct histogram *histogram)
{
    return (struct kc_distribution){ .count = histogram->count,
                                     .sum = histogram->sum,
                                     .min = histogram->min,
                                     .max = histogram->max,
                                     .average = histogram_average(histogram),
                                     .p50 = histogram_quantile(histogram, 0.5),
                                     .p75 = histogram_quantile(histogram, 0.75),
                                     .p90 = histogram_quantile(histogram, 0.9),
                                     .p95 = histogram_quantile(histogram, 0.95),
                                     .p99 = histogram_quantile(histogram, 0.99),
                                     .p99_99 = histogram_quantile(histogram, 0.9999) };
}

void statistics_traffic(const struct meter *meter, struct kc_traffic *ret_traffic)
{
    struct meter_window sum;
    struct kc_traffic traffic = { 0 };
    LIST_EACH(node, &meter->brokers)
    {
        const struct meter_broker *broker = LIST_ITEM(node, struct meter_broker, link);
        traffic.requests += broker->requests;
        traffic.request_bytes += broker->request_bytes;
        traffic.responses += broker->answers;
        traffic.response_bytes += broker->answer_bytes;
        traffic.in_flight += broker->in_flight;
        traffic.failures += broker->failures;
        traffic.timeouts += broker->timeouts;
        traffic.retries += broker->retries;
        traffic.connects += broker->connects;
        traffic.disconnects += broker->disconnects;
    }
    meter_sum(meter, &sum);
    traffic.round_trip_us = statistics_distribution(&sum.round_trip_us);
    traffic.queue_us = statistics_distribution(&sum.outbuf_us);
    traffic.throttle_ms = statistics_distribution(&sum.throttle_ms);
    *ret_traffic = traffic;
}

void kc_statistics_destroy(char *json)
{
    free(json);
}

void kc_config_set_statistics(struct kc_config *config, kc_statistics_callback *callback,
                              void *context)
{
    if (config) {
        config->statistics = callback;
        config->statistics_context = context;
    }
}

static void arm(struct handle *handle)
{
    loop_timer_start(&handle->statistics_timer,
                     (int64_t)config_int(handle->config, "statistics.interval.ms") * 1000);
}

static void on_timer(struct loop_timer *timer)
{
    struct handle *handle = timer->context;
    struct statistics_gauges gauges = { 0 };
    handle->gauge(handle, &gauges);
    char *json = statistics_json(handle, &gauges);
    /* A new window begins and the timer runs before the callback, which may destroy the handle. */
    if (json) {
        meter_turn(handle->meter);
    }
    arm(handle);
    if (json) {
        handle->config->statistics(handle->config->statistics_context, json, strlen(json));
    }
    free(json);
}

void statistics_start(struct handle *handle,
                      void (*gauge)(struct handle *handle, struct statistics_gauges *ret_gauges))
{
    handle->gauge = gauge;
    if (handle->config->statistics && config_int(handle->config, "statistics.interval.ms") > 0) {
        loop_timer_init(&handle->statistics_timer, thread_loop(handle->thread), on_timer, handle);
        handle->has_statistics_timer = true;
        arm(handle);
    }
}

void statistics_stop(struct handle *handle)
{
    if (handle->has_statistics_timer) {
        handle->has_statistics_timer = false;
        loop_timer_finish(&handle->statistics_timer);
    }
}
