/* net: the event loop over libuv. Timers stand in one pairing heap behind one libuv timer, and
 * wake-ups in one list behind one libuv async, so that finishing them takes effect at once. */
#include "net/loop.h"

#include "base/attr.h"
#include "base/clock.h"
#include "base/lock.h"

#include <assert.h>
#include <stdlib.h>

struct loop {
    uv_loop_t uv;
    uv_timer_t timer;
    uv_idle_t idle; /* running: a timer is due in the next round */
    uv_async_t async;
    struct loop_timer *timers; /* root of the heap: the earliest */
    int64_t armed_us;          /* what the libuv timer waits for; INT64_MAX: nothing */
    int64_t round_us;          /* timers later than this wait for another round */
    struct lock lock;          /* of woken */
    struct list woken;
    bool is_stopped;
    uint8_t scratch[LOOP_SCRATCH_SIZE];
};

/* The heap's order is by deadline only; a node's children come after it. */
static struct loop_timer *heap_join(struct loop_timer *a, struct loop_timer *b)
{
    if (!a || !b) {
        return a ? a : b;
    }
    if (b->deadline_us < a->deadline_us) {
        struct loop_timer *swap = a;
        a = b;
        b = swap;
    }
    b->next = a->child;
    if (b->next) {
        b->next->previous = b;
    }
    b->previous = a;
    a->child = b;
    return a;
}

/* Joins siblings in pairs, then the pairs from the last to the first; that keeps the heap flat. */
static struct loop_timer *heap_join_siblings(struct loop_timer *first)
{
    struct loop_timer *pairs = NULL;
    while (first) {
        struct loop_timer *second = first->next;
        struct loop_timer *rest = second ? second->next : NULL;
        first->next = NULL;
        if (second) {
            second->next = NULL;
        }
        struct loop_timer *pair = heap_join(first, second);
        pair->next = pairs;
        pairs = pair;
        first = rest;
    }
    struct loop_timer *root = NULL;
    while (pairs) {
        struct loop_timer *rest = pairs->next;
        pairs->next = NULL;
        root = heap_join(root, pairs);
        pairs = rest;
    }
    if (root) {
        root->previous = NULL;
    }
    return root;
}

static void heap_take_out(struct loop *loop, struct loop_timer *timer)
{
    struct loop_timer *children = heap_join_siblings(timer->child);
    if (timer == loop->timers) {
        loop->timers = children;
    } else {
        if (timer->previous->child == timer) {
            timer->previous->child = timer->next;
        } else {
            timer->previous->next = timer->next;
        }
        if (timer->next) {
            timer->next->previous = timer->previous;
        }
        loop->timers = heap_join(loop->timers, children);
    }
    timer->child = NULL;
    timer->next = NULL;
    timer->previous = NULL;
}

static void on_idle(uv_idle_t *idle);
static void on_timer(uv_timer_t *uv_timer);

static void loop_arm(struct loop *loop)
{
    if (!loop->timers || loop->timers->deadline_us >= loop->armed_us) {
        return;
    }
    loop->armed_us = loop->timers->deadline_us;
    int64_t wait_us = loop->armed_us - loop_now_us(loop);
    if (wait_us <= 0) {
        /* A libuv timer of 0 that starts itself anew would never let sockets have a turn. */
        (void)uv_idle_start(&loop->idle, on_idle);
        return;
    }
    uv_update_time(&loop->uv);
    (void)uv_timer_start(&loop->timer, on_timer, (uint64_t)(wait_us + 999) / 1000, 0);
}

static void loop_run_due(struct loop *loop)
{
    loop->round_us = loop_now_us(loop);
    while (loop->timers && loop->timers->deadline_us <= loop->round_us) {
        struct loop_timer *timer = loop->timers;
        heap_take_out(loop, timer);
        timer->is_running = false;
        timer->callback(timer);
    }
    loop->armed_us = INT64_MAX;
    loop_arm(loop);
}

static void on_idle(uv_idle_t *idle)
{
    (void)uv_idle_stop(idle);
    loop_run_due(idle->data);
}

static void on_timer(uv_timer_t *uv_timer)
{
    loop_run_due(uv_timer->data);
}

static void on_async(uv_async_t *async)
{
    struct loop *loop = async->data;
    for (;;) {
        lock_hold(&loop->lock);
        struct list *node = list_first(&loop->woken);
        if (node) {
            list_remove(node);
        }
        lock_release(&loop->lock);
        if (!node) {
            return;
        }
        struct loop_wakeup *wakeup = LIST_ITEM(node, struct loop_wakeup, link);
        atomic_store_explicit(&wakeup->is_pending, false, memory_order_seq_cst);
        wakeup->callback(wakeup);
    }
}

struct loop *loop_create(void)
{
    struct loop *loop = calloc(1, sizeof(*loop));
    if (!loop) {
        return NULL;
    }
    if (uv_loop_init(&loop->uv) != 0) {
        free(loop);
        return NULL;
    }
    if (uv_async_init(&loop->uv, &loop->async, on_async) != 0) {
        (void)uv_loop_close(&loop->uv);
        free(loop);
        return NULL;
    }
    (void)uv_timer_init(&loop->uv, &loop->timer);
    (void)uv_idle_init(&loop->uv, &loop->idle);
    loop->async.data = loop;
    loop->timer.data = loop;
    loop->idle.data = loop;
    loop->armed_us = INT64_MAX;
    loop->round_us = INT64_MIN;
    lock_init(&loop->lock);
    list_init(&loop->woken);
    return loop;
}

static void assert_closing(uv_handle_t *handle, void *context)
{
    (void)context;
    assert(uv_is_closing(handle) && "a handle outlives its loop");
}

void loop_destroy(struct loop *loop)
{
    if (!loop) {
        return;
    }
    /* Jobs first: their done may still start timers or wake-ups. */
    uv_unref((uv_handle_t *)&loop->async);
    uv_unref((uv_handle_t *)&loop->timer);
    uv_unref((uv_handle_t *)&loop->idle);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    assert(!loop->timers && "a timer outlives its loop");
    assert(list_is_empty(&loop->woken));
    uv_close((uv_handle_t *)&loop->async, NULL);
    uv_close((uv_handle_t *)&loop->timer, NULL);
    uv_close((uv_handle_t *)&loop->idle, NULL);
    uv_walk(&loop->uv, assert_closing, NULL);
    (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    int rc = uv_loop_close(&loop->uv);
    assert(rc == 0);
    (void)rc;
    lock_finish(&loop->lock);
    free(loop);
}

void loop_run(struct loop *loop)
{
    while (!loop->is_stopped) {
        (void)uv_run(&loop->uv, UV_RUN_DEFAULT);
    }
    loop->is_stopped = false;
}

void loop_stop(struct loop *loop)
{
    loop->is_stopped = true;
    uv_stop(&loop->uv);
}

int64_t loop_now_us(const struct loop *loop)
{
    (void)loop;
    return clock_now_us(&clock_system);
}

void loop_timer_init(struct loop_timer *timer, struct loop *loop,
                     void (*callback)(struct loop_timer *timer), void *context)
{
    *timer = (struct loop_timer){ .callback = callback, .context = context, .loop = loop };
}

void loop_timer_finish(struct loop_timer *timer)
{
    if (timer->loop) {
        loop_timer_stop(timer);
    }
}

void loop_timer_start_at(struct loop_timer *timer, int64_t monotonic_us)
{
    struct loop *loop = timer->loop;
    loop_timer_stop(timer);
    /* Never in the round that is running: a timer that restarts itself must not hold up the loop.
     */
    timer->deadline_us = MAX_OF(monotonic_us, loop->round_us + 1);
    timer->is_running = true;
    loop->timers = heap_join(loop->timers, timer);
    loop_arm(loop);
}

void loop_timer_start(struct loop_timer *timer, int64_t delay_us)
{
    int64_t now_us = loop_now_us(timer->loop);
    bool is_far = delay_us > INT64_MAX - now_us;
    loop_timer_start_at(timer, is_far ? INT64_MAX - 1 : now_us + MAX_OF(delay_us, 0));
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (timer->is_running) {
        heap_take_out(timer->loop, timer);
        timer->is_running = false;
    }
}

void loop_wakeup_init(struct loop_wakeup *wakeup, struct loop *loop,
                      void (*callback)(struct loop_wakeup *wakeup), void *context)
{
    *wakeup = (struct loop_wakeup){ .callback = callback, .context = context, .loop = loop };
    list_init(&wakeup->link);
    atomic_init(&wakeup->is_pending, false);
}

void loop_wakeup_finish(struct loop_wakeup *wakeup)
{
    if (wakeup->loop) {
        lock_hold(&wakeup->loop->lock);
        list_remove(&wakeup->link);
        lock_release(&wakeup->loop->lock);
    }
}

void loop_wake(struct loop_wakeup *wakeup)
{
    if (atomic_exchange_explicit(&wakeup->is_pending, true, memory_order_seq_cst)) {
        return;
    }
    struct loop *loop = wakeup->loop;
    lock_hold(&loop->lock);
    list_append(&loop->woken, &wakeup->link);
    lock_release(&loop->lock);
    (void)uv_async_send(&loop->async);
}

static void on_work(uv_work_t *request)
{
    struct loop_job *job = request->data;
    job->work(job);
}

static void on_work_done(uv_work_t *request, int status)
{
    (void)status; /* jobs are never cancelled */
    struct loop_job *job = request->data;
    job->done(job);
}

void loop_work(struct loop *loop, struct loop_job *job)
{
    job->loop = loop;
    job->request.data = job;
    int rc = uv_queue_work(&loop->uv, &job->request, on_work, on_work_done);
    assert(rc == 0); /* fails only without a work function */
    (void)rc;
}

struct loop_signal {
    uv_signal_t uv;
    void (*callback)(void *context, int number);
    void *context;
};

static void on_signal(uv_signal_t *uv, int number)
{
    struct loop_signal *signal = uv->data;
    signal->callback(signal->context, number);
}

static void on_signal_closed(uv_handle_t *handle)
{
    free(handle->data);
}

struct loop_signal *loop_signal_create(struct loop *loop, int number,
                                       void (*callback)(void *context, int number), void *context)
{
    struct loop_signal *signal = calloc(1, sizeof(*signal));
    if (!signal) {
        return NULL;
    }
    signal->callback = callback;
    signal->context = context;
    if (uv_signal_init(&loop->uv, &signal->uv) != 0) {
        free(signal);
        return NULL;
    }
    signal->uv.data = signal;
    if (uv_signal_start(&signal->uv, on_signal, number) != 0) {
        uv_close((uv_handle_t *)&signal->uv, on_signal_closed);
        return NULL;
    }
    return signal;
}

void loop_signal_destroy(struct loop_signal *signal)
{
    if (signal) {
        uv_close((uv_handle_t *)&signal->uv, on_signal_closed);
    }
}

uv_loop_t *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

uint8_t *loop_scratch(struct loop *loop)
{
    return loop->scratch;
}
