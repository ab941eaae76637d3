/* bench: what the bare engine's parts share. */
#ifndef BENCH_ENGINE_BARE_H
#define BENCH_ENGINE_BARE_H

#include "bench.h"

void engine_bare_pace(const struct job *job, struct report *report);
void engine_bare_acknowledge(const struct job *job, struct report *report);
void engine_bare_slow(const struct job *job, struct report *report);

#endif
