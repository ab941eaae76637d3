/* libclient: admin calls about partitions: offsets, records, replicas, leaders. */
#ifndef LIBCLIENT_ADMIN_PARTITIONS_H
#define LIBCLIENT_ADMIN_PARTITIONS_H

#include <libclient/admin_handle.h>
#include <libclient/consumer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Offsets of partitions (ListOffsets, key 2): positions[i].offset is KC_OFFSET_EARLIEST,
 * KC_OFFSET_LATEST, one of those below, or a timestamp in ms (>= 0: the first offset at or after
 * it; KC_OFFSET_NONE when there is none). The result has the same order; each partition's own error
 * stands in err. */
enum kc_err kc_admin_list_offsets(struct kc_admin *admin, const struct kc_position *positions,
                                  size_t count, int timeout_ms, struct kc_positions **ret_positions,
                                  struct kc_error *error);

enum {
    KC_OFFSET_MAX_TIMESTAMP = -4,          /* of the record with the newest time (KIP-734) */
    KC_OFFSET_EARLIEST_LOCAL = -5,         /* the first on the leader's own disk (KIP-405) */
    KC_OFFSET_LATEST_TIERED = -6,          /* the last in remote storage (KIP-1005) */
    KC_OFFSET_EARLIEST_PENDING_UPLOAD = -7 /* the first that is not there yet (KIP-1023) */
};
struct kc_offset_spot {
    const char *topic;
    int32_t partition;
    int64_t offset;       /* KC_OFFSET_NONE: there is none */
    int64_t timestamp_ms; /* of that record; -1: not told */
    int32_t leader_epoch; /* -1: not told */
    enum kc_err err;
    const char *text;
};
struct kc_offset_spots {
    size_t count;
    struct kc_offset_spot *items; /* as asked */
};
void kc_offset_spots_destroy(struct kc_offset_spots *spots);
/* The same with timestamps. committed_only: the latest offset is that of the first open
 * transaction (isolation level read_committed; KIP-98). */
enum kc_err kc_admin_find_offsets(struct kc_admin *admin, const struct kc_position *positions,
                                  size_t count, bool committed_only, int timeout_ms,
                                  struct kc_offset_spots **ret_spots, struct kc_error *error);

struct kc_low_watermark {
    const char *topic;
    int32_t partition;
    int64_t offset; /* the first that is left */
    enum kc_err err;
    const char *text;
};
struct kc_low_watermarks {
    size_t count;
    struct kc_low_watermark *items; /* as asked */
};
void kc_low_watermarks_destroy(struct kc_low_watermarks *marks);
/* Deletes the records before positions[i].offset (KC_OFFSET_LATEST: all) (DeleteRecords, key 21;
 * KIP-107). KC_ERR_OFFSET_OUT_OF_RANGE past the end, KC_ERR_POLICY_VIOLATION in compacted topics.
 */
enum kc_err kc_admin_delete_records(struct kc_admin *admin, const struct kc_position *positions,
                                    size_t count, int timeout_ms,
                                    struct kc_low_watermarks **ret_marks, struct kc_error *error);

#ifdef __cplusplus
}
#endif

#endif
