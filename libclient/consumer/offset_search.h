/* consumer: finds offsets by time for any partitions: asks each leader (ListOffsets), again where
 * leaders move, until all are told or the deadline passes. */
#ifndef CONSUMER_OFFSET_SEARCH_H
#define CONSUMER_OFFSET_SEARCH_H

#include "base/slice.h"

#include <libclient/offsets.h>

struct consumer;

/* Fills in the moments, which stay valid with their names until `done` (called once, on the I/O
 * thread; also when the consumer ends: KC_ERR_CLOSED). err: the first of a moment, or of the whole.
 */
void offset_search_start(struct consumer *consumer, struct kc_moment *moments, size_t count,
                         int64_t deadline_us, void (*done)(void *context, enum kc_err err),
                         void *context);

/* Asks what can be asked now; ends those whose deadline has passed. */
void offset_search_drive(struct consumer *consumer, int64_t now_us);

/* When it is to be driven again; INT64_MAX: only by answers. */
int64_t offset_search_next_us(const struct consumer *consumer);

/* At the end of the consumer. */
void offset_search_abort(struct consumer *consumer);

#endif
