/* net: accepting connections within limits. */
#include "net/listener.h"

#include "net/address.h"
#include "net/session_state.h"
#include "net/tcp.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ACCEPTS_MAX = 64, /* before sockets that are open have their turn */
    ACCEPT_PAUSE_MS = 100,
    SWEEP_MS_MIN = 5,
    SWEEP_MS_MAX = 1000,
    BACKLOG = 511,
};

static void limits_fill(struct listener_limits *limits)
{
    const struct listener_limits defaults = {
        .frame_size_max = (size_t)100 << 20,
        .connections_max = 1000000,
        .connections_per_ip_max = 1000000,
        .session_bytes_max = (size_t)1 << 20,
        .buffered_bytes_max = (size_t)512 << 20,
        .frame_ms_max = 30000,
        .silent_ms_max = 30000,
        .idle_ms_max = 600000,
        .write_ms_max = 120000,
    };
    size_t *sizes[] = { &limits->frame_size_max, &limits->connections_max,
                        &limits->connections_per_ip_max, &limits->session_bytes_max,
                        &limits->buffered_bytes_max };
    const size_t size_defaults[] = { defaults.frame_size_max, defaults.connections_max,
                                     defaults.connections_per_ip_max, defaults.session_bytes_max,
                                     defaults.buffered_bytes_max };
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        *sizes[i] = *sizes[i] ? *sizes[i] : size_defaults[i];
    }
    int64_t *times[] = { &limits->frame_ms_max, &limits->silent_ms_max, &limits->idle_ms_max,
                         &limits->write_ms_max };
    const int64_t time_defaults[] = { defaults.frame_ms_max, defaults.silent_ms_max,
                                      defaults.idle_ms_max, defaults.write_ms_max };
    for (size_t i = 0; i < ARRAY_COUNT(times); i++) {
        *times[i] = *times[i] ? *times[i] : time_defaults[i];
    }
}

static struct listener_origin *origin_take(struct listener *listener, const uint8_t *address)
{
    struct listener_origin *origin = map_get(&listener->origins, slice_of(address, 16));
    if (!origin) {
        origin = calloc(1, sizeof(*origin));
        if (!origin) {
            return NULL;
        }
        memcpy(origin->address, address, 16);
        if (!map_put(&listener->origins, slice_of(origin->address, 16), origin, NULL)) {
            free(origin);
            return NULL;
        }
    }
    origin->count++;
    return origin;
}

static void origin_drop(struct listener *listener, struct listener_origin *origin)
{
    if (--origin->count == 0) {
        (void)map_remove(&listener->origins, slice_of(origin->address, 16));
        free(origin);
    }
}

void listener_remove(struct listener *listener, struct session *session)
{
    list_remove(&session->link);
    listener->session_count--;
    origin_drop(listener, session->origin);
    session->origin = NULL;
}

void listener_count_bytes(struct listener *listener, size_t before, size_t after)
{
    listener->buffered_bytes = listener->buffered_bytes - before + after;
    bool is_over = listener->buffered_bytes >= listener->limits.buffered_bytes_max;
    if (listener->is_over_budget && !is_over) {
        loop_timer_start(&listener->resume_timer, 0);
    }
    listener->is_over_budget = is_over;
}

static void on_resume(struct loop_timer *timer)
{
    struct listener *listener = timer->context;
    LIST_EACH_SAFE(node, &listener->sessions)
    {
        session_adjust_reading(LIST_ITEM(node, struct session, link));
    }
}

static int64_t sweep_us(const struct listener *listener)
{
    const struct listener_limits *limits = &listener->limits;
    int64_t shortest = MIN_OF(MIN_OF(limits->frame_ms_max, limits->silent_ms_max),
                              MIN_OF(limits->idle_ms_max, limits->write_ms_max));
    return MIN_OF(MAX_OF(shortest / 4, (int64_t)SWEEP_MS_MIN), (int64_t)SWEEP_MS_MAX) * 1000;
}

static void on_sweep(struct loop_timer *timer)
{
    struct listener *listener = timer->context;
    int64_t now_us = loop_now_us(listener->options.loop);
    loop_timer_start(timer, sweep_us(listener));
    /* Ending one session may end others (the user's choice), so start over after each. */
    bool has_ended = true;
    while (has_ended) {
        has_ended = false;
        LIST_EACH(node, &listener->sessions)
        {
            struct session *session = LIST_ITEM(node, struct session, link);
            const char *reason = session_overdue(session, now_us);
            if (reason) {
                session_end(session, reason);
                has_ended = true;
                break;
            }
        }
    }
}

void listener_refuse(struct listener *listener, struct stream *stream, const char *peer,
                     const char *reason)
{
    trace_log(listener->options.trace, TRACE_INFO, "net", "closed %s: %s", peer, reason);
    listener->totals.refused++;
    stream_destroy(stream, true);
}

static void listener_admit(struct listener *listener, struct stream *stream)
{
    char peer[64] = "?";
    uint8_t address[16] = { 0 };
    if (!tcp_peer(stream, peer, address)) {
        stream_destroy(stream, true); /* gone before it was taken */
        return;
    }
    if (listener->session_count >= listener->limits.connections_max) {
        listener_refuse(listener, stream, peer, "max.connections is reached");
        return;
    }
    int64_t early_ms =
        listener->handler->admit ? listener->handler->admit(listener->context, address) : 0;
    if (early_ms > 0) {
        listener_refuse_later(listener, stream, peer, early_ms);
        return;
    }
    struct listener_origin *origin = origin_take(listener, address);
    if (!origin) {
        listener_refuse(listener, stream, peer, "no memory");
        return;
    }
    if (origin->count > listener->limits.connections_per_ip_max) {
        origin_drop(listener, origin);
        listener_refuse(listener, stream, peer, "max.connections.per.ip is reached");
        return;
    }
    const struct stream_wrap *security = &listener->options.security;
    if (security->wrap) {
        stream = security->wrap(security->context, stream, NULL);
    }
    struct session *session = stream ? session_create(listener, stream) : NULL;
    if (!session) {
        origin_drop(listener, origin);
        return;
    }
    session->origin = origin;
    snprintf(session->peer, sizeof(session->peer), "%s", peer);
    list_append(&listener->sessions, &session->link);
    listener->session_count++;
    listener->totals.accepted++;
    if (listener->handler->on_open) {
        listener->handler->on_open(listener->context, session);
    }
    session_adjust_reading(session);
}

static void on_connection(uv_poll_t *poll, int status, int events);

static void on_accept_timer(struct loop_timer *timer)
{
    struct listener *listener = timer->context;
    if (listener->poll) {
        (void)uv_poll_start(listener->poll, UV_READABLE, on_connection);
    }
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
    struct listener *listener = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_MAX && listener->poll == poll; i++) {
        int rc = 0;
        struct stream *stream = tcp_accept(listener->options.loop, listener->listening, &rc);
        if (stream) {
            listener_admit(listener, stream);
            continue;
        }
        if (rc == UV_EMFILE || rc == UV_ENFILE || rc == UV_ENOMEM || rc == UV_ENOBUFS) {
            /* The connection stays in the backlog; polling for it would spin. */
            char text[64];
            tcp_error_text(rc, text);
            trace_log(listener->options.trace, TRACE_WARN, "net",
                      "cannot accept connections for %d ms (%s)", ACCEPT_PAUSE_MS, text);
            (void)uv_poll_stop(poll);
            loop_timer_start(&listener->accept_timer, (int64_t)ACCEPT_PAUSE_MS * 1000);
            return;
        }
        if (rc == UV_EAGAIN) {
            return;
        }
    }
}

/* Asks the name service and waits; a broker does this before it serves. */
static enum kc_err bind_address(const struct listener_options *options, int *ret_listening,
                                char *ret_cause)
{
    int backlog = options->backlog > 0 ? options->backlog : BACKLOG;
    if (!options->host || options->host[0] == '\0') {
        struct sockaddr_in6 any6;
        struct sockaddr_in any4;
        (void)uv_ip6_addr("::", options->port, &any6);
        (void)uv_ip4_addr("0.0.0.0", options->port, &any4);
        int listening = tcp_listen((struct sockaddr *)&any6, backlog);
        if (listening == UV_EAFNOSUPPORT || listening == UV_EADDRNOTAVAIL) {
            listening = tcp_listen((struct sockaddr *)&any4, backlog);
        }
        *ret_listening = listening;
    } else {
        char service[8];
        snprintf(service, sizeof(service), "%u", (unsigned)options->port);
        struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE };
        uv_getaddrinfo_t request;
        int rc =
            uv_getaddrinfo(loop_uv(options->loop), &request, NULL, options->host, service, &hints);
        if (rc != 0) {
            tcp_error_text(rc, ret_cause);
            return KC_ERR_RESOLVE;
        }
        *ret_listening = tcp_listen(request.addrinfo->ai_addr, backlog);
        uv_freeaddrinfo(request.addrinfo);
    }
    if (*ret_listening < 0) {
        tcp_error_text(*ret_listening, ret_cause);
        return KC_ERR_CONNECT;
    }
    return KC_ERR_NONE;
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle);
}

static enum kc_err listener_start(struct listener *listener)
{
    listener->poll = calloc(1, sizeof(*listener->poll));
    if (!listener->poll ||
        uv_poll_init(loop_uv(listener->options.loop), listener->poll, listener->listening) != 0) {
        free(listener->poll);
        listener->poll = NULL;
        return KC_ERR_NO_MEMORY;
    }
    listener->poll->data = listener;
    (void)uv_poll_start(listener->poll, UV_READABLE, on_connection);
    loop_timer_start(&listener->sweep_timer, sweep_us(listener));
    return KC_ERR_NONE;
}

enum kc_err listener_open(const struct listener_options *options,
                          const struct listener_handler *handler, void *context,
                          struct listener **ret_listener, struct kc_error *error)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    if (!listener) {
        return KC_ERR_NO_MEMORY;
    }
    listener->options = *options;
    listener->limits = options->limits;
    limits_fill(&listener->limits);
    listener->handler = handler;
    listener->context = context;
    list_init(&listener->sessions);
    list_init(&listener->delayed);
    list_init(&listener->orphans);
    map_init(&listener->origins, (uint64_t)(uintptr_t)listener);
    loop_timer_init(&listener->accept_timer, options->loop, on_accept_timer, listener);
    loop_timer_init(&listener->sweep_timer, options->loop, on_sweep, listener);
    loop_timer_init(&listener->resume_timer, options->loop, on_resume, listener);
    char cause[64] = "out of memory";
    enum kc_err err = bind_address(options, &listener->listening, cause);
    if (err == KC_ERR_NONE) {
        listener->port = tcp_listen_port(listener->listening);
        err = listener_start(listener);
    } else {
        listener->listening = -1;
    }
    if (err != KC_ERR_NONE) {
        if (error) {
            char name[ADDRESS_TEXT_MAX];
            address_text(options->host && options->host[0] ? options->host : "*", options->port,
                         name);
            error->code = err;
            snprintf(error->text, sizeof(error->text), "cannot listen on %s (%s)", name, cause);
        }
        listener_destroy(listener);
        return err;
    }
    *ret_listener = listener;
    return KC_ERR_NONE;
}

void listener_set_connections_max(struct listener *listener, size_t connections_max,
                                  size_t connections_per_ip_max)
{
    listener->limits.connections_max = connections_max;
    listener->limits.connections_per_ip_max = connections_per_ip_max;
    limits_fill(&listener->limits);
}

void listener_stop(struct listener *listener)
{
    loop_timer_stop(&listener->accept_timer);
    if (listener->poll) {
        uv_close((uv_handle_t *)listener->poll, on_poll_closed);
        listener->poll = NULL;
    }
    if (listener->listening >= 0) {
        tcp_listen_close(listener->listening);
        listener->listening = -1;
    }
}

void listener_destroy(struct listener *listener)
{
    if (!listener) {
        return;
    }
    listener_stop(listener);
    struct list *node;
    while ((node = list_first(&listener->sessions)) || (node = list_first(&listener->orphans))) {
        session_abandon(LIST_ITEM(node, struct session, link));
    }
    listener_end_delays(listener);
    loop_timer_finish(&listener->accept_timer);
    loop_timer_finish(&listener->sweep_timer);
    loop_timer_finish(&listener->resume_timer);
    map_finish(&listener->origins);
    free(listener);
}

uint16_t listener_port(const struct listener *listener)
{
    return listener->port;
}

const struct listener_totals *listener_totals(const struct listener *listener)
{
    return &listener->totals;
}

size_t listener_session_count(const struct listener *listener)
{
    return listener->session_count;
}

size_t listener_buffered_bytes(const struct listener *listener)
{
    return listener->buffered_bytes;
}
