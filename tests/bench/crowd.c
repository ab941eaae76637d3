/* bench: how long a group takes to settle. */
#include "crowd.h"

#include <stdlib.h>

enum { LOOK_EVERY_MS = 1 };

/* True when the first `count` members have all partitions between them, as evenly as can be. */
static bool is_settled(struct crowd_member *members, int64_t count, int64_t partitions)
{
    int64_t sum = 0;
    bool even = true;
    for (int64_t i = 0; i < count; i++) {
        int assigned = atomic_load(&members[i].assigned);
        sum += assigned;
        even = even && assigned >= partitions / count && assigned <= partitions / count + 1;
    }
    return even && sum == partitions;
}

static double await(struct crowd_member *members, int64_t count, const struct job *job)
{
    double start = bench_seconds();
    while (!is_settled(members, count, job->partitions)) {
        if (bench_seconds() - start > WAIT_MS / 1000.0) {
            bench_die("group", "it does not settle");
        }
        bench_pause_ms(LOOK_EVERY_MS);
    }
    return bench_seconds() - start;
}

void crowd_measure(const struct job *job, void *(*member_run)(void *member), struct report *report)
{
    if (job->members < 2 || job->members > MEMBERS_MAX) {
        bench_die("members", "2 to 256");
    }
    struct crowd_member *members = bench_alloc((size_t)job->members, sizeof *members);
    bench_start(report);
    for (int64_t i = 0; i < job->members; i++) {
        members[i].job = job;
        if (pthread_create(&members[i].thread, NULL, member_run, &members[i])) {
            bench_die("thread", "it does not start");
        }
    }
    report->join_seconds = await(members, job->members, job);
    atomic_store(&members[job->members - 1].leaves, true);
    report->leave_seconds = await(members, job->members - 1, job);
    bench_stop(report);
    for (int64_t i = 0; i < job->members; i++) {
        atomic_store(&members[i].leaves, true);
    }
    for (int64_t i = 0; i < job->members; i++) {
        (void)pthread_join(members[i].thread, NULL);
    }
    report->records = job->members;
    free(members);
}
