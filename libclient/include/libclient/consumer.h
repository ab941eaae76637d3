/* libclient: the consumer. Batches of records of one partition, bytes borrowed from the fetched
 * response.
 *
 * One thread uses a consumer, the one that polls; others may call only what says so (wakeup,
 * release of a batch, statistics). Callbacks run in it, inside the call that says so. Times are in
 * ms; -1: without limit. `error` may be NULL, and else is filled with code, kind and a sentence.
 * Arguments are copied. Beside what is said below, functions return KC_ERR_INVALID (an argument),
 * KC_ERR_CLOSED (after close) and KC_ERR_NO_MEMORY; results are untouched then. */
#ifndef LIBCLIENT_CONSUMER_H
#define LIBCLIENT_CONSUMER_H

#include <libclient/config.h>
#include <libclient/record.h>

#ifdef __cplusplus
extern "C" {
#endif

struct kc_consumer;
struct kc_batch;

struct kc_partition {
    const char *topic;
    int32_t partition;
};

/* A place in a partition. Offsets below 0 are KC_OFFSET_*. */
struct kc_position {
    const char *topic;
    int32_t partition;
    int64_t offset;
    int32_t leader_epoch; /* -1 unknown */
    const char *metadata; /* commits: free text or NULL */
    enum kc_err err;      /* results: this partition's own error */
};

enum { KC_OFFSET_NONE = -1, KC_OFFSET_EARLIEST = -2, KC_OFFSET_LATEST = -3 };

/* A list that a call returned; the caller destroys it, and with it all that it points at. */
struct kc_positions {
    size_t count;
    struct kc_position *items;
};
/* NULL is fine. */
void kc_positions_destroy(struct kc_positions *positions);

/* Makes a consumer; connects in the background. NULL with `error` filled: KC_ERR_INVALID (a
 * setting, which the text names), KC_ERR_UNSUPPORTED, KC_ERR_RESOLVE (no address of
 * bootstrap.servers), KC_ERR_NO_MEMORY. The config is copied. */
struct kc_consumer *kc_consumer_create(const struct kc_config *config, struct kc_error *error);

/* Leaves without committing or waiting, frees the handle. Batches not released stay valid until
 * they are. NULL is fine. */
void kc_consumer_destroy(struct kc_consumer *consumer);

/* Commits (when enable.auto.commit), runs callbacks that are left, leaves the group; at most
 * timeout_ms. KC_ERR_TIMED_OUT, or the error of that last commit. The consumer is closed in any
 * case, and still must be destroyed. KC_ERR_WRONG_STATE inside a rebalance callback. Inside the
 * callback of a commit it is allowed: the poll around it ends with KC_ERR_CLOSED. */
enum kc_err kc_consumer_close(struct kc_consumer *consumer, int timeout_ms, struct kc_error *error);

/* Rebalance events, run in the thread that polls, inside kc_consumer_poll, unsubscribe or close:
 * `revoked` before partitions go to others, which wait for it; `lost` when others may have them
 * already, so that a commit would be refused. The callbacks may commit and seek. Any may be NULL.
 */
struct kc_rebalance_listener {
    void (*assigned)(void *context, struct kc_consumer *consumer,
                     const struct kc_partition *partitions, size_t count);
    void (*revoked)(void *context, struct kc_consumer *consumer,
                    const struct kc_partition *partitions, size_t count);
    void (*lost)(void *context, struct kc_consumer *consumer, const struct kc_partition *partitions,
                 size_t count);
    void *context;
};

/* Joins the group group.id for these topics (replacing an earlier subscription); takes effect in
 * the next polls. The listener is copied, may be NULL. KC_ERR_INVALID without group.id,
 * KC_ERR_WRONG_STATE after kc_consumer_assign. */
enum kc_err kc_consumer_subscribe(struct kc_consumer *consumer, const char *const *topics,
                                  size_t count, const struct kc_rebalance_listener *listener,
                                  struct kc_error *error);

/* Gives back what is assigned, also what was taken by hand: auto commit sends what was polled,
 * without waiting; of a group the listener's `revoked` (or `lost`) runs, and it is left in the
 * background, behind commits that were asked for before.
 * Ignored inside a rebalance callback. */
void kc_consumer_unsubscribe(struct kc_consumer *consumer);

/* Takes partitions by hand, instead of those taken so before. Start: positions[i].offset, a
 * KC_OFFSET_* constant, or KC_OFFSET_NONE for the committed offset and else auto.offset.reset.
 * KC_ERR_WRONG_STATE while subscribed. */
enum kc_err kc_consumer_assign(struct kc_consumer *consumer, const struct kc_position *positions,
                               size_t count, struct kc_error *error);

/* What is assigned now, with the next offset to be returned. */
enum kc_err kc_consumer_assignment(struct kc_consumer *consumer,
                                   struct kc_positions **ret_positions, struct kc_error *error);

/* The next batch, of at most max.poll.records records, waiting at most timeout_ms (0: only what is
 * here; -1: without limit). NULL with error->code KC_ERR_NONE when the time ran out, KC_ERR_WAKEUP
 * after a wakeup, else an error that this partition or the group met (polling may go on unless the
 * error says otherwise). Must be called at least every max.poll.interval.ms. The batch's position
 * counts as consumed for auto commit at the next poll. */
struct kc_batch *kc_consumer_poll(struct kc_consumer *consumer, int timeout_ms,
                                  struct kc_error *error);

/* One record at a time, for convenience: KC_ERR_NONE, KC_ERR_TIMED_OUT when there is none, or an
 * error. The record stays valid until the next poll of any kind. */
enum kc_err kc_consumer_poll_record(struct kc_consumer *consumer, int timeout_ms,
                                    struct kc_record *ret_record, struct kc_error *error);

/* The next record of a batch; false at its end. Bytes are valid until the batch is released. */
bool kc_batch_next(struct kc_batch *batch, struct kc_record *ret_record);

/* Good until the batch is released. */
const char *kc_batch_topic(const struct kc_batch *batch);
int32_t kc_batch_partition(const struct kc_batch *batch);

/* The partition's high watermark when this batch was fetched. */
int64_t kc_batch_high_watermark(const struct kc_batch *batch);

/* From any thread; NULL is fine. */
void kc_batch_release(struct kc_batch *batch);

typedef void kc_commit_callback(void *context, enum kc_err err, const struct kc_position *positions,
                                size_t count);

/* Commits the position after the batch (batch NULL: the positions after all that polls returned)
 * without waiting. The callback (may be NULL) runs in a later poll or close of this consumer, in
 * the order of the calls; what it is handed is valid until it returns. Its error, when the group
 * went on meanwhile: KC_ERR_ILLEGAL_GENERATION, KC_ERR_STALE_MEMBER_EPOCH (KIP-848), or, when it
 * put this consumer out, KC_ERR_UNKNOWN_MEMBER_ID. */
enum kc_err kc_consumer_commit_async(struct kc_consumer *consumer, const struct kc_batch *batch,
                                     kc_commit_callback *callback, void *context);

/* Commits chosen offsets (the next to be read), or with count 0 the positions after all that polls
 * returned, and waits at most timeout_ms (-1: default.api.timeout.ms). Passing errors are tried
 * again within that time; of partitions that are assigned also KC_ERR_STALE_MEMBER_EPOCH, with the
 * member's newest epoch. KC_ERR_REBALANCE_IN_PROGRESS while the consumer is between two generations
 * (poll on), KC_ERR_ILLEGAL_GENERATION and KC_ERR_UNKNOWN_MEMBER_ID when its partitions may be
 * somebody else's by now. Also inside a rebalance callback. */
enum kc_err kc_consumer_commit_sync(struct kc_consumer *consumer,
                                    const struct kc_position *positions, size_t count,
                                    int timeout_ms, struct kc_error *error);

/* Offsets committed by the group, in the order of the partitions; offset KC_OFFSET_NONE where there
 * is none. KC_ERR_TIMED_OUT, KC_ERR_GROUP_AUTHORIZATION_FAILED, ... */
enum kc_err kc_consumer_committed(struct kc_consumer *consumer,
                                  const struct kc_partition *partitions, size_t count,
                                  int timeout_ms, struct kc_positions **ret_positions,
                                  struct kc_error *error);

/* The next poll reads from here: an offset, KC_OFFSET_EARLIEST or KC_OFFSET_LATEST.
 * KC_ERR_WRONG_STATE when the partition is not assigned. */
enum kc_err kc_consumer_seek(struct kc_consumer *consumer, const char *topic, int32_t partition,
                             int64_t offset, struct kc_error *error);

/* The next offset that poll will return; KC_OFFSET_NONE while it is not known yet. */
enum kc_err kc_consumer_position(struct kc_consumer *consumer, const char *topic, int32_t partition,
                                 int64_t *ret_offset, struct kc_error *error);

/* Stops and resumes fetching; what is prefetched is kept, and polls do not give it meanwhile.
 * KC_ERR_WRONG_STATE, and nothing changes, when one is not assigned. */
enum kc_err kc_consumer_pause(struct kc_consumer *consumer, const struct kc_partition *partitions,
                              size_t count, struct kc_error *error);
enum kc_err kc_consumer_resume(struct kc_consumer *consumer, const struct kc_partition *partitions,
                               size_t count, struct kc_error *error);

/* Partitions of a topic, waiting for metadata at most timeout_ms. KC_ERR_UNKNOWN_TOPIC_OR_PARTITION
 * when it does not exist, KC_ERR_TIMED_OUT. */
enum kc_err kc_consumer_partition_count(struct kc_consumer *consumer, const char *topic,
                                        int timeout_ms, int32_t *ret_count, struct kc_error *error);

/* Makes a poll that waits (or the next one) return KC_ERR_WAKEUP. Any thread, also a signal
 * handler. */
void kc_consumer_wakeup(struct kc_consumer *consumer);

#ifdef __cplusplus
}
#endif

#endif
