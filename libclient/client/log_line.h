/* client: from the rooms' trace to the application's log callback. */
#ifndef CLIENT_LOG_LINE_H
#define CLIENT_LOG_LINE_H

#include "base/trace.h"

#include <libclient/config.h>

/* The default callback: warnings and errors to standard error. */
void log_line_print(void *context, enum kc_log_level level, const char *text);

/* A trace that calls the config's callback; config must outlive it. */
struct trace log_line_trace(const struct kc_config *config);

#endif
