/* producer-perf-test: --payload-file. */
#ifndef PRODUCER_PERF_TEST_PAYLOAD_FILE_H
#define PRODUCER_PERF_TEST_PAYLOAD_FILE_H

#include "common/options.h"
#include "producer-perf-test/payload.h"

/* Reads the payloads of a file and says so on stdout. Ends the tool when there are none. */
void payload_file_read(struct payload *payload, const struct options *options, const char *path,
                       const char *delimiter);

#endif
