/* console-producer: sends records and counts what became of them. */
#ifndef CONSOLE_PRODUCER_SENDER_H
#define CONSOLE_PRODUCER_SENDER_H

#include <libclient/producer.h>
#include <stdatomic.h>

enum { SENDER_SHOWN_MAX = 20 };

struct sender {
    struct kc_producer *producer;
    bool sync;
    _Atomic uint64_t failed_count;
};

/* Sends one record, from line `number`. False: going on makes no sense (with sync, any error; else
 * no broker, no such topic, the producer is broken). Errors are printed. */
bool sender_send(struct sender *sender, const struct kc_record *record, uint64_t number);

/* Counts and prints a line that cannot be sent; after SENDER_SHOWN_MAX of them only counts. */
void sender_report(struct sender *sender, const char *topic, uint64_t number, const char *text);

/* Waits until every record is reported. False when any was not written; says how many. */
bool sender_finish(struct sender *sender);

#endif
