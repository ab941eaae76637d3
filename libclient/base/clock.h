/* base: time as a value one can fake. Cores never read a clock: they get `now` from a struct clock
 * handed to them. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

struct clock {
    /* Microseconds on a clock that never jumps; for deadlines. */
    int64_t (*monotonic_us)(void *context);
    /* Milliseconds since 1970; for record timestamps only. */
    int64_t (*wall_ms)(void *context);
    void *context;
    bool is_real; /* time passes as the processor's ticks do */
};

/* The real clocks of the machine. */
extern const struct clock clock_system;

static inline int64_t clock_now_us(const struct clock *clock)
{
    return clock->monotonic_us(clock->context);
}

static inline int64_t clock_now_ms(const struct clock *clock)
{
    return clock->monotonic_us(clock->context) / 1000;
}

static inline int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->wall_ms(clock->context);
}

/* A reading of the wall clock that is good for a moment: reading it for each of ten million records
 * a second would be a sixth of a sender's work. One thread at a time; zeroed is empty. */
struct clock_memo {
    unsigned long long ticks;
    int64_t wall_ms;
};

/* At least 1 GHz: a tenth of a millisecond at most. */
enum { CLOCK_MEMO_TICKS = 100000 };

/* As clock_wall_ms, at most CLOCK_MEMO_TICKS old. */
static inline int64_t clock_memo_wall_ms(struct clock_memo *memo, const struct clock *clock)
{
    unsigned long long ticks = BASE_TICKS();
    if (BASE_HAS_TICKS && clock->is_real && memo->wall_ms != 0 &&
        ticks - memo->ticks < CLOCK_MEMO_TICKS) {
        return memo->wall_ms;
    }
    memo->ticks = ticks;
    memo->wall_ms = clock_wall_ms(clock);
    return memo->wall_ms;
}

#endif
