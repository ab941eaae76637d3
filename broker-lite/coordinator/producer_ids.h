/* coordinator: producer ids. They come in blocks of 1000 from the metadata log, so that none is
 * given twice, whatever crashes. Owner thread only. */
#ifndef COORDINATOR_PRODUCER_IDS_H
#define COORDINATOR_PRODUCER_IDS_H

#include "base/clock.h"
#include "base/list.h"
#include "controller/image.h"
#include "controller/quorum.h"

enum { PRODUCER_IDS_BLOCK = 1000 };

struct producer_ids {
    int32_t node_id;
    int64_t broker_epoch;  /* set when the broker has registered */
    struct quorum *quorum; /* borrowed; set before the first use */
    const struct image *image;
    const struct clock *clock;
    int64_t next; /* of this broker's block */
    int64_t end;
    int64_t asked_first; /* of the block that is being asked for */
    bool is_asking;
    struct list waits;
};

/* Somebody who needs an id; caller-owned. done is called once, maybe before the call returns, with
 * an id that is its own; or with KC_ERR_NOT_CONTROLLER and what else quorum_propose tells. */
struct producer_ids_wait {
    struct list link;
    void (*done)(struct producer_ids_wait *wait, enum kc_err err, int64_t producer_id);
    bool has_waited; /* done does not come from the call that asked */
};

void producer_ids_init(struct producer_ids *ids, int32_t node_id, const struct image *image,
                       const struct clock *clock);

/* An id, or -1 when the block is used up; the next is then asked for. */
int64_t producer_ids_take(struct producer_ids *ids);

void producer_ids_ask(struct producer_ids *ids, struct producer_ids_wait *wait);
/* The caller goes away. Harmless when it does not wait. */
void producer_ids_wait_end(struct producer_ids_wait *wait);

#endif
