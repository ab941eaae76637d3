/* consumer-perf-test: subscribes, and reads until enough came, or nothing for too long. */
#ifndef CONSUMER_PERF_TEST_CONSUMING_H
#define CONSUMER_PERF_TEST_CONSUMING_H

#include "consumer-perf-test/progress.h"
#include "consumer-perf-test/read_options.h"

#include <libclient/consumer.h>

struct consuming {
    const struct options *options;
    const struct read_wish *wish;
    const struct kc_config *config;
    struct kc_consumer *consumer;
    struct progress progress;
    bool failed;
};

/* The caller zeroes the struct and sets its first four members. Looks once at the cluster, so that
 * an address that nobody answers ends the tool at once, and subscribes. */
void consuming_start(struct consuming *consuming);

/* Prints lines of progress on stdout; an error that no later poll can get over is told on stderr
 * and ends it, failed. */
void consuming_run(struct consuming *consuming);

#endif
