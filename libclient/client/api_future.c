/* client: a record's fate that can be waited for: futures and the synchronous send over them. */
#include "base/clock.h"
#include "base/lock.h"
#include "client/producer_handle.h"

#include <libclient/producer.h>

#include <stdlib.h>

/* Two owners: the caller, and the producer until the record is reported. */
struct kc_future {
    struct refs refs;
    struct lock lock;
    struct signal signal;
    struct kc_delivery delivery;
    bool is_done;
    char topic[];
};

static void future_drop(struct kc_future *future)
{
    if (refs_drop(&future->refs)) {
        signal_finish(&future->signal);
        lock_finish(&future->lock);
        free(future);
    }
}

static struct kc_future *future_create(const char *topic)
{
    size_t size = topic ? strlen(topic) + 1 : 1;
    struct kc_future *future = calloc(1, sizeof(*future) + size);
    if (future) {
        refs_init(&future->refs);
        lock_init(&future->lock);
        signal_init(&future->signal);
        memcpy(future->topic, topic ? topic : "", size);
    }
    return future;
}

static void on_delivery(void *context, const struct kc_delivery *delivery)
{
    struct kc_future *future = context;
    lock_hold(&future->lock);
    future->delivery = *delivery;
    future->delivery.topic = future->topic;
    future->is_done = true;
    lock_release(&future->lock);
    /* After the lock: who wakes up would only wait for it again. */
    signal_wake_all(&future->signal);
    future_drop(future);
}

static enum kc_err send_future(struct kc_producer *producer, const struct kc_record *record,
                               int wait_ms_max, struct kc_future **ret_future,
                               struct kc_error *error)
{
    if (!producer || !record || !ret_future) {
        return reason_set(error, KC_ERR_INVALID, "a producer, a record and a result are needed");
    }
    struct kc_future *future = future_create(record->topic);
    if (!future) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    refs_take(&future->refs);
    enum kc_err err =
        producer_handle_send(producer, record, on_delivery, future, wait_ms_max, error);
    if (err != KC_ERR_NONE) {
        future_drop(future);
        future_drop(future);
        return err;
    }
    *ret_future = future;
    return KC_ERR_NONE;
}

enum kc_err kc_producer_send_future(struct kc_producer *producer, const struct kc_record *record,
                                    struct kc_future **ret_future, struct kc_error *error)
{
    return send_future(producer, record, -1, ret_future, error);
}

static enum kc_err wait_until(struct kc_future *future, int64_t deadline_us,
                              struct kc_delivery *ret_delivery, bool *ret_is_done)
{
    lock_hold(&future->lock);
    while (!future->is_done && signal_wait(&future->signal, &future->lock, deadline_us)) {
    }
    enum kc_err err = future->is_done ? future->delivery.err : KC_ERR_TIMED_OUT;
    if (future->is_done && ret_delivery) {
        *ret_delivery = future->delivery;
    }
    *ret_is_done = future->is_done;
    lock_release(&future->lock);
    return err;
}

enum kc_err kc_future_wait(struct kc_future *future, int timeout_ms,
                           struct kc_delivery *ret_delivery)
{
    bool is_done;
    if (!future) {
        return KC_ERR_INVALID;
    }
    /* The answer comes by the thread that would wait for it: only a look is possible there. */
    bool may_wait = timeout_ms != 0 && !thread_is_io();
    int64_t now_us = clock_now_us(&clock_system);
    int64_t deadline_us = !may_wait         ? 0
                          : timeout_ms >= 0 ? now_us + (int64_t)timeout_ms * 1000
                                            : INT64_MAX;
    enum kc_err err = wait_until(future, deadline_us, ret_delivery, &is_done);
    return is_done || may_wait || timeout_ms == 0 ? err : KC_ERR_WRONG_STATE;
}

void kc_future_destroy(struct kc_future *future)
{
    if (future) {
        future_drop(future);
    }
}

enum kc_err kc_producer_send_sync(struct kc_producer *producer, const struct kc_record *record,
                                  int timeout_ms, struct kc_delivery *ret_delivery,
                                  struct kc_error *error)
{
    struct kc_future *future = NULL;
    struct kc_delivery delivery = { 0 };
    if (producer && thread_is_current(producer->handle.thread)) {
        return reason_set(error, KC_ERR_WRONG_STATE, "send_sync: must not wait in a callback");
    }
    int64_t deadline_us =
        timeout_ms < 0 ? INT64_MAX : clock_now_us(&clock_system) + (int64_t)timeout_ms * 1000;
    enum kc_err err = send_future(producer, record, timeout_ms, &future, error);
    if (err != KC_ERR_NONE) {
        return err;
    }
    bool is_done;
    err = wait_until(future, deadline_us, &delivery, &is_done);
    kc_future_destroy(future);
    if (!is_done) {
        struct kc_error cause = producer_handle_last_error(producer);
        return reason_set(error, KC_ERR_TIMED_OUT,
                          "topic '%s': no answer within %d ms; the record stays under way%s%s%s",
                          record->topic, timeout_ms, cause.code ? " (" : "", cause.text,
                          cause.code ? ")" : "");
    }
    if (ret_delivery) {
        *ret_delivery = delivery;
        ret_delivery->topic = record->topic;
    }
    return err == KC_ERR_NONE ? reason_clear(error)
                              : reason_set(error, err, "topic '%s' partition %d: %s", record->topic,
                                           delivery.partition, kc_err_text(err));
}
