/* topics: explicit replicas, as --replica-assignment writes them. */
#ifndef TOPICS_ASSIGNMENT_H
#define TOPICS_ASSIGNMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ASSIGNMENT_PARTITIONS_MAX = 1000000 };

/* Zero-initialise. brokers[p] has replication_factor ids; all partitions have as many. */
struct assignment {
    int32_t **brokers;
    size_t partition_count;
    int16_t replication_factor;
};

/* "1:2,2:3": brokers of a partition joined by colons, partitions by commas. False with Kafka's
 * message: no number, a broker twice in a partition, partitions with different counts. */
bool assignment_parse(struct assignment *assignment, const char *words, char *ret_error,
                      size_t error_size);
void assignment_finish(struct assignment *assignment);

#endif
