/* log: the files of a partition's directory by their names: data files are counted, unfinished work
 * is completed or removed as Kafka does, unknown names are left alone. Inside the room only. */
#ifndef LOG_LOG_LEFTOVERS_H
#define LOG_LOG_LEFTOVERS_H

#include "log/log_core.h"

struct log_leftovers {
    int64_t *bases; /* of the data files, rising */
    size_t count;
    size_t snapshot_count; /* .snapshot files */
};

/* Removes .deleted and .cleaned files and indexes without data, completes .swap files, and lists
 * the data files. 0 or errno; finish in any case. */
int log_leftovers_tidy(struct log *log, struct log_leftovers *ret_found);
void log_leftovers_finish(struct log_leftovers *found);

#endif
