/* bench: many members of one group, a thread each, watched from outside until all have their share.
 */
#ifndef BENCH_CROWD_H
#define BENCH_CROWD_H

#include "bench.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MEMBERS_MAX = 256 };

struct crowd_member {
    const struct job *job;
    pthread_t thread;
    _Atomic int assigned; /* partitions it has now */
    atomic_bool leaves;
};

/* Starts all members at once; `member_run` polls until told to leave, then leaves the group.
 * Measures the time until each has its share, and, when one has left, until the rest have all. */
void crowd_measure(const struct job *job, void *(*member_run)(void *member), struct report *report);

#endif
