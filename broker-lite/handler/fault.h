/* handler: faults that a test asks for: which requests they meet, and what befalls these. Pure: a
 * script of faults, and the plan for one request. handler/fault_call.h carries the plan out. A
 * broker without a script pays one comparison a request. Loop thread. */
#ifndef HANDLER_FAULT_H
#define HANDLER_FAULT_H

#include "base/list.h"
#include "base/random.h"
#include "wire/refusal.h"

enum fault_deed {
    FAULT_WATCH, /* nothing: it only counts */
    FAULT_ERROR, /* value is answered instead */
    FAULT_DELAY, /* value ms */
    FAULT_HOLD,  /* until the fault is removed */
    FAULT_CLOSE, /* the connection is cut */
    FAULT_DROP_REPLY,
    FAULT_CUT_REPLY, /* after value bytes of the answer's frame; then the connection is cut */
    FAULT_THROTTLE,  /* the answer says throttle_time_ms = value */
};

enum { FAULT_COUNT_MAX = 1024, FAULT_ANY_API = -1 };

struct fault {
    struct list link;
    int id; /* 1 and up */
    int16_t api_key;
    int16_t version_min; /* only requests of this version and newer */
    char *topic;         /* NULL: any request; else those that name it */
    uint32_t skip;       /* so many matching requests pass first */
    uint32_t count;      /* then so many are met; 0: all */
    double chance;       /* of each of these; 1: always */
    uint64_t seed;       /* of the chance */
    bool is_after; /* after the request's effect; else before, and it has none with FAULT_ERROR
                      or FAULT_CLOSE */
    bool is_top;   /* FAULT_ERROR: into the answer itself, not into its items */
    enum fault_deed deed;
    int32_t value;
    struct random random; /* the script's own, as are the following */
    uint32_t seen;
    uint32_t hits;
};

/* What befalls one request: the deeds of all faults that meet it, the later fault's of two alike.
 * is_after picks the second of a pair. */
struct fault_plan {
    enum kc_err errors[2];
    bool are_top[2];
    int32_t delays_ms[2];
    int holds[2]; /* id of the fault; 0: none */
    bool closes[2];
    bool drops_reply;
    int32_t cut_bytes;              /* -1: none */
    int32_t throttle_ms;            /* -1: none */
    struct refusal_topic topics[2]; /* of errors; both null: all items */
};

struct fault_script {
    struct list faults;
    size_t fault_count;
    int last_id;
    struct list waiting; /* calls that a fault delays or holds: handler/fault_call.h */
    bool is_ending;      /* nothing waits any more */
    /* A fault met a request. May be NULL. */
    void (*told)(void *context, int id, uint32_t hits);
    void *context;
};

void fault_script_init(struct fault_script *script);

/* After fault_call_end. */
void fault_script_finish(struct fault_script *script);

/* Copies the fault and its topic. KC_ERR_NO_MEMORY, KC_ERR_QUEUE_FULL (FAULT_COUNT_MAX). */
enum kc_err fault_script_add(struct fault_script *script, const struct fault *fault, int *ret_id);

/* False: there is none of this id. What it holds is the caller's to let go. */
bool fault_script_remove(struct fault_script *script, int id);

/* A request that faults may meet. names says whether it names the topic, and gives its name and id
 * as messages may have them. */
struct fault_request {
    int16_t api_key;
    int16_t version;
    bool (*names)(void *context, const char *topic, struct refusal_topic *ret_topic);
    void *context;
};

/* False: no fault meets it. topics of the plan borrow from the script. */
bool fault_script_meet(struct fault_script *script, const struct fault_request *request,
                       struct fault_plan *ret_plan);

#endif
