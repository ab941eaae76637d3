/* server: pages over HTTP. libmicrohttpd keeps its sockets in one epoll descriptor, which the loop
 * polls like any other. */
#include "server/monitor.h"

#include "net/loop.h"
#include "net/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum {
    CONNECTIONS_MAX = 16,
    CONNECTION_BYTES_MAX = 32 << 10,
    SILENT_SECONDS_MAX = 10,
    PAGE_BYTES_MAX = 64 << 20
};

struct monitor {
    struct monitor_options options;
    struct MHD_Daemon *daemon;
    uv_poll_t poll;
    bool is_polling;
    bool is_local; /* on a loopback address */
    struct loop_timer timer;
};

/* ---- pages ---- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned int status,
                              const char *type, struct bytes *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->size, body->data, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        bytes_finish(body);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    enum MHD_Result queued = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int status,
                              const char *text, const char *more)
{
    struct bytes body;
    bytes_init(&body, PAGE_BYTES_MAX);
    (void)(bytes_append(&body, text, strlen(text)) && bytes_append(&body, more, strlen(more)) &&
           bytes_append(&body, "\n", 1));
    return answer(connection, status, "text/plain; charset=utf-8", &body);
}

/* A browser on this machine may be led here by a page of a stranger's whose name resolves to
 * 127.0.0.1 ("DNS rebinding"); it then says that name. Addresses cannot be rebound. */
static bool is_meant(struct MHD_Connection *connection)
{
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    char name[64];
    struct in_addr address;
    size_t size = host ? strcspn(host, ":") : 0;
    if (!host || host[0] == '[') {
        return true; /* of HTTP/1.0, or an IPv6 address */
    }
    (void)snprintf(name, sizeof(name), "%.*s", (int)MIN_OF(size, sizeof(name) - 1), host);
    return size < sizeof(name) &&
           (strcasecmp(name, "localhost") == 0 || inet_pton(AF_INET, name, &address) == 1);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **request)
{
    const struct monitor *monitor = context;
    const char *type = "text/plain; charset=utf-8";
    struct bytes body;
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)request;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "Only GET and HEAD are served.", "");
    }
    if (monitor->is_local && !is_meant(connection)) {
        return refuse(connection, MHD_HTTP_MISDIRECTED_REQUEST,
                      "Served here are localhost and addresses, no other names of a host.", "");
    }
    bytes_init(&body, PAGE_BYTES_MAX);
    if (!monitor->options.page(monitor->options.context, url, &type, &body)) {
        bytes_finish(&body);
        return refuse(connection, MHD_HTTP_NOT_FOUND,
                      "There is no such page. Served are: ", monitor->options.paths);
    }
    if (body.size == 0) {
        bytes_finish(&body);
        return refuse(connection, MHD_HTTP_INTERNAL_SERVER_ERROR,
                      "The page does not fit into the "
                      "memory that is left.",
                      "");
    }
    return answer(connection, MHD_HTTP_OK, type, &body);
}

/* ---- its turn on the loop ---- */

static void run(struct monitor *monitor)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;
    (void)MHD_run(monitor->daemon);
    if (MHD_get_timeout(monitor->daemon, &wait_ms) == MHD_YES) {
        loop_timer_start(&monitor->timer, (int64_t)wait_ms * 1000);
    } else {
        loop_timer_stop(&monitor->timer);
    }
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static void on_timer(struct loop_timer *timer)
{
    run(timer->context);
}

/* ---- opening and closing ---- */

static enum kc_err fail(struct kc_error *error, enum kc_err err, const struct monitor *monitor,
                        const char *why)
{
    error->code = err;
    (void)snprintf(error->text, sizeof(error->text), "metrics.listener: cannot listen on %s:%d: %s",
                   monitor->options.host, monitor->options.port, why);
    return err;
}

static enum kc_err start(struct monitor *monitor, struct kc_error *error)
{
    const struct monitor_options *options = &monitor->options;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    struct addrinfo *found;
    char port[16];
    (void)snprintf(port, sizeof(port), "%d", options->port);
    int rc = getaddrinfo(options->host, port, &hints, &found);
    if (rc != 0) {
        return fail(error, KC_ERR_RESOLVE, monitor, gai_strerror(rc));
    }
    unsigned int flags =
        MHD_USE_EPOLL | (found->ai_family == AF_INET6 ? (unsigned int)MHD_USE_IPv6 : 0U);
    errno = 0;
    monitor->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, monitor, MHD_OPTION_SOCK_ADDR, found->ai_addr,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SILENT_SECONDS_MAX, MHD_OPTION_END);
    int failure = errno;
    monitor->is_local = loopback_has(found->ai_addr);
    if (!monitor->is_local) {
        trace_log(options->trace, TRACE_WARN, "server",
                  "metrics.listener=%s:%d is open to all who reach it: it asks for no password",
                  options->host, options->port);
    }
    freeaddrinfo(found);
    return monitor->daemon ? KC_ERR_NONE
                           : fail(error, KC_ERR_CONNECT, monitor,
                                  failure ? strerror(failure) : "libmicrohttpd does not start");
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void monitor_destroy(struct monitor *monitor)
{
    if (!monitor) {
        return;
    }
    loop_timer_finish(&monitor->timer);
    if (monitor->is_polling) {
        (void)uv_poll_stop(&monitor->poll);
    }
    if (monitor->daemon) {
        MHD_stop_daemon(monitor->daemon);
    }
    if (monitor->is_polling) {
        uv_close((uv_handle_t *)&monitor->poll, on_closed);
    } else {
        free(monitor);
    }
}

enum kc_err monitor_open(const struct monitor_options *options, struct monitor **ret_monitor,
                         struct kc_error *error)
{
    struct monitor *monitor = calloc(1, sizeof(*monitor));
    if (!monitor) {
        error->code = KC_ERR_NO_MEMORY;
        (void)snprintf(error->text, sizeof(error->text), "out of memory");
        return KC_ERR_NO_MEMORY;
    }
    monitor->options = *options;
    loop_timer_init(&monitor->timer, options->loop, on_timer, monitor);
    enum kc_err err = start(monitor, error);
    if (!err) {
        int fd = MHD_get_daemon_info(monitor->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
        monitor->is_polling = uv_poll_init(loop_uv(options->loop), &monitor->poll, fd) == 0;
        err = monitor->is_polling ? KC_ERR_NONE
                                  : fail(error, KC_ERR_CONNECT, monitor, "cannot be polled");
    }
    if (err) {
        monitor_destroy(monitor);
        return err;
    }
    monitor->poll.data = monitor;
    (void)uv_poll_start(&monitor->poll, UV_READABLE, on_poll);
    *ret_monitor = monitor;
    return KC_ERR_NONE;
}

int32_t monitor_port(const struct monitor *monitor)
{
    return MHD_get_daemon_info(monitor->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}
