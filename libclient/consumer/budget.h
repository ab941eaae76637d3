/* consumer: the one byte budget of what is prefetched. The I/O thread charges, the polling thread
 * gives back; counted, because what is fetched may outlive the consumer. */
#ifndef CONSUMER_BUDGET_H
#define CONSUMER_BUDGET_H

#include "base/lock.h"

struct budget {
    struct refs refs;
    atomic_size_t used;
    atomic_bool starved; /* the I/O thread stopped fetching for want of room */
    size_t bytes_max;
};

/* One owner; NULL when memory is out. */
struct budget *budget_create(size_t bytes_max);
void budget_take(struct budget *budget);
void budget_drop(struct budget *budget);

void budget_charge(struct budget *budget, size_t size);

/* True when the I/O thread waits for room and there is enough of it now (told once): wake it. */
bool budget_refund(struct budget *budget, size_t size);

/* Bytes that may still be fetched; 0 notes that the I/O thread is starved. */
size_t budget_room(struct budget *budget);

#endif
