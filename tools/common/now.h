/* tools: what time it is. */
#ifndef COMMON_NOW_H
#define COMMON_NOW_H

#include <stdint.h>

/* Milliseconds since 1970. */
int64_t now_wall_ms(void);
/* Milliseconds of a clock that never jumps. */
int64_t now_steady_ms(void);

#endif
