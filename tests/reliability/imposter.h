/* tests: a broker of one node, one topic "t" with one partition and three records, and one group
 * with one member. It is honest but for its lies: what they say is done to its answers. One thread
 * of its own. */
#ifndef RELIABILITY_IMPOSTER_H
#define RELIABILITY_IMPOSTER_H

#include "base/arena.h"
#include "wire/frame.h"
#include "wire/messages.h"

enum { IMPOSTER_RECORDS = 3, IMPOSTER_NODE = 1, IMPOSTER_EPOCH = 5 };

struct imposter_lie {
    int16_t api_key;
    unsigned skip;  /* so many answers to this API are honest first */
    unsigned count; /* so many are lies then; 0: all that follow */
    /* Edits the answer before it is encoded; what it adds comes from the arena. NULL: does not. */
    void (*twist)(void *response, struct arena *arena, const struct imposter_lie *lie);
    /* Edits the whole frame, its 4 bytes of length first; emptied: nothing is answered. NULL: does
     * not. */
    void (*bend)(struct bytes *frame, const struct imposter_lie *lie);
    int64_t value; /* for these two */
    int64_t more;
};

struct imposter;

/* The lies are borrowed until it stops. */
struct imposter *imposter_start(const struct imposter_lie *lies, size_t count);
void imposter_stop(struct imposter *imposter);

int imposter_port(const struct imposter *imposter);

/* Requests of this API so far; and lies told. Any thread. */
unsigned imposter_asked(const struct imposter *imposter, int16_t api_key);
unsigned imposter_lied(const struct imposter *imposter);

/* On the imposter's own thread, where a test cannot fail: ends the program unless it holds. */
void imposter_need(bool holds, const char *what);

/* The honest answer to a request: what `imposter_answer.c` knows. */
struct imposter_state {
    int port;
    int32_t generation; /* of the group */
    struct slice batch; /* the records of the partition */
    bool must_wait;     /* out: a Fetch found nothing, its answer is not to come at once */
};
/* Fills the struct of the response; the request is decoded. */
void imposter_answer(struct imposter_state *state, const struct request_head *head,
                     const void *request, void *ret_response, struct arena *arena);

#endif
