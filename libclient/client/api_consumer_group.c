/* client: subscribing, assigning by hand, and leaving. */
#include "client/consumer_handle.h"
#include "consumer/offset_list.h"

#include <libclient/subscription.h>

#include <assert.h>
#include <stdlib.h>

static enum kc_err group_check(const struct kc_consumer *consumer, enum consumer_mode wrong,
                               struct kc_error *error)
{
    if (!consumer) {
        return reason_set(error, KC_ERR_INVALID, "a consumer is needed");
    }
    if (consumer->is_closed) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    if (consumer->mode == wrong || consumer->is_rebalancing) {
        return reason_set(error, KC_ERR_WRONG_STATE,
                          "subscribe and assign exclude each other: unsubscribe first (and not "
                          "inside a rebalance callback)");
    }
    return reason_clear(error);
}

struct subscribe_order {
    struct kc_consumer *consumer;
    const struct slice *topics;
    size_t count;
    enum kc_err err;
};

static void subscribe_io(void *context)
{
    struct subscribe_order *order = context;

    order->err = consumer_subscribe(order->consumer->core, order->topics, order->count);
}

enum kc_err kc_consumer_subscribe(struct kc_consumer *consumer, const char *const *topics,
                                  size_t count, const struct kc_rebalance_listener *listener,
                                  struct kc_error *error)
{
    struct kc_rebalance_listener none = { 0 };
    enum kc_err err = group_check(consumer, CONSUMER_BY_HAND, error);

    if (err) {
        return err;
    }
    if (!config_string(consumer->handle.config, "group.id")) {
        return reason_set(error, KC_ERR_INVALID, "group.id is needed to subscribe");
    }
    if (count == 0) {
        kc_consumer_unsubscribe(consumer);
        return KC_ERR_NONE;
    }
    struct slice *names = calloc(count, sizeof(*names));
    if (!names) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    for (size_t i = 0; i < count; i++) {
        names[i] = slice_text(topics[i]);
        if (names[i].size == 0) {
            free(names);
            return reason_set(error, KC_ERR_INVALID, "a topic needs a name");
        }
    }
    consumer->listener = listener ? *listener : none;
    consumer->mode = CONSUMER_IN_GROUP;
    struct subscribe_order order = { consumer, names, count, KC_ERR_NONE };
    thread_call_sync(consumer->handle.thread, subscribe_io, &order);
    free(names);
    return order.err ? reason_plain(error, order.err) : KC_ERR_NONE;
}

static void unsubscribe_io(void *context)
{
    struct kc_consumer *consumer = context;

    consumer_unsubscribe(consumer->core, MEMBER_PARTING_DEFAULT, NULL, NULL);
}

void kc_consumer_unsubscribe(struct kc_consumer *consumer)
{
    if (!consumer || consumer->is_closed || consumer->is_rebalancing) {
        return;
    }
    if (consumer->auto_commit) {
        (void)consumer_handle_auto_commit(consumer, 0);
    }
    if (consumer->mode == CONSUMER_IN_GROUP && !list_is_empty(&consumer->claims)) {
        consumer_handle_listen(consumer, consumer->listener.revoked);
    }
    thread_call_sync(consumer->handle.thread, unsubscribe_io, consumer);
    consumer_handle_purge(consumer);
    consumer_handle_clear(consumer);
    consumer->mode = CONSUMER_FREE;
}

struct assign_order {
    struct kc_consumer *consumer;
    struct claim **claims;
    int64_t *offsets;
    int32_t *leader_epochs;
    size_t count;
    enum kc_err err;
};

static void assign_io(void *context)
{
    struct assign_order *order = context;

    order->err = consumer_assign(order->consumer->core, order->claims, order->offsets,
                                 order->leader_epochs, order->count);
}

static enum kc_err assign_check(const struct kc_position *positions, size_t count,
                                struct kc_error *error)
{
    struct offset_list list;
    struct arena arena;
    enum kc_err err = KC_ERR_NONE;

    for (size_t i = 0; i < count; i++) {
        if (!positions[i].topic || !positions[i].topic[0] || positions[i].partition < 0 ||
            positions[i].offset < KC_OFFSET_LATEST) {
            return reason_set(error, KC_ERR_INVALID,
                              "a position to assign needs a topic, a partition and an offset of 0 "
                              "or more or KC_OFFSET_*");
        }
    }
    arena_init(&arena, 0);
    /* Sorting moves pointers only. */
    if (offset_list_init(&list, (struct kc_position *)(uintptr_t)positions, count, &arena)) {
        err = reason_plain(error, KC_ERR_NO_MEMORY);
    }
    for (size_t i = 1; i < count && !err; i++) {
        if (list.sorted[i]->partition == list.sorted[i - 1]->partition &&
            strcmp(list.sorted[i]->topic, list.sorted[i - 1]->topic) == 0) {
            err = reason_set(error, KC_ERR_INVALID, "%s-%d is given twice", list.sorted[i]->topic,
                             list.sorted[i]->partition);
        }
    }
    arena_finish(&arena);
    return err;
}

/* Claims, offsets and epochs from the arena; the claims are owned. */
static enum kc_err assign_fill(struct assign_order *order, const struct kc_position *positions,
                               struct arena *arena)
{
    size_t count = order->count;

    order->count = 0;
    order->claims = arena_alloc_array(arena, count, sizeof(*order->claims));
    order->offsets = arena_alloc_array(arena, count, sizeof(*order->offsets));
    order->leader_epochs = arena_alloc_array(arena, count, sizeof(*order->leader_epochs));
    if (!order->claims || !order->offsets || !order->leader_epochs) {
        return KC_ERR_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) {
        order->claims[i] = claim_create(slice_text(positions[i].topic), positions[i].partition);
        if (!order->claims[i]) {
            return KC_ERR_NO_MEMORY;
        }
        order->offsets[i] = positions[i].offset;
        /* Zeroed positions mean "unknown" with 0: an epoch that is wrong would be refused. */
        order->leader_epochs[i] = -1;
        order->count++;
    }
    return KC_ERR_NONE;
}

enum kc_err kc_consumer_assign(struct kc_consumer *consumer, const struct kc_position *positions,
                               size_t count, struct kc_error *error)
{
    struct assign_order order = { .consumer = consumer, .count = count };
    struct arena arena;
    enum kc_err err = group_check(consumer, CONSUMER_IN_GROUP, error);

    if (!err) {
        err = assign_check(positions, count, error);
    }
    if (err) {
        return err;
    }
    arena_init(&arena, 0);
    if (consumer->auto_commit) {
        (void)consumer_handle_auto_commit(consumer, 0);
    }
    order.err = assign_fill(&order, positions, &arena);
    if (!order.err) {
        consumer_handle_purge(consumer);
        consumer_handle_clear(consumer);
        consumer_handle_install(consumer, order.claims, order.count);
        consumer->mode = count > 0 ? CONSUMER_BY_HAND : CONSUMER_FREE;
        thread_call_sync(consumer->handle.thread, assign_io, &order);
    }
    for (size_t i = 0; i < order.count; i++) {
        claim_drop(order.claims[i]);
    }
    arena_finish(&arena);
    return order.err ? reason_plain(error, order.err) : KC_ERR_NONE;
}

enum kc_err kc_consumer_assignment(struct kc_consumer *consumer,
                                   struct kc_positions **ret_positions, struct kc_error *error)
{
    size_t count = 0;

    if (!consumer) {
        return reason_set(error, KC_ERR_INVALID, "a consumer is needed");
    }
    LIST_EACH(node, &consumer->claims)
    {
        count++;
    }
    struct kc_position *positions = calloc(count + 1, sizeof(*positions));
    if (!positions) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    count = 0;
    LIST_EACH(node, &consumer->claims)
    {
        const struct claim *claim = LIST_ITEM(node, struct claim, link);
        positions[count].topic = claim->topic;
        positions[count].partition = claim->partition;
        positions[count].offset = claim->offset >= 0 ? claim->offset : KC_OFFSET_NONE;
        positions[count++].leader_epoch = claim->leader_epoch;
    }
    struct kc_positions *list = commit_positions_copy(positions, count);
    free(positions);
    if (!list) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    *ret_positions = list;
    return reason_clear(error);
}

struct leave_ask {
    struct ask ask;
    struct consumer *core;
    enum member_parting parting;
};

static void leave_free(struct ask *ask)
{
    ask_finish(ask);
    free(CONTAINER_OF(ask, struct leave_ask, ask));
}

static void leave_done(void *context)
{
    ask_done(context, KC_ERR_NONE, NULL);
}

static void leave_run(void *context)
{
    struct leave_ask *leave = CONTAINER_OF((struct ask *)context, struct leave_ask, ask);

    consumer_unsubscribe(leave->core, leave->parting, leave_done, context);
}

/* Callbacks of commits that are still under way run here, as no poll comes any more. */
static void close_commits(struct kc_consumer *consumer, int64_t deadline_us)
{
    struct kc_error error;

    do {
        (void)consumer_handle_receive(consumer);
        LIST_EACH_SAFE(node, &consumer->orders)
        {
            struct news *news = LIST_ITEM(node, struct news, link);
            if (news->kind == NEWS_COMMITTED) {
                list_remove(node);
                (void)consumer_handle_news(consumer, news, &error);
            }
        }
    } while (consumer->commits_open > 0 &&
             inbox_wait(&consumer->inbox, deadline_us) != KC_ERR_TIMED_OUT);
}

static int close_left_ms(const struct kc_consumer *consumer, int64_t deadline_us)
{
    if (deadline_us == INT64_MAX) {
        return -1;
    }
    int64_t left_us = deadline_us - clock_now_us(consumer->handle.clock);
    return (int)MAX_OF(0, left_us / 1000);
}

static enum kc_err close_leave(struct kc_consumer *consumer, enum member_parting parting,
                               int timeout_ms, struct kc_error *error)
{
    struct leave_ask *leave = calloc(1, sizeof(*leave));

    if (!leave) {
        return reason_plain(error, KC_ERR_NO_MEMORY);
    }
    ask_init(&leave->ask, leave_run, leave_free);
    leave->core = consumer->core;
    leave->parting = parting;
    enum kc_err err =
        ask_wait(&leave->ask, consumer->handle.thread, timeout_ms, "leaving the group", error);
    ask_drop(&leave->ask);
    return err;
}

enum kc_err kc_consumer_close(struct kc_consumer *consumer, int timeout_ms, struct kc_error *error)
{
    return kc_consumer_close_as(consumer, KC_PARTING_DEFAULT, timeout_ms, error);
}

enum kc_err kc_consumer_close_as(struct kc_consumer *consumer, enum kc_parting parting,
                                 int timeout_ms, struct kc_error *error)
{
    static const enum member_parting partings[] = { MEMBER_PARTING_DEFAULT, MEMBER_PARTING_LEAVE,
                                                    MEMBER_PARTING_REMAIN };
    enum kc_err err = KC_ERR_NONE;

    if (!consumer || parting > KC_PARTING_REMAIN) {
        return reason_set(error, KC_ERR_INVALID, "a consumer and a KC_PARTING_* are needed");
    }
    if (consumer->is_closed || consumer->is_rebalancing) {
        return reason_plain(error, consumer->is_closed ? KC_ERR_CLOSED : KC_ERR_WRONG_STATE);
    }
    int64_t deadline_us = handle_deadline_us(&consumer->handle, timeout_ms);
    if (consumer->auto_commit && !list_is_empty(&consumer->claims)) {
        int left_ms = close_left_ms(consumer, deadline_us);
        err = consumer_handle_auto_commit(consumer, left_ms == 0 ? 1 : left_ms);
    }
    close_commits(consumer, deadline_us);
    if (consumer->mode == CONSUMER_IN_GROUP && !list_is_empty(&consumer->claims)) {
        consumer_handle_listen(consumer, consumer->listener.revoked);
    }
    consumer->is_closed = true;
    (void)reason_clear(error);
    enum kc_err leave_err =
        close_leave(consumer, partings[parting], close_left_ms(consumer, deadline_us), error);
    close_commits(consumer, 0);
    consumer_handle_purge(consumer);
    consumer_handle_clear(consumer);
    if (!leave_err && err) {
        return reason_set(error, err, "the last positions were not committed: %s",
                          kc_err_text(err));
    }
    return leave_err;
}
