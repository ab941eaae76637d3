/* producer-perf-test: what the records carry. */
#ifndef PRODUCER_PERF_TEST_PAYLOAD_H
#define PRODUCER_PERF_TEST_PAYLOAD_H

#include <libclient/record.h>

/* Zero-initialise, then one of the three below. */
struct payload {
    uint64_t state;         /* of the generator: the same payloads in every run */
    char *text;             /* a file, or the one payload that is written anew for each record */
    size_t size;            /* of a random one; 0 else */
    struct kc_bytes *lines; /* of a file */
    size_t line_count;
};

void payload_random(struct payload *payload, size_t size);
void payload_monotonic(struct payload *payload);

/* Cuts the text of a file (taken over) at each delimiter; before one at the very start and behind
 * one at the very end is nothing. */
void payload_lines(struct payload *payload, char *text, size_t size, const char *delimiter);

/* That of the i-th record, valid until the next call. */
struct kc_bytes payload_next(struct payload *payload, int64_t i);
void payload_finish(struct payload *payload);

#endif
