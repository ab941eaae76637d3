/* server: how the broker is watched: its pages over HTTP, its state in the log. */
#include "server/broker_parts.h"

#include <stdio.h>
#include <stdlib.h>

static bool status_page(const struct broker *broker, struct bytes *ret_body)
{
    char *text = broker_status(broker);
    bool is_whole =
        text && bytes_append(ret_body, text, strlen(text)) && bytes_append(ret_body, "\n", 1);
    free(text);
    return is_whole;
}

/* A page that is not whole is none: what is left out of it would read as 0. */
static bool page(void *context, const char *path, const char **ret_type, struct bytes *ret_body)
{
    const struct broker *broker = context;
    bool is_whole;
    if (strcmp(path, "/metrics") == 0) {
        *ret_type = "text/plain; version=0.0.4; charset=utf-8";
        is_whole = broker_metrics(broker, ret_body);
    } else if (strcmp(path, "/status") == 0) {
        *ret_type = "application/json";
        is_whole = status_page(broker, ret_body);
    } else {
        return false;
    }
    if (!is_whole) {
        bytes_finish(ret_body);
    }
    return true;
}

enum kc_err broker_watch(struct broker *broker, struct kc_error *error)
{
    const struct node_config_listener *address = &broker->config->metrics;
    const struct monitor_options options = {
        .loop = broker->loop,
        .trace = broker->trace,
        .host = address->host,
        .port = address->port,
        .page = page,
        .context = broker,
        .paths = "/metrics /status",
    };
    if (address->port < 0) {
        return KC_ERR_NONE;
    }
    broker->load = loop_load_create(broker->loop);
    if (!broker->load) {
        error->code = KC_ERR_NO_MEMORY;
        (void)snprintf(error->text, sizeof(error->text), "out of memory");
        return KC_ERR_NO_MEMORY;
    }
    enum kc_err err = monitor_open(&options, &broker->monitor, error);
    if (!err) {
        trace_log(broker->trace, TRACE_INFO, "server", "metrics on http://%s:%d/metrics",
                  address->host, monitor_port(broker->monitor));
    }
    return err;
}

void broker_dump(const struct broker *broker)
{
    char *text = broker_status(broker);
    if (!text) {
        trace_log(broker->trace, TRACE_ERROR, "server", "no memory to tell the state");
    }
    for (char *line = text; line;) {
        char *end = strchr(line, '\n');
        for (char *at = line; *at && *at != '\n'; at++) {
            *at = *at == '\t' ? ' ' : *at;
        }
        trace_log(broker->trace, TRACE_INFO, "server", "%.*s",
                  (int)(end ? (size_t)(end - line) : strlen(line)), line);
        line = end ? end + 1 : NULL;
    }
    free(text);
}
