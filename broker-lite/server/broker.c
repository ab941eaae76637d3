/* server: the broker's life: ticks, the end, and the order in which things go. */
#include "server/broker_parts.h"

#include "base/clock.h"
#include "coordinator/groups.h"
#include "coordinator/transactions.h"
#include "handler/fault_call.h"
#include "handler/fetcher.h"
#include "handler/recompressor.h"
#include "handler/throttle.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { UPKEEP_MS = 1000, QUORUM_TICK_US = QUORUM_TICK_MS * 1000 };

void broker_fail(struct broker *broker, enum kc_err err, const char *text)
{
    if (!broker->result) {
        broker->result = err;
        (void)snprintf(broker->result_text, sizeof(broker->result_text), "%s", text);
    }
}

/* ---- ticks ---- */

static void on_tick(struct loop_timer *timer)
{
    struct broker *broker = timer->context;
    quorum_tick(broker->quorum);
    groups_tick(broker->node.groups);
    transactions_tick(broker->node.transactions);
    if (broker->is_leader && !broker->is_ready && !broker->is_registering) {
        broker_quorum_register(broker);
    }
    broker_follow_dirs(broker);
    loop_timer_start(timer, QUORUM_TICK_US);
}

static void on_upkeep(struct loop_timer *timer)
{
    struct broker *broker = timer->context;
    int64_t now_ms = clock_now_ms(&clock_system);
    partitions_tick(broker->partitions);
    if (broker->compactor && !broker->is_stopping) {
        compactor_tick(broker->compactor);
    }
    if (now_ms >= broker->next_retention_ms) {
        log_manager_tick(broker->storage.logs, clock_wall_ms(&clock_system));
        broker->next_retention_ms =
            now_ms + node_config_number(broker->config, "log.retention.check.interval.ms");
    }
    if (now_ms >= broker->next_checkpoint_ms) {
        (void)log_manager_checkpoint(broker->storage.logs);
        broker->next_checkpoint_ms =
            now_ms + node_config_number(broker->config, "log.flush.offset.checkpoint.interval.ms");
    }
    loop_timer_start(timer, (int64_t)UPKEEP_MS * 1000);
}

/* ---- stopping ---- */

static void quorum_closed(void *context)
{
    struct broker *broker = context;
    broker->is_closed = true;
    loop_timer_start(&broker->drain, 0);
}

/* Flushes and removals that are out must end before their logs are closed. One that ends may be
 * what a transaction waited for to append its next marker, also while the quorum closes. */
static void on_drain(struct loop_timer *timer)
{
    struct broker *broker = timer->context;
    groups_load_end(broker->node.groups);
    transactions_load_end(broker->node.transactions);
    if (!broker->is_closed) {
        quorum_close(broker->quorum, quorum_closed, broker);
    } else if (partitions_is_idle(broker->partitions)) {
        loop_stop(broker->loop);
    } else {
        loop_timer_start(timer, 1000);
    }
}

static void close_listeners(struct broker *broker)
{
    if (broker->node.faults) {
        fault_call_end(broker->node.faults);
    }
    for (size_t i = 0; i < NODE_LISTENERS_MAX; i++) {
        listener_destroy(broker->listeners[i]);
        broker->listeners[i] = NULL;
    }
}

static void begin_stop(struct broker *broker)
{
    if (broker->is_stopping) {
        return;
    }
    trace_log(broker->trace, TRACE_INFO, "server", "stopping");
    broker->is_stopping = true;
    close_listeners(broker);
    loop_timer_stop(&broker->tick);
    loop_timer_stop(&broker->upkeep);
    partitions_stop_moves(broker->partitions);
    loop_timer_start(&broker->drain, 0);
}

static void on_signal(void *context, int number)
{
    (void)number;
    begin_stop(context);
}

static void on_dump(void *context, int number)
{
    (void)number;
    broker_dump(context);
}

static void on_stop(struct loop_wakeup *wakeup)
{
    begin_stop(wakeup->context);
}

void broker_stop(struct broker *broker)
{
    loop_wake(&broker->stop_wakeup);
}

/* ---- from start to end ---- */

enum kc_err broker_create(const struct node_config *config, const struct trace *trace,
                          const struct broker_events *events, struct broker **ret_broker,
                          struct kc_error *error)
{
    struct broker *broker = calloc(1, sizeof(*broker));
    if (!broker) {
        return KC_ERR_NO_MEMORY;
    }
    broker->config = config;
    broker->trace = trace;
    broker->events = *events;
    broker->started_ms = clock_now_ms(&clock_system);
    broker->loop = loop_create();
    random_init(&broker->random, random_seed());
    image_init(&broker->image, random_next(&broker->random));
    image_check_init(&broker->check, &broker->image);
    list_init(&broker->node.free_calls);
    list_init(&broker->node.creations);
    if (!broker->loop) {
        broker_destroy(broker);
        return KC_ERR_NO_MEMORY;
    }
    loop_timer_init(&broker->tick, broker->loop, on_tick, broker);
    loop_timer_init(&broker->upkeep, broker->loop, on_upkeep, broker);
    loop_timer_init(&broker->drain, broker->loop, on_drain, broker);
    loop_wakeup_init(&broker->stop_wakeup, broker->loop, on_stop, broker);
    enum kc_err err = broker_build(broker, error);
    if (err) {
        broker_destroy(broker);
        return err;
    }
    *ret_broker = broker;
    return KC_ERR_NONE;
}

void broker_obey_signals(struct broker *broker)
{
    broker->signals[0] = loop_signal_create(broker->loop, SIGTERM, on_signal, broker);
    broker->signals[1] = loop_signal_create(broker->loop, SIGINT, on_signal, broker);
    broker->signals[2] = loop_signal_create(broker->loop, SIGUSR1, on_dump, broker);
}

void broker_use_faults(struct broker *broker, struct fault_script *faults)
{
    broker->node.faults = faults;
}

struct loop *broker_loop(struct broker *broker)
{
    return broker->loop;
}

enum kc_err broker_run(struct broker *broker)
{
    loop_timer_start(&broker->tick, 0);
    loop_timer_start(&broker->upkeep, (int64_t)UPKEEP_MS * 1000);
    loop_run(broker->loop);
    while (!broker->result && !partitions_is_idle(broker->partitions)) {
        loop_timer_start(&broker->drain, 0); /* begun in the loop's last turn */
        loop_run(broker->loop);
    }
    if (!broker->result && storage_close(&broker->storage, broker->node.broker_epoch)) {
        broker_fail(broker, KC_ERR_KAFKA_STORAGE_ERROR, "a log could not be closed cleanly");
    }
    broker->events.stopped(broker->events.context, broker->result, broker->result_text);
    return broker->result;
}

void broker_destroy(struct broker *broker)
{
    int64_t clean_epoch;
    if (!broker) {
        return;
    }
    close_listeners(broker);
    if (broker->quorum && !broker->is_closed) {
        /* A start that failed half-way, but after the logs were recovered: that need not be done
         * again. */
        quorum_close(broker->quorum, quorum_closed, broker);
        loop_run(broker->loop);
        (void)log_manager_was_clean(broker->storage.logs, &clean_epoch);
        (void)storage_close(&broker->storage, clean_epoch);
    }
    quorum_destroy(broker->quorum);
    transactions_destroy(broker->node.transactions);
    groups_destroy(broker->node.groups);
    partitions_stop(broker->partitions);
    if (broker->loop) {
        loop_signal_destroy(broker->signals[0]);
        loop_signal_destroy(broker->signals[1]);
        loop_signal_destroy(broker->signals[2]);
        monitor_destroy(broker->monitor);
        loop_load_destroy(broker->load);
        loop_timer_finish(&broker->tick);
        loop_timer_finish(&broker->upkeep);
        loop_timer_finish(&broker->drain);
        loop_wakeup_finish(&broker->stop_wakeup);
        loop_destroy(broker->loop);
    }
    compactor_destroy(broker->compactor);
    partitions_destroy(broker->partitions);
    batch_checker_destroy(broker->node.checker);
    recompressor_destroy(broker->node.recompressor);
    fetcher_cache_destroy(broker->node.fetchers);
    throttle_destroy(broker->node.throttle);
    node_finish(&broker->node);
    image_check_finish(&broker->check);
    image_finish(&broker->image);
    storage_finish(&broker->storage);
    free(broker);
}
