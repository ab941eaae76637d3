/* handler: a fetch and the quota of its client: what it may be given at once, and whether it is
 * given anything now. */
#include "handler/fetch.h"
#include "handler/throttle_call.h"

/* What stands around the records of a partition in an answer, about. */
enum { PARTITION_BYTES = 50, ANSWER_BYTES = 24 };

size_t fetch_limit(const struct call *call)
{
    const struct fetch_request *request = call->message;
    size_t limit = request->max_bytes > 0 ? (size_t)request->max_bytes : 0;
    limit = MIN_OF(limit, call->node->settings.fetch_bytes_max);
    if (quota_table_has(&call->node->image->quotas, QUOTA_CONSUMER_BYTE_RATE)) {
        struct throttle_client client = throttle_call_client(call);
        double room = throttle_room(call->node->throttle, &client);
        limit = room < (double)limit ? (size_t)room : limit;
    }
    return limit;
}

/* In a session only partitions with news are told; those with records are most of them. */
static double answer_size(const struct fetch *fetch)
{
    double size = ANSWER_BYTES;
    for (size_t i = 0; i < fetch->item_count; i++) {
        size_t records = fetch->items[i].range.size;
        size += records > 0 || fetch->session_id == 0 ? (double)(records + PARTITION_BYTES) : 0;
    }
    return size;
}

/* Nothing of the session moves: what was asked is asked again. */
static void answer_empty(struct fetch *fetch)
{
    struct fetch_response *response = &fetch->response;
    struct fetcher *session = fetcher_get(fetch->call->node->fetchers, fetch->session_id);
    fetch_drop(fetch);
    message_defaults(&fetch_response_type, response);
    if (fetch->session_id != 0) {
        response->error_code = (int16_t)fetch_session_error(fetch, session);
        response->session_id = response->error_code ? 0 : fetch->session_id;
    }
    call_answer(fetch->call, response, NULL, NULL);
}

bool fetch_is_refused(struct fetch *fetch)
{
    struct call *call = fetch->call;
    const struct quota_table *quotas = &call->node->image->quotas;
    if (!quota_table_has(quotas, QUOTA_CONSUMER_BYTE_RATE) &&
        !quota_table_has(quotas, QUOTA_REQUEST_PERCENTAGE)) {
        return false;
    }
    struct throttle_client client = throttle_call_client(call);
    throttle_call_charge_time(call);
    /* Over its time it is given nothing, so that nothing is counted. */
    bool is_over = call->silent_until_ms > 0;
    int32_t ms = is_over ? 0
                         : throttle_give(call->node->throttle, &client, answer_size(fetch),
                                         clock_now_ms(call->node->clock));
    throttle_call_hold(call, QUOTA_CONSUMER_BYTE_RATE, ms);
    if (!is_over && ms == 0) {
        return false;
    }
    answer_empty(fetch);
    return true;
}
