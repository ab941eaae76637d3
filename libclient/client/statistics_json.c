/* client: a handle's numbers as JSON, with librdkafka's names (its STATISTICS.md) where they mean
 * the same. Ours: batchsize and batchcnt are of the handle, not of a topic; requests of every kind
 * of connection to a broker are counted together. */
#include "client/json_text.h"
#include "client/statistics.h"
#include "client/statistics_topics.h"

#include "wire/api.h"

#include <stdio.h>

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

static void show_broker(struct json_text *text, const struct meter_broker *broker,
                        const struct statistics_topics *topics, int64_t now_us)
{
    size_t unwritten = cluster_unwritten(topics->handle->cluster, broker->id);
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
    json_text_number(text, "outbuf_cnt", (int64_t)unwritten);
    json_text_number(text, "outbuf_msg_cnt", broker->outbox_records);
    json_text_number(text, "waitresp_cnt", broker->in_flight);
    json_text_number(text, "waitresp_msg_cnt", broker->flight_records);
    json_text_number(text, "tx", broker->requests);
    json_text_number(text, "txbytes", broker->request_bytes);
    json_text_number(text, "txerrs", broker->failures);
    json_text_number(text, "txretries", broker->retries);
    json_text_number(text, "txidle", since(broker->written_us, now_us));
    json_text_number(text, "req_timeouts", broker->timeouts);
    json_text_number(text, "rx", broker->answers);
    json_text_number(text, "rxbytes", broker->answer_bytes);
    json_text_number(text, "rxerrs", broker->garbled);
    json_text_number(text, "rxcorriderrs", broker->late);
    json_text_number(text, "rxidle", since(broker->read_us, now_us));
    json_text_number(text, "connects", broker->connects);
    json_text_number(text, "disconnects", broker->disconnects);
    show_distribution(text, "int_latency", &broker->window.internal_us);
    show_distribution(text, "outbuf_latency", &broker->window.outbuf_us);
    show_distribution(text, "rtt", &broker->window.round_trip_us);
    show_distribution(text, "throttle", &broker->window.throttle_ms);
    show_requests(text, broker);
    statistics_topics_show_of(topics, text, broker->id);
    json_text_close(text);
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
    struct statistics_topics topics;
    if (statistics_topics_init(&topics, handle, is_producer)) {
        return NULL;
    }
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
        show_broker(&text, LIST_ITEM(node, struct meter_broker, link), &topics, now_us);
    }
    json_text_close(&text);
    statistics_topics_show(&topics, &text);
    if (gauges->is_member) {
        show_group(&text, gauges);
    }
    if (gauges->is_idempotent) {
        show_identity(&text, &gauges->identity);
    }
    json_text_close(&text);
    char *json = json_text_take(&text);
    json_text_finish(&text);
    statistics_topics_finish(&topics);
    return json;
}
