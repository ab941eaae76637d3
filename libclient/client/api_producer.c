/* client: the public functions of the producer: check, hand over, wait. */
#include "client/config_rules.h"
#include "client/producer_handle.h"
#include "producer/intake.h"

#include <libclient/producer.h>

#include <stdlib.h>

enum { BATCH_GROWN_MAX = 1 << 20, MEMORY_MIN = 1 << 16 };

static struct producer_settings settings_of(const struct kc_config *config)
{
    struct producer_settings settings = {
        .acks = config_rules_acks(config),
        .is_idempotent = config_rules_idempotent(config),
        .ignores_keys = config_bool(config, "partitioner.ignore.keys"),
        .linger_us = MIN_OF(config_long(config, "linger.ms"), INT32_MAX) * 1000,
        .delivery_timeout_us = config_rules_delivery_timeout_ms(config) * 1000,
        .request_timeout_ms = config_int(config, "request.timeout.ms"),
        .retry_count_max = config_int(config, "retries"),
        .retry = { config_long(config, "retry.backoff.ms"),
                   config_long(config, "retry.backoff.max.ms") },
        .in_flight_max = (size_t)config_int(config, "max.in.flight.requests.per.connection"),
        .request_size_max = (size_t)config_int(config, "max.request.size"),
        .batch_size = (size_t)MAX_OF(config_int(config, "batch.size"), BATCH_HEADER_SIZE),
        .memory_max = (size_t)config_long(config, "buffer.memory"),
    };
    const char *partitioner = config_string(config, "partitioner.class");
    settings.is_round_robin = partitioner && partitioner[0] != 0;
    (void)compression_parse(slice_text(config_string(config, "compression.type")), &settings.codec);
    settings.level =
        settings.codec == COMPRESSION_GZIP   ? config_int(config, "compression.gzip.level")
        : settings.codec == COMPRESSION_LZ4  ? config_int(config, "compression.lz4.level")
        : settings.codec == COMPRESSION_ZSTD ? config_int(config, "compression.zstd.level")
                                             : COMPRESSION_LEVEL_DEFAULT;
    /* batch.size is a limit when somebody set it; else it is where growing starts. */
    settings.batch_size_max = settings.batch_size;
    if (!config_is_set(config, "batch.size")) {
        settings.batch_size_max = MIN_OF(MIN_OF((size_t)BATCH_GROWN_MAX, settings.memory_max / 8),
                                         settings.request_size_max);
        settings.batch_size_max = MAX_OF(settings.batch_size_max, settings.batch_size);
    }
    return settings;
}

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
    struct producer_settings settings = settings_of(producer->handle.config);
    struct producer_port port = producer_port_of(producer);
    producer->max_block_us =
        MIN_OF(config_long(producer->handle.config, "max.block.ms"), INT64_MAX / 4000) * 1000;
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

struct producer_ending {
    struct kc_producer *producer;
    size_t given_up;
};

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

void kc_producer_destroy(struct kc_producer *producer)
{
    if (!producer) {
        return;
    }
    struct producer_ending ending = { .producer = producer };
    producer_refuse(producer->core);
    thread_call_sync(producer->handle.thread, close_port, &ending);
    /* Requests in flight are answered and released by the end of the connections. */
    handle_end_cluster(&producer->handle);
    producer_destroy(producer->core);
    arena_finish(&producer->arena);
    handle_finish(&producer->handle);
    free(producer);
}

struct last_error {
    struct kc_producer *producer;
    struct kc_error error;
};

static void get_last_error(void *context)
{
    struct last_error *last = context;
    cluster_last_error(last->producer->handle.cluster, &last->error);
}

/* What went wrong, in a sentence; the hot path does not come here. */
static enum kc_err explain(struct kc_producer *producer, const struct kc_record *record,
                           enum kc_err err, int64_t waited_us, struct kc_error *error)
{
    const struct producer_settings *settings = &producer->core->settings;
    struct last_error last = { .producer = producer };
    const char *topic = record && record->topic ? record->topic : "";
    if (!error) {
        return err;
    }
    switch (err) {
    case KC_ERR_INVALID:
        return reason_set(error, err,
                          "the record needs a topic, and no negative partition or "
                          "timestamp, no size without data");
    case KC_ERR_TOO_LARGE:
        return reason_set(error, err,
                          "a record with a value of %zu bytes is larger than "
                          "max.request.size=%zu or buffer.memory=%zu allows",
                          record->value.size, settings->request_size_max, settings->memory_max);
    case KC_ERR_QUEUE_FULL:
        return reason_set(error, err,
                          "buffer.memory=%zu is used up and nothing was delivered in "
                          "time (max.block.ms)",
                          settings->memory_max);
    case KC_ERR_UNKNOWN_TOPIC_OR_PARTITION:
        return reason_set(error, err, "topic '%s' has no partition %d", topic, record->partition);
    case KC_ERR_TIMED_OUT:
        thread_call_sync(producer->handle.thread, get_last_error, &last);
        return reason_set(error, err, "topic '%s': no metadata within %lld ms%s%s%s", topic,
                          (long long)(waited_us / 1000), last.error.code ? " (" : "",
                          last.error.code ? last.error.text : "", last.error.code ? ")" : "");
    default:
        return reason_set(error, err, "topic '%s': %s", topic, kc_err_text(err));
    }
}

/* A callback must not wait for what only its own thread can bring. */
static int64_t block_deadline_us(const struct kc_producer *producer, int64_t wait_us)
{
    return thread_is_current(producer->handle.thread)
               ? 0
               : clock_now_us(producer->handle.clock) + wait_us;
}

enum kc_err kc_producer_try_send(struct kc_producer *producer, const struct kc_record *record,
                                 kc_delivery_callback *callback, void *context,
                                 struct kc_error *error)
{
    if (!producer) {
        return reason_set(error, KC_ERR_INVALID, "a producer is needed");
    }
    enum kc_err err = intake_send(producer->core, record, callback, context, 0);
    return err == KC_ERR_NONE ? reason_clear(error) : explain(producer, record, err, 0, error);
}

enum kc_err kc_producer_send(struct kc_producer *producer, const struct kc_record *record,
                             kc_delivery_callback *callback, void *context, struct kc_error *error)
{
    return producer_handle_send(producer, record, callback, context, -1, error);
}

enum kc_err producer_handle_send(struct kc_producer *producer, const struct kc_record *record,
                                 kc_delivery_callback *callback, void *context, int wait_ms_max,
                                 struct kc_error *error)
{
    if (!producer) {
        return reason_set(error, KC_ERR_INVALID, "a producer is needed");
    }
    /* Without waiting first: only who must wait needs to know until when. */
    enum kc_err err = intake_send(producer->core, record, callback, context, 0);
    int64_t wait_us = producer->max_block_us;
    if (BASE_UNLIKELY(err == KC_ERR_WOULD_BLOCK || err == KC_ERR_QUEUE_FULL)) {
        if (wait_ms_max >= 0 && (int64_t)wait_ms_max * 1000 < wait_us) {
            wait_us = (int64_t)wait_ms_max * 1000;
        }
        err = intake_send(producer->core, record, callback, context,
                          block_deadline_us(producer, wait_us));
    }
    return BASE_LIKELY(err == KC_ERR_NONE) ? reason_clear(error)
                                           : explain(producer, record, err, wait_us, error);
}

enum kc_err kc_producer_partition_count(struct kc_producer *producer, const char *topic,
                                        int timeout_ms, int32_t *ret_count, struct kc_error *error)
{
    struct producer_topic *found;
    if (!producer || !topic || !ret_count) {
        return reason_set(error, KC_ERR_INVALID, "a producer, a topic and a result are needed");
    }
    int64_t deadline_us = thread_is_current(producer->handle.thread)
                              ? 0
                              : handle_deadline_us(&producer->handle, timeout_ms);
    enum kc_err err = intake_await_topic(producer->core, topic, 0, deadline_us, &found);
    if (err != KC_ERR_NONE) {
        struct kc_record record = { .topic = topic };
        return explain(producer, &record, err, (int64_t)timeout_ms * 1000, error);
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
    return err;
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
    producer_refuse(producer->core);
    enum kc_err err = kc_producer_flush(producer, timeout_ms, error);
    thread_call_sync(producer->handle.thread, abort_core, &ending);
    if (err == KC_ERR_TIMED_OUT && ending.given_up > 0) {
        return reason_set(error, err, "close: %zu records were given up after %d ms",
                          ending.given_up, timeout_ms);
    }
    return err == KC_ERR_TIMED_OUT ? reason_clear(error) : err;
}
