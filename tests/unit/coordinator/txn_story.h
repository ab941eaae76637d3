/* tests: one transaction on a coordinator stage: records in two partitions of topic "a", an offset
 * of group "g". */
#ifndef COORDINATOR_TXN_STORY_H
#define COORDINATOR_TXN_STORY_H

#include "coordinator_stage.h"

/* A request's answer; asking again forgets the one before. */
struct txn_story {
    struct coordinator_stage *stage;
    struct transactions_answer answer;
    struct txn_claim claim;
    bool is_answered;
    enum kc_err err;
};

void txn_story_init(struct txn_story *story, struct coordinator_stage *stage);

/* Each returns the answer; it must have come at once. */
enum kc_err story_begin(struct txn_story *story);
enum kc_err story_add(struct txn_story *story, const char *topic, int32_t index);
enum kc_err story_end(struct txn_story *story, bool commit);

/* One record of the transaction into the log. */
enum kc_err story_write(struct txn_story *story, const char *topic, int32_t index,
                        int32_t sequence);
enum kc_err story_commit_offset(struct txn_story *story, int64_t offset);
/* -1: none. */
int64_t story_committed(const struct coordinator_stage *stage);

enum txn_state story_state(const struct coordinator_stage *stage);

#endif
