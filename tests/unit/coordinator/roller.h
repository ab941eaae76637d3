/* tests: members of group "g" on a coordinator stage that may speak either protocol, as when a
 * group changes from one to the other. Topic "a" with 4 partitions is there. */
#ifndef COORDINATOR_ROLLER_H
#define COORDINATOR_ROLLER_H

#include "coordinator_stage.h"

enum { ROLLER_ID_SIZE = 96, ROLLER_SESSION_MS = 10000, ROLLER_REBALANCE_MS = 30000 };

struct roller {
    struct coordinator_stage *stage;
    struct group_answer answer;
    const char *instance;    /* NULL: dynamic */
    const char *protocol;    /* what it offers besides "common" */
    char id[ROLLER_ID_SIZE]; /* "": it has none yet */
    int32_t epoch;           /* or generation */
    struct holding held;
    bool is_answered;
    bool leads;
    enum kc_err err;
    char message[200]; /* KIP-848: of the last error */
};

/* The disk's coordinators with groups started and topic "a". */
void roller_stage_open(struct coordinator_stage *stage, struct scratch_disk *disk);

void roller_init(struct roller *roller, struct coordinator_stage *stage);
void roller_finish(struct roller *roller);

/* Classic: asks once; again with the id that it was given; for its assignment (a leader gives all
 * of "a" to itself). */
enum kc_err roller_join_once(struct roller *roller);
enum kc_err roller_join(struct roller *roller);
enum kc_err roller_sync(struct roller *roller);
enum kc_err roller_heartbeat(struct roller *roller);
enum kc_err roller_leave(struct roller *roller);

/* KIP-848: joins with `id`; tells what it has; leaves with epoch -1 or -2. */
enum kc_err roller_begin(struct roller *roller, const char *id);
enum kc_err roller_beat(struct roller *roller);
enum kc_err roller_end(struct roller *roller, int32_t epoch);

/* The group, which must be there; what its state is called. */
struct group *roller_group(const struct coordinator_stage *stage);
const char *roller_state(const struct coordinator_stage *stage);

#endif
