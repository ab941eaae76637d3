/* coordinator: end markers of transactions, written into partitions that this broker leads. */
#ifndef COORDINATOR_MARKER_H
#define COORDINATOR_MARKER_H

#include "controller/image.h"
#include "coordinator/groups.h"
#include "replica/partitions.h"

struct marker {
    int64_t producer_id;
    int16_t epoch;
    bool commit;
    int32_t coordinator_epoch;
    int8_t transaction_version; /* see struct producers_origin */
};

/* Appends the marker; one in __consumer_offsets also ends the offsets that wait for it in `groups`.
 * *ret_end is the offset that the high watermark must reach for it to be committed. As
 * partition_check_leader and log_append. */
enum kc_err marker_write(const struct marker *marker, struct partition *partition,
                         struct groups *groups, int64_t wall_ms, int64_t *ret_end);

#endif
