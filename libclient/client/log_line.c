/* client: from the rooms' trace to the application's log callback; the default callback prints
 * warnings and errors to standard error, the one place in the library that prints. */
#include "client/log_line.h"

#include "client/config.h"

#include <stdint.h>
#include <stdio.h>

void log_line_print(void *context, enum kc_log_level level, const char *text)
{
    (void)context;
    (void)fprintf(stderr, "libclient: %s: %s\n",
                  level <= KC_LOG_ERROR  ? "error"
                  : level <= KC_LOG_WARN ? "warning"
                                         : "info",
                  text);
}

static void hand_on(void *context, enum trace_level level, const char *room, const char *text)
{
    const struct kc_config *config = context;
    char line[1200];
    (void)snprintf(line, sizeof(line), "%s: %s", room, text);
    config->log(config->log_context, (enum kc_log_level)level, line);
}

struct trace log_line_trace(const struct kc_config *config)
{
    return (struct trace){ .line = config->log ? hand_on : NULL,
                           .context = (void *)(uintptr_t)config,
                           .level = (enum trace_level)config->log_level };
}
