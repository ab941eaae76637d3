/* consumer-perf-test: options, their checks, and the consumer's settings. */
#ifndef CONSUMER_PERF_TEST_READ_OPTIONS_H
#define CONSUMER_PERF_TEST_READ_OPTIONS_H

#include "common/options.h"
#include "common/properties.h"

extern const struct options_tool consumer_perf_test_tool;

/* What is wanted; texts borrow the command line. */
struct read_wish {
    const char *topic;   /* one of these two */
    const char *include; /* a pattern */
    int64_t count;
    int64_t timeout_ms;
    int64_t interval_ms;
    const char *date_format;
    bool detailed;
    bool hide_header;
    bool print_metrics;
};

/* Checks what makes no sense (Kafka's messages), and prints its notices of old names. */
struct read_wish read_options_read(const struct options *options);

/* The file, then the single settings, then what an option stands for. */
void read_options_settings(const struct options *options, struct properties *properties);

#endif
