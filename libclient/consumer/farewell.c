/* consumer: the last word to a broker about its fetch session: a request of epoch -1 that names
 * nothing (KIP-227). It goes out beside the connection of fetches, where one may be waiting for
 * records: sessions are not bound to connections. What a broker does not answer soon is let go. */
#include "consumer/state.h"

enum { FAREWELL_TIMEOUT_MS = 1000, FAREWELL_VERSION_MIN = 7 };

static bool farewell_answer(struct inquiry *inquiry, const struct conn_reply *reply)
{
    struct consumer *consumer = inquiry->consumer;

    (void)reply;                        /* nobody can do better than to try */
    if (consumer->farewell_count > 0) { /* 0 at the end of the consumer, which waits no more */
        consumer->farewell_count--;
        group_check_left(consumer);
    }
    return false;
}

void farewell_send(struct source *source)
{
    struct consumer *consumer = source->consumer;
    int32_t id = fetch_session_at_broker(&source->session);

    if (id == FETCH_SESSION_NONE || source->failures > 0) {
        return;
    }
    struct inquiry *inquiry = inquiry_create(consumer, farewell_answer);
    struct fetch_request *message = inquiry ? arena_alloc(&inquiry->arena, sizeof(*message)) : NULL;
    if (!message) {
        inquiry_destroy(inquiry);
        return;
    }
    message_defaults(&fetch_request_type, message);
    message->replica_id = -1;
    message->session_id = id;
    message->session_epoch = FETCH_SESSION_EPOCH_FINAL;
    inquiry->request.target = CLUSTER_BROKER;
    inquiry->request.use = CLUSTER_USE_GENERAL;
    inquiry->request.broker_id = source->broker_id;
    inquiry->request.api_key = API_FETCH;
    inquiry->request.version_min = FAREWELL_VERSION_MIN;
    inquiry->request.message = message;
    inquiry->request.timeout_ms = FAREWELL_TIMEOUT_MS;
    consumer->farewell_count++;
    inquiry_send(inquiry);
}
