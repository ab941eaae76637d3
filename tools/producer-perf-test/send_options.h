/* producer-perf-test: options, their checks, and the producer's settings. */
#ifndef PRODUCER_PERF_TEST_SEND_OPTIONS_H
#define PRODUCER_PERF_TEST_SEND_OPTIONS_H

#include "common/options.h"
#include "common/properties.h"

extern const struct options_tool producer_perf_test_tool;

/* What is wanted; texts borrow the command line. */
struct send_wish {
    const char *topic;
    int64_t count;
    double rate;         /* records a second; below 0: as fast as it goes */
    int64_t record_size; /* -1: not given */
    const char *payload_file;
    const char *payload_delimiter;
    bool monotonic;
    int64_t warmup_count;
    int64_t interval_ms;
    bool print_metrics;
    int64_t transaction_ms; /* commit after so long; 0: no transactions */
};

/* Checks what makes no sense (Kafka's messages), and prints its notices of old names. */
struct send_wish send_options_read(const struct options *options);

/* Files first, then the single settings, then what an option stands for. Ends the tool when one is
 * not NAME=VALUE. A transactional.id among them asks the wish for transactions. */
void send_options_settings(const struct options *options, struct send_wish *wish,
                           struct properties *properties);

#endif
