/* handler: quotas at the calls: who a call is from, what it has used, and how its answer tells that
 * the client used too much (KIP-219: it is answered at once, and its connection then stays silent).
 * A call costs one comparison while no quota is set. Loop thread. */
#ifndef HANDLER_THROTTLE_CALL_H
#define HANDLER_THROTTLE_CALL_H

#include "handler/handler.h"
#include "handler/throttle.h"

struct throttle_client throttle_call_client(const struct call *call);

/* Used so much of what the key limits; what comes of it is told with the answer. */
void throttle_call_charge(struct call *call, enum quota_key key, double amount);

/* The connection will be silent for so long after the answer. Of several the longest holds. */
void throttle_call_hold(struct call *call, enum quota_key key, int32_t ms);

/* Charges the call's time on the thread up to now, once. For who must know before the answer. */
void throttle_call_charge_time(struct call *call);

/* May so many partitions be made or deleted? KC_ERR_NONE, KC_ERR_THROTTLING_QUOTA_EXCEEDED; old
 * versions, that do not know this error, are permitted everything and wait afterwards (KIP-599).
 * context is the call. */
enum kc_err throttle_call_permit(void *context, int32_t partition_count);

/* ---- for handler.c ---- */

static inline bool throttle_call_is_timed(const struct call *call)
{
    return quota_table_has(&call->node->image->quotas, QUOTA_REQUEST_PERCENTAGE);
}

/* A step of the call begins, or ends without an answer: its time on the thread counts. */
void throttle_call_step(struct call *call);
void throttle_call_pause(struct call *call);

/* The call is about to be answered: charges what is not charged yet, and gives the response (NULL:
 * none is sent) its throttle time. */
void throttle_call_end(struct call *call, void *response);

/* What sending the answer takes, which frees the call. Zeroed: it is not counted. */
struct throttle_sending {
    struct node *node; /* NULL: not counted */
    int64_t begun_us;
    int64_t charged_us;
    struct slice user;
    size_t client_id_size;
    char client_id[QUOTA_NAME_MAX];
};
void throttle_call_send(const struct call *call, struct throttle_sending *ret_sending);
void throttle_call_sent(const struct throttle_sending *sending);

#endif
