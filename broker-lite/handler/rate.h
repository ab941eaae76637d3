/* handler: how much there was a second, over a window that slides by samples: Kafka's Rate. Pure:
 * time comes from outside (milliseconds, never backwards). */
#ifndef HANDLER_RATE_H
#define HANDLER_RATE_H

#include <stddef.h>
#include <stdint.h>

/* quota.window.num and quota.window.size.seconds. */
struct rate_window {
    int32_t samples; /* at least 1, at most RATE_SAMPLES_MAX */
    int64_t sample_ms;
};
enum { RATE_SAMPLES_MAX = 1000 };

struct rate_sample {
    int64_t begun_ms;
    int64_t last_ms; /* of its last amount */
    double sum;
};

/* In memory of the caller's, of rate_size; the same window is given to every call. */
struct rate {
    int32_t current;
    int32_t count;
    struct rate_sample samples[];
};

/* One sample more than the window has: the oldest may overlap its begin. */
size_t rate_size(const struct rate_window *window);
void rate_init(struct rate *rate, int64_t now_ms);

/* Adds an amount; a negative one takes back what was added at the same time. */
void rate_add(struct rate *rate, const struct rate_window *window, double amount, int64_t now_ms);

/* The amount a second. Of a window that is not over yet the missing samples count as empty, so that
 * a first burst is no high rate. */
double rate_measure(struct rate *rate, const struct rate_window *window, int64_t now_ms);

/* How long nothing may come until the rate is the limit again: 0 while it is not over. More than
 * INT32_MAX ms (24 days) is cut to that. */
int32_t rate_excess_ms(struct rate *rate, const struct rate_window *window, double limit,
                       int64_t now_ms);

#endif
