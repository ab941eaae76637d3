/* base: time as a value one can fake. Cores never read a clock: they get `now` from a struct clock
 * handed to them. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

struct clock {
    /* Microseconds on a clock that never jumps; for deadlines. */
    int64_t (*monotonic_us)(void *context);
    /* Milliseconds since 1970; for record timestamps only. */
    int64_t (*wall_ms)(void *context);
    void *context;
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

#endif
