/* handler: quotas at the calls. */
#include "handler/throttle_call.h"

#include "wire/refusal.h"

enum { WRITE_TXN_MARKERS = 27, CREATE_TOPICS = 19, DELETE_TOPICS = 20, CREATE_PARTITIONS = 37 };

/* Everybody, while nobody proves who he is. */
static const char anonymous[] = "ANONYMOUS";

struct throttle_client throttle_call_client(const struct call *call)
{
    return (struct throttle_client){ .user = slice_of(anonymous, sizeof(anonymous) - 1),
                                     .client_id = call->client_id };
}

static int64_t now_ms(const struct call *call)
{
    return clock_now_ms(call->node->clock);
}

void throttle_call_hold(struct call *call, enum quota_key key, int32_t ms)
{
    int64_t until_ms = now_ms(call) + ms;
    if (ms > 0 && until_ms > call->silent_until_ms) {
        call->silent_until_ms = until_ms;
        call->silent_key = key;
    }
}

void throttle_call_charge(struct call *call, enum quota_key key, double amount)
{
    struct throttle_client client = throttle_call_client(call);
    throttle_call_hold(call, key,
                       throttle_charge(call->node->throttle, key, &client, amount, now_ms(call)));
}

/* ---- controller mutations ---- */

/* From this version on the API knows THROTTLING_QUOTA_EXCEEDED. */
static int16_t strict_version(int16_t key)
{
    return key == CREATE_TOPICS ? 6 : key == DELETE_TOPICS ? 5 : 3;
}

enum kc_err throttle_call_permit(void *context, int32_t partition_count)
{
    struct call *call = context;
    int32_t ms;
    if (!quota_table_has(&call->node->image->quotas, QUOTA_CONTROLLER_MUTATION_RATE)) {
        return KC_ERR_NONE;
    }
    struct throttle_client client = throttle_call_client(call);
    bool is_strict = call->version >= strict_version(call->handler->key);
    bool is_permitted = throttle_permit(call->node->throttle, &client, partition_count, is_strict,
                                        now_ms(call), &ms);
    throttle_call_hold(call, QUOTA_CONTROLLER_MUTATION_RATE, ms);
    return is_permitted ? KC_ERR_NONE : KC_ERR_THROTTLING_QUOTA_EXCEEDED;
}

/* ---- time on the thread ---- */

void throttle_call_step(struct call *call)
{
    call->step_us = throttle_call_is_timed(call) ? clock_now_us(call->node->clock) : 0;
}

void throttle_call_pause(struct call *call)
{
    if (call->step_us > 0) {
        call->used_us += clock_now_us(call->node->clock) - call->step_us;
        call->step_us = 0;
    }
}

/* In percent of a second. */
static double percent(int64_t us)
{
    return (double)us / 10000;
}

void throttle_call_charge_time(struct call *call)
{
    if (!call->is_charged && throttle_call_is_timed(call) &&
        call->handler->key != WRITE_TXN_MARKERS) {
        throttle_call_pause(call);
        throttle_call_charge(call, QUOTA_REQUEST_PERCENTAGE, percent(call->used_us));
        call->node->charged_us += call->used_us;
    }
    call->is_charged = true;
}

void throttle_call_end(struct call *call, void *response)
{
    if (response) { /* as in Kafka: who wants no answer pays for bytes, not for time */
        throttle_call_charge_time(call);
    }
    int64_t ms = call->silent_until_ms > 0 ? call->silent_until_ms - now_ms(call) : 0;
    if (ms <= 0) {
        return;
    }
    throttle_tell(call->node->throttle, call->silent_key, (int32_t)ms);
    if (response) {
        const struct api *api = session_current(call->session)->head.api;
        (void)refusal_throttle(api->response, call->version, response, (int32_t)ms);
    }
    session_mute(call->session, ms);
}

/* Other calls may be carried out inside a send: their time is theirs. */
void throttle_call_send(const struct call *call, struct throttle_sending *ret_sending)
{
    struct throttle_client client = throttle_call_client(call);
    ret_sending->node = throttle_call_is_timed(call) ? call->node : NULL;
    if (ret_sending->node) {
        ret_sending->begun_us = clock_now_us(call->node->clock);
        ret_sending->charged_us = call->node->charged_us;
        ret_sending->user = client.user;
        ret_sending->client_id_size = MIN_OF(client.client_id.size, sizeof(ret_sending->client_id));
        if (ret_sending->client_id_size > 0) {
            memcpy(ret_sending->client_id, client.client_id.data, ret_sending->client_id_size);
        }
    }
}

void throttle_call_sent(const struct throttle_sending *sending)
{
    struct node *node = sending->node;
    if (!node) {
        return;
    }
    int64_t now_us = clock_now_us(node->clock);
    int64_t used_us = now_us - sending->begun_us - (node->charged_us - sending->charged_us);
    struct throttle_client client = {
        .user = sending->user,
        .client_id = slice_of(sending->client_id, sending->client_id_size),
    };
    node->charged_us += used_us;
    throttle_note(node->throttle, QUOTA_REQUEST_PERCENTAGE, &client, percent(used_us),
                  now_us / 1000);
}
