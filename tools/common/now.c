/* tools: the one place where tools ask the clock. */
#include "common/now.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec now = { 0 };
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t now_wall_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

int64_t now_steady_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}
