/* client: sending: one record or many, waiting or not. */
#include "client/producer_handle.h"
#include "producer/intake.h"

#include <libclient/producer.h>

struct last_error {
    struct kc_producer *producer;
    struct kc_error error;
};

static void get_last_error(void *context)
{
    struct last_error *last = context;
    cluster_last_error(last->producer->handle.cluster, &last->error);
}

struct kc_error producer_handle_last_error(struct kc_producer *producer)
{
    struct last_error last = { .producer = producer };
    thread_call_sync(producer->handle.thread, get_last_error, &last);
    return last.error;
}

/* What went wrong, in a sentence; the hot path does not come here. */
enum kc_err producer_handle_explain(struct kc_producer *producer, const struct kc_record *record,
                                    enum kc_err err, int64_t waited_us, struct kc_error *error)
{
    const struct producer_settings *settings = &producer->core->settings;
    struct kc_error last = { .code = KC_ERR_NONE };
    const char *topic = record && record->topic ? record->topic : "";
    if (!error) {
        return err;
    }
    if (err == KC_ERR_WRONG_STATE ||
        atomic_load(&producer->core->transaction.refusal) == (int)err) {
        return producer_handle_explain_transaction(producer, err, error);
    }
    switch (err) {
    case KC_ERR_INVALID:
        return reason_set(error, err,
                          "the record needs a topic, no negative partition or timestamp, no size "
                          "without data%s",
                          settings->custom ? ", and a partitioner that chooses one of the topic's "
                                             "partitions"
                                           : "");
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
        last = producer_handle_last_error(producer);
        return reason_set(error, err, "topic '%s': no metadata within %lld ms%s%s%s", topic,
                          (long long)(waited_us / 1000), last.code ? " (" : "",
                          last.code ? last.text : "", last.code ? ")" : "");
    default:
        break;
    }
    if ((enum kc_err)atomic_load(&producer->core->denial) == err) {
        last = producer_handle_last_error(producer);
    }
    return reason_set(error, err, "topic '%s': %s", topic,
                      last.code == err ? last.text : kc_err_text(err));
}

enum kc_err producer_handle_put(struct kc_producer *producer, const struct kc_record *record,
                                kc_delivery_callback *callback, void *context, int64_t wait_us,
                                struct kc_error *error)
{
    enum kc_err err = intake_send(producer->core, record, callback, context, wait_us);
    return BASE_LIKELY(err == KC_ERR_NONE)
               ? reason_clear(error)
               : producer_handle_explain(producer, record, err, wait_us, error);
}

static enum kc_err send_one(struct kc_producer *producer, const struct kc_record *record,
                            kc_delivery_callback *callback, void *context, int64_t wait_us,
                            struct kc_error *error)
{
    return BASE_UNLIKELY(producer->is_intercepted)
               ? producer_handle_intercept(producer, record, callback, context, wait_us, error)
               : producer_handle_put(producer, record, callback, context, wait_us, error);
}

enum kc_err producer_handle_send(struct kc_producer *producer, const struct kc_record *record,
                                 kc_delivery_callback *callback, void *context, int wait_ms_max,
                                 struct kc_error *error)
{
    int64_t wait_us = producer->max_block_us;
    if (wait_ms_max >= 0) {
        wait_us = MIN_OF(wait_us, (int64_t)wait_ms_max * 1000);
    }
    return send_one(producer, record, callback, context, wait_us, error);
}

enum kc_err kc_producer_send(struct kc_producer *producer, const struct kc_record *record,
                             kc_delivery_callback *callback, void *context, struct kc_error *error)
{
    return producer ? send_one(producer, record, callback, context, producer->max_block_us, error)
                    : reason_set(error, KC_ERR_INVALID, "a producer is needed");
}

enum kc_err kc_producer_try_send(struct kc_producer *producer, const struct kc_record *record,
                                 kc_delivery_callback *callback, void *context,
                                 struct kc_error *error)
{
    return producer ? send_one(producer, record, callback, context, 0, error)
                    : reason_set(error, KC_ERR_INVALID, "a producer is needed");
}

/* Interceptors see one message at a time. */
static enum kc_err send_singly(struct kc_producer *producer, const struct intake_load *load,
                               int64_t wait_us, size_t *ret_taken, struct kc_error *error)
{
    for (size_t i = 0; i < load->count; i++) {
        void *context = load->contexts ? load->contexts[i] : load->context;
        struct kc_error cause;
        *ret_taken = i;
        enum kc_err err = producer_handle_intercept(producer, &load->records[i], load->callback,
                                                    context, wait_us, &cause);
        if (err != KC_ERR_NONE) {
            return reason_set(error, err, "record %zu of %zu: %s", i, load->count, cause.text);
        }
    }
    *ret_taken = load->count;
    return reason_clear(error);
}

static enum kc_err send_many(struct kc_producer *producer, const struct intake_load *load,
                             int64_t wait_us, size_t *ret_taken, struct kc_error *error)
{
    size_t taken = 0;
    if (!ret_taken || (!load->records && load->count > 0)) {
        return reason_set(error, KC_ERR_INVALID, "records and a place for the result are needed");
    }
    if (BASE_UNLIKELY(producer->is_intercepted)) {
        return send_singly(producer, load, wait_us, ret_taken, error);
    }
    enum kc_err err = intake_send_many(producer->core, load, wait_us, &taken);
    *ret_taken = taken;
    if (BASE_LIKELY(err == KC_ERR_NONE)) {
        return reason_clear(error);
    }
    struct kc_error cause;
    (void)producer_handle_explain(producer, &load->records[taken], err, wait_us, &cause);
    (void)reason_set(error, err, "record %zu of %zu: %s", taken, load->count, cause.text);
    if (error) {
        error->kind = cause.kind;
    }
    return err;
}

enum kc_err kc_producer_send_many(struct kc_producer *producer, const struct kc_record *records,
                                  size_t count, kc_delivery_callback *callback, void *context,
                                  void *const *contexts, size_t *ret_taken, struct kc_error *error)
{
    struct intake_load load = { records, count, callback, context, contexts };
    return producer ? send_many(producer, &load, producer->max_block_us, ret_taken, error)
                    : reason_set(error, KC_ERR_INVALID, "a producer is needed");
}

enum kc_err kc_producer_try_send_many(struct kc_producer *producer, const struct kc_record *records,
                                      size_t count, kc_delivery_callback *callback, void *context,
                                      void *const *contexts, size_t *ret_taken,
                                      struct kc_error *error)
{
    struct intake_load load = { records, count, callback, context, contexts };
    return producer ? send_many(producer, &load, 0, ret_taken, error)
                    : reason_set(error, KC_ERR_INVALID, "a producer is needed");
}
