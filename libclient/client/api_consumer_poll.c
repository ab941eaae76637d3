/* client: kc_consumer_poll: the next batch, and what the I/O thread reported before it. */
#include "client/consumer_handle.h"

#include <assert.h>

static void poll_wake_io(struct kc_consumer *consumer, bool wanted)
{
    if (wanted) {
        thread_post(consumer->handle.thread, &consumer->refill);
    }
}

void consumer_handle_discard(struct kc_consumer *consumer, struct news *news)
{
    if (news->kind == NEWS_FETCHED) {
        poll_wake_io(consumer, fetched_refund(LIST_ITEM(news, struct fetched, news)));
    }
    list_remove(&news->link);
    news_destroy(news);
}

static bool poll_is_stale(const struct claim *claim, uint32_t generation)
{
    return !claim->is_current || claim->generation != generation;
}

/* Damaged data: the place is asked for again, as the damage may have come on the way here. */
static void poll_fail(struct kc_consumer *consumer, struct fetched *fetched, enum kc_err err,
                      struct kc_error *error)
{
    struct claim *claim = fetched->claim;

    claim->offset = MAX_OF(claim->offset, fetched->offset);
    (void)reason_set(error, err, "%s-%d: the batch at offset %lld cannot be read: %s", claim->topic,
                     claim->partition, (long long)fetched->offset, kc_err_text(err));
    consumer_handle_seek(consumer, claim, fetched->offset, claim->leader_epoch, true);
    consumer_handle_discard(consumer, &fetched->news);
}

/* A batch of the data in front, or NULL; *ret_failed when poll must return. */
static struct kc_batch *poll_cut(struct kc_consumer *consumer, struct fetched *fetched,
                                 struct kc_error *error, bool *ret_failed)
{
    struct claim *claim = fetched->claim;
    struct kc_batch *batch = NULL;

    if (poll_is_stale(claim, fetched->generation)) {
        consumer_handle_discard(consumer, &fetched->news);
        return NULL;
    }
    if (claim->is_paused) {
        list_remove(&fetched->news.link);
        list_append(&claim->held, &fetched->news.link);
        return NULL;
    }
    enum kc_err err = fetched_cut(fetched, consumer->decompressor, consumer->records_max, &batch);
    if (err == KC_ERR_WOULD_BLOCK) {
        claim->offset = fetched->offset;
        consumer_handle_discard(consumer, &fetched->news);
    } else if (err) {
        poll_fail(consumer, fetched, err, error);
        *ret_failed = true;
    } else if (fetched_is_over(fetched)) {
        consumer_handle_discard(consumer, &fetched->news);
    }
    return batch;
}

/* A batch that was returned broke off inside: tells it, and reads that place anew. */
static bool poll_check_damage(struct kc_consumer *consumer, struct kc_error *error)
{
    struct claim *claim = consumer->last;
    int64_t offset = claim ? atomic_exchange(&claim->damaged, -1) : -1;

    if (offset < 0) {
        return false;
    }
    (void)reason_set(error, KC_ERR_INVALID_RECORD,
                     "%s-%d: the record at offset %lld cannot be read", claim->topic,
                     claim->partition, (long long)offset);
    if (claim->is_current) {
        consumer_handle_seek(consumer, claim, offset, -1, true);
    }
    return true;
}

/* What poll_record has begun: its rest belongs to whoever polls next, unless it is stale. */
static struct kc_batch *poll_open(struct kc_consumer *consumer)
{
    struct kc_batch *batch = consumer->open;

    consumer->open = NULL;
    struct claim *claim = batch->claim;
    bool is_over = poll_is_stale(claim, batch->generation) || claim->offset >= batch->next_offset;
    if (!is_over && !claim->is_paused) {
        return batch;
    }
    if (!is_over) { /* paused in the middle: its rest is fetched again on resume */
        consumer_handle_seek(consumer, claim, claim->offset, claim->leader_epoch, false);
    }
    fetched_batch_destroy(batch);
    return NULL;
}

/* Tells one item that is not data; true when poll must return. A callback may have closed us. */
static bool poll_tell(struct kc_consumer *consumer, struct news *news, struct kc_error *error)
{
    list_remove(&news->link);
    bool is_told = consumer_handle_news(consumer, news, error);
    if (consumer->is_closed) {
        (void)reason_plain(error, KC_ERR_CLOSED);
    }
    return is_told || consumer->is_closed;
}

/* The next batch of what is here already: after what does not wait behind data (a rebalance), the
 * rest of the batch that is open, then what was fetched after it. */
static struct kc_batch *poll_ready(struct kc_consumer *consumer, struct kc_error *error,
                                   bool *ret_failed)
{
    struct kc_batch *batch = NULL;

    while (!batch && !*ret_failed) {
        struct list *from = list_is_empty(&consumer->orders) ? &consumer->ready : &consumer->orders;
        if (from == &consumer->ready && consumer->open) {
            batch = poll_open(consumer);
            continue;
        }
        if (list_is_empty(from)) {
            break;
        }
        struct news *news = LIST_ITEM(from->next, struct news, link);
        if (news->kind == NEWS_FETCHED) {
            batch = poll_cut(consumer, LIST_ITEM(news, struct fetched, news), error, ret_failed);
        } else {
            *ret_failed = poll_tell(consumer, news, error);
        }
    }
    return batch;
}

/* Whoever polls is done with what the poll before gave, so this may also happen while it waits. */
static void poll_auto_commit(struct kc_consumer *consumer)
{
    if (consumer->auto_commit && clock_now_us(consumer->handle.clock) >= consumer->auto_commit_us) {
        (void)consumer_handle_auto_commit(consumer, 0);
    }
}

static struct kc_batch *poll_wait(struct kc_consumer *consumer, int timeout_ms,
                                  struct kc_error *error)
{
    int64_t deadline_us = timeout_ms == 0 ? 0 : handle_deadline_us(&consumer->handle, timeout_ms);
    bool failed = false;

    for (;;) {
        struct kc_batch *batch = poll_ready(consumer, error, &failed);
        if (batch || failed) {
            return batch;
        }
        if (consumer_handle_receive(consumer)) {
            continue;
        }
        if (timeout_ms == 0) {
            return NULL;
        }
        int64_t wait_us =
            consumer->auto_commit ? MIN_OF(deadline_us, consumer->auto_commit_us) : deadline_us;
        enum kc_err err = inbox_wait(&consumer->inbox, wait_us);
        if (err == KC_ERR_WAKEUP) {
            (void)reason_plain(error, KC_ERR_WAKEUP);
            return NULL;
        }
        poll_auto_commit(consumer);
        if (err == KC_ERR_TIMED_OUT && wait_us == deadline_us) {
            return NULL;
        }
    }
}

static struct kc_batch *poll_next(struct kc_consumer *consumer, int timeout_ms,
                                  struct kc_error *error)
{
    if (poll_check_damage(consumer, error)) {
        return NULL;
    }
    if (inbox_was_woken(&consumer->inbox)) {
        (void)reason_plain(error, KC_ERR_WAKEUP);
        return NULL;
    }
    (void)consumer_handle_receive(consumer);
    return poll_wait(consumer, timeout_ms, error);
}

static enum kc_err poll_enter(struct kc_consumer *consumer, struct kc_error *error)
{
    (void)reason_clear(error);
    if (!consumer) {
        return reason_set(error, KC_ERR_INVALID, "a consumer is needed");
    }
    if (consumer->is_closed || consumer->is_closing) {
        return reason_plain(error, KC_ERR_CLOSED);
    }
    if (consumer->is_rebalancing) {
        return reason_set(error, KC_ERR_WRONG_STATE, "poll inside a rebalance callback");
    }
    atomic_store(&consumer->polled_us, INT64_MAX);
    poll_auto_commit(consumer);
    return KC_ERR_NONE;
}

static void poll_leave(struct kc_consumer *consumer, struct kc_batch *batch)
{
    if (batch) {
        sieve_attach(consumer->sieve, batch);
    }
    if (batch && consumer->last != batch->claim) {
        claim_drop(consumer->last);
        claim_take(batch->claim);
        consumer->last = batch->claim;
    }
    consumer_handle_signal(consumer);
    atomic_store(&consumer->polled_us, clock_now_us(consumer->handle.clock));
}

struct kc_batch *kc_consumer_poll(struct kc_consumer *consumer, int timeout_ms,
                                  struct kc_error *error)
{
    struct kc_error own;

    error = error ? error : &own;
    if (poll_enter(consumer, error)) {
        return NULL;
    }
    struct kc_batch *batch = poll_next(consumer, timeout_ms, error);
    if (batch) {
        batch->claim->offset = batch->next_offset;
        batch->claim->leader_epoch = batch->next_epoch;
    }
    poll_leave(consumer, batch);
    return batch;
}

static bool poll_record_open(struct kc_consumer *consumer, struct kc_record *ret_record)
{
    struct kc_batch *batch = consumer->open;

    if (!batch || poll_is_stale(batch->claim, batch->generation) || batch->claim->is_paused) {
        return false;
    }
    if (sieve_next(batch, ret_record)) {
        atomic_store_explicit(&batch->claim->offset, ret_record->offset + 1, memory_order_relaxed);
        atomic_store_explicit(&batch->claim->leader_epoch, ret_record->leader_epoch,
                              memory_order_relaxed);
        return true;
    }
    if (!batch->is_damaged) {
        batch->claim->offset = batch->next_offset;
    }
    return false;
}

enum kc_err kc_consumer_poll_record(struct kc_consumer *consumer, int timeout_ms,
                                    struct kc_record *ret_record, struct kc_error *error)
{
    struct kc_error own;

    error = error ? error : &own;
    if (poll_enter(consumer, error)) {
        return error->code;
    }
    bool found = poll_record_open(consumer, ret_record);
    while (!found) {
        struct kc_batch *stale = consumer->open;
        if (stale && !stale->is_damaged && !stale->claim->is_paused) {
            consumer->open = NULL;
            fetched_batch_destroy(stale);
        }
        struct kc_batch *batch = poll_next(consumer, timeout_ms, error);
        poll_leave(consumer, batch);
        if (!batch) {
            return error->code ? error->code : KC_ERR_TIMED_OUT;
        }
        consumer->open = batch;
        found = poll_record_open(consumer, ret_record);
    }
    consumer_handle_signal(consumer);
    atomic_store(&consumer->polled_us, clock_now_us(consumer->handle.clock));
    return KC_ERR_NONE;
}
