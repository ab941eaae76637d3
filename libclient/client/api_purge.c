/* client: giving records up on request. */
#include "client/producer_handle.h"

#include <libclient/producer.h>

#include <stdlib.h>

/* A purge that a caller waits for, or not. */
struct purge_ask {
    struct ask ask;
    struct kc_producer *producer;
    struct producer_purge purge;
    unsigned what;
};

static void purge_done(struct producer_purge *purge)
{
    struct purge_ask *call = CONTAINER_OF(purge, struct purge_ask, purge);
    ask_done(&call->ask, KC_ERR_NONE, NULL);
}

static void purge_run(void *context)
{
    struct purge_ask *call = context;
    call->purge.done = purge_done;
    producer_purge(call->producer->core, call->what, &call->purge);
}

static void purge_free(struct ask *ask)
{
    ask_finish(ask);
    free(CONTAINER_OF(ask, struct purge_ask, ask));
}

enum kc_err kc_producer_purge(struct kc_producer *producer, unsigned what, int timeout_ms,
                              size_t *ret_count, struct kc_error *error)
{
    if (!producer || what == 0 || what & ~(unsigned)(KC_PURGE_QUEUED | KC_PURGE_IN_FLIGHT)) {
        return reason_set(error, KC_ERR_INVALID,
                          "purge: a producer and KC_PURGE_QUEUED, KC_PURGE_IN_FLIGHT or both are "
                          "needed");
    }
    if (timeout_ms != 0 && thread_is_current(producer->handle.thread)) {
        return reason_set(error, KC_ERR_WRONG_STATE, "purge: must not wait in a callback");
    }
    struct purge_ask *call = calloc(1, sizeof(*call));
    if (!call) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    call->producer = producer;
    call->what = what;
    ask_init(&call->ask, purge_run, purge_free);
    enum kc_err err = KC_ERR_NONE;
    if (timeout_ms == 0) {
        ask_post(&call->ask, producer->handle.thread);
        err = reason_clear(error);
    } else {
        err = ask_wait(&call->ask, producer->handle.thread, timeout_ms, "purge", error);
        if (err == KC_ERR_NONE && ret_count) {
            *ret_count = call->purge.record_count;
        }
    }
    ask_drop(&call->ask);
    return err;
}
