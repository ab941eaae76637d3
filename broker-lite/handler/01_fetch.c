/* handler: Fetch, versions 4 to 18. 7: sessions (KIP-227; answered with session id 0: every fetch
 * is a full one). 12: flexible, divergence (KIP-595), leader hints. 13: topics by id (KIP-516). A
 * fetch that finds less than min.bytes waits for its partitions until max.wait.ms. */
#include "handler/fetch.h"
#include "handler/handlers.h"

#include <stdlib.h>

enum { FETCH_TOPIC_ID_VERSION = 13, FETCH_PARTITIONS_MAX = 100000 };

/* One partition of the request that waits. */
struct fetch_wait {
    struct partition_wait wait;
    struct parked_fetch *parked;
};

struct parked_fetch {
    struct call *call;
    struct fetch_wait *waits;
    int32_t wait_count;
    struct loop_timer timer;
    bool is_done;
};

static const struct image_topic *topic_of(const struct call *call,
                                          const struct fetch_request_fetch_topic *topic)
{
    return call->version >= FETCH_TOPIC_ID_VERSION
               ? image_topic_by_id(call->node->image, &topic->topic_id)
               : image_topic(call->node->image, topic->topic);
}

static void fetch_leave(struct parked_fetch *parked)
{
    parked->is_done = true;
    loop_timer_finish(&parked->timer);
    for (int32_t i = 0; i < parked->wait_count; i++) {
        partition_wait_end(&parked->waits[i].wait);
    }
}

static void fetch_cancelled(struct call *call)
{
    fetch_leave(call->context);
    call_drop(call);
}

/* The answer with what there is now. */
static void fetch_answer(struct call *call)
{
    struct fetch_answer *answer = fetch_answer_create(call);
    if (!answer) {
        call_fail(call, "out of memory for a fetch");
        return;
    }
    call_answer(call, &answer->response, fetch_answer_release, answer->memory);
}

static void fetch_timed_out(struct loop_timer *timer)
{
    struct parked_fetch *parked = timer->context;
    fetch_leave(parked);
    fetch_answer(parked->call);
}

static void fetch_woken(struct partition_wait *wait, struct partition *partition)
{
    struct parked_fetch *parked = CONTAINER_OF(wait, struct fetch_wait, wait)->parked;
    const struct fetch_request *request = parked->call->message;
    if (parked->is_done ||
        (!partition->err && !fetch_is_satisfied(parked->call, request->min_bytes))) {
        return;
    }
    fetch_leave(parked);
    fetch_answer(parked->call);
}

static void fetch_park(struct call *call, size_t partition_count)
{
    const struct fetch_request *request = call->message;
    struct parked_fetch *parked = call_alloc(call, 1, sizeof(*parked));
    if (parked) {
        parked->waits = call_alloc(call, partition_count, sizeof(*parked->waits));
    }
    if (!parked || !parked->waits) {
        call_fail(call, "out of memory for a fetch");
        return;
    }
    parked->call = call;
    for (int32_t i = 0; i < request->topics.count; i++) {
        const struct image_topic *topic = topic_of(call, &request->topics.items[i]);
        for (int32_t j = 0; j < request->topics.items[i].partitions.count; j++) {
            struct partition *partition =
                partitions_find(call->node->partitions, topic,
                                request->topics.items[i].partitions.items[j].partition);
            if (partition) {
                struct fetch_wait *wait = &parked->waits[parked->wait_count++];
                wait->parked = parked;
                wait->wait.woken = fetch_woken;
                partition_wait_begin(partition, &wait->wait);
            }
        }
    }
    call->cancel = fetch_cancelled;
    call->context = parked;
    loop_timer_init(&parked->timer, call->node->loop, fetch_timed_out, parked);
    loop_timer_start(&parked->timer, (int64_t)request->max_wait_ms * 1000);
}

/* A session that we never gave out. */
static void answer_session_error(struct call *call, enum kc_err err)
{
    struct fetch_response response;
    message_defaults(&fetch_response_type, &response);
    response.error_code = (int16_t)err;
    call_answer(call, &response, NULL, NULL);
}

void handle_fetch(struct call *call)
{
    const struct fetch_request *request = call->message;
    size_t partition_count = 0;
    for (int32_t i = 0; i < request->topics.count; i++) {
        partition_count += (size_t)request->topics.items[i].partitions.count;
    }
    if (partition_count > FETCH_PARTITIONS_MAX) {
        call_fail(call, "fetches more partitions than one request may name");
        return;
    }
    /* Followers will come through their own listener; until then nobody fetches as a replica. */
    if (request->replica_id >= 0 || request->replica_state.replica_id >= 0) {
        answer_session_error(call, KC_ERR_CLUSTER_AUTHORIZATION_FAILED);
        return;
    }
    if (request->session_id != 0 && request->session_epoch > 0) {
        answer_session_error(call, KC_ERR_FETCH_SESSION_ID_NOT_FOUND);
        return;
    }
    if (request->max_wait_ms <= 0 || partition_count == 0 ||
        fetch_is_satisfied(call, request->min_bytes)) {
        fetch_answer(call);
        return;
    }
    fetch_park(call, partition_count);
}
