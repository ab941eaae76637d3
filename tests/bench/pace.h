/* bench: sending at a fixed rate. Each operation is due at its own moment, and its time counts from
 * there, not from when a late sender got to it. */
#ifndef BENCH_PACE_H
#define BENCH_PACE_H

#include "bench.h"

struct pace {
    double *times; /* of each operation: when it was due, then how long it took */
    int64_t count;
    double start;
    double step; /* seconds */
};

void pace_start(struct pace *pace, int64_t count, double step);

/* Sleeps until the i-th is due; what pace_done is to be called with, from any thread, once. */
double *pace_wait(struct pace *pace, int64_t i);
void pace_done(double *time);

/* When all are done: percentiles, the first fifth left out. */
void pace_finish(struct pace *pace, struct report *report);

#endif
