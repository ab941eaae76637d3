/* client: the public functions of the producer: check, hand over, wait. */
#include "client/producer_handle.h"
#include "producer/intake.h"

#include <libclient/producer.h>

#include <stdlib.h>

static void run_core(void *context)
{
    struct kc_producer *producer = context;
    if (producer->is_open) {
        producer_run(producer->core);
    }
}

static void open_port(void *context)
{
    producer_port_open(context);
}

struct producer_ending {
    struct kc_producer *producer;
    size_t given_up;
};

static void seal_core(void *context)
{
    struct kc_producer *producer = context;
    producer_seal(producer->core);
}

static void abort_core(void *context)
{
    struct producer_ending *ending = context;
    producer_seal(ending->producer->core);
    ending->given_up = producer_abort(ending->producer->core);
}

static void close_port(void *context)
{
    struct producer_ending *ending = context;
    abort_core(ending);
    producer_port_close(ending->producer);
}

static void end_producer(void *context)
{
    struct kc_producer *producer = context;
    struct producer_ending ending = { .producer = producer };
    thread_call_sync(producer->handle.thread, close_port, &ending);
    /* Requests in flight are answered and released by the end of the connections. */
    handle_end_cluster(&producer->handle);
    producer_destroy(producer->core);
    arena_finish(&producer->arena);
    arena_finish(&producer->transaction.arena);
    handle_finish(&producer->handle);
    free(producer);
}

static void read_plug(struct kc_producer *producer)
{
    const struct kc_config *config = producer->handle.config;
    producer->key = (struct plug_coder){ config->plug.key_serializer,
                                         serde_find(config_string(config, "key.serializer")) };
    producer->value = (struct plug_coder){ config->plug.value_serializer,
                                           serde_find(config_string(config, "value.serializer")) };
    producer->is_intercepted = config->plug.producer_count > 0;
}

struct kc_producer *kc_producer_create(const struct kc_config *config, struct kc_error *error)
{
    struct kc_producer *producer = calloc(1, sizeof(*producer));
    if (!producer) {
        (void)reason_plain(error, KC_ERR_NO_MEMORY);
        return NULL;
    }
    if (handle_init(&producer->handle, config, KC_OPTION_PRODUCER, error) != KC_ERR_NONE) {
        free(producer);
        return NULL;
    }
    thread_task_init(&producer->run, run_core, producer);
    thread_task_init(&producer->end, end_producer, producer);
    read_plug(producer);
    struct producer_settings settings = producer_settings_of(producer->handle.config);
    struct producer_port port = producer_port_of(producer);
    producer->max_block_us = config_ms(producer->handle.config, "max.block.ms") * 1000;
    producer->core = producer_create(&settings, &port, &producer->handle.trace,
                                     producer->handle.clock, random_seed());
    if (!producer->core) {
        (void)reason_plain(error, KC_ERR_NO_MEMORY);
        handle_finish(&producer->handle);
        free(producer);
        return NULL;
    }
    thread_call_sync(producer->handle.thread, open_port, producer);
    return producer;
}

void kc_producer_destroy(struct kc_producer *producer)
{
    if (!producer) {
        return;
    }
    producer_refuse(producer->core);
    if (thread_is_current(producer->handle.thread)) {
        /* Its own core may be what calls us: it ends when that has returned. */
        thread_post(producer->handle.thread, &producer->end);
    } else {
        end_producer(producer);
    }
}

enum kc_err kc_producer_partition_count(struct kc_producer *producer, const char *topic,
                                        int timeout_ms, int32_t *ret_count, struct kc_error *error)
{
    struct producer_topic *found;
    if (!producer || !topic || !ret_count) {
        return reason_set(error, KC_ERR_INVALID, "a producer, a topic and a result are needed");
    }
    enum kc_err err = handle_check_topic(topic, error);
    if (err != KC_ERR_NONE) {
        return err;
    }
    int64_t deadline_us = thread_is_current(producer->handle.thread)
                              ? 0
                              : handle_deadline_us(&producer->handle, timeout_ms);
    err = intake_await_topic(producer->core, topic, 0, deadline_us, &found);
    if (err != KC_ERR_NONE) {
        struct kc_record record = { .topic = topic };
        return producer_handle_explain(producer, &record, err, (int64_t)timeout_ms * 1000, error);
    }
    *ret_count = atomic_load(&found->partition_count);
    return reason_clear(error);
}

/* A flush that a caller waits for. */
struct flush_ask {
    struct ask ask;
    struct kc_producer *producer;
    struct producer_ticket ticket;
};

static void flush_done(struct producer_ticket *ticket)
{
    struct flush_ask *flush = ticket->context;
    ask_done(&flush->ask, KC_ERR_NONE, NULL);
}

static void flush_run(void *context)
{
    struct flush_ask *flush = context;
    flush->ticket.done = flush_done;
    flush->ticket.context = flush;
    producer_flush(flush->producer->core, &flush->ticket);
}

static void flush_free(struct ask *ask)
{
    ask_finish(ask);
    free(CONTAINER_OF(ask, struct flush_ask, ask));
}

enum kc_err kc_producer_flush(struct kc_producer *producer, int timeout_ms, struct kc_error *error)
{
    struct flush_ask *flush = producer ? calloc(1, sizeof(*flush)) : NULL;
    if (!flush) {
        return producer ? reason_plain(error, KC_ERR_NO_MEMORY)
                        : reason_set(error, KC_ERR_INVALID, "a producer is needed");
    }
    flush->producer = producer;
    ask_init(&flush->ask, flush_run, flush_free);
    enum kc_err err = ask_wait(&flush->ask, producer->handle.thread, timeout_ms, "flush", error);
    ask_drop(&flush->ask);
    struct kc_error cause = { .code = KC_ERR_NONE };
    if (err == KC_ERR_TIMED_OUT) {
        cause = producer_handle_last_error(producer);
    }
    return cause.code == KC_ERR_NONE
               ? err
               : reason_set(error, err, "flush: not all was delivered within %d ms (%s)",
                            timeout_ms, cause.text);
}

enum kc_err kc_producer_close(struct kc_producer *producer, int timeout_ms, struct kc_error *error)
{
    if (!producer) {
        return reason_set(error, KC_ERR_INVALID, "a producer is needed");
    }
    if (thread_is_current(producer->handle.thread)) {
        return reason_set(error, KC_ERR_WRONG_STATE, "close: must not wait in a callback");
    }
    struct producer_ending ending = { .producer = producer };
    int64_t deadline_us = handle_deadline_us(&producer->handle, timeout_ms);
    producer_refuse(producer->core);
    /* A send that was past the refusal is either taken, and flushed with the rest, or fails. */
    thread_call_sync(producer->handle.thread, seal_core, producer);
    producer_handle_end_transaction(producer, timeout_ms);
    enum kc_err err =
        kc_producer_flush(producer, handle_left_ms(&producer->handle, deadline_us), error);
    thread_call_sync(producer->handle.thread, abort_core, &ending);
    if (err == KC_ERR_TIMED_OUT && ending.given_up > 0) {
        return reason_set(error, err, "close: %zu records were given up after %d ms",
                          ending.given_up, timeout_ms);
    }
    return err == KC_ERR_TIMED_OUT ? reason_clear(error) : err;
}
