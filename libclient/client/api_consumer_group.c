/* client: assigning by hand, and what is assigned. */
#include "client/consumer_handle.h"
#include "consumer/offset_list.h"

#include <libclient/subscription.h>

#include <assert.h>
#include <stdlib.h>

enum kc_err consumer_handle_check_mode(const struct kc_consumer *consumer, enum consumer_mode wrong,
                                       struct kc_error *error)
{
    if (!consumer) {
        return reason_set(error, KC_ERR_INVALID, "a consumer is needed");
    }
    if (consumer->is_closed || consumer->is_closing) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    if (consumer->mode == wrong || consumer->is_rebalancing) {
        return reason_set(error, KC_ERR_WRONG_STATE,
                          "subscribe and assign exclude each other: unsubscribe first (and not "
                          "inside a rebalance callback)");
    }
    return reason_clear(error);
}

struct assign_order {
    struct kc_consumer *consumer;
    struct claim **claims;
    int64_t *offsets;
    int32_t *leader_epochs;
    size_t count;
    bool more;
    enum kc_err err;
};

static void assign_io(void *context)
{
    struct assign_order *order = context;

    order->err = consumer_assign(order->consumer->core, order->claims, order->offsets,
                                 order->leader_epochs, order->count, order->more);
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
        err = handle_check_topic(positions[i].topic, error);
        if (err) {
            return err;
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
    enum kc_err err = consumer_handle_check_mode(consumer, CONSUMER_IN_GROUP, error);

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

enum kc_err kc_consumer_assign_more(struct kc_consumer *consumer,
                                    const struct kc_position *positions, size_t count,
                                    struct kc_error *error)
{
    struct assign_order order = { .consumer = consumer, .count = count, .more = true };
    struct arena arena;
    enum kc_err err = consumer_handle_check_mode(consumer, CONSUMER_IN_GROUP, error);

    if (!err) {
        err = assign_check(positions, count, error);
    }
    for (size_t i = 0; i < count && !err; i++) {
        if (consumer_handle_claim(consumer, positions[i].topic, positions[i].partition)) {
            err = reason_set(error, KC_ERR_WRONG_STATE, "%s-%d is assigned already",
                             positions[i].topic, positions[i].partition);
        }
    }
    if (err || count == 0) {
        return err;
    }
    arena_init(&arena, 0);
    order.err = assign_fill(&order, positions, &arena);
    if (!order.err) {
        consumer->mode = CONSUMER_BY_HAND;
        thread_call_sync(consumer->handle.thread, assign_io, &order);
    }
    if (!order.err) {
        consumer_handle_install(consumer, order.claims, order.count);
    }
    for (size_t i = 0; i < order.count; i++) {
        claim_drop(order.claims[i]);
    }
    arena_finish(&arena);
    return order.err ? reason_plain(error, order.err) : KC_ERR_NONE;
}

struct unassign_order {
    struct kc_consumer *consumer;
    struct claim *claim;
};

static void unassign_io(void *context)
{
    struct unassign_order *order = context;

    consumer_unassign(order->consumer->core, order->claim);
}

enum kc_err kc_consumer_unassign(struct kc_consumer *consumer,
                                 const struct kc_partition *partitions, size_t count,
                                 struct kc_error *error)
{
    enum kc_err err = consumer_handle_check_mode(consumer, CONSUMER_IN_GROUP, error);

    for (size_t i = 0; i < count && !err; i++) {
        if (!partitions[i].topic ||
            !consumer_handle_claim(consumer, partitions[i].topic, partitions[i].partition)) {
            err =
                reason_set(error, KC_ERR_WRONG_STATE, "%s-%d is not assigned to this consumer",
                           partitions[i].topic ? partitions[i].topic : "", partitions[i].partition);
        }
    }
    if (err) {
        return err;
    }
    if (consumer->auto_commit) {
        (void)consumer_handle_auto_commit(consumer, 0);
    }
    for (size_t i = 0; i < count; i++) {
        struct claim *claim =
            consumer_handle_claim(consumer, partitions[i].topic, partitions[i].partition);
        struct unassign_order order = { consumer, claim };
        if (claim) { /* NULL: named twice */
            thread_call_sync(consumer->handle.thread, unassign_io, &order);
            consumer_handle_let_go(consumer, claim);
        }
    }
    return KC_ERR_NONE;
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
