/* net: how long a loop's rounds take. libuv runs the callbacks of sockets inside its poll phase, so
 * a round is timed from one poll to the next, and what libuv says it slept is taken off. */
#include "net/loop_load.h"

#include <stdlib.h>

enum { NS_PER_US = 1000 };

struct loop_load {
    uv_prepare_t prepare;
    struct histogram rounds;
    uint64_t at_ns; /* 0: no round yet */
    uint64_t idle_ns;
};

static void on_prepare(uv_prepare_t *prepare)
{
    struct loop_load *load = prepare->data;
    uint64_t at_ns = uv_hrtime();
    uint64_t idle_ns = uv_metrics_idle_time(prepare->loop);
    if (load->at_ns > 0) {
        int64_t busy_ns = (int64_t)(at_ns - load->at_ns) - (int64_t)(idle_ns - load->idle_ns);
        histogram_record(&load->rounds, busy_ns / NS_PER_US);
    }
    load->at_ns = at_ns;
    load->idle_ns = idle_ns;
}

struct loop_load *loop_load_create(struct loop *loop)
{
    struct loop_load *load = calloc(1, sizeof(*load));
    if (!load) {
        return NULL;
    }
    if (uv_loop_configure(loop_uv(loop), UV_METRICS_IDLE_TIME) != 0) {
        free(load);
        return NULL;
    }
    (void)uv_prepare_init(loop_uv(loop), &load->prepare);
    load->prepare.data = load;
    (void)uv_prepare_start(&load->prepare, on_prepare);
    uv_unref((uv_handle_t *)&load->prepare);
    return load;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void loop_load_destroy(struct loop_load *load)
{
    if (load) {
        uv_close((uv_handle_t *)&load->prepare, on_closed);
    }
}

const struct histogram *loop_load_rounds(const struct loop_load *load)
{
    return &load->rounds;
}
