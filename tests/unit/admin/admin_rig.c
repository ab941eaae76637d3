/* tests: plays the cluster to an admin call. */
#include "admin_rig.h"

#include "support/heap.h"
#include "wire/parse.h"

#include <stdlib.h>

static struct admin_rig *rig_of(struct fanout_port *port)
{
    return CONTAINER_OF(port, struct admin_rig, port);
}

static void rig_send(struct fanout_port *port, struct cluster_request *request)
{
    struct admin_rig *rig = rig_of(port);
    assert_true(rig->request_count < ADMIN_RIG_REQUESTS_MAX);
    rig->requests[rig->request_count++] = request;
}

static void rig_take(struct admin_rig *rig, const struct cluster_request *request)
{
    size_t i = 0;
    while (i < rig->request_count && rig->requests[i] != request) {
        i++;
    }
    assert_true(i < rig->request_count);
    rig->request_count--;
    memmove(&rig->requests[i], &rig->requests[i + 1],
            (rig->request_count - i) * sizeof(struct cluster_request *));
}

static void rig_cancel(struct fanout_port *port, struct cluster_request *request)
{
    rig_take(rig_of(port), request);
    rig_of(port)->cancel_count++;
}

static void rig_forget(struct fanout_port *port)
{
    rig_of(port)->forget_count++;
}

static int64_t rig_now_us(struct fanout_port *port)
{
    return rig_of(port)->now_us;
}

static int64_t rig_backoff_us(struct fanout_port *port, int failures)
{
    (void)port;
    return (int64_t)failures * 100000;
}

static void rig_pause(struct fanout_port *port, int64_t delay_us)
{
    rig_of(port)->pause_us = delay_us;
}

static void rig_done(struct fanout_port *port)
{
    assert_false(rig_of(port)->is_done);
    rig_of(port)->is_done = true;
}

void admin_rig_start(struct admin_rig *rig, struct fanout *fanout)
{
    assert_non_null(fanout);
    *rig = (struct admin_rig){
        .port = { rig_send, rig_cancel, rig_forget, rig_now_us, rig_backoff_us, rig_pause,
                  rig_done },
        .fanout = fanout,
        .now_us = 1000000,
        .pause_us = -1,
    };
    fanout_start(fanout, &rig->port, rig->now_us + 10000000);
}

void admin_rig_finish(struct admin_rig *rig)
{
    if (!rig->is_done) {
        fanout_abort(rig->fanout, KC_ERR_CLOSED, NULL);
    }
    assert_int_equal(rig->request_count, 0);
    fanout_destroy(rig->fanout);
}

static struct cluster_request *rig_find(struct admin_rig *rig, int16_t api_key, int32_t broker_id)
{
    for (size_t i = 0; i < rig->request_count; i++) {
        struct cluster_request *request = rig->requests[i];
        if (request->api_key == api_key && (broker_id < 0 || (request->target == CLUSTER_BROKER &&
                                                              request->broker_id == broker_id))) {
            return request;
        }
    }
    fail_msg("no request with key %d to broker %d is open", api_key, broker_id);
    return NULL;
}

const void *admin_rig_message(struct admin_rig *rig, int16_t api_key, int32_t broker_id,
                              int16_t version)
{
    struct cluster_request *request = rig_find(rig, api_key, broker_id);
    assert_true(version >= request->version_min);
    assert_true(request->version_max == 0 || version <= request->version_max);
    if (request->prepare) {
        assert_int_equal(request->prepare(request, version), KC_ERR_NONE);
    }
    struct writer writer;
    writer_init(&writer, NULL);
    assert_int_equal(message_encode(api_find(api_key)->request, version, request->message, &writer),
                     KC_ERR_NONE);
    return request->message;
}

void admin_rig_answer(struct admin_rig *rig, int16_t api_key, int32_t broker_id, int16_t version,
                      const void *response)
{
    struct cluster_request *request = rig_find(rig, api_key, broker_id);
    heap_pause();
    struct frame_buffer *frame = calloc(1, sizeof(*frame));
    struct conn_reply reply = { .api = api_find(api_key), .version = version, .frame = frame };
    struct bytes out;
    struct writer writer;
    bytes_init(&out, 1 << 20);
    writer_init(&writer, &out);
    assert_int_equal(message_encode(reply.api->response, version, response, &writer), KC_ERR_NONE);
    reader_init(&reply.body, slice_of(out.data, out.size));
    rig_take(rig, request);
    heap_resume();
    request->done(request, &reply);
    heap_pause();
    /* Nothing of the answer may be used from here on. */
    memset(out.data, 0xdd, out.size);
    bytes_finish(&out);
    free(frame);
    heap_resume();
}

void admin_rig_refuse(struct admin_rig *rig, int16_t api_key, int32_t broker_id, enum kc_err err,
                      const char *text)
{
    struct cluster_request *request = rig_find(rig, api_key, broker_id);
    const struct conn_reply reply = { .err = err, .text = text, .api = api_find(api_key) };
    rig_take(rig, request);
    request->done(request, &reply);
}

void admin_rig_expect(struct admin_rig *rig, int16_t api_key, int32_t broker_id, int16_t version,
                      const char *json)
{
    static const char timeout[] = "\"timeoutMs\":";
    struct bytes shown;
    bytes_init(&shown, 1 << 16);
    const void *message = admin_rig_message(rig, api_key, broker_id, version);
    assert_true(message_show(api_find(api_key)->request, version, message, &shown));
    assert_true(bytes_append(&shown, "", 1));
    char *text = (char *)shown.data;
    char *cut = strstr(text, timeout);
    if (cut) {
        char *end = cut + strlen(timeout) + strspn(cut + strlen(timeout), "-0123456789");
        cut -= *end == ',' ? 0 : 1;
        end += *end == ',' ? 1 : 0;
        memmove(cut, end, strlen(end) + 1);
    }
    assert_string_equal(text, json);
    bytes_finish(&shown);
}

void admin_rig_tell(struct admin_rig *rig, int16_t api_key, int32_t broker_id, int16_t version,
                    const char *json)
{
    const struct message_type *type = api_find(api_key)->response;
    char why[200];
    struct arena arena;
    heap_pause();
    arena_init(&arena, 0);
    void *response = arena_alloc(&arena, message_struct_size(type));
    assert_non_null(response);
    if (parse_message(type, slice_text(json), &arena, response, why, sizeof(why))) {
        fail_msg("%s", why);
    }
    heap_resume();
    admin_rig_answer(rig, api_key, broker_id, version, response);
    heap_pause();
    arena_finish(&arena);
    heap_resume();
}

void admin_rig_wake(struct admin_rig *rig)
{
    assert_true(rig->pause_us >= 0);
    rig->now_us += rig->pause_us;
    rig->pause_us = -1;
    fanout_resume(rig->fanout);
}
