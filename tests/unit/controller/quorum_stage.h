/* tests: a quorum on a simulated disk, its jobs run by hand, its records applied to an image. */
#ifndef CONTROLLER_QUORUM_STAGE_H
#define CONTROLLER_QUORUM_STAGE_H

#include "controller/image_check.h"
#include "controller/quorum.h"
#include "support/test.h"
#include "unit/log/sim_disk.h"

#define STAGE_DIRECTORY "/data/__cluster_metadata-0"
#define STAGE_LOG STAGE_DIRECTORY "/00000000000000000000.log"

enum { STAGE_JOBS_MAX = 64, STAGE_PROPOSALS_MAX = 512 };

struct stage_proposal {
    struct stage *stage;
    int number;
    int answers;
    enum kc_err err;
    bool was_applied;  /* its topic stood in the image when the answer came */
    size_t disk_count; /* operations of the disk when the answer came */
};

struct stage {
    struct sim_disk *disk;
    struct clock clock;
    int64_t now_us;
    struct random random;
    struct image image;
    struct image_check check;
    struct quorum *quorum;
    struct quorum_job *jobs[STAGE_JOBS_MAX];
    size_t job_count;
    struct stage_proposal proposals[STAGE_PROPOSALS_MAX];
    int proposal_count;
    int failures;
    char failure[512];
    int leaderships;
    bool is_leader;
    int closes;
    bool was_clean; /* for the next start */
};

/* On an empty disk. */
void stage_init(struct stage *stage);

/* Takes the disk over. */
void stage_init_on(struct stage *stage, struct sim_disk *disk);

/* Opens the quorum; quorum stays NULL on failure. */
enum kc_err stage_start(struct stage *stage, struct kc_error *error);

/* Runs jobs until none is left. */
void stage_pump(struct stage *stage);

/* Proposes the topic "t<number>" and remembers the answer. */
struct stage_proposal *stage_propose(struct stage *stage, int number);
void stage_propose_batch(struct stage *stage, struct slice batch, struct stage_proposal **ret);

/* Closes and destroys the quorum and the image; the disk stays. */
void stage_stop(struct stage *stage);
void stage_finish(struct stage *stage);

bool stage_has(const struct stage *stage, int number);

/* A closed batch that makes topic t<number> with one partition on node 1. */
void stage_topic_batch(int number, struct bytes *out);

#endif
