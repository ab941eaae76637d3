/* tests: a loop that is turned by hand. */
#ifndef SUPPORT_LOOP_TURN_H
#define SUPPORT_LOOP_TURN_H

#include "net/loop.h"

static inline void loop_turn_over(struct loop_timer *timer)
{
    loop_stop(timer->loop);
}

/* Runs what is due within a millisecond, and the ends of jobs that come meanwhile. */
static inline void loop_turn(struct loop *loop)
{
    struct loop_timer timer;
    loop_timer_init(&timer, loop, loop_turn_over, NULL);
    loop_timer_start(&timer, 1000);
    loop_run(loop);
    loop_timer_finish(&timer);
}

#endif
