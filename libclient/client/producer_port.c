/* client: the producer's port over cluster and loop. Loop thread, except `wake` and `may_wait`. */
#include "client/producer_handle.h"
#include "client/statistics.h"
#include "producer/exchange.h"
#include "wire/error.h"
#include "wire/messages.h"

enum { ANSWER_SIZE_MAX = 64 << 20 };

static void wake(void *context)
{
    struct kc_producer *producer = context;
    thread_post(producer->handle.thread, &producer->run);
}

static bool may_wait(void *context)
{
    const struct kc_producer *producer = context;
    return !thread_is_current(producer->handle.thread);
}

static void schedule(void *context, int64_t at_us)
{
    struct kc_producer *producer = context;
    if (at_us == INT64_MAX) {
        loop_timer_stop(&producer->timer);
    } else if (!producer->timer.is_running || producer->timer.deadline_us != at_us) {
        loop_timer_start_at(&producer->timer, at_us);
    }
}

static int64_t now_us(void *context)
{
    struct kc_producer *producer = context;
    return clock_now_us(producer->handle.clock);
}

static bool is_ready(void *context, int32_t broker_id)
{
    struct kc_producer *producer = context;
    return cluster_broker_conn(producer->handle.cluster, broker_id, CLUSTER_USE_PRODUCE) != NULL;
}

static void on_answer(void *context, const struct conn_reply *reply)
{
    struct exchange *exchange = context;
    struct kc_producer *producer = exchange->producer->port.context;
    struct produce_response response;
    enum kc_err err = reply->err;
    bool has_answer = err == KC_ERR_NONE && exchange->request.acks != 0;
    arena_reset(&producer->arena);
    if (has_answer) {
        err = conn_reply_decode(reply, &producer->arena, &response);
    }
    exchange_answer(exchange, err, reply->text, reply->version,
                    has_answer && err == KC_ERR_NONE ? &response : NULL);
    if (producer->is_open && has_answer) {
        producer_run(producer->core);
    } else if (producer->is_open) {
        /* The connection is on its way out, or (acks=0) still inside send: look again later. */
        wake(producer);
    }
}

static void on_release(void *context)
{
    exchange_release(context);
}

static enum kc_err send_exchange(void *context, int32_t broker_id, struct exchange *exchange)
{
    struct kc_producer *producer = context;
    struct conn *conn =
        cluster_broker_conn(producer->handle.cluster, broker_id, CLUSTER_USE_PRODUCE);
    struct conn_request request = { .message = &exchange->request,
                                    .timeout_ms = exchange->request.timeout_ms,
                                    .flags = exchange->request.acks == 0 ? CONN_NO_RESPONSE : 0,
                                    .done = on_answer,
                                    .release = on_release,
                                    .context = exchange };
    if (!conn) {
        return KC_ERR_WRONG_STATE;
    }
    enum kc_err err = conn_version(conn, request.api_key, exchange->version_min,
                                   exchange->version_max, &request.version);
    return err != KC_ERR_NONE ? err : conn_send(conn, &request);
}

static enum kc_err want_topic(void *context, struct slice name)
{
    struct kc_producer *producer = context;
    enum kc_err err = cluster_want_topic(producer->handle.cluster, name);
    const struct metadata_topic *known = cluster_topic(producer->handle.cluster, name);
    if (known) {
        producer_learn(producer->core, known);
    }
    return err;
}

static void refresh(void *context)
{
    struct kc_producer *producer = context;
    cluster_refresh_metadata(producer->handle.cluster);
}

static void hint_broker(void *context, const struct produce_response_node_endpoint *node)
{
    struct kc_producer *producer = context;
    cluster_hint_broker(producer->handle.cluster, node->node_id, node->host, node->port,
                        node->rack);
}

static void hint_leader(void *context, struct slice topic, int32_t partition, int32_t leader,
                        int32_t leader_epoch)
{
    struct kc_producer *producer = context;
    cluster_hint_leader(producer->handle.cluster, topic, partition, leader, leader_epoch);
}

static void throttle(void *context, int32_t broker_id, int32_t throttle_ms)
{
    struct kc_producer *producer = context;
    cluster_throttle(producer->handle.cluster, broker_id, CLUSTER_USE_PRODUCE, throttle_ms);
}

static enum kc_err refusal_of(void *context, int32_t broker_id)
{
    struct kc_producer *producer = context;
    struct kc_error refusal = { .code = KC_ERR_NONE };
    (void)cluster_broker_refusal(producer->handle.cluster, broker_id, CLUSTER_USE_PRODUCE,
                                 &refusal);
    return refusal.code;
}

static void on_identity(struct cluster_request *request, const struct conn_reply *reply)
{
    struct kc_producer *producer = request->context;
    struct init_producer_id_response response = { 0 };
    arena_reset(&producer->arena);
    enum kc_err err = conn_reply_decode(reply, &producer->arena, &response);
    if (err == KC_ERR_NONE) {
        err = (enum kc_err)response.error_code;
    }
    producer->is_asking_identity = false;
    if (!producer->is_open) {
        return;
    }
    struct sequence_identity identity = { response.producer_id, response.producer_epoch };
    bool is_final = err == KC_ERR_CLUSTER_AUTHORIZATION_FAILED ||
                    err == KC_ERR_UNSUPPORTED_VERSION || error_is_login(err) ||
                    err == KC_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    if (err == KC_ERR_NONE || is_final) {
        producer_identify(producer->core, err, identity);
        return;
    }
    /* Anything else may pass: records wait for it as long as delivery.timeout.ms lets them. */
    if (cluster_request_again(producer->handle.cluster, request)) {
        producer->is_asking_identity = true;
        return;
    }
    producer->core->is_identity_asked = false;
    loop_timer_start(&producer->timer, 1000 * producer->core->settings.retry.backoff_ms);
}

static void ask_identity(void *context)
{
    struct kc_producer *producer = context;
    message_defaults(&init_producer_id_request_type, &producer->identity_message);
    producer->identity_message.transactional_id = SLICE_NULL;
    producer->identity_message.transaction_timeout_ms = INT32_MAX;
    producer->identity_request = (struct cluster_request){ .target = CLUSTER_ANY,
                                                           .use = CLUSTER_USE_GENERAL,
                                                           .api_key = 22,
                                                           .is_idempotent = true,
                                                           .message = &producer->identity_message,
                                                           .done = on_identity,
                                                           .context = producer };
    producer->is_asking_identity = true;
    cluster_request(producer->handle.cluster, &producer->identity_request);
}

static void on_sent(void *context, int32_t broker_id, const struct bundle *bundle, int64_t at_us)
{
    struct kc_producer *producer = context;
    struct meter_broker *broker = meter_find(producer->handle.meter, broker_id);
    (void)tally_count(&producer->handle.tally, bundle->buffer->topic->name,
                      bundle->buffer->partition, bundle->writer.count, (int64_t)bundle->wire.size);
    if (broker && bundle->failure_count == 0) {
        histogram_record(&broker->window.internal_us, at_us - bundle->created_us);
    } else if (broker) {
        broker->retries++;
    }
}

static void on_ended(void *context, const struct bundle *bundle, enum kc_delivery_status status)
{
    struct kc_producer *producer = context;
    *(status == KC_WRITTEN ? &producer->handle.tally.written : &producer->handle.tally.failed) +=
        bundle->writer.count;
}

struct producer_port producer_port_of(struct kc_producer *producer)
{
    return (struct producer_port){ .context = producer,
                                   .wake = wake,
                                   .may_wait = may_wait,
                                   .schedule = schedule,
                                   .now_us = now_us,
                                   .is_ready = is_ready,
                                   .send = send_exchange,
                                   .want_topic = want_topic,
                                   .refresh = refresh,
                                   .hint_broker = hint_broker,
                                   .hint_leader = hint_leader,
                                   .throttle = throttle,
                                   .refusal = refusal_of,
                                   .on_sent = on_sent,
                                   .on_ended = on_ended,
                                   .ask_identity = ask_identity,
                                   .transact = transaction_port_send };
}

static void on_timer(struct loop_timer *timer)
{
    struct kc_producer *producer = timer->context;
    producer_run(producer->core);
}

static void on_metadata(struct cluster_watch *watch)
{
    struct kc_producer *producer = watch->context;
    size_t position = 0;
    const struct producer_topic *topic;
    while ((topic = topic_table_next(&producer->core->topics, &position)) != NULL) {
        producer_learn(producer->core, cluster_topic(producer->handle.cluster, topic->name));
    }
    wake(producer);
}

static void on_conn(struct cluster_watch *watch, int32_t broker_id, enum cluster_use use,
                    enum kc_err err, const char *text)
{
    (void)broker_id;
    (void)text;
    struct kc_producer *producer = watch->context;
    struct kc_error refusal = { .code = KC_ERR_NONE };
    (void)cluster_refusal(producer->handle.cluster, &refusal);
    if (refusal.code != (enum kc_err)atomic_load(&producer->core->denial)) {
        producer_deny(producer->core, refusal.code);
    }
    if (use == CLUSTER_USE_PRODUCE) {
        if (err != KC_ERR_NONE) {
            cluster_refresh_metadata(producer->handle.cluster);
        }
        wake(producer);
    }
}

static void on_drain(struct cluster_watch *watch, int32_t broker_id, enum cluster_use use)
{
    (void)broker_id;
    struct kc_producer *producer = watch->context;
    if (use == CLUSTER_USE_PRODUCE) {
        /* Soon, but not from inside the connection; an answer that runs the producer is enough. */
        loop_timer_start_at(&producer->timer, now_us(producer));
    }
}

void producer_port_open(struct kc_producer *producer)
{
    producer->watch = (struct cluster_watch){ .on_metadata = on_metadata,
                                              .on_confirmed = on_metadata,
                                              .on_conn = on_conn,
                                              .on_drain = on_drain,
                                              .context = producer };
    arena_init(&producer->arena, ANSWER_SIZE_MAX);
    loop_timer_init(&producer->timer, thread_loop(producer->handle.thread), on_timer, producer);
    cluster_watch_add(producer->handle.cluster, &producer->watch);
    transaction_port_open(producer);
    statistics_start(&producer->handle, producer_handle_gauge);
    producer->is_open = true;
}

void producer_port_close(struct kc_producer *producer)
{
    producer->is_open = false;
    statistics_stop(&producer->handle);
    thread_unpost(producer->handle.thread, &producer->run);
    loop_timer_finish(&producer->timer);
    cluster_watch_remove(&producer->watch);
    transaction_port_close(producer);
    if (producer->is_asking_identity) {
        cluster_request_cancel(producer->handle.cluster, &producer->identity_request);
    }
}
