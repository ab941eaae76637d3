/* handler: how much there was a second. */
#include "handler/rate.h"

#include "base/attr.h"

static void restart(struct rate_sample *sample, int64_t now_ms)
{
    *sample = (struct rate_sample){ .begun_ms = now_ms, .last_ms = now_ms };
}

size_t rate_size(const struct rate_window *window)
{
    return sizeof(struct rate) + (size_t)(window->samples + 1) * sizeof(struct rate_sample);
}

void rate_init(struct rate *rate, int64_t now_ms)
{
    rate->current = 0;
    rate->count = 1;
    restart(&rate->samples[0], now_ms);
}

void rate_add(struct rate *rate, const struct rate_window *window, double amount, int64_t now_ms)
{
    struct rate_sample *sample = &rate->samples[rate->current];
    if (now_ms - sample->begun_ms >= window->sample_ms) {
        rate->current = (rate->current + 1) % (window->samples + 1);
        rate->count = MAX_OF(rate->count, rate->current + 1);
        sample = &rate->samples[rate->current];
        restart(sample, now_ms);
    }
    sample->sum += amount;
    sample->last_ms = now_ms;
}

/* What has left the window begins anew; then: the time that the sum is for. */
static int64_t span_ms(struct rate *rate, const struct rate_window *window, int64_t now_ms)
{
    int64_t oldest_ms = INT64_MAX;
    for (int32_t i = 0; i < rate->count; i++) {
        if (now_ms - rate->samples[i].last_ms >= window->samples * window->sample_ms) {
            restart(&rate->samples[i], now_ms);
        }
        oldest_ms = MIN_OF(oldest_ms, rate->samples[i].begun_ms);
    }
    int64_t span = now_ms - oldest_ms;
    int64_t missing = window->samples - 1 - span / window->sample_ms;
    return MAX_OF(span + MAX_OF(missing, 0) * window->sample_ms, 1);
}

static double sum_of(const struct rate *rate)
{
    double sum = 0;
    for (int32_t i = 0; i < rate->count; i++) {
        sum += rate->samples[i].sum;
    }
    return sum;
}

double rate_measure(struct rate *rate, const struct rate_window *window, int64_t now_ms)
{
    int64_t span = span_ms(rate, window, now_ms);
    return sum_of(rate) * 1000 / (double)span;
}

int32_t rate_excess_ms(struct rate *rate, const struct rate_window *window, double limit,
                       int64_t now_ms)
{
    int64_t span = span_ms(rate, window, now_ms);
    double measured = sum_of(rate) * 1000 / (double)span;
    if (measured <= limit) {
        return 0;
    }
    double excess = (measured - limit) / limit * (double)span + 0.5;
    return excess < INT32_MAX ? (int32_t)excess : INT32_MAX;
}
