/* coordinator: end markers of transactions. */
#include "coordinator/marker.h"

#include "record/control.h"

enum kc_err marker_write(const struct marker *marker, struct partition *partition,
                         struct groups *groups, int64_t wall_ms, int64_t *ret_end)
{
    uint8_t data[CONTROL_MARKER_SIZE_MAX];
    struct log_appended appended;
    enum kc_err err = partition_check_leader(partition, -1);
    if (err) {
        return err;
    }
    struct log_append append = {
        .data = data,
        .size = control_write_marker(data, sizeof(data), marker->commit, wall_ms,
                                     marker->producer_id, marker->epoch, marker->coordinator_epoch),
        .origin = LOG_ORIGIN_COORDINATOR,
        .leader_epoch = partition->leader_epoch,
        .now_ms = wall_ms,
        .transaction_version = marker->transaction_version,
        .checked = true,
    };
    err = partition_append(partition, &append, &appended);
    if (err) {
        return err;
    }
    if (slice_is(partition->topic, "__consumer_offsets")) {
        groups_complete_txn(groups, partition->index, marker->producer_id, marker->commit);
    }
    *ret_end = appended.last_offset + 1;
    return KC_ERR_NONE;
}
