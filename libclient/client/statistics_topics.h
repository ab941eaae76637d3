/* client: the partitions that a handle's numbers speak of, in order, and the brokers that they are
 * written to or fetched from. I/O thread. */
#ifndef CLIENT_STATISTICS_TOPICS_H
#define CLIENT_STATISTICS_TOPICS_H

#include "client/handle.h"
#include "client/json_text.h"

struct statistics_place {
    const struct tally_partition *counted;
    int32_t leader; /* -1 unknown */
    int32_t leader_epoch;
    int32_t broker; /* that has to do with it; -1 none */
};

struct statistics_topics {
    const struct handle *handle;
    bool is_producer;
    size_t count;
    struct statistics_place *places; /* by topic, then partition */
};

/* Borrows the handle's tally. KC_ERR_NO_MEMORY. */
enum kc_err statistics_topics_init(struct statistics_topics *topics, const struct handle *handle,
                                   bool is_producer);
void statistics_topics_finish(struct statistics_topics *topics);

/* The member "topics". */
void statistics_topics_show(const struct statistics_topics *topics, struct json_text *text);

/* The member "toppars" of a broker. */
void statistics_topics_show_of(const struct statistics_topics *topics, struct json_text *text,
                               int32_t broker_id);

#endif
