/* tests: a broker's rooms up to the coordinators, with a clock that the test moves and logs on a
 * scratch disk: __consumer_offsets and __transaction_state with one partition each, and what topics
 * the test makes. */
#ifndef COORDINATOR_COORDINATOR_STAGE_H
#define COORDINATOR_COORDINATOR_STAGE_H

#include "coordinator/transactions_parts.h"
#include "unit/log/scratch_disk.h"

struct coordinator_stage {
    struct scratch_disk *disk;
    struct loop *loop;
    struct clock clock;
    int64_t now_ms;
    struct random random;
    struct image image;
    struct log_options defaults;
    struct log_manager *logs;
    struct partitions *partitions;
    struct groups *groups;
    struct producer_ids ids; /* with a block of its own: no quorum is asked */
    struct transactions *transactions;
    uint8_t topics;
    int failures;
};

/* Before the first stage of a test without memory: starts the pool's threads, and has their
 * allocations count. */
void coordinator_stage_share(void);

/* A fresh directory, no coordinators yet. */
void coordinator_stage_init(struct coordinator_stage *stage, struct scratch_disk *disk);
void coordinator_stage_finish(struct coordinator_stage *stage);

/* At most 8 partitions, led here. */
void stage_make_topic(struct coordinator_stage *stage, const char *name, int32_t partitions);
struct partition *stage_partition(struct coordinator_stage *stage, const char *topic,
                                  int32_t index);

/* Make the coordinator and let it read its partition, as often as it takes; false when memory was
 * out for making it. */
bool stage_start_groups(struct coordinator_stage *stage);
bool stage_start_transactions(struct coordinator_stage *stage);
/* As a broker that stopped without a word: what is in memory is gone. */
void stage_forget(struct coordinator_stage *stage);

/* Runs what the loop has to do now; and with a tick. */
void stage_run(struct coordinator_stage *stage);
void stage_turn(struct coordinator_stage *stage);

#endif
