/* server: Prometheus' text format (version 0.0.4), written line by line. Pure. A writer that fails
 * stays failed: one check at the end. */
#ifndef SERVER_EXPOSITION_H
#define SERVER_EXPOSITION_H

#include "base/bytes.h"
#include "base/histogram.h"

struct exposition {
    struct bytes *out;
    const char *family; /* of the samples that follow; borrowed */
    bool is_failed;     /* out is full, or memory is out */
};

struct exposition_label {
    const char *name;
    struct slice value; /* any bytes: escaped, and what is not UTF-8 becomes '?' */
};

void exposition_init(struct exposition *exposition, struct bytes *out);

/* Begins a family: its HELP and TYPE ("counter", "gauge", "histogram") lines. */
void exposition_family(struct exposition *exposition, const char *name, const char *type,
                       const char *help);

/* One sample of the family. labels may be NULL when count is 0. */
void exposition_number(struct exposition *exposition, const struct exposition_label *labels,
                       size_t count, int64_t value);
void exposition_real(struct exposition *exposition, const struct exposition_label *labels,
                     size_t count, double value);

/* The buckets, the sum and the count of microseconds, in seconds: a bucket a power of two from 64
 * us to 34 s. */
void exposition_histogram(struct exposition *exposition, const struct exposition_label *labels,
                          size_t count, const struct histogram *micros);

#endif
