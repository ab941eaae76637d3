/* embed: a broker on a thread of its own, for the program that it lives in. */
#include "embed/embed_parts.h"

#include "base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static enum kc_err failed(struct kc_error *error, enum kc_err code, const char *text)
{
    if (error) {
        error->code = code;
        (void)snprintf(error->text, sizeof(error->text), "%s", text);
    }
    return code;
}

/* ---- what the broker tells, on its thread ---- */

static void on_line(void *context, enum trace_level level, const char *room, const char *text)
{
    struct bl_broker *broker = context;
    char line[1200];
    (void)snprintf(line, sizeof(line), "%s: %s", room, text);
    broker->log(broker->log_context, (int)level, line);
}

static void on_ready(void *context, int32_t node_id, const char *host, int32_t port)
{
    struct bl_broker *broker = context;
    (void)node_id;
    (void)host;
    lock_hold(&broker->lock);
    broker->is_ready = true;
    broker->port = port;
    (void)snprintf(broker->address, sizeof(broker->address), "127.0.0.1:%d", port);
    signal_wake_all(&broker->changed);
    lock_release(&broker->lock);
}

static void on_stopped(void *context, enum kc_err err, const char *text)
{
    struct bl_broker *broker = context;
    lock_hold(&broker->lock);
    (void)failed(&broker->end, err, text);
    lock_release(&broker->lock);
}

static void *run(void *context)
{
    struct bl_broker *broker = context;
    (void)broker_run(broker->broker);
    lock_hold(&broker->lock);
    broker->is_ended = true;
    signal_wake_all(&broker->changed);
    lock_release(&broker->lock);
    return NULL;
}

/* ---- questions ---- */

static void answer_asks(struct loop_wakeup *wakeup)
{
    struct bl_broker *broker = wakeup->context;
    lock_hold(&broker->lock);
    while (!list_is_empty(&broker->asks)) {
        struct embed_ask *ask = LIST_ITEM(list_first(&broker->asks), struct embed_ask, link);
        list_remove(&ask->link);
        lock_release(&broker->lock);
        ask->answer(broker, ask);
        lock_hold(&broker->lock);
        ask->is_done = true;
        signal_wake_all(&broker->changed);
    }
    lock_release(&broker->lock);
}

enum kc_err embed_ask(struct bl_broker *broker, struct embed_ask *ask)
{
    list_init(&ask->link);
    lock_hold(&broker->lock);
    list_append(&broker->asks, &ask->link);
    loop_wake(&broker->wakeup);
    while (!ask->is_done && !broker->is_ended) {
        (void)signal_wait(&broker->changed, &broker->lock, INT64_MAX);
    }
    list_remove(&ask->link);
    lock_release(&broker->lock);
    return ask->is_done ? ask->err : KC_ERR_CLOSED;
}

/* ---- start ---- */

static enum kc_err put(struct bl_broker *broker, const char *name, const char *value,
                       struct kc_error *error)
{
    return node_config_put(&broker->config, slice_text(name), slice_text(value), error);
}

static enum kc_err configure(struct bl_broker *broker, const struct bl_config *config,
                             struct kc_error *error)
{
    static const char *const defaults[] = { "offsets.topic.num.partitions",
                                            "1",
                                            "group.initial.rebalance.delay.ms",
                                            "0",
                                            "transaction.state.log.num.partitions",
                                            "1",
                                            NULL };
    char listener[64];
    enum kc_err err = KC_ERR_NONE;
    (void)snprintf(listener, sizeof(listener), "PLAINTEXT://127.0.0.1:%d", config->port);
    for (const char *const *row = defaults; row[0] && !err; row += 2) {
        err = put(broker, row[0], row[1], error);
    }
    for (const char *const *row = config->settings; row && row[0] && !err; row += 2) {
        err = strcmp(row[0], "listeners") == 0 || strcmp(row[0], "log.dirs") == 0
                  ? failed(error, KC_ERR_INVALID, "settings: port and directory say this")
                  : put(broker, row[0], row[1], error);
    }
    if (!err) {
        err = put(broker, "listeners", listener, error);
    }
    if (!err) {
        err = put(broker, "log.dirs", broker->directory, error);
    }
    return err ? err : node_config_resolve(&broker->config, error);
}

static enum kc_err choose_directory(struct bl_broker *broker, const struct bl_config *config,
                                    struct kc_error *error)
{
    if (config->directory) {
        int size = snprintf(broker->directory, sizeof(broker->directory), "%s", config->directory);
        return size < 0 || (size_t)size >= sizeof(broker->directory)
                   ? failed(error, KC_ERR_INVALID, "directory: the path is too long")
                   : KC_ERR_NONE;
    }
    int failure = scratch_make(broker->directory);
    if (failure) {
        char text[128];
        (void)snprintf(text, sizeof(text), "no folder can be made under $TMPDIR: %s",
                       strerror(failure));
        return failed(error, KC_ERR_IO, text);
    }
    broker->is_temporary = true;
    return KC_ERR_NONE;
}

/* Signals are the program's. */
static enum kc_err start_thread(struct bl_broker *broker, struct kc_error *error)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    broker->has_thread = pthread_create(&broker->thread, NULL, run, broker) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return broker->has_thread ? KC_ERR_NONE
                              : failed(error, KC_ERR_NO_MEMORY, "no thread can be started");
}

static enum kc_err launch(struct bl_broker *broker, struct kc_error *error)
{
    const struct broker_events events = { .ready = on_ready,
                                          .stopped = on_stopped,
                                          .context = broker };
    enum kc_err err =
        broker_create(&broker->config, &broker->trace, &events, &broker->broker, error);
    if (err) {
        broker->broker = NULL;
        return err;
    }
    broker_use_faults(broker->broker, &broker->faults);
    loop_wakeup_init(&broker->wakeup, broker_loop(broker->broker), answer_asks, broker);
    err = start_thread(broker, error);
    if (err) {
        return err;
    }
    lock_hold(&broker->lock);
    while (!broker->is_ready && !broker->is_ended) {
        (void)signal_wait(&broker->changed, &broker->lock, INT64_MAX);
    }
    err = broker->is_ready ? KC_ERR_NONE : failed(error, broker->end.code, broker->end.text);
    lock_release(&broker->lock);
    return err;
}

struct bl_broker *bl_start(const struct bl_config *config, struct kc_error *error)
{
    static const struct bl_config nothing;
    struct kc_error unwanted;
    struct bl_broker *broker = calloc(1, sizeof(*broker));
    error = error ? error : &unwanted;
    (void)failed(error, KC_ERR_NO_MEMORY, "out of memory");
    if (!broker) {
        return NULL;
    }
    config = config ? config : &nothing;
    node_config_init(&broker->config);
    fault_script_init(&broker->faults);
    broker->faults.told = embed_fault_told;
    broker->faults.context = broker;
    lock_init(&broker->lock);
    signal_init(&broker->changed);
    list_init(&broker->asks);
    broker->log = config->log;
    broker->log_context = config->log_context;
    broker->trace = (struct trace){ .line = config->log ? on_line : NULL,
                                    .context = broker,
                                    .level = TRACE_DEBUG };
    enum kc_err err = choose_directory(broker, config, error);
    if (!err) {
        err = configure(broker, config, error);
    }
    if (!err) {
        err = launch(broker, error);
    }
    if (err) {
        (void)bl_stop(broker, NULL);
        return NULL;
    }
    return broker;
}

const char *bl_address(const struct bl_broker *broker)
{
    return broker->address;
}

int bl_port(const struct bl_broker *broker)
{
    return broker->port;
}

const char *bl_directory(const struct bl_broker *broker)
{
    return broker->directory;
}

/* ---- stop ---- */

static enum kc_err remove_directory(struct bl_broker *broker, struct kc_error *error)
{
    int failure = broker->is_temporary ? scratch_remove(broker->directory) : 0;
    if (failure) {
        char text[384];
        (void)snprintf(text, sizeof(text), "%.300s: %s", broker->directory, strerror(failure));
        return failed(error, KC_ERR_IO, text);
    }
    return KC_ERR_NONE;
}

enum kc_err bl_stop(struct bl_broker *broker, struct kc_error *error)
{
    if (!broker) {
        return KC_ERR_NONE;
    }
    if (broker->has_thread) {
        broker_stop(broker->broker);
        (void)pthread_join(broker->thread, NULL);
    }
    loop_wakeup_finish(&broker->wakeup);
    broker_destroy(broker->broker);
    enum kc_err err = broker->end.code;
    if (err) {
        (void)failed(error, err, broker->end.text);
    }
    enum kc_err removed = remove_directory(broker, err ? NULL : error);
    fault_script_finish(&broker->faults);
    node_config_finish(&broker->config);
    lock_finish(&broker->lock);
    signal_finish(&broker->changed);
    free(broker);
    return err ? err : removed;
}
