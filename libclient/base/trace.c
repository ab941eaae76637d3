/* base: formats one line for the log callback and takes the control characters out of it. */
#include "base/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TRACE_LINE_SIZE = 1024 };

/* C0, DEL, and C1 in its UTF-8 form (terminals obey those too). */
static void clean(char *text)
{
    for (unsigned char *c = (unsigned char *)text; *c; c++) {
        if (*c < 0x20 || *c == 0x7f) {
            *c = '?';
        } else if (c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0) {
            c[0] = '?';
            c[1] = '?';
        }
    }
}

void trace_log(const struct trace *trace, enum trace_level level, const char *room,
               const char *format, ...)
{
    static const char cut[] = "...";
    char text[TRACE_LINE_SIZE];
    va_list arguments;

    if (!trace_wants(trace, level)) {
        return;
    }
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    if (size < 0) {
        return;
    }
    if ((size_t)size >= sizeof(text)) {
        memcpy(text + sizeof(text) - sizeof(cut), cut, sizeof(cut));
    }
    clean(text);
    trace->line(trace->context, level, room, text);
}
