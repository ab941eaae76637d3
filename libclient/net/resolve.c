/* net: name look-ups on libuv's pool. */
#include "net/resolve.h"

#include "base/attr.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

struct resolve {
    uv_getaddrinfo_t request;
    struct loop_timer timer; /* delivers what is known without asking */
    void (*done)(void *context, const struct resolve_result *result); /* NULL: cancelled */
    void *context;
    bool is_asking; /* libuv holds the memory until on_answer */
    int status;
    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX];
    size_t count;
    char host[256];
};

/* The C library's words for its own failures; libuv has other ones. */
static const char *cause_text(int status)
{
    switch (status) {
    case UV_EAI_NONAME:
        return gai_strerror(EAI_NONAME);
    case UV_EAI_AGAIN:
        return gai_strerror(EAI_AGAIN);
    case UV_EAI_FAIL:
        return gai_strerror(EAI_FAIL);
    case UV_EAI_NODATA:
        return "No address associated with hostname";
    case UV_EAI_MEMORY:
        return gai_strerror(EAI_MEMORY);
    default:
        return uv_strerror(status);
    }
}

static void resolve_deliver(struct resolve *resolve)
{
    char text[384] = "";
    struct resolve_result result = { .text = text,
                                     .addresses = resolve->addresses,
                                     .count = resolve->count };
    if (resolve->status != 0 || resolve->count == 0) {
        result.err = resolve->status == UV_EAI_MEMORY ? KC_ERR_NO_MEMORY : KC_ERR_RESOLVE;
        snprintf(text, sizeof(text), "cannot resolve '%s' (%s)", resolve->host,
                 cause_text(resolve->status != 0 ? resolve->status : UV_EAI_NONAME));
    }
    resolve->done(resolve->context, &result);
    free(resolve);
}

static void on_timer(struct loop_timer *timer)
{
    resolve_deliver(timer->context);
}

static void on_answer(uv_getaddrinfo_t *request, int status, struct addrinfo *answer)
{
    struct resolve *resolve = request->data;
    if (!resolve->done) {
        uv_freeaddrinfo(answer);
        free(resolve);
        return;
    }
    resolve->status = status;
    for (struct addrinfo *item = answer; item && resolve->count < RESOLVE_ADDRESSES_MAX;
         item = item->ai_next) {
        if (item->ai_addrlen <= sizeof(struct sockaddr_storage)) {
            memcpy(&resolve->addresses[resolve->count++], item->ai_addr, item->ai_addrlen);
        }
    }
    uv_freeaddrinfo(answer);
    resolve_deliver(resolve);
}

static bool resolve_literal(struct resolve *resolve, uint16_t port)
{
    struct sockaddr_storage *first = &resolve->addresses[0];
    if (resolve->host[0] == '\0') {
        (void)uv_ip6_addr("::", port, (struct sockaddr_in6 *)&first[0]);
        (void)uv_ip4_addr("0.0.0.0", port, (struct sockaddr_in *)&first[1]);
        resolve->count = 2;
        return true;
    }
    if (uv_ip4_addr(resolve->host, port, (struct sockaddr_in *)first) == 0 ||
        uv_ip6_addr(resolve->host, port, (struct sockaddr_in6 *)first) == 0) {
        resolve->count = 1;
        return true;
    }
    return false;
}

struct resolve *resolve_start(struct loop *loop, const char *host, uint16_t port,
                              void (*done)(void *context, const struct resolve_result *result),
                              void *context)
{
    struct resolve *resolve = calloc(1, sizeof(*resolve));
    if (!resolve) {
        return NULL;
    }
    resolve->done = done;
    resolve->context = context;
    resolve->request.data = resolve;
    snprintf(resolve->host, sizeof(resolve->host), "%s", host ? host : "");
    loop_timer_init(&resolve->timer, loop, on_timer, resolve);
    if (resolve_literal(resolve, port)) {
        loop_timer_start(&resolve->timer, 0);
        return resolve;
    }
    char service[8];
    snprintf(service, sizeof(service), "%u", (unsigned)port);
    struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM };
    int rc =
        uv_getaddrinfo(loop_uv(loop), &resolve->request, on_answer, resolve->host, service, &hints);
    resolve->is_asking = rc == 0;
    if (rc != 0) {
        resolve->status = rc;
        loop_timer_start(&resolve->timer, 0);
    }
    return resolve;
}

void resolve_cancel(struct resolve *resolve)
{
    if (!resolve) {
        return;
    }
    loop_timer_finish(&resolve->timer);
    if (!resolve->is_asking) {
        free(resolve);
        return;
    }
    resolve->done = NULL;
    (void)uv_cancel((uv_req_t *)&resolve->request);
}
