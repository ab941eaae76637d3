/* record: control batches: transaction markers (EndTxnMarker) and the keys that tell control
 * records apart. */
#ifndef RECORD_CONTROL_H
#define RECORD_CONTROL_H

#include "record/batch_writer.h"

enum control_type {
    CONTROL_ABORT = 0,
    CONTROL_COMMIT = 1,
    CONTROL_LEADER_CHANGE = 2,
    CONTROL_SNAPSHOT_HEADER = 3,
    CONTROL_SNAPSHOT_FOOTER = 4,
    CONTROL_KRAFT_VERSION = 5,
    CONTROL_KRAFT_VOTERS = 6,
    CONTROL_UNKNOWN = -1
};

/* The type in a control record's key (int16 version, int16 type); CONTROL_UNKNOWN when it is cut or
 * of another kind. */
enum control_type control_type_of(struct slice key);

/* Writes a marker batch (one record) for the producer into buffer (at least CONTROL_MARKER_SIZE_MAX
 * bytes); its size, or 0 when it does not fit. */
enum { CONTROL_MARKER_SIZE_MAX = 96 };
size_t control_write_marker(void *buffer, size_t capacity, bool commit, int64_t timestamp,
                            int64_t producer_id, int16_t producer_epoch, int32_t coordinator_epoch);

#endif
