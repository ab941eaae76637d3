/* tests: every served API in every announced version, over a line to a broker: what the files of
 * the test share. Each function asks about what exists and what does not, in version `version`. */
#ifndef HANDLER_VERSIONS_H
#define HANDLER_VERSIONS_H

#include "served.h"

struct versions {
    struct served served;
    struct line line;
    struct uuid there; /* topic "there": 2 partitions */
    struct uuid nowhere;
    int16_t version;
    char group[32]; /* a name that no other version uses */
};

struct versions_row {
    int16_t key;
    void (*ask)(struct versions *versions);
};

extern const struct versions_row versions_of_records[];
extern const struct versions_row versions_of_cluster[];
extern const struct versions_row versions_of_configs[];
extern const struct versions_row versions_of_groups[];
extern const struct versions_row versions_of_topics[];
extern const struct versions_row versions_of_txn[];
extern const struct versions_row versions_of_next[];
extern const struct versions_row versions_of_quotas[];

/* Closed by a row with key -1. */

/* One record, as a batch in static memory of the caller (at least 256 bytes). */
struct slice versions_batch(uint8_t *memory);

#endif
