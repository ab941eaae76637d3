/* net: connections that came too early: they are closed unserved, but later, lest the peer come
 * again at once. */
#include "net/session_state.h"

#include <stdlib.h>

enum { DELAYS_MAX = 1024 };

struct listener_delay {
    struct list link;
    struct loop_timer timer;
    struct listener *listener;
    struct stream *stream;
};

static void delay_end(struct listener_delay *delay)
{
    loop_timer_finish(&delay->timer);
    list_remove(&delay->link);
    delay->listener->delayed_count--;
    stream_destroy(delay->stream, true);
    free(delay);
}

void listener_end_delays(struct listener *listener)
{
    struct list *node;
    while ((node = list_first(&listener->delayed))) {
        delay_end(LIST_ITEM(node, struct listener_delay, link));
    }
}

static void on_delay(struct loop_timer *timer)
{
    delay_end(timer->context);
}

void listener_refuse_later(struct listener *listener, struct stream *stream, const char *peer,
                           int64_t ms)
{
    static const char reason[] = "it connects more often than its quota allows";
    struct listener_delay *delay =
        listener->delayed_count < DELAYS_MAX ? calloc(1, sizeof(*delay)) : NULL;
    if (!delay) {
        listener_refuse(listener, stream, peer, reason);
        return;
    }
    trace_log(listener->options.trace, TRACE_DEBUG, "net", "closes %s in %d ms: %s", peer, (int)ms,
              reason);
    listener->totals.refused++;
    delay->listener = listener;
    delay->stream = stream;
    list_append(&listener->delayed, &delay->link);
    listener->delayed_count++;
    loop_timer_init(&delay->timer, listener->options.loop, on_delay, delay);
    loop_timer_start(&delay->timer, ms * 1000);
}
