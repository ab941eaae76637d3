/* controller: the consensus on the metadata log. The engine is the core of C-Raft, driven through
 * our own raft_io: our checked log file, our vote file, clock and random. One voter today; messages
 * to other voters will come through the same io. Owner thread only.
 *
 * A proposal is one record batch v2 of metadata records. Committed batches are handed to `apply` in
 * order, with their offsets and the leader's epoch set, also those found on disk at start (as soon
 * as they are known to be committed). */
#ifndef CONTROLLER_QUORUM_H
#define CONTROLLER_QUORUM_H

#include "base/clock.h"
#include "base/random.h"
#include "base/trace.h"
#include "base/uuid.h"
#include "log/file.h"

struct quorum;

/* A piece of blocking disk work. `work` may run on another thread and touches only what it was
 * given; `done` runs on the owner thread, never inside the call that submitted it. */
struct quorum_job {
    void (*work)(struct quorum_job *job);
    void (*done)(struct quorum_job *job);
    void *context;
};

struct quorum_options {
    int32_t node_id;
    const char *host; /* of this voter's controller listener; only recorded */
    int32_t port;
    const char *directory; /* LOGDIR/__cluster_metadata-0; made when it is not there */
    struct uuid directory_id;
    bool was_clean; /* the last end was an orderly one: the log cannot have a torn end */
    const struct file_system *files;
    const struct clock *clock;
    struct random *random;
    const struct trace *trace;
    /* Runs a job elsewhere and calls done later, on the owner thread. */
    void (*submit)(void *context, struct quorum_job *job);
    /* Whether a proposal still fits what was applied and the proposals taken before it since
     * `first` was set (see image_check_take): KC_ERR_NONE; KC_ERR_WOULD_BLOCK: ask again when those
     * are applied; any other error is the proposal's end. */
    enum kc_err (*check)(void *context, struct slice batch, bool first);
    /* A committed batch of records or a control batch. An error ends the quorum (failed is called).
     */
    enum kc_err (*apply)(void *context, struct slice batch);
    /* This node became, or is no longer, the leader. */
    void (*leadership)(void *context, bool leader, int32_t epoch);
    /* The disk failed or the log cannot be applied: nothing more is committed here, all proposals
     * have failed, the process must stop. Called at most once, never inside quorum_create. */
    void (*failed)(void *context, const char *text);
    void *context;
};

/* Opens (or makes) the log and starts. The text of `error` names file and position of damage.
 * KC_ERR_CORRUPT_FILE, KC_ERR_IO, KC_ERR_NO_MEMORY, KC_ERR_INVALID; KC_ERR_KAFKA_STORAGE_ERROR when
 * the log cannot be applied. apply and leadership are called from quorum_tick and from jobs, and
 * may be called before this returns. */
enum kc_err quorum_create(const struct quorum_options *options, struct quorum **ret_quorum,
                          struct kc_error *error);

/* To be called every QUORUM_TICK_MS or so. */
enum { QUORUM_TICK_MS = 100 };
void quorum_tick(struct quorum *quorum);

/* Called once: KC_ERR_NONE after the batch was applied here; an error of options.check;
 * KC_ERR_NOT_CONTROLLER, KC_ERR_CLOSED, KC_ERR_KAFKA_STORAGE_ERROR, KC_ERR_NO_MEMORY. May propose,
 * must not close. */
typedef void quorum_proposed(void *context, enum kc_err err);

/* Proposes a batch (copied). Those that wait are checked and written together, as one batch, in
 * order, as far as they do not touch the same things. proposed may be called before this returns.
 */
void quorum_propose(struct quorum *quorum, struct slice batch, quorum_proposed *proposed,
                    void *context);

bool quorum_is_leader(const struct quorum *quorum);
int32_t quorum_epoch(const struct quorum *quorum);

/* The leader's node id; -1: not known. */
int32_t quorum_leader(const struct quorum *quorum);

/* The offset after the last committed record. */
int64_t quorum_high_watermark(const struct quorum *quorum);

/* Ends, also after a failure: proposals fail with KC_ERR_CLOSED (one that is being written may be
 * found at the next start all the same), then closed(context) is called (from a job, or at once).
 * quorum_destroy comes after that. */
void quorum_close(struct quorum *quorum, void (*closed)(void *context), void *context);
void quorum_destroy(struct quorum *quorum);

#endif
