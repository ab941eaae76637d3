/* bench: a bare connection that sends small requests at a fixed rate, and many that wait for each
 * answer before they send again. */
#include "engine_bare.h"
#include "pace.h"
#include "prebuilt.h"
#include "spread.h"

#include <pthread.h>
#include <stdlib.h>

/* A producer's batch of default size. */
enum { PACED_BYTES = 16384, WARM_UP = 20 };

struct answers {
    struct link *link;
    struct pace *pace;
};

static void *receive_answers(void *context)
{
    const struct answers *answers = context;
    for (int64_t i = 0; i < answers->pace->count; i++) {
        prebuilt_await(answers->link);
        pace_done(&answers->pace->times[i]);
    }
    return NULL;
}

void engine_bare_pace(const struct job *job, struct report *report)
{
    struct link link;
    struct pace pace;
    struct answers answers = { &link, &pace };
    struct bytes *frames = bench_alloc((size_t)job->partitions, sizeof *frames);
    pthread_t receiver;
    struct prebuilt prebuilt;
    link_open(&link, job->servers);
    prebuilt_init(&prebuilt, job, PACED_BYTES);
    for (int64_t i = 0; i < job->partitions; i++) {
        prebuilt_request(&prebuilt, (int32_t)i, &frames[i]);
        prebuilt_settle(&link, job, &frames[i]);
    }
    bench_start(report);
    pace_start(&pace, job->count / prebuilt.count, (double)frames[0].size / (double)job->rate);
    if (pthread_create(&receiver, NULL, receive_answers, &answers)) {
        bench_die("thread", "it does not start");
    }
    for (int64_t i = 0; i < pace.count; i++) {
        const struct bytes *frame = &frames[i % job->partitions];
        (void)pace_wait(&pace, i);
        link_send(link.socket, frame->data, frame->size);
        report->bytes += (int64_t)frame->size;
    }
    (void)pthread_join(receiver, NULL);
    bench_stop(report);
    pace_finish(&pace, report);
    report->records *= prebuilt.count;
    prebuilt_finish(&prebuilt);
    link_close(&link);
    for (int64_t i = 0; i < job->partitions; i++) {
        bytes_finish(&frames[i]);
    }
    free(frames);
}

/* One of many connections. */
struct asker {
    const struct job *job;
    struct link link;
    struct bytes frame;
    struct spread spread;
};

static void *ask_and_wait(void *context)
{
    struct asker *asker = context;
    for (int64_t i = 0; i < asker->job->count / asker->job->threads; i++) {
        double start = bench_seconds();
        link_send(asker->link.socket, asker->frame.data, asker->frame.size);
        prebuilt_await(&asker->link);
        spread_add(&asker->spread, bench_seconds() - start);
    }
    return NULL;
}

static void open_asker(struct asker *asker, const struct job *job, int32_t partition)
{
    struct job one = *job; /* record a request */
    struct prebuilt prebuilt;
    one.count = 1;
    asker->job = job;
    link_open(&asker->link, job->servers);
    prebuilt_init(&prebuilt, &one, PREBUILT_BYTES_MAX);
    prebuilt_request(&prebuilt, partition, &asker->frame);
    prebuilt_finish(&prebuilt);
    for (int i = 0; i < WARM_UP; i++) {
        prebuilt_settle(&asker->link, job, &asker->frame);
    }
    spread_init(&asker->spread, job->count / job->threads);
}

static void close_asker(struct asker *asker, struct spread *all)
{
    for (int64_t i = 0; i < asker->spread.count; i++) {
        spread_add(all, asker->spread.times[i]);
    }
    free(asker->spread.times);
    bytes_finish(&asker->frame);
    link_close(&asker->link);
}

void engine_bare_acknowledge(const struct job *job, struct report *report)
{
    struct asker *askers = bench_alloc((size_t)job->threads, sizeof *askers);
    pthread_t *handles = bench_alloc((size_t)job->threads, sizeof *handles);
    struct spread all;
    spread_init(&all, job->count);
    for (int64_t i = 0; i < job->threads; i++) {
        open_asker(&askers[i], job, (int32_t)(i % job->partitions));
    }
    bench_start(report);
    for (int64_t i = 0; i < job->threads; i++) {
        if (pthread_create(&handles[i], NULL, ask_and_wait, &askers[i])) {
            bench_die("thread", "it does not start");
        }
    }
    for (int64_t i = 0; i < job->threads; i++) {
        (void)pthread_join(handles[i], NULL);
    }
    bench_stop(report);
    for (int64_t i = 0; i < job->threads; i++) {
        close_asker(&askers[i], &all);
    }
    spread_finish(&all, report);
    free(handles);
    free(askers);
}
