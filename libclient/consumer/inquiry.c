/* consumer: one question to a broker that is asked once. */
#include "consumer/state.h"

#include <assert.h>
#include <stdlib.h>

static void inquiry_done(struct cluster_request *request, const struct conn_reply *reply)
{
    struct inquiry *inquiry = CONTAINER_OF(request, struct inquiry, request);
    struct consumer *consumer = inquiry->consumer;

    if (reply->err == KC_ERR_NONE) {
        consumer_heard(consumer);
    }
    if (inquiry->answer(inquiry, reply)) {
        return;
    }
    list_remove(&inquiry->link);
    arena_finish(&inquiry->arena);
    free(inquiry);
    consumer_drive_soon(consumer);
}

struct inquiry *inquiry_create(struct consumer *consumer,
                               bool (*answer)(struct inquiry *inquiry,
                                              const struct conn_reply *reply))
{
    struct inquiry *inquiry = calloc(1, sizeof(*inquiry));

    if (inquiry) {
        inquiry->consumer = consumer;
        inquiry->answer = answer;
        inquiry->request.done = inquiry_done;
        inquiry->request.is_idempotent = true;
        arena_init(&inquiry->arena, 0);
        list_append(&consumer->inquiries, &inquiry->link);
    }
    return inquiry;
}

void inquiry_send(struct inquiry *inquiry)
{
    cluster_request(inquiry->consumer->host.cluster, &inquiry->request);
}

void inquiry_abort(struct inquiry *inquiry)
{
    struct conn_reply reply = { .err = KC_ERR_CLOSED, .text = "the consumer was closed" };

    cluster_request_cancel(inquiry->consumer->host.cluster, &inquiry->request);
    bool is_again = inquiry->answer(inquiry, &reply);
    assert(!is_again);
    list_remove(&inquiry->link);
    arena_finish(&inquiry->arena);
    free(inquiry);
}

void inquiry_destroy(struct inquiry *inquiry)
{
    if (!inquiry) {
        return;
    }
    cluster_request_cancel(inquiry->consumer->host.cluster, &inquiry->request);
    list_remove(&inquiry->link);
    arena_finish(&inquiry->arena);
    free(inquiry);
}
