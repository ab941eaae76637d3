/* handler: Fetch, versions 4 to 18. 7: sessions (KIP-227). 12: flexible, divergence (KIP-595),
 * leader hints. 13: topics by id (KIP-516). A fetch that finds less than min.bytes waits for its
 * partitions until max.wait.ms. */
#include "handler/fetch.h"
#include "handler/handlers.h"
#include "handler/throttle_call.h"

#include <stdlib.h>

enum { WARMING_BYTES = 65536 /* read at once */ };

/* One partition of the request that waits. */
struct fetch_wait {
    struct partition_wait wait;
    struct parked_fetch *parked;
};

struct parked_fetch {
    struct fetch *fetch;
    struct fetch_wait *waits;
    size_t wait_count;
    size_t unknown_count;    /* when it began to wait */
    struct loop_timer timer; /* for the deadline, or at once when something has changed */
    int64_t deadline_us;
    bool is_woken;
};

static void fetch_leave(struct parked_fetch *parked)
{
    loop_timer_finish(&parked->timer);
    for (size_t i = 0; i < parked->wait_count; i++) {
        partition_wait_end(&parked->waits[i].wait);
    }
}

static void fetch_cancelled(struct call *call)
{
    fetch_leave(call->parked);
    call_drop(call);
}

/* ---- what the disk has to be asked for ---- */

/* Reads on a pool thread what is not in the page cache, so that the loop need not wait for it. */
struct warming {
    struct loop_job job;
    struct fetch *fetch; /* NULL: the connection is gone, and the fetch with it */
    size_t count;
    struct partition **partitions; /* held, so that the broker waits for the job */
    struct log_range *ranges;      /* held */
};

static void warming_free(struct warming *warming)
{
    free(warming->partitions);
    free(warming->ranges);
    free(warming);
}

static void warming_work(struct loop_job *job)
{
    const struct warming *warming = CONTAINER_OF(job, struct warming, job);
    uint8_t page[WARMING_BYTES];
    for (size_t i = 0; i < warming->count; i++) {
        struct log_range part = warming->ranges[i];
        size_t left = part.size;
        size_t got = 1;
        while (left > 0 && got > 0) {
            part.size = MIN_OF(left, sizeof(page));
            /* Whether it could be read is seen again by who sends it. */
            got = log_range_copy(&part, page, &got) ? 0 : got;
            part.position += (int64_t)got;
            left -= got;
        }
    }
}

static void warming_done(struct loop_job *job)
{
    struct warming *warming = CONTAINER_OF(job, struct warming, job);
    struct fetch *fetch = warming->fetch;
    for (size_t i = 0; i < warming->count; i++) {
        log_range_release(&warming->ranges[i]);
        partition_unhold(warming->partitions[i]);
    }
    warming_free(warming);
    if (fetch) {
        /* Much may have changed meanwhile; what has gone cold again is waited for. */
        fetch->call->cancel = NULL;
        throttle_call_step(fetch->call);
        fetch_read(fetch);
        fetch_answer(fetch);
    }
}

static void warming_cancelled(struct call *call)
{
    ((struct warming *)call->parked)->fetch = NULL;
    call_drop(call);
}

/* Moves what was found into a job. False: no memory for it. */
static bool fetch_warm(struct fetch *fetch)
{
    struct warming *warming = calloc(1, sizeof(*warming));
    if (warming) {
        warming->partitions = calloc(fetch->item_count, sizeof(*warming->partitions));
        warming->ranges = calloc(fetch->item_count, sizeof(*warming->ranges));
    }
    if (!warming || !warming->partitions || !warming->ranges) {
        if (warming) {
            warming_free(warming);
        }
        return false;
    }
    for (size_t i = 0; i < fetch->item_count; i++) {
        struct fetch_item *item = &fetch->items[i];
        if (item->range.size > 0) {
            partition_hold(item->partition);
            warming->partitions[warming->count] = item->partition;
            warming->ranges[warming->count++] = item->range;
            item->range.cached = NULL;
            item->range.size = 0;
        }
    }
    warming->fetch = fetch;
    warming->job.work = warming_work;
    warming->job.done = warming_done;
    fetch->call->parked = warming;
    fetch->call->cancel = warming_cancelled;
    loop_work(fetch->call->node->loop, &warming->job);
    return true;
}

static void fetch_finish(struct fetch *fetch)
{
    if (fetch_is_cached(fetch) || !fetch_warm(fetch)) {
        fetch_answer(fetch);
    }
}

/* ---- waiting for records ---- */

/* Looked at from the loop, once a round: not where a partition changes, since who changes it may
 * not be disturbed by what the answer sets off. */
static void fetch_woken(struct partition_wait *wait, struct partition *partition)
{
    struct parked_fetch *parked = CONTAINER_OF(wait, struct fetch_wait, wait)->parked;
    if (partition->err) {
        partition_wait_end(wait); /* it is about to go */
    }
    if (!parked->is_woken) {
        parked->is_woken = true;
        loop_timer_start(&parked->timer, 0);
    }
}

static void fetch_due(struct loop_timer *timer)
{
    struct parked_fetch *parked = timer->context;
    struct fetch *fetch = parked->fetch;
    throttle_call_step(fetch->call);
    int64_t left_us = parked->deadline_us - loop_now_us(fetch->call->node->loop);
    fetch_read(fetch);
    /* A topic that goes away is told at once. */
    if (left_us <= 0 || fetch_is_satisfied(fetch) || fetch->unknown_count > parked->unknown_count) {
        fetch_leave(parked);
        fetch->call->cancel = NULL;
        fetch_finish(fetch);
        return;
    }
    fetch_drop(fetch);
    throttle_call_pause(fetch->call);
    parked->is_woken = false;
    loop_timer_start(&parked->timer, left_us);
}

static void fetch_park(struct fetch *fetch)
{
    struct call *call = fetch->call;
    const struct fetch_request *request = call->message;
    struct parked_fetch *parked = call_alloc(call, 1, sizeof(*parked));
    if (parked) {
        parked->waits = call_alloc(call, fetch->item_count, sizeof(*parked->waits));
    }
    if (!parked || !parked->waits) {
        call_fail(call, "out of memory for a fetch");
        return;
    }
    parked->fetch = fetch;
    parked->unknown_count = fetch->unknown_count;
    for (size_t i = 0; i < fetch->item_count; i++) {
        if (fetch->items[i].partition) {
            struct fetch_wait *wait = &parked->waits[parked->wait_count++];
            wait->parked = parked;
            wait->wait.woken = fetch_woken;
            partition_wait_begin(fetch->items[i].partition, &wait->wait);
        }
    }
    call->parked = parked;
    call->cancel = fetch_cancelled;
    loop_timer_init(&parked->timer, call->node->loop, fetch_due, parked);
    parked->deadline_us = loop_now_us(call->node->loop) + (int64_t)request->max_wait_ms * 1000;
    loop_timer_start_at(&parked->timer, parked->deadline_us);
}

/* Nothing is told but an error of the whole request. */
static void answer_error(struct call *call, enum kc_err err)
{
    struct fetch_response response;
    message_defaults(&fetch_response_type, &response);
    response.error_code = (int16_t)err;
    call_answer(call, &response, NULL, NULL);
}

void handle_fetch(struct call *call)
{
    const struct fetch_request *request = call->message;
    size_t partition_count = 0;
    for (int32_t i = 0; i < request->topics.count; i++) {
        partition_count += (size_t)request->topics.items[i].partitions.count;
    }
    if (partition_count > FETCH_PARTITIONS_MAX) {
        call_fail(call, "fetches more partitions than one request may name");
        return;
    }
    /* Followers will come through their own listener; until then nobody fetches as a replica. */
    if (request->replica_id >= 0 || request->replica_state.replica_id >= 0) {
        answer_error(call, KC_ERR_CLUSTER_AUTHORIZATION_FAILED);
        return;
    }
    struct fetch *fetch;
    enum kc_err err = fetch_create(call, &fetch);
    if (err == KC_ERR_NO_MEMORY) {
        call_fail(call, "out of memory for a fetch");
        return;
    }
    if (err) {
        answer_error(call, err);
        return;
    }
    fetch_read(fetch);
    if (request->max_wait_ms <= 0 || fetch_is_satisfied(fetch)) {
        fetch_finish(fetch);
        return;
    }
    fetch_drop(fetch);
    fetch_park(fetch);
}
