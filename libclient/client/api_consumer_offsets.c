/* client: commits, committed offsets and positions. */
#include "client/consumer_handle.h"

#include <stdlib.h>

void kc_positions_destroy(struct kc_positions *positions)
{
    free(positions);
}

static void post_commit(void *context)
{
    struct commit *commit = context;

    consumer_commit(commit->consumer, commit);
}

enum kc_err consumer_handle_commit_async(struct kc_consumer *consumer,
                                         const struct kc_position *positions, size_t count,
                                         kc_commit_callback *callback, void *context)
{
    struct commit *commit = commit_create(positions, count);

    if (!commit) {
        return KC_ERR_NO_MEMORY;
    }
    commit->consumer = consumer->core;
    commit->callback = callback;
    commit->context = context;
    enum kc_err err = thread_call(consumer->handle.thread, post_commit, commit);
    if (err) {
        commit_destroy(commit);
        return err;
    }
    consumer->commits_open++;
    return KC_ERR_NONE;
}

enum kc_err kc_consumer_commit_async(struct kc_consumer *consumer, const struct kc_batch *batch,
                                     kc_commit_callback *callback, void *context)
{
    if (!consumer) {
        return KC_ERR_INVALID;
    }
    if (consumer->is_closed) {
        return KC_ERR_CLOSED;
    }
    if (batch) {
        struct kc_position position = { .topic = batch->claim->topic,
                                        .partition = batch->claim->partition,
                                        .offset = batch->next_offset,
                                        .leader_epoch = batch->next_epoch };
        return consumer_handle_commit_async(consumer, &position, 1, callback, context);
    }
    struct kc_positions *list = consumer_handle_positions(consumer, false);
    enum kc_err err =
        list ? consumer_handle_commit_async(consumer, list->items, list->count, callback, context)
             : KC_ERR_NO_MEMORY;
    kc_positions_destroy(list);
    return err;
}

/* A commit, or a question for commits, that the application waits for. */
struct offsets_ask {
    struct ask ask;
    struct consumer *core;
    struct commit *commit; /* owned */
    bool is_question;
};

/* What is waited for. */
enum offsets_deed { OFFSETS_ASK, OFFSETS_COMMIT, OFFSETS_COMMIT_HELD };

static void offsets_free(struct ask *ask)
{
    struct offsets_ask *offsets = CONTAINER_OF(ask, struct offsets_ask, ask);

    commit_destroy(offsets->commit);
    ask_finish(ask);
    free(offsets);
}

static void offsets_done(struct commit *commit)
{
    struct offsets_ask *offsets = commit->done_context;

    ask_done(&offsets->ask, commit->error.code, commit->error.text);
}

static void offsets_run(void *context)
{
    struct offsets_ask *offsets = CONTAINER_OF((struct ask *)context, struct offsets_ask, ask);

    offsets->commit->done = offsets_done;
    offsets->commit->done_context = offsets;
    if (offsets->is_question) {
        consumer_ask_committed(offsets->core, offsets->commit);
    } else {
        consumer_commit(offsets->core, offsets->commit);
    }
}

/* Waits for the answer; *ret_positions (may be NULL) gets a copy of what it says. */
static enum kc_err offsets_wait(struct kc_consumer *consumer, const struct kc_position *positions,
                                size_t count, enum offsets_deed deed, int timeout_ms,
                                struct kc_positions **ret_positions, struct kc_error *error)
{
    struct offsets_ask *offsets = calloc(1, sizeof(*offsets));
    bool is_question = deed == OFFSETS_ASK;

    if (!offsets) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    ask_init(&offsets->ask, offsets_run, offsets_free);
    offsets->core = consumer->core;
    offsets->is_question = is_question;
    offsets->commit = commit_create(positions, count);
    if (!offsets->commit) {
        ask_drop(&offsets->ask);
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    offsets->commit->is_held = deed == OFFSETS_COMMIT_HELD;
    offsets->commit->deadline_us = handle_deadline_us(&consumer->handle, timeout_ms);
    enum kc_err err =
        ask_wait(&offsets->ask, consumer->handle.thread, timeout_ms,
                 is_question ? "asking for committed offsets" : "committing offsets", error);
    if (!err && ret_positions) {
        *ret_positions = commit_positions_copy(offsets->commit->positions, offsets->commit->count);
        err = *ret_positions ? KC_ERR_NONE : reason_plain(error, KC_ERR_NO_MEMORY);
    }
    ask_drop(&offsets->ask);
    return err;
}

static enum kc_err offsets_check(const struct kc_consumer *consumer, struct kc_error *error)
{
    if (!consumer) {
        return reason_set(error, KC_ERR_INVALID, "a consumer is needed");
    }
    if (consumer->is_closed) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    if (!config_string(consumer->handle.config, "group.id")) {
        return reason_set(error, KC_ERR_INVALID, "group.id is needed to commit offsets");
    }
    return reason_clear(error);
}

enum kc_err consumer_handle_commit_held(struct kc_consumer *consumer,
                                        const struct kc_positions *positions, int timeout_ms,
                                        struct kc_error *error)
{
    enum kc_err err = offsets_wait(consumer, positions->items, positions->count,
                                   OFFSETS_COMMIT_HELD, timeout_ms, NULL, error);

    plug_commit(&consumer->handle.config->plug, err, positions->items, positions->count);
    return err;
}

static bool offsets_are_held(struct kc_consumer *consumer, const struct kc_position *positions,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!consumer_handle_claim(consumer, positions[i].topic, positions[i].partition)) {
            return false;
        }
    }
    return true;
}

enum kc_err kc_consumer_commit_sync(struct kc_consumer *consumer,
                                    const struct kc_position *positions, size_t count,
                                    int timeout_ms, struct kc_error *error)
{
    enum kc_err err = offsets_check(consumer, error);

    if (err) {
        return err;
    }
    for (size_t i = 0; i < count; i++) {
        if (!positions[i].topic || positions[i].partition < 0 || positions[i].offset < 0) {
            return reason_set(error, KC_ERR_INVALID,
                              "a position to commit needs a topic, a "
                              "partition and an offset of 0 or more");
        }
    }
    if (count > 0) {
        enum offsets_deed deed =
            offsets_are_held(consumer, positions, count) ? OFFSETS_COMMIT_HELD : OFFSETS_COMMIT;
        err = offsets_wait(consumer, positions, count, deed, timeout_ms, NULL, error);
        plug_commit(&consumer->handle.config->plug, err, positions, count);
        return err;
    }
    struct kc_positions *list = consumer_handle_positions(consumer, false);
    if (!list) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    err = consumer_handle_commit_held(consumer, list, timeout_ms, error);
    kc_positions_destroy(list);
    return err;
}

enum kc_err kc_consumer_committed(struct kc_consumer *consumer,
                                  const struct kc_partition *partitions, size_t count,
                                  int timeout_ms, struct kc_positions **ret_positions,
                                  struct kc_error *error)
{
    enum kc_err err = offsets_check(consumer, error);

    if (err) {
        return err;
    }
    struct kc_position *positions = calloc(count + 1, sizeof(*positions));
    if (!positions) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < count && !err; i++) {
        positions[i].topic = partitions[i].topic;
        positions[i].partition = partitions[i].partition;
        positions[i].offset = KC_OFFSET_NONE;
        positions[i].leader_epoch = -1;
        if (!partitions[i].topic || partitions[i].partition < 0) {
            err = reason_set(error, KC_ERR_INVALID, "a partition needs a topic and a number");
        }
    }
    if (!err) {
        err =
            offsets_wait(consumer, positions, count, OFFSETS_ASK, timeout_ms, ret_positions, error);
    }
    free(positions);
    return err;
}

enum kc_err kc_consumer_seek(struct kc_consumer *consumer, const char *topic, int32_t partition,
                             int64_t offset, struct kc_error *error)
{
    struct claim *claim = NULL;
    enum kc_err err = consumer_handle_find(consumer, topic, partition, &claim, error);

    if (err) {
        return err;
    }
    if (offset < KC_OFFSET_LATEST || offset == KC_OFFSET_NONE) {
        return reason_set(error, KC_ERR_INVALID, "offset %lld is not one to seek to",
                          (long long)offset);
    }
    consumer_handle_seek(consumer, claim, offset, -1, false);
    return KC_ERR_NONE;
}

enum kc_err kc_consumer_position(struct kc_consumer *consumer, const char *topic, int32_t partition,
                                 int64_t *ret_offset, struct kc_error *error)
{
    struct claim *claim = NULL;
    enum kc_err err = consumer_handle_find(consumer, topic, partition, &claim, error);

    if (!err) {
        *ret_offset = claim->offset >= 0 ? claim->offset : KC_OFFSET_NONE;
    }
    return err;
}

struct pause_order {
    struct kc_consumer *consumer;
    struct claim *claim;
};

static void pause_io(void *context)
{
    struct pause_order *order = context;

    consumer_pause(order->consumer->core, order->claim, order->claim->is_paused);
}

/* What was held back comes first again, in its order. */
static void resume_held(struct kc_consumer *consumer, struct claim *claim)
{
    bool is_any = !list_is_empty(&claim->held);

    while (!list_is_empty(&claim->held)) {
        struct list *last = claim->held.prev;
        list_remove(last);
        list_prepend(&consumer->ready, last);
    }
    if (is_any) {
        consumer_handle_signal(consumer);
    }
}

static enum kc_err offsets_pause(struct kc_consumer *consumer,
                                 const struct kc_partition *partitions, size_t count,
                                 bool is_paused, struct kc_error *error)
{
    struct claim *claim = NULL;

    for (size_t i = 0; i < count; i++) {
        enum kc_err err = consumer_handle_find(consumer, partitions[i].topic,
                                               partitions[i].partition, &claim, error);
        if (err) {
            return err;
        }
    }
    for (size_t i = 0; i < count; i++) {
        claim = consumer_handle_claim(consumer, partitions[i].topic, partitions[i].partition);
        struct pause_order order = { consumer, claim };
        if (claim->is_paused != is_paused) {
            claim->is_paused = is_paused;
            thread_call_sync(consumer->handle.thread, pause_io, &order);
        }
        if (!is_paused) {
            resume_held(consumer, claim);
        }
    }
    return reason_clear(error);
}

enum kc_err kc_consumer_pause(struct kc_consumer *consumer, const struct kc_partition *partitions,
                              size_t count, struct kc_error *error)
{
    return offsets_pause(consumer, partitions, count, true, error);
}

enum kc_err kc_consumer_resume(struct kc_consumer *consumer, const struct kc_partition *partitions,
                               size_t count, struct kc_error *error)
{
    return offsets_pause(consumer, partitions, count, false, error);
}
