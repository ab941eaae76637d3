/* client: a handle's numbers as JSON, with librdkafka's names (its STATISTICS.md) where they mean
 * the same. Ours: batchsize and batchcnt are of the handle, not of a topic; requests of every kind
 * of connection to a broker are counted together. */
#include "client/json_text.h"
#include "client/statistics.h"

#include "wire/api.h"

#include <stdio.h>
#include <stdlib.h>

static void show_distribution(struct json_text *text, const char *name,
                              const struct histogram *histogram)
{
    struct kc_distribution shown = statistics_distribution(histogram);
    json_text_open(text, name);
    json_text_number(text, "min", shown.min);
    json_text_number(text, "max", shown.max);
    json_text_number(text, "avg", shown.average);
    json_text_number(text, "sum", shown.sum);
    json_text_number(text, "stddev", (int64_t)histogram_deviation(histogram));
    json_text_number(text, "p50", shown.p50);
    json_text_number(text, "p75", shown.p75);
    json_text_number(text, "p90", shown.p90);
    json_text_number(text, "p95", shown.p95);
    json_text_number(text, "p99", shown.p99);
    json_text_number(text, "p99_99", shown.p99_99);
    json_text_number(text, "outofrange", 0);
    json_text_number(text, "hdrsize", (int64_t)sizeof(*histogram));
    json_text_number(text, "cnt", shown.count);
    json_text_close(text);
}

static void show_requests(struct json_text *text, const struct meter_broker *broker)
{
    json_text_open(text, "req");
    for (int16_t key = 0; key < METER_API_KEYS; key++) {
        const struct api *api = broker->by_key[key] > 0 ? api_find(key) : NULL;
        if (api) {
            json_text_number(text, api->name, broker->by_key[key]);
        }
    }
    json_text_close(text);
}

static int64_t since(int64_t then_us, int64_t now_us)
{
    return then_us > 0 ? now_us - then_us : -1;
}

static void show_broker(struct json_text *text, const struct meter_broker *broker, int64_t now_us)
{
    char node[ADDRESS_TEXT_MAX];
    char name[ADDRESS_TEXT_MAX + 16];
    address_text(broker->host, broker->port, node);
    (void)snprintf(name, sizeof(name), broker->id < 0 ? "%s/bootstrap" : "%s/%d", node, broker->id);
    json_text_open(text, name);
    json_text_string(text, "name", name);
    json_text_number(text, "nodeid", broker->id < 0 ? -1 : broker->id);
    json_text_string(text, "nodename", node);
    json_text_string(text, "source", broker->id < 0 ? "configured" : "learned");
    json_text_string(text, "state", broker->connection_count > 0 ? "UP" : "DOWN");
    json_text_number(text, "stateage", now_us - broker->changed_us);
    json_text_number(text, "waitresp_cnt", broker->in_flight);
    json_text_number(text, "tx", broker->requests);
    json_text_number(text, "txbytes", broker->request_bytes);
    json_text_number(text, "txerrs", broker->failures);
    json_text_number(text, "txretries", broker->retries);
    json_text_number(text, "txidle", since(broker->written_us, now_us));
    json_text_number(text, "req_timeouts", broker->timeouts);
    json_text_number(text, "rx", broker->answers);
    json_text_number(text, "rxbytes", broker->answer_bytes);
    json_text_number(text, "rxidle", since(broker->read_us, now_us));
    json_text_number(text, "connects", broker->connects);
    json_text_number(text, "disconnects", broker->disconnects);
    show_distribution(text, "int_latency", &broker->window.internal_us);
    show_distribution(text, "outbuf_latency", &broker->window.outbuf_us);
    show_distribution(text, "rtt", &broker->window.round_trip_us);
    show_distribution(text, "throttle", &broker->window.throttle_ms);
    show_requests(text, broker);
    json_text_close(text);
}

static int32_t leader_of(const struct handle *handle, const struct tally_partition *counted,
                         int32_t *ret_epoch)
{
    const struct metadata_topic *topic =
        cluster_topic(handle->cluster, slice_text(tally_topic(counted)));
    *ret_epoch = -1;
    if (!topic || counted->partition >= topic->partition_count) {
        return -1;
    }
    *ret_epoch = topic->partitions[counted->partition].leader_epoch;
    return topic->partitions[counted->partition].leader;
}

static int64_t lag_behind(int64_t end_offset, int64_t offset)
{
    return end_offset < 0 || offset < 0 ? -1 : MAX_OF(0, end_offset - offset);
}

/* As librdkafka: the lag is behind what is committed, the stored one behind what would be. */
static void show_reading(struct json_text *text, const struct tally_partition *counted)
{
    const struct tally_reading *reading = &counted->reading;
    bool is_known = reading->is_assigned;

    json_text_number(text, "broker", is_known ? reading->broker_id : -1);
    json_text_bool(text, "desired", is_known);
    json_text_string(text, "fetch_state", is_known ? reading->state : "none");
    json_text_number(text, "fetchq_size", reading->queued_bytes);
    json_text_number(text, "query_offset", is_known ? reading->query_offset : STATISTICS_NO_OFFSET);
    json_text_number(text, "next_offset", counted->next_offset);
    json_text_number(text, "app_offset", is_known ? reading->app_offset : -1);
    json_text_number(text, "stored_offset", is_known ? reading->stored_offset : -1);
    json_text_number(text, "committed_offset", counted->committed);
    json_text_number(text, "committed_leader_epoch", counted->committed_epoch);
    json_text_number(text, "lo_offset", is_known ? reading->low_offset : -1);
    json_text_number(text, "hi_offset", counted->high_watermark);
    json_text_number(text, "ls_offset", is_known ? reading->stable_offset : -1);
    json_text_number(text, "consumer_lag",
                     is_known ? lag_behind(reading->end_offset, counted->committed) : -1);
    json_text_number(text, "consumer_lag_stored",
                     is_known ? lag_behind(reading->end_offset, reading->stored_offset) : -1);
    json_text_number(text, "msgs", counted->records);
}

static void show_partition(struct json_text *text, const struct handle *handle,
                           const struct tally_partition *counted, bool is_producer)
{
    char name[16];
    int32_t epoch;
    int32_t leader = leader_of(handle, counted, &epoch);
    (void)snprintf(name, sizeof(name), "%d", counted->partition);
    json_text_open(text, name);
    json_text_number(text, "partition", counted->partition);
    json_text_number(text, "leader", leader);
    json_text_number(text, "leader_epoch", epoch);
    json_text_bool(text, "unknown", leader < 0 && epoch < 0);
    json_text_number(text, "txmsgs", is_producer ? counted->records : 0);
    json_text_number(text, "txbytes", is_producer ? counted->bytes : 0);
    json_text_number(text, "rxmsgs", is_producer ? 0 : counted->records);
    json_text_number(text, "rxbytes", is_producer ? 0 : counted->bytes);
    if (!is_producer) {
        show_reading(text, counted);
    }
    json_text_close(text);
}

static int compare_partitions(const void *a, const void *b)
{
    const struct tally_partition *x = *(const struct tally_partition *const *)a;
    const struct tally_partition *y = *(const struct tally_partition *const *)b;
    int order = strcmp(tally_topic(x), tally_topic(y));
    return order != 0 ? order : (x->partition > y->partition) - (x->partition < y->partition);
}

/* -1: nothing was told of it yet. */
static int64_t metadata_age_ms(const struct handle *handle, const char *name)
{
    const struct metadata_topic *topic = cluster_topic(handle->cluster, slice_text(name));
    return topic && topic->heard_us > 0
               ? (loop_now_us(thread_loop(handle->thread)) - topic->heard_us) / 1000
               : -1;
}

static void show_topics(struct json_text *text, const struct handle *handle, bool is_producer)
{
    size_t count = 0;
    const struct tally_partition **sorted =
        calloc(handle->tally.partitions.count + 1, sizeof(*sorted));
    if (!sorted) {
        text->has_failed = true;
        return;
    }
    LIST_EACH(node, &handle->tally.order)
    {
        sorted[count++] = LIST_ITEM(node, struct tally_partition, link);
    }
    qsort(sorted, count, sizeof(*sorted), compare_partitions);
    json_text_open(text, "topics");
    for (size_t i = 0; i < count; i++) {
        const char *topic = tally_topic(sorted[i]);
        if (i == 0 || strcmp(topic, tally_topic(sorted[i - 1])) != 0) {
            json_text_open(text, topic);
            json_text_string(text, "topic", topic);
            json_text_number(text, "metadata_age", metadata_age_ms(handle, topic));
            json_text_open(text, "partitions");
        }
        show_partition(text, handle, sorted[i], is_producer);
        if (i + 1 == count || strcmp(topic, tally_topic(sorted[i + 1])) != 0) {
            json_text_close(text);
            json_text_close(text);
        }
    }
    json_text_close(text);
    free(sorted);
}

static void show_totals(struct json_text *text, const struct handle *handle,
                        const struct statistics_gauges *gauges, bool is_producer)
{
    struct kc_traffic traffic;
    const struct tally *tally = &handle->tally;
    statistics_traffic(handle->meter, &traffic);
    json_text_number(text, "msg_cnt", gauges->records_waiting);
    json_text_number(text, "msg_size", is_producer ? gauges->bytes_waiting : 0);
    json_text_number(text, "msg_size_max", gauges->bytes_max);
    json_text_number(text, "metadata_cache_cnt",
                     (int64_t)cluster_metadata(handle->cluster)->topics.count);
    json_text_number(text, "tx", traffic.requests);
    json_text_number(text, "tx_bytes", traffic.request_bytes);
    json_text_number(text, "rx", traffic.responses);
    json_text_number(text, "rx_bytes", traffic.response_bytes);
    json_text_number(text, "txmsgs", is_producer ? tally->records : 0);
    json_text_number(text, "txmsg_bytes", is_producer ? tally->bytes : 0);
    json_text_number(text, "rxmsgs", is_producer ? 0 : tally->records);
    json_text_number(text, "rxmsg_bytes", is_producer ? 0 : tally->bytes);
    show_distribution(text, "batchsize", &tally->batch_bytes);
    show_distribution(text, "batchcnt", &tally->batch_records);
}

/* librdkafka's words where there are any. */
static void show_group(struct json_text *text, const struct statistics_gauges *gauges)
{
    static const char *const states[] = {
        [MEMBER_OUT] = "init",          [MEMBER_REVOKING] = "wait-unassign-call",
        [MEMBER_JOINING] = "wait-join", [MEMBER_LEADING] = "wait-metadata",
        [MEMBER_SYNCING] = "wait-sync", [MEMBER_STABLE] = "steady",
        [MEMBER_IDLE] = "wait-poll",    [MEMBER_LEAVING] = "wait-leave",
        [MEMBER_FAILED] = "failed",
    };
    const struct consumer_membership *member = &gauges->membership;
    const char *state = member->state == MEMBER_FAILED ? "term"
                        : member->is_in                ? "up"
                        : member->state == MEMBER_OUT  ? "init"
                                                       : "wait-coord";

    json_text_open(text, "cgrp");
    json_text_string(text, "state", state);
    json_text_number(text, "stateage", (gauges->loop_us - member->state_us) / 1000);
    json_text_string(text, "join_state", states[member->state]);
    json_text_number(text, "rebalance_age",
                     member->rebalance_us ? (gauges->loop_us - member->rebalance_us) / 1000 : -1);
    json_text_number(text, "rebalance_cnt", member->rebalance_count);
    json_text_string(text, "rebalance_reason", member->rebalance_reason);
    json_text_number(text, "assignment_size", (int64_t)member->assigned_count);
    json_text_close(text);
}

static void show_identity(struct json_text *text, const struct statistics_identity *identity)
{
    json_text_open(text, "eos");
    json_text_string(text, "idemp_state", identity->state);
    json_text_string(text, "txn_state", identity->transaction_state);
    json_text_bool(text, "txn_may_enq", identity->may_send);
    json_text_number(text, "producer_id", identity->id);
    json_text_number(text, "producer_epoch", identity->epoch);
    json_text_number(text, "epoch_cnt", identity->count);
    json_text_close(text);
}

char *statistics_json(const struct handle *handle, const struct statistics_gauges *gauges)
{
    struct json_text text;
    bool is_producer = strcmp(gauges->type, "producer") == 0;
    int64_t now_us = clock_now_us(handle->clock);
    json_text_init(&text);
    json_text_open(&text, NULL);
    json_text_string(&text, "name", handle->client_id);
    json_text_string(&text, "client_id", handle->client_id);
    json_text_string(&text, "type", gauges->type);
    json_text_number(&text, "ts", now_us);
    json_text_number(&text, "time", clock_wall_ms(handle->clock) / 1000);
    json_text_number(&text, "age", now_us - handle->meter->created_us);
    show_totals(&text, handle, gauges, is_producer);
    json_text_open(&text, "brokers");
    LIST_EACH(node, &handle->meter->brokers)
    {
        show_broker(&text, LIST_ITEM(node, struct meter_broker, link), now_us);
    }
    json_text_close(&text);
    show_topics(&text, handle, is_producer);
    if (gauges->is_member) {
        show_group(&text, gauges);
    }
    if (gauges->is_idempotent) {
        show_identity(&text, &gauges->identity);
    }
    json_text_close(&text);
    char *json = json_text_take(&text);
    json_text_finish(&text);
    return json;
}
