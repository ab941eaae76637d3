/* libbroker-lite: faults. A fault says which requests it meets, and what befalls them.
 *
 *   struct bl_fault fault = { .api = "Produce", .deed = BL_DROP_REPLY, .count = 1 };
 *   bl_fault_add(broker, &fault, &id, &error);
 *   ...                                          the next Produce is written, and never answered
 *   bl_fault_await(broker, id, 1, 5000, &error); it was
 *
 * A broker handles one request of a connection at a time, in order: what waits holds up what came
 * after it on the same connection, as in Kafka. A request that came whole is carried out even when
 * its connection is lost while a fault makes it wait. Several faults may meet one request; of two
 * alike the later one counts. Any thread. */
#ifndef BROKER_LITE_FAULT_H
#define BROKER_LITE_FAULT_H

#include <broker-lite/broker.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum bl_deed {
    BL_WATCH, /* nothing; only counted */
    /* `value` (a Kafka error code) is answered: in every item of the answer (partitions, groups,
     * ...), or in the answer itself where it has no items. Before the effect: the request is not
     * carried out. After: it is, and the answer denies it. */
    BL_ERROR,
    BL_DELAY,      /* by `value` ms: the request (before), or its answer (after) */
    BL_HOLD,       /* the request (before) or its answer (after), until the fault is removed */
    BL_CLOSE,      /* the connection: the request is lost (before), or its answer is (after) */
    BL_DROP_REPLY, /* carried out and never answered; the connection stays */
    BL_CUT_REPLY,  /* after `value` bytes of its frame (4 bytes of size first); the connection ends
                    */
    BL_THROTTLE    /* the answer asks the client to pause for `value` ms (KIP-219) */
};

/* Zero-initialise; api and deed at least. */
struct bl_fault {
    const char *api;   /* Kafka's name: "Produce", "InitProducerId"; NULL: every request */
    int min_version;   /* only requests of this version and newer: a broker that is too old */
    const char *topic; /* only requests that name the topic; of an error after the effect, only its
                          items. NULL: any */
    unsigned skip;     /* so many such requests pass first */
    unsigned count;    /* so many are met, then no more; 0: all */
    double chance;     /* of each, in (0, 1]; 0 stands for 1 */
    uint64_t seed;     /* of the chance: the same seed draws the same */
    bool after;        /* after the request's effect (BL_ERROR, BL_DELAY, BL_HOLD, BL_CLOSE) */
    bool whole;        /* BL_ERROR: in the answer itself, and in no item */
    enum bl_deed deed;
    int value;
};

/* From now on. KC_ERR_INVALID (no such API, a value that means nothing), KC_ERR_QUEUE_FULL (1024
 * faults), KC_ERR_NO_MEMORY, KC_ERR_CLOSED when the broker has ended. The strings are copied. An
 * error before the effect with Metadata: the answer has its brokers all the same, and no topic is
 * made. ret_id may be NULL. */
enum kc_err bl_fault_add(struct bl_broker *broker, const struct bl_fault *fault, int *ret_id,
                         struct kc_error *error);

/* Meets nothing any more; what it holds goes on. KC_ERR_INVALID: there is none of this id. */
enum kc_err bl_fault_remove(struct bl_broker *broker, int id, struct kc_error *error);

/* How many requests it has met, 0 for an unknown id. Kept of the newest 4096 faults, also when
 * they are removed. */
unsigned bl_fault_hits(struct bl_broker *broker, int id);

/* Waits until it has met so many. KC_ERR_TIMED_OUT after timeout_ms (-1: no limit), KC_ERR_CLOSED
 * when the broker ended. */
enum kc_err bl_fault_await(struct bl_broker *broker, int id, unsigned hits, int timeout_ms,
                           struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
