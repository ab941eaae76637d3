/* tests: a broker in this process, a line to it, and the few questions that tests ask. Everything
 * fails the test instead of returning. */
#ifndef EMBED_GUEST_H
#define EMBED_GUEST_H

#include "unit/handler/served.h"

#include <broker-lite/fault.h>

enum { GUEST_PATIENCE_MS = 60000 };

/* topic "t" with one partition is there. */
struct guest {
    struct bl_broker *broker;
    struct line line; /* no fault was set when it was opened */
};

void guest_start(struct guest *guest, const struct bl_config *config);
void guest_stop(struct guest *guest);

/* Another line. */
void guest_line(const struct guest *guest, struct line *line);

int guest_fault(struct guest *guest, struct bl_fault fault);
void guest_await(struct guest *guest, int id, unsigned hits);

/* One record to a topic's partition 0; the answer's partition error and throttle time. */
void guest_produce_send(struct line *line, const char *topic, int16_t acks);
enum kc_err guest_produce_receive(struct line *line, int32_t *ret_throttle_ms);
enum kc_err guest_produce(struct line *line, const char *topic);

/* How many records the topic has, by ListOffsets. */
int64_t guest_end(struct line *line, const char *topic);

#endif
