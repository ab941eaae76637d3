/* bench: percentiles by sorting. */
#include "spread.h"

#include <stdlib.h>

void spread_init(struct spread *spread, int64_t count_max)
{
    spread->times = bench_alloc((size_t)count_max, sizeof *spread->times);
    spread->count = 0;
}

void spread_add(struct spread *spread, double seconds)
{
    spread->times[spread->count++] = seconds;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double at(const struct spread *spread, double share)
{
    return spread->count ? spread->times[(int64_t)((double)spread->count * share)] * 1e6 : 0;
}

void spread_finish(struct spread *spread, struct report *report)
{
    qsort(spread->times, (size_t)spread->count, sizeof *spread->times, compare);
    report->p50_us = at(spread, 0.5);
    report->p99_us = at(spread, 0.99);
    report->p999_us = at(spread, 0.999);
    report->records = spread->count;
    free(spread->times);
}
