/* tests: the time that a loop's rounds take. */
#include "net/loop_load.h"

#include "support/stage.h"

struct lazy {
    struct stage stage;
    struct loop_timer timer;
    int64_t work_us; /* what each round of the timer takes */
    int rounds;
};

static void on_work(struct loop_timer *timer)
{
    struct lazy *lazy = timer->context;
    int64_t end_us = loop_now_us(timer->loop) + lazy->work_us;
    while (loop_now_us(timer->loop) < end_us) {
    }
    if (--lazy->rounds > 0) {
        loop_timer_start(timer, 20000);
    }
}

static bool is_done(void *context)
{
    const struct lazy *lazy = context;
    return lazy->rounds == 0;
}

TEST(work_counts_and_waiting_does_not)
{
    struct lazy lazy = { .work_us = 30000, .rounds = 3 };
    stage_init(&lazy.stage);
    struct loop_load *load = loop_load_create(lazy.stage.loop);
    assert_non_null(load);
    loop_timer_init(&lazy.timer, lazy.stage.loop, on_work, &lazy);
    int64_t start_us = loop_now_us(lazy.stage.loop);
    loop_timer_start(&lazy.timer, 20000);
    stage_run(&lazy.stage, is_done, &lazy);
    int64_t took_us = loop_now_us(lazy.stage.loop) - start_us;
    const struct histogram *rounds = loop_load_rounds(load);
    assert_true(rounds->count >= 3);
    assert_true(rounds->max >= 30000);
    assert_true(rounds->sum >= 60000);
    /* It slept 60 ms, in rounds that are not over before the loop says so. */
    assert_true(rounds->sum <= took_us - 30000);
    loop_timer_finish(&lazy.timer);
    loop_load_destroy(load);
    stage_finish(&lazy.stage);
}
