/* client: offsets by time, seeks, lag, and why nothing comes. */
#include "client/consumer_handle.h"
#include "consumer/offset_search.h"

#include <errno.h>
#include <libclient/offsets.h>
#include <libclient/stall.h>
#include <stdlib.h>

enum kc_err kc_consumer_seek_position(struct kc_consumer *consumer,
                                      const struct kc_position *position, struct kc_error *error)
{
    struct claim *claim = NULL;

    if (!position || position->offset < 0) {
        return reason_set(error, KC_ERR_INVALID,
                          "a position with an offset of 0 or more is needed");
    }
    enum kc_err err =
        consumer_handle_find(consumer, position->topic, position->partition, &claim, error);
    if (!err) {
        consumer_handle_seek(consumer, claim, position->offset, position->leader_epoch, false);
    }
    return err;
}

struct moment_seek {
    struct kc_consumer *consumer;
    struct claim *claim;
    int64_t timestamp_ms;
};

static void moment_seek_io(void *context)
{
    struct moment_seek *seek = context;

    consumer_seek_time(seek->consumer->core, seek->claim, seek->timestamp_ms,
                       seek->claim->generation);
}

enum kc_err kc_consumer_seek_time(struct kc_consumer *consumer, const char *topic,
                                  int32_t partition, int64_t timestamp_ms, struct kc_error *error)
{
    struct moment_seek seek = { consumer, NULL, timestamp_ms };
    enum kc_err err = consumer_handle_find(consumer, topic, partition, &seek.claim, error);

    if (err) {
        return err;
    }
    if (timestamp_ms < 0) {
        return reason_set(error, KC_ERR_INVALID, "a time is 0 or more milliseconds since 1970");
    }
    consumer_handle_forget_fetched(consumer, seek.claim);
    thread_call_sync(consumer->handle.thread, moment_seek_io, &seek);
    return KC_ERR_NONE;
}

enum kc_err kc_consumer_lag(struct kc_consumer *consumer, const char *topic, int32_t partition,
                            int64_t *ret_lag, struct kc_error *error)
{
    struct claim *claim = NULL;
    enum kc_err err = consumer_handle_find(consumer, topic, partition, &claim, error);

    if (!err) {
        int64_t end = atomic_load(&claim->end_offset);
        *ret_lag = end < 0 || claim->offset < 0 ? -1 : MAX_OF(0, end - claim->offset);
    }
    return err;
}

/* The moments and their texts in one block, as the asker may leave before the answer. */
struct moment_ask {
    struct ask ask;
    struct consumer *core;
    int64_t deadline_us;
    size_t count;
    struct kc_moment moments[];
};

static void moment_free(struct ask *ask)
{
    ask_finish(ask);
    free(CONTAINER_OF(ask, struct moment_ask, ask));
}

static void moment_done(void *context, enum kc_err err)
{
    ask_done(context, err, NULL);
}

static void moment_run(void *context)
{
    struct moment_ask *ask = CONTAINER_OF((struct ask *)context, struct moment_ask, ask);

    offset_search_start(ask->core, ask->moments, ask->count, ask->deadline_us, moment_done,
                        &ask->ask);
}

static struct moment_ask *moment_ask_create(const struct kc_moment *moments, size_t count)
{
    size_t size = sizeof(struct moment_ask) + count * sizeof(*moments);

    for (size_t i = 0; i < count; i++) {
        size += strlen(moments[i].topic) + 1;
    }
    struct moment_ask *ask = calloc(1, size);
    if (!ask) {
        return NULL;
    }
    char *text = (char *)(ask->moments + count);
    ask->count = count;
    for (size_t i = 0; i < count; i++) {
        size_t text_size = strlen(moments[i].topic) + 1;
        ask->moments[i] = moments[i];
        ask->moments[i].topic = memcpy(text, moments[i].topic, text_size);
        text += text_size;
    }
    return ask;
}

/* Answers of single partitions go out in any case; offsets only when all is well. */
static void moment_copy(const struct moment_ask *ask, struct kc_moment *moments, enum kc_err err)
{
    for (size_t i = 0; i < ask->count; i++) {
        moments[i].err = ask->moments[i].err;
        if (!err) {
            moments[i].timestamp_ms = ask->moments[i].timestamp_ms;
            moments[i].offset = ask->moments[i].offset;
            moments[i].leader_epoch = ask->moments[i].leader_epoch;
        }
    }
}

enum kc_err kc_consumer_find_offsets(struct kc_consumer *consumer, struct kc_moment *moments,
                                     size_t count, int timeout_ms, struct kc_error *error)
{
    if (!consumer || consumer->is_closed) {
        return reason_plain(error, consumer ? KC_ERR_CLOSED : KC_ERR_INVALID);
    }
    for (size_t i = 0; i < count; i++) {
        if (!moments[i].topic || !moments[i].topic[0] || moments[i].partition < 0 ||
            moments[i].timestamp_ms < KC_MOMENT_EARLIEST) {
            return reason_set(error, KC_ERR_INVALID,
                              "a moment needs a topic, a partition and a time of 0 or more or "
                              "KC_MOMENT_*");
        }
        enum kc_err err = handle_check_topic(moments[i].topic, error);
        if (err) {
            return err;
        }
    }
    struct moment_ask *ask = moment_ask_create(moments, count);
    if (!ask) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    ask_init(&ask->ask, moment_run, moment_free);
    ask->core = consumer->core;
    ask->deadline_us = handle_deadline_us(&consumer->handle, timeout_ms);
    enum kc_err err =
        ask_wait(&ask->ask, consumer->handle.thread, timeout_ms, "asking for offsets", error);
    if (err != KC_ERR_TIMED_OUT) {
        moment_copy(ask, moments, err);
    }
    ask_drop(&ask->ask);
    return err;
}

struct moment_stall {
    struct kc_consumer *consumer;
    struct claim *claim;
    struct kc_stall *ret_stall;
};

static void moment_stall_io(void *context)
{
    struct moment_stall *stall = context;

    consumer_stall(stall->consumer->core, stall->claim, stall->ret_stall);
}

enum kc_err kc_consumer_stall(struct kc_consumer *consumer, const char *topic, int32_t partition,
                              struct kc_stall *ret_stall, struct kc_error *error)
{
    struct moment_stall stall = { consumer, NULL, ret_stall };
    enum kc_err err = consumer_handle_find(consumer, topic, partition, &stall.claim, error);

    if (!err) {
        thread_call_sync(consumer->handle.thread, moment_stall_io, &stall);
    }
    return err;
}

int kc_consumer_fd(struct kc_consumer *consumer, struct kc_error *error)
{
    if (!consumer) {
        (void)reason_set(error, KC_ERR_INVALID, "a consumer is needed");
        return -1;
    }
    int fd = inbox_fd(&consumer->inbox);
    (void)(fd < 0 ? reason_set(error, KC_ERR_IO, "no file descriptor: %s", strerror(errno))
                  : reason_clear(error));
    return fd;
}
