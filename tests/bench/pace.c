/* bench: the clock of a paced run. */
#include "pace.h"

#include "spread.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { WARM_UP_SHARE = 5 };

void pace_start(struct pace *pace, int64_t count, double step)
{
    pace->times = bench_alloc((size_t)count, sizeof *pace->times);
    pace->count = count;
    pace->step = step;
    pace->start = bench_seconds();
}

double *pace_wait(struct pace *pace, int64_t i)
{
    double due = pace->start + pace->step * (double)i;
    double seconds = floor(due);
    struct timespec until = { (time_t)seconds, (long)((due - seconds) * 1e9) };
    while (bench_seconds() < due) {
        (void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    pace->times[i] = due;
    return &pace->times[i];
}

void pace_done(double *time)
{
    *time = bench_seconds() - *time;
}

void pace_finish(struct pace *pace, struct report *report)
{
    struct spread spread;
    spread_init(&spread, pace->count);
    for (int64_t i = pace->count / WARM_UP_SHARE; i < pace->count; i++) {
        spread_add(&spread, pace->times[i]);
    }
    spread_finish(&spread, report);
    report->records = pace->count;
    free(pace->times);
}
