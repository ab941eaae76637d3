/* bench: counts and clocks of a consuming application. */
#include "reading.h"

#include <stdlib.h>

void reading_init(struct reading *reading, const struct job *job)
{
    *reading = (struct reading){ .partitions = job->partitions };
    reading->next = bench_alloc((size_t)job->partitions, sizeof *reading->next);
}

bool reading_batch_ends(struct reading *reading, const struct job *job, struct report *report)
{
    if (reading->seen_before == 0 && reading->seen > 0) {
        reading->seen_before = reading->seen;
        bench_start(report);
        report->cpu_seconds = 0;
    }
    return reading->seen >= job->count;
}

void reading_finish(struct reading *reading, struct report *report)
{
    report->records = reading->seen - reading->seen_before;
    if (report->records == 0) {
        bench_die("count", "all came with the first batch: there is nothing to measure");
    }
    report->cpu_seconds *= (double)report->records / (double)reading->seen;
    free(reading->next);
    reading->next = NULL;
}
