/* libclient: offsets of a consumer beyond the everyday: kept back and committed later, found by
 * time, begin and end of partitions, lag. All in the thread that polls. */
#ifndef LIBCLIENT_OFFSETS_H
#define LIBCLIENT_OFFSETS_H

#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* With enable.auto.offset.store=false (librdkafka's name) the positions that auto commit and
 * commits of "all that polls returned" send are not those of finished polls but what is stored
 * here: the next offset to be read, of each partition. KC_ERR_WRONG_STATE when one is not assigned
 * (nothing is stored then), or without that setting. */
enum kc_err kc_consumer_store(struct kc_consumer *consumer, const struct kc_position *positions,
                              size_t count, struct kc_error *error);

/* Stores the position after this record of the consumer. */
enum kc_err kc_consumer_store_record(struct kc_consumer *consumer, const struct kc_record *record,
                                     struct kc_error *error);

/* Commits chosen positions without waiting; as kc_consumer_commit_async otherwise. */
enum kc_err kc_consumer_commit_positions_async(struct kc_consumer *consumer,
                                               const struct kc_position *positions, size_t count,
                                               kc_commit_callback *callback, void *context,
                                               struct kc_error *error);

/* Commits the position after one record without waiting, with free text or NULL. */
enum kc_err kc_consumer_commit_record_async(struct kc_consumer *consumer,
                                            const struct kc_record *record, const char *metadata,
                                            kc_commit_callback *callback, void *context,
                                            struct kc_error *error);

/* kc_consumer_seek with the epoch of the record before (KIP-320): a log that was cut back below it
 * since is noticed. leader_epoch -1: unknown. */
enum kc_err kc_consumer_seek_position(struct kc_consumer *consumer,
                                      const struct kc_position *position, struct kc_error *error);

/* The next poll reads from the first record of this time (milliseconds since 1970) or later, from
 * the end when there is none. */
enum kc_err kc_consumer_seek_time(struct kc_consumer *consumer, const char *topic,
                                  int32_t partition, int64_t timestamp_ms, struct kc_error *error);

enum { KC_MOMENT_LATEST = -1, KC_MOMENT_EARLIEST = -2 }; /* for timestamp_ms */

/* A question and its answer: which offset is the first at or after a time. */
struct kc_moment {
    const char *topic;
    int32_t partition;
    int64_t timestamp_ms; /* asked: of the first record wanted, or KC_MOMENT_*; told: of the record
                             found, -1 for KC_MOMENT_* */
    int64_t offset;       /* told; KC_OFFSET_NONE: no record is so young */
    int32_t leader_epoch; /* told; -1 unknown */
    enum kc_err err;      /* told: this partition's own error */
};

/* Asks the leaders of any partitions, assigned or not, and fills the moments in. The end is the
 * high watermark, with isolation.level=read_committed the last stable offset. The outcome is the
 * first error among them, or KC_ERR_TIMED_OUT; moments are unchanged then, except for err. */
enum kc_err kc_consumer_find_offsets(struct kc_consumer *consumer, struct kc_moment *moments,
                                     size_t count, int timeout_ms, struct kc_error *error);

/* Records between the position and the end of the partition as the last fetch saw it (with
 * read_committed: the last stable offset); -1 while one of them is unknown. */
enum kc_err kc_consumer_lag(struct kc_consumer *consumer, const char *topic, int32_t partition,
                            int64_t *ret_lag, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
