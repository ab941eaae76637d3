/* bench: times of single operations, and their percentiles. */
#ifndef BENCH_SPREAD_H
#define BENCH_SPREAD_H

#include "bench.h"

/* Room for one time each, in seconds. */
struct spread {
    double *times;
    int64_t count;
};

void spread_init(struct spread *spread, int64_t count_max);
void spread_add(struct spread *spread, double seconds);

/* Fills in the percentiles and frees the times. */
void spread_finish(struct spread *spread, struct report *report);

#endif
