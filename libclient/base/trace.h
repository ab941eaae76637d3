/* base: the log callback. Library rooms never print; they report through a struct trace that the
 * shell owns. */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "base/attr.h"

#include <stdbool.h>

/* syslog's numbers. */
enum trace_level { TRACE_ERROR = 3, TRACE_WARN = 4, TRACE_INFO = 6, TRACE_DEBUG = 7 };

struct trace {
    /* One finished line without newline; called on whatever thread traces. NULL drops everything.
     */
    void (*line)(void *context, enum trace_level level, const char *room, const char *text);
    void *context;
    enum trace_level level; /* lines above it are dropped before formatting */
};

static inline bool trace_wants(const struct trace *trace, enum trace_level level)
{
    return trace && trace->line && level <= trace->level;
}

/* Formats and hands on one line (at most 1 KiB; control characters become '?', so that a peer
 * cannot forge lines). */
void trace_log(const struct trace *trace, enum trace_level level, const char *room,
               const char *format, ...) BASE_PRINTF(4, 5);

#endif
