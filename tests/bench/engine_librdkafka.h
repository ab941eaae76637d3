/* bench: what the two halves of librdkafka's engine share. */
#ifndef BENCH_ENGINE_LIBRDKAFKA_H
#define BENCH_ENGINE_LIBRDKAFKA_H

#include "bench.h"
#include "rdkafka.h"

/* The servers and the job's settings; librdkafka owns it once a handle was made. */
void *engine_librdkafka_config(const struct rdkafka *library, const struct job *job);
void *engine_librdkafka_open(const struct rdkafka *library, int type, void *config);

/* A handle for one topic, its metadata known. */
void *engine_librdkafka_topic(const struct rdkafka *library, void *handle, const char *name);

void engine_librdkafka_pace(const struct job *job, struct report *report);
void engine_librdkafka_consume(const struct job *job, struct report *report);
void engine_librdkafka_echo(const struct job *job, struct report *report);
void engine_librdkafka_rest(const struct job *job, struct report *report);
void engine_librdkafka_rebalance(const struct job *job, struct report *report);

#endif
