/* bench: what the two halves of libclient's engine share. */
#ifndef BENCH_ENGINE_LIBCLIENT_H
#define BENCH_ENGINE_LIBCLIENT_H

#include "bench.h"

#include <libclient/client.h>

/* The servers and the job's settings; the caller destroys it. */
struct kc_config *engine_libclient_config(const struct job *job);
struct kc_producer *engine_libclient_producer(const struct job *job);

void engine_libclient_pace(const struct job *job, struct report *report);
void engine_libclient_consume(const struct job *job, struct report *report);
void engine_libclient_echo(const struct job *job, struct report *report);
void engine_libclient_rest(const struct job *job, struct report *report);
void engine_libclient_rebalance(const struct job *job, struct report *report);

#endif
