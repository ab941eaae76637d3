/* client: a consumer as the polling thread holds it: assignment, news, commits of what was polled.
 */
#include "client/consumer_handle.h"

#include <assert.h>
#include <stdlib.h>

struct claim *consumer_handle_claim(struct kc_consumer *consumer, const char *topic,
                                    int32_t partition)
{
    LIST_EACH(node, &consumer->claims)
    {
        struct claim *claim = LIST_ITEM(node, struct claim, link);
        if (claim->partition == partition && strcmp(claim->topic, topic) == 0) {
            return claim;
        }
    }
    return NULL;
}

enum kc_err consumer_handle_find(struct kc_consumer *consumer, const char *topic, int32_t partition,
                                 struct claim **ret_claim, struct kc_error *error)
{
    if (!consumer || !topic) {
        return reason_set(error, KC_ERR_INVALID, "a consumer and a topic are needed");
    }
    if (consumer->is_closed) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    struct claim *claim = consumer_handle_claim(consumer, topic, partition);
    if (!claim) {
        return reason_set(error, KC_ERR_WRONG_STATE, "%s-%d is not assigned to this consumer",
                          topic, partition);
    }
    *ret_claim = claim;
    return reason_clear(error);
}

void consumer_handle_install(struct kc_consumer *consumer, struct claim *const *claims,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        claim_take(claims[i]);
        claims[i]->is_current = true;
        list_append(&consumer->claims, &claims[i]->link);
    }
}

static void handle_drop_held(struct kc_consumer *consumer, struct claim *claim)
{
    LIST_EACH_SAFE(node, &claim->held)
    {
        consumer_handle_discard(consumer, LIST_ITEM(node, struct news, link));
    }
}

void consumer_handle_let_go(struct kc_consumer *consumer, struct claim *claim)
{
    handle_drop_held(consumer, claim);
    claim->is_current = false;
    list_remove(&claim->link);
    claim_drop(claim);
}

void consumer_handle_clear(struct kc_consumer *consumer)
{
    LIST_EACH_SAFE(node, &consumer->claims)
    {
        consumer_handle_let_go(consumer, LIST_ITEM(node, struct claim, link));
    }
}

bool consumer_handle_receive(struct kc_consumer *consumer)
{
    struct list fresh;

    list_init(&fresh);
    if (!inbox_take(&consumer->inbox, &fresh)) {
        return false;
    }
    LIST_EACH_SAFE(node, &fresh)
    {
        enum news_kind kind = LIST_ITEM(node, struct news, link)->kind;
        bool is_in_turn = kind == NEWS_FETCHED || kind == NEWS_ERROR;
        list_remove(node);
        list_append(is_in_turn ? &consumer->ready : &consumer->orders, node);
    }
    return true;
}

void consumer_handle_signal(struct kc_consumer *consumer)
{
    if (consumer->open || !list_is_empty(&consumer->ready) || !list_is_empty(&consumer->orders)) {
        inbox_signal(&consumer->inbox);
    }
}

void consumer_handle_purge(struct kc_consumer *consumer)
{
    (void)consumer_handle_receive(consumer);
    LIST_EACH_SAFE(node, &consumer->ready)
    {
        consumer_handle_discard(consumer, LIST_ITEM(node, struct news, link));
    }
    LIST_EACH_SAFE(node, &consumer->orders)
    {
        struct news *news = LIST_ITEM(node, struct news, link);
        if (news->kind != NEWS_COMMITTED) {
            consumer_handle_discard(consumer, news);
        }
    }
    consumer_handle_signal(consumer);
}

struct seek_order {
    struct kc_consumer *consumer;
    struct claim *claim;
    int64_t offset;
    int32_t leader_epoch;
    bool delay;
};

static void handle_seek_io(void *context)
{
    struct seek_order *order = context;

    consumer_seek(order->consumer->core, order->claim, order->offset, order->leader_epoch,
                  order->claim->generation, order->delay);
}

void consumer_handle_forget_fetched(struct kc_consumer *consumer, struct claim *claim)
{
    claim->generation++;
    claim->offset = -1;
    claim->leader_epoch = -1;
    handle_drop_held(consumer, claim);
}

void consumer_handle_seek(struct kc_consumer *consumer, struct claim *claim, int64_t offset,
                          int32_t leader_epoch, bool delay)
{
    struct seek_order order = { consumer, claim, offset, leader_epoch, delay };

    consumer_handle_forget_fetched(consumer, claim);
    claim->offset = offset >= 0 ? offset : -1;
    claim->leader_epoch = leader_epoch;
    thread_call_sync(consumer->handle.thread, handle_seek_io, &order);
}

struct kc_positions *consumer_handle_positions(struct kc_consumer *consumer, bool only_new)
{
    size_t count = 0;

    LIST_EACH(node, &consumer->claims)
    {
        count++;
    }
    struct kc_position *positions = calloc(count + 1, sizeof(*positions));
    if (!positions) {
        return NULL;
    }
    count = 0;
    LIST_EACH(node, &consumer->claims)
    {
        struct claim *claim = LIST_ITEM(node, struct claim, link);
        int64_t offset = consumer->keeps_stored ? claim->stored : claim->offset;
        if (offset < 0 || (only_new && claim->committed == offset)) {
            continue;
        }
        if (only_new) {
            claim->committed = offset;
        }
        positions[count].topic = claim->topic;
        positions[count].partition = claim->partition;
        positions[count].offset = offset;
        positions[count++].leader_epoch =
            consumer->keeps_stored ? claim->stored_epoch : claim->leader_epoch;
    }
    struct kc_positions *list = commit_positions_copy(positions, count);
    free(positions);
    return list;
}

/* Forgets that these were sent, so that the next auto commit sends them again. */
static void handle_uncommit(struct kc_consumer *consumer)
{
    LIST_EACH(node, &consumer->claims)
    {
        LIST_ITEM(node, struct claim, link)->committed = -1;
    }
}

static void handle_on_auto_commit(void *context, enum kc_err err,
                                  const struct kc_position *positions, size_t count)
{
    struct kc_consumer *consumer = context;

    if (err) {
        handle_uncommit(consumer);
        /* Members that keep their partitions through a rebalance cannot commit during it, and a
         * stale epoch is a fresh one by the next time. */
        bool is_passing = err == KC_ERR_REBALANCE_IN_PROGRESS || err == KC_ERR_STALE_MEMBER_EPOCH;
        trace_log(&consumer->handle.trace, is_passing ? TRACE_DEBUG : TRACE_WARN, "consumer",
                  "auto commit of %zu partitions failed: %s", count, kc_err_text(err));
    }
}

enum kc_err consumer_handle_auto_commit(struct kc_consumer *consumer, int timeout_ms)
{
    /* One that was sent before and may yet fail does not count for who waits. */
    bool only_new = timeout_ms <= 0 || consumer->commits_open == 0;
    struct kc_positions *list = consumer_handle_positions(consumer, only_new);
    enum kc_err err = list ? KC_ERR_NONE : KC_ERR_NO_MEMORY;

    consumer->auto_commit_us =
        clock_now_us(consumer->handle.clock) + consumer->auto_commit_interval_us;
    if (!err && list->count > 0 && timeout_ms > 0) {
        struct kc_error error;
        err = consumer_handle_commit_held(consumer, list, timeout_ms, &error);
        if (err) {
            handle_uncommit(consumer);
            trace_log(&consumer->handle.trace, TRACE_WARN, "consumer", "auto commit failed: %s",
                      error.text);
        }
    } else if (!err && list->count > 0) {
        err = consumer_handle_commit_async(consumer, list->items, list->count,
                                           handle_on_auto_commit, consumer);
    }
    kc_positions_destroy(list);
    return err;
}

typedef void handle_listener(void *context, struct kc_consumer *consumer,
                             const struct kc_partition *partitions, size_t count);

static void handle_listen(struct kc_consumer *consumer, handle_listener *which,
                          struct claim *const *claims, size_t count)
{
    struct kc_partition *partitions = which ? calloc(count + 1, sizeof(*partitions)) : NULL;

    if (!partitions) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        partitions[i].topic = claims[i]->topic;
        partitions[i].partition = claims[i]->partition;
    }
    consumer->is_rebalancing = true;
    which(consumer->listener.context, consumer, partitions, count);
    consumer->is_rebalancing = false;
    free(partitions);
}

void consumer_handle_listen(struct kc_consumer *consumer,
                            void (*which)(void *, struct kc_consumer *, const struct kc_partition *,
                                          size_t))
{
    size_t count = 0;

    LIST_EACH(node, &consumer->claims)
    {
        count++;
    }
    struct claim **claims = calloc(count + 1, sizeof(struct claim *));
    if (!claims) {
        return;
    }
    count = 0;
    LIST_EACH(node, &consumer->claims)
    {
        claims[count++] = LIST_ITEM(node, struct claim, link);
    }
    handle_listen(consumer, which, claims, count);
    free(claims);
}

/* Half the rebalance may pass with the commit: the group waits for us. */
static int handle_revoke_timeout_ms(const struct kc_consumer *consumer)
{
    return MIN_OF(config_int(consumer->handle.config, "max.poll.interval.ms") / 2,
                  config_int(consumer->handle.config, "default.api.timeout.ms"));
}

/* Data of partitions that are not ours any more would hold its share of the budget until its turn
 * came. */
static void handle_drop_stale(struct kc_consumer *consumer)
{
    LIST_EACH_SAFE(node, &consumer->ready)
    {
        struct news *news = LIST_ITEM(node, struct news, link);
        if (news->kind == NEWS_FETCHED &&
            !LIST_ITEM(news, struct fetched, news)->claim->is_current) {
            consumer_handle_discard(consumer, news);
        }
    }
}

static void handle_revoked(struct kc_consumer *consumer, const struct news_assigned *revoked,
                           bool lost)
{
    if (!lost && consumer->auto_commit) {
        (void)consumer_handle_auto_commit(consumer, handle_revoke_timeout_ms(consumer));
    }
    handle_listen(consumer, lost ? consumer->listener.lost : consumer->listener.revoked,
                  revoked->claims, revoked->count);
    for (size_t i = 0; i < revoked->count; i++) {
        if (revoked->claims[i]->is_current) {
            consumer_handle_let_go(consumer, revoked->claims[i]);
        }
    }
    handle_drop_stale(consumer);
    atomic_store(&consumer->released, revoked->news.rebalance);
    thread_post(consumer->handle.thread, &consumer->release);
}

static void handle_placed(const struct news_placed *placed)
{
    struct claim *claim = placed->claim;

    if (claim->is_current && claim->generation == placed->generation) {
        claim->offset = placed->offset;
        claim->leader_epoch = placed->leader_epoch;
    }
}

static bool handle_error(const struct news_error *news, struct kc_error *error)
{
    const struct claim *claim = news->claim;

    if (claim && (!claim->is_current || claim->generation != news->generation)) {
        return false;
    }
    (void)reason_set(error, news->error.code, "%s", news->error.text);
    if (news->error.kind == KC_KIND_FATAL) {
        error->kind = KC_KIND_FATAL;
    }
    return true;
}

static void handle_committed(struct kc_consumer *consumer, struct commit *commit)
{
    assert(consumer->commits_open > 0);
    consumer->commits_open--;
    plug_commit(&consumer->handle.config->plug, commit->error.code, commit->positions,
                commit->count);
    if (commit->callback) {
        commit->callback(commit->context, commit->error.code, commit->positions, commit->count);
    }
}

bool consumer_handle_news(struct kc_consumer *consumer, struct news *news, struct kc_error *error)
{
    bool is_told = false;

    switch (news->kind) {
    case NEWS_FETCHED:
        assert(false);
        break;
    case NEWS_ERROR:
        is_told = handle_error(LIST_ITEM(news, struct news_error, news), error);
        break;
    case NEWS_PLACED:
        handle_placed(LIST_ITEM(news, struct news_placed, news));
        break;
    case NEWS_ASSIGNED: {
        struct news_assigned *assigned = LIST_ITEM(news, struct news_assigned, news);
        consumer_handle_install(consumer, assigned->claims, assigned->count);
        handle_listen(consumer, consumer->listener.assigned, assigned->claims, assigned->count);
        break;
    }
    case NEWS_REVOKED:
    case NEWS_LOST:
        handle_revoked(consumer, LIST_ITEM(news, struct news_assigned, news),
                       news->kind == NEWS_LOST);
        break;
    case NEWS_COMMITTED:
        handle_committed(consumer, LIST_ITEM(news, struct commit, news));
        break;
    }
    news_destroy(news);
    return is_told;
}
