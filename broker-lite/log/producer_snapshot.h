/* log: the .snapshot file of producer state, as bytes. Pure. */
#ifndef LOG_PRODUCER_SNAPSHOT_H
#define LOG_PRODUCER_SNAPSHOT_H

#include "log/producers.h"

#include "base/bytes.h"

/* The .snapshot file: Kafka's ProducerSnapshot, version 1, with its CRC-32C. As there, only the
 * last batch of each producer is kept. */
bool producer_snapshot_show(const struct producers *producers, struct bytes *out);

/* Replaces the contents. KC_ERR_CORRUPT_FILE, KC_ERR_NO_MEMORY (the contents are then empty). */
enum kc_err producer_snapshot_parse(struct producers *producers, struct slice file,
                                    int64_t end_offset);

#endif
