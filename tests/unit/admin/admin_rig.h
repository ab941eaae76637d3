/* tests: an admin call without a network: requests are caught, answers are played back through the
 * real encoding of a version, and time stands still until the test moves it. */
#ifndef ADMIN_RIG_H
#define ADMIN_RIG_H

#include "admin/admin.h"
#include "support/test.h"

enum { ADMIN_RIG_REQUESTS_MAX = 16 };

struct admin_rig {
    struct fanout_port port;
    struct fanout *fanout;
    struct cluster_request *requests[ADMIN_RIG_REQUESTS_MAX]; /* open, in the order of sending */
    size_t request_count;
    size_t cancel_count;
    size_t forget_count;
    int64_t now_us;
    int64_t pause_us; /* -1: not pausing */
    bool is_done;
};

/* Starts the call with a deadline 10 seconds from now. */
void admin_rig_start(struct admin_rig *rig, struct fanout *fanout);
void admin_rig_finish(struct admin_rig *rig);

/* The open request to this api key (and broker; -1: any), as it will be sent in this version: its
 * message after prepare, which must be encodable. Fails the test when there is none. */
const void *admin_rig_message(struct admin_rig *rig, int16_t api_key, int32_t broker_id,
                              int16_t version);

/* Answers that request. What the rig itself allocates does not count for support/heap.h. */
void admin_rig_answer(struct admin_rig *rig, int16_t api_key, int32_t broker_id, int16_t version,
                      const void *response);
void admin_rig_refuse(struct admin_rig *rig, int16_t api_key, int32_t broker_id, enum kc_err err,
                      const char *text);

/* The same with JSON: the request must look like this ("timeoutMs" apart, which is cut out), the
 * answer is made of it. */
void admin_rig_expect(struct admin_rig *rig, int16_t api_key, int32_t broker_id, int16_t version,
                      const char *json);
void admin_rig_tell(struct admin_rig *rig, int16_t api_key, int32_t broker_id, int16_t version,
                    const char *json);

/* The pause must be on; it passes. */
void admin_rig_wake(struct admin_rig *rig);

#endif
